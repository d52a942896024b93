"""Opting out in plain words, in English and Spanish: "please stop texting me", "ya no me escriban".

The FCC takes any reasonable means of saying so (47 CFR 64.1200(a)(10)). What a part of a message
says, and says to us, counts; the same words inside another sentence ("how do I unsubscribe",
"don't text me at work") are unclear and only asked about; words about something else ("remove me
from the waitlist") are nothing. `tests/phrases/consent.tsv` holds what this was written for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.domain.words import folded


class Plainly(StrEnum):
    """What plain words say about getting texts."""

    STOP = "stop"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class PlainReading:
    """What was read, and whether it was written in Spanish."""

    outcome: Plainly
    is_spanish: bool


def read_plain_words(text: str) -> PlainReading | None:
    """What a message says about getting texts, None when it does not speak of it."""
    joined = _SPELLED_OUT.sub(lambda word: re.sub(r"\W", "", word[0]), text)
    parts = [_Part(words, raw) for raw in _split(joined) if (words := _words(raw))]
    found = [reading for part in parts if (reading := _read(part)) is not None]
    for place, part in enumerate(parts):
        # "Stop, drop and roll: when is it?" begins with the word and asks for something else.
        asks_more = "?" in text and place + 1 < len(parts)
        if bare := _BARE.fullmatch(_stripped(part.words)):
            outcome = Plainly.UNCLEAR if asks_more else Plainly.STOP
            found.append(PlainReading(outcome, bare["es"] is not None))
    found.sort(key=lambda reading: reading.outcome is not Plainly.STOP)
    return found[0] if found else None


@dataclass(frozen=True)
class _Part:
    """A part of a message between punctuation: in plain lower case, and as it was written."""

    words: str
    raw: str


def _split(text: str) -> list[str]:
    return re.split(r"[.,;:!?¡¿()\[\]\n…—–]+|\s-+\s", text)


def _words(raw: str) -> str:
    """The words of a part: spelled out, without swearing and drawn-out letters."""
    plain = folded(re.sub(r"(?<=\w)['’‘`´](?=\w)", "", raw))
    plain = re.sub(r"([a-z])\1{2,}", r"\1", plain)
    spelled = (_SPELLINGS.get(word, word) for word in plain.split())
    words = " ".join(word for word in spelled if word not in _SWEARING)
    for written, meant in _PHRASES.items():
        words = re.sub(rf"\b{written}\b", meant, words)
    return words


def _stripped(words: str) -> str:
    """Without the courtesies around it."""
    return _AFTER.sub("", _BEFORE.sub("", words)).strip()


def _read(part: _Part) -> PlainReading | None:
    words = _ABOUT_SOMETHING_ELSE.sub(" ~ ", part.words)
    outcomes = list(_strong(words))
    if Plainly.STOP in (outcome for outcome, _ in outcomes):
        return next(PlainReading(*each) for each in outcomes if each[0] is Plainly.STOP)
    if outcomes:
        return PlainReading(*outcomes[0])
    unclear = ((_UNCLEAR_ENGLISH, False), (_UNCLEAR_SPANISH, True))
    for patterns, is_spanish in unclear:
        if patterns.search(words) or patterns.search(_stripped(words)):
            return PlainReading(Plainly.UNCLEAR, is_spanish)
    name = _SOMEBODY_ELSE.search(part.raw)
    return PlainReading(Plainly.UNCLEAR, name["es"] is not None) if name else None


def _strong(words: str) -> Iterator[tuple[Plainly, bool]]:
    """What each request to end texts in a part comes to, with whether it is Spanish."""
    for pattern, is_spanish in ((_ENGLISH, False), (_SPANISH, True)):
        for match in pattern.finditer(words):
            before = _BEFORE_IT.sub("", words[: match.start()]).split()
            after = words[match.end() :].split()
            is_governed = bool(before) and before[-1] in _GOVERNING
            if is_governed and before[-1] in _NEGATING:
                continue
            is_limited = bool(after) and after[0] not in _GOES_ON
            is_clear = not is_governed and not is_limited
            yield (Plainly.STOP if is_clear else Plainly.UNCLEAR), is_spanish


def _any(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


_SPELLED_OUT: Final = re.compile(r"\b(?:[A-Za-z][ .\-*_]){3,}[A-Za-z]\b")
# How words are spelled in texts. Apostrophes are gone by then.
_SPELLINGS: Final = {
    **dict.fromkeys(("pls", "plz", "plez", "pleas", "plss", "pleasee", "plese", "pl"), "please"),
    **dict.fromkeys(("porfa", "porfis", "xfa", "xfavor", "plis", "porfavor"), "por favor"),
    **dict.fromkeys(
        ("stahp", "stpo", "sotp", "stopp", "stp", "tsop", "stoop", "stap", "st0p"), "stop"
    ),
    **dict.fromkeys(("txt", "txet", "tex"), "text"),
    **dict.fromkeys(("txts", "textes"), "texts"),
    **dict.fromkeys(("txting", "txtin", "textin", "texing", "txtng", "txing"), "texting"),
    **dict.fromkeys(("msg", "mssg", "mesage", "massage"), "message"),
    **dict.fromkeys(("msgs", "mssgs", "mesages", "messges", "massages"), "messages"),
    **dict.fromkeys(("msging", "messagin", "msgin"), "messaging"),
    **dict.fromkeys(("sendin", "sendng"), "sending"),
    **dict.fromkeys(("dont", "dnt", "dun"), "do not"),
    **dict.fromkeys(("wont",), "will not"),
    **dict.fromkeys(("cant",), "can not"),
    **dict.fromkeys(("isnt", "aint"), "is not"),
    **dict.fromkeys(("didnt",), "did not"),
    **dict.fromkeys(("doesnt",), "does not"),
    **dict.fromkeys(("im",), "i am"),
    **dict.fromkeys(("ive",), "i have"),
    **dict.fromkeys(("id",), "i would"),
    **dict.fromkeys(("ill",), "i will"),
    **dict.fromkeys(("youve",), "you have"),
    **dict.fromkeys(("youre",), "you are"),
    **dict.fromkeys(("thats",), "that is"),
    **dict.fromkeys(("u", "ya'll", "yall", "yal"), "you"),
    **dict.fromkeys(("ur", "yr"), "your"),
    **dict.fromkeys(("r",), "are"),
    **dict.fromkeys(("frm", "fom"), "from"),
    **dict.fromkeys(("tryna",), "trying to"),
    **dict.fromkeys(("wanna",), "want to"),
    **dict.fromkeys(("gonna",), "going to"),
    **dict.fromkeys(("gotta",), "have to"),
    **dict.fromkeys(("thx", "ty", "thanx", "tks", "thnx"), "thanks"),
    **dict.fromkeys(("idk",), "i do not know"),
    **dict.fromkeys(
        ("unsubcribe", "unsuscribe", "unsub", "unsubscibe", "unsuscribed"), "unsubscribe"
    ),
    **dict.fromkeys(("ke", "q", "k"), "que"),
    **dict.fromkeys(("nomas",), "no mas"),
    **dict.fromkeys(("msj", "msjs", "mjs", "mensages", "mensajitos", "mnsj", "sms"), "mensajes"),
    **dict.fromkeys(("uds", "vds"), "ustedes"),
    **dict.fromkeys(("ds", "d"), "de"),
}
_PHRASES: Final = {
    "the (?:fuck|hell|heck)": "",
    "thank you": "thanks",
    "any (?:more|longer)": "anymore",
    "x favor": "por favor",
    "y all": "you",
    "  +": " ",
}
_SWEARING: Final = frozenset(
    {
        *(
            "fucking",
            "fuckin",
            "fkn",
            "fking",
            "fcking",
            "effing",
            "freaking",
            "frickin",
            "friggin",
        ),
        *("bitch", "bitches", "asshole", "assholes"),
        *("goddamn", "damn", "dam", "bloody", "tf", "af", "fr", "pinche", "pinches", "puto"),
        *("putos", "puta", "putas", "cabron", "cabrones", "chingados", "carajo", "mierda"),
        *("maldito", "malditos", "wey", "guey", "demonios"),
    }
)

_PEOPLE: Final = (
    r"(?: (?:guys|people|all|folks|assholes?|idiots?|bitch(?:es)?|jerks?|creeps?|fuckers))"
)
# What leads up to a request, and what rounds it off, without changing it.
_LEAD: Final = _any(
    *("please", "ok", "okay", "kk", "hi", "hello", "hey", "yo", "sorry", "thanks", "just", "yes"),
    *(
        "and",
        "but",
        "so",
        "then",
        "also",
        "well",
        "now",
        "again",
        "god",
        "omg",
        "dude",
        "bro",
        "man",
    ),
    *(
        "fuck you",
        "lol",
        "kindly",
        "seriously",
        "all right",
        "alright",
        "good morning",
        "good afternoon",
    ),
    *("excuse me", "listen", "look", "for real", "either", "immediately", "there", "everyone"),
    rf"(?:can|could|would|will) (?:you|someone|anyone|somebody){_PEOPLE}?",
    r"would you mind",
    rf"i (?:want|need|would like|am asking|am telling|am begging|beg|ask) you{_PEOPLE}? to",
    r"i (?:want|need|would like|wish|would love|am trying|am asking|prefer) to",
    r"i (?:would like|want|need|wish|ask)",
    rf"i (?:have )?(?:already )?(?:said|told you|asked you|tell you"
    rf"|ask you){_PEOPLE}?(?: \d+ times)?"
    r"(?: already)?(?: to)?",
    rf"you{_PEOPLE}? (?:need to|have to|must|should|better|had better|need)",
    r"(?:i would|would) appreciate it if you (?:would|could)",
    r"make sure (?:to|you)",
    rf"you{_PEOPLE}? can",
    *("for the love of god", "for gods sake"),
    r"i am (?:kindly )?(?:requesting|asking) (?:that )?you(?: to)?",
    r"i (?:kindly |respectfully )?(?:request|insist|demand) (?:that )?you",
    r"i am",
    *("hola", "oigan?", "oyen?", "oye", "disculpen?", "perdon", "buen[oa]s dias", "buenas tardes"),
    *(
        "buenas noches",
        "buenas",
        "por favor",
        "ya",
        "gracias",
        "pues",
        "bueno",
        "y",
        "pero",
        "favor de",
    ),
    *("pueden?", "podrian?", "puedes", "podrias", "ahora", "mejor", "de favor"),
    r"(?:le|les|te) (?:pido|ruego|dije|digo) que",
    r"(?:haga|hagan|me hacen|me hace) (?:el )?favor de",
    r"(?:necesito|quiero|quisiera|me gustaria|solo quiero|solicito|exijo|pido|agradeceria) que",
    *(r"(?<! )que", "ojala"),
)
_TAIL: Final = _any(
    *("please", "thanks", "now", "immediately", "again", "anymore", "ever", "right now", "asap"),
    *("already", "today", "forever", "for good", "permanently", "sir", "maam", "god bless", "lol"),
    *(
        "ok",
        "okay",
        "bye",
        "from now on",
        "going forward",
        "moving forward",
        "at once",
        "rn",
        "no more",
    ),
    *("altogether", "completely", "all together", "at all", "so much", "very much", "dude", "bro"),
    *(
        "man",
        "in the future",
        "any time",
        "anytime",
        "effective immediately",
        "god",
        "jesus",
        "amen",
    ),
    rf"(?:you{_PEOPLE}?)(?= ~|$)",
    _PEOPLE.strip(),
    *("nada", "senorita", "senor", "senora", "joven", "amigos", "amigo"),
    *("por favor", "gracias", "ya", "mas", "nunca", "otra vez", "de nuevo", "ahora", "jamas"),
    *("por siempre", "adios", "de una vez", "inmediatamente", "muchas gracias", "nunca mas", "ok"),
    *(
        "en el futuro",
        "para siempre",
        "de inmediato",
        "a este numero",
        "a mi numero",
        "a mi celular",
    ),
)
_BEFORE: Final = re.compile(rf"^(?:{_LEAD} )+")
_BEFORE_IT: Final = re.compile(rf"(?:(?:^|(?<= )){_LEAD} )+$")
_AFTER: Final = re.compile(rf"(?: {_TAIL})+$")

# A request after one of these is part of another sentence; after a negation it is the opposite.
_NEGATING: Final = frozenset({"no", "not", "never", "nunca", "sin"})
_GOVERNING: Final = _NEGATING | frozenset(
    {
        *(
            "to",
            "if",
            "did",
            "do",
            "does",
            "they",
            "he",
            "she",
            "it",
            "who",
            "that",
            "will",
            "would",
        ),
        *(
            "can",
            "could",
            "i",
            "we",
            "when",
            "how",
            "why",
            "you",
            "should",
            "must",
            "the",
            "a",
            "of",
        ),
        *(
            "him",
            "them",
            "her",
            "people",
            "may",
            "might",
            "about",
            "for",
            "que",
            "si",
            "cuando",
            "como",
        ),
        *(
            "puedo",
            "de",
            "a",
            "quien",
            "se",
            "me",
            "le",
            "les",
            "el",
            "la",
            "un",
            "una",
            "mi",
            "su",
        ),
    }
)
# What may follow a request without taking anything back: a reason, a threat, another request.
_GOES_ON: Final = frozenset(
    {
        *(
            "i",
            "we",
            "this",
            "it",
            "or",
            "my",
            "you",
            "who",
            "wrong",
            "not",
            "because",
            "bc",
            "cuz",
        ),
        *("since", "and", "please", "thanks", "stop", "leave", "remove", "take", "do", "there"),
        *("yo", "soy", "ya", "este", "esta", "es", "no", "o", "porque", "y", "gracias", "son", "~"),
        *("god", "se", "estoy", "nunca", "pues", "they", "he", "she", "your", "have"),
        *("is", "im", "never", "am"),
    }
)

_PHONE: Final = (
    r"(?:(?:my|this|our|her|his|their|that|the)(?: (?:old|cell|work|personal|business|private))?"
    r" (?:phone number|cell ?phone|phone|number|cell|line|mobile|work phone)"
    r"|(?:my|our|her|his|their) \w+ (?:phone number|cell ?phone|phone|number|cell))"
)
_US: Final = rf"(?:me|us|here|{_PHONE})"
_TEXTS: Final = (
    r"(?:text messages?|texts?|texting|messages?|messaging|mensajes|spam|notifications?|alerts?"
    r"|text (?:alerts?|updates?|reminders?|subscription))"
)
_WHICH: Final = (
    r"(?:(?:all|any|of|the|these|those|your|this|that|more|further|such|unwanted|me|us|so|many|my"
    r"|out|other|future|stupid|annoying|random|dumb|school|campus|college|automated|constant"
    r"|whatever|every|each) )*"
)
_FROM_US: Final = (
    r"(?: (?:from|by|with|of) (?:you|this number|here"
    r"|(?:your|this|the) (?:school|office|college|university)|text|sms|phone|mensajes|anyone"
    r"|anybody|campus)"
    rf"{_PEOPLE}?| (?:to|on|at) {_PHONE})*"
)
_LIST: Final = (
    r"(?:(?:text|texting|text message|message|messaging|mailing|contact|contacts|calling|call|phone"
    r"|mensajes|distribution|campaign|notification|alert|alerts|marketing|student) )*"
    r"(?:lists?|database|system|contacts|texts|text messages|messages|group text|thread|campaign"
    r"|mensajes|phone ?book|records)"
)
_ENDING: Final = r"(?:stop|quit|cease(?: and desist)?|discontinue|halt)"
_WRITING: Final = (
    r"(?:texting|messaging|contacting|spamming|bothering|harassing|bugging|pestering|annoying"
    r"|blowing up|hitting up|hitting|notifying|writing(?: to)?|sending(?: to)?|stalking|disturbing)"
)
_WRITE: Final = (
    r"(?:text|message|contact|bother|spam|reach out to|write(?: to)?|hit up|disturb|harass|notify)"
)
_STUFF: Final = (
    r"(?:stuff|junk|crap|shit|bs|things|anything|it|this|these|those|that|garbage"
    r"|nothing)(?: else)?"
)
_I: Final = r"(?:(?:i|we|also|really) )*"
_OFF: Final = r"(?:off of|off|from|out of|of)"

_ENGLISH: Final = re.compile(
    r"\b"
    + _any(
        rf"{_ENDING}(?: all)? {_WRITING} {_US}(?: {_WHICH}(?:{_TEXTS}|{_STUFF}))?",
        rf"{_ENDING}(?: it)?(?: (?:with|sending|getting|receiving"
        rf"|all))? {_WHICH}{_TEXTS}{_FROM_US}",
        rf"{_ENDING} sending(?: me)? (?:more )?(?:this |these |that )?{_STUFF}",
        rf"(?:cancel|end) {_WHICH}{_TEXTS}{_FROM_US}",
        rf"(?:do not|never)(?: you)?(?: ever)? {_WRITE} (?:{_US}|it)",
        rf"(?:do not|never)(?: ever)? send (?:{_US} )?(?:to )?(?:anymore )?{_WHICH}"
        rf"(?:{_TEXTS}|{_STUFF})",
        rf"not {_WRITING} {_US}",
        rf"(?:take|get|remove|drop|pull|scratch|delete|erase|cross|wipe|strike)"
        rf" (?:{_US}|my name|my info(?:rmation)?|my contact(?: info(?:rmation)?)?|it)"
        rf" {_OFF} {_WHICH}{_LIST}",
        rf"(?:be|have {_US}) (?:removed|taken|deleted)(?: {_OFF} {_WHICH}{_LIST})?"
        rf"(?! {_OFF}| in| as| to)",
        r"(?:remove|delete|erase|drop|take off) "
        rf"(?:me|us|it|{_PHONE})(?! (?:from|off|of|out|as|in|to|for|on|at|until|and|with))",
        rf"(?:lose|forget) {_PHONE}",
        rf"(?:take|get) (?:me|us|{_PHONE}) off(?! (?:the|my|of|a|that|academic|this|your))",
        rf"(?:^i )?(?:unsubscribed?|opt(?:ing|ed)?(?: (?:me|us|{_PHONE}))? out)(?: (?:me|us"
        rf"|{_PHONE}))?"
        rf"(?: (?:from|of|to) (?:(?:receiving|getting) )?{_WHICH}(?:{_LIST}|{_TEXTS}|everything"
        r"|here|you))?(?! (?:from|of|to|for))",
        rf"no more {_WHICH}{_TEXTS}{_FROM_US}",
        rf"{_I}(?:(?:do|did|does) not|no longer|never|not) (?:want|wish|need|care|like"
        rf"|interested in)"
        r"(?: to)?(?: (?:keep |be )?(?:getting|receiving|receive|get|have|see|be sent))?"
        rf" (?:anymore )?{_WHICH}{_TEXTS}{_FROM_US}",
        rf"{_I}(?:do not|no longer|never) (?:want|wish|care) to hear (?:anything )?from (?:you"
        rf"|this number)",
        rf"{_I}(?:do not|no longer|never) (?:want|wish)(?: to)?(?: be| being)?"
        rf" (?:texted|contacted|messaged|bothered){_FROM_US}",
        rf"{_I}(?:do not|no longer) (?:want|wish) you{_PEOPLE}?(?: to)?"
        rf" (?:texting|text|contacting|contact|messaging|message) {_US}",
        rf"{_I}(?:do not|no longer|never) (?:consent|agree)"
        rf" to (?:(?:receiving|receive|getting|get|be|being) )?(?:{_WHICH}{_TEXTS}|texted"
        rf"|contacted)",
        r"leave (?:me|us) alone",
        r"(?:do not|never) (?:text|message|contact)(?= (?:again|anymore|ever)\b|$| ~)",
        rf"(?:refrain|desist|abstain) from {_WRITING} {_US}",
        rf"appreciate it if you (?:stopped|quit) {_WRITING} {_US}",
        rf"(?:{_ENDING}|end) (?:all|any)(?: further| future| more)?"
        r" (?:communications?|contact|correspondence)",
        rf"^(?:please )?no {_TEXTS}(?=$| ~| please| thanks)",
        r"^no(?: thanks)? stop(?=$| ~)",
        rf"(?:want|need) (?:{_US} )?{_OFF} {_WHICH}{_LIST}",
        rf"{_US} (?:be )?(?:taken|removed|deleted) {_OFF} {_WHICH}{_LIST}",
        rf"{_ENDING} hitting (?:me|us) up",
        rf"{_I}(?:do not|no longer|never) (?:authorize|allow|permit) you to (?:{_WRITE}"
        rf"|send) {_US}",
        r"stop(?= (?:i|we|this is|this number|you|who|wrong|not|im|nobody|there is)\b)",
        rf"{_I}(?:revoke|withdraw|rescind|take back) (?:all )?(?:my )?(?:consent|permission)"
        rf"(?: to (?:be )?(?:texted|contacted|text|contact|receive|get)(?: {_US}| {_TEXTS})?)?",
        rf"(?:you |they )?do not have (?:my |any )?(?:permission|consent) to (?:{_WRITE}"
        rf"|send) {_US}",
        r"(?:please stop|wrong (?:number|person) stop|who is this stop|who this is stop"
        r"|not interested stop|student(?: there)?(?: anymore)? stop|there anymore stop)(?=$| ~)",
    )
    + rf"\b(?: {_TAIL}\b)*"
)

_WRITE_INFINITIVE: Final = (
    r"(?:mandar|enviar|escribir|textear|mensajear|molestar|contactar|chingar|fastidiar|acosar|joder"
    r"|spamear|insistir|estar (?:mandando|enviando|escribiendo|molestando|chingando|jodiendo"
    r"|texteando))(?:me|nos|le|les|los|las|melos)?"
)
_MENSAJES: Final = (
    r"(?:(?:mensajes?|textos?|notificaciones|avisos|recordatorios|alertas|spam)"
    r"(?: (?:de|por) (?:texto|mensajes?))?)"
)
_CUALES: Final = (
    r"(?:(?:mas|sus|estos|esos|tantos|los|las|ese|este|tus|ningun|otros?|mis|de|ya|esta) )*"
)
_DE_USTEDES: Final = (
    r"(?: (?:de|por) (?:ustedes|usted|ti|este numero|su parte|esta oficina|la (?:escuela"
    r"|universidad)|parte de ustedes)| a (?:este|mi) (?:numero|telefono|celular))*"
)
_WRITE_SUBJUNCTIVE: Final = (
    r"(?:escrib(?:an|as|a)|mand(?:en|es|e)|envi(?:en|es|e)|contact(?:en|es|e)|molest(?:en|es|e)"
    r"|texte(?:en|es|e)|busquen|fastidien|acosen|spameen|chinguen|jodan"
    r"|sig(?:an|as|a) (?:escribiendo|mandando|enviando|molestando|contactando|texteando|chingando)"
    r"|est(?:en|es|e) (?:escribiendo|mandando|enviando|molestando|contactando|texteando|chingando)"
    r"|vuelv(?:an|as|a) a (?:escribir|mandar|enviar|contactar|molestar|textear|molestar))"
)
_NUMERO: Final = (
    r"(?:(?:mi|este|el|nuestro) (?:numero|telefono|celular|nombre|contacto)(?: de telefono)?)"
)
_LISTA: Final = (
    r"(?:(?:de|del) (?:(?:su|sus|la|esta|este|las|tu|el) )?(?:listas?|sistema|base de datos|grupo"
    r"|contactos|mensajes)(?: de (?:mensajes|textos?|contactos|difusion|envios?|numeros))?"
    r"(?! de espera))"
)
_TAKE_OFF: Final = (
    r"(?:quit(?:en|e|a)|saqu(?:en|e)|saca|borr(?:en|e|a)|elimin(?:en|e|a)|remuev(?:an|a)"
    r"|retir(?:en|e)"
    r"|(?:quitar|sacar|borrar|eliminar|remover|retirar))"
)

_SPANISH: Final = re.compile(
    r"\b"
    + _any(
        rf"(?:dej(?:a|e|en|ar|es)|par(?:a|e|en)|paren) de {_WRITE_INFINITIVE}"
        rf"(?: {_CUALES}{_MENSAJES})?{_DE_USTEDES}",
        rf"(?:quiero|deseo|quisiera|me gustaria|necesito) (?:dejar|parar) de recibir"
        rf" {_CUALES}{_MENSAJES}{_DE_USTEDES}",
        rf"no (?:me|nos) {_WRITE_SUBJUNCTIVE}(?: (?:mas|nunca|jamas|nada))*"
        rf"(?: {_CUALES}{_MENSAJES})?{_DE_USTEDES}(?! (?:a|al|el|la|lo|con|mi|su)\b)",
        r"no (?:vuelv|sig)(?:an|as|a)(?: a)? (?:escribir|mandar|enviar|contactar|molestar"
        r"|escribiendo"
        rf"|mandando|enviando|molestando)(?:me|nos)(?: {_CUALES}{_MENSAJES})?",
        r"no (?:quiero|deseo|quisiera|queremos|necesito)(?: (?:recibir|seguir recibiendo|tener|ver"
        rf"|que me lleguen))? {_CUALES}{_MENSAJES}{_DE_USTEDES}",
        r"no (?:quiero|deseo|quisiera) (?:seguir )?recibi(?:r|endo) (?:mas|nada)(?: mas)?"
        rf"{_DE_USTEDES}(?=$| ~| gracias| por favor)",
        rf"no (?:quiero|deseo|quisiera) que me {_WRITE_SUBJUNCTIVE}(?: mas)?"
        rf"(?: {_CUALES}{_MENSAJES})?",
        r"no quiero saber (?:nada )?(?:mas )?(?:nada )?de (?:ustedes|usted)",
        rf"no mas {_MENSAJES}{_DE_USTEDES}",
        rf"{_TAKE_OFF}(?:me|nos)? {_NUMERO}(?: {_LISTA})?(?! (?:del?|en)\b)",
        rf"(?:{_TAKE_OFF}(?:n?me|nos)|(?:me|nos) (?:{_TAKE_OFF}|quites|saques|borres|elimines))"
        rf" {_LISTA}(?! de espera)",
        rf"{_TAKE_OFF} (?:de|del) (?:su|sus|la|esta|este|tu) (?:listas?|sistema|base de datos)"
        r"(?! de espera)",
        rf"(?:parar|detener|alto a) {_CUALES}{_MENSAJES}",
        r"^(?:ya )?no molest(?:en|es|e)",
        rf"^no {_MENSAJES}(?=$| ~| por favor| gracias)",
        rf"salir(?:me)? {_LISTA}",
        r"(?:(?:me|nos) )?(?:den|de|da|dan|dar)(?:me|nme|nos)? de baja"
        rf"(?: {_NUMERO}| {_LISTA}| (?:de|del) {_CUALES}(?:{_MENSAJES}|servicio|numero))?"
        r"(?! (?:del?|en|este|esta|temporal|por (?!favor)|a|mi|la|el|un|una|como)\b)",
        rf"(?:cancel(?:en|e|a|ar|o)|anul(?:en|e|ar)) (?:el envio de )?{_CUALES}"
        rf"(?:{_MENSAJES}|(?:la |mi )?suscripcion)",
        r"desuscrib(?:irme|ir|anme|ame|ame|eme|an|a|o)",
        r"dej(?:en|e|a)(?:me|nos) (?:en paz|tranquil[oa]s?)",
        r"(?:retiro|revoco|cancelo|quito) (?:mi|el) (?:consentimiento|permiso|autorizacion)",
        r"no (?:autorizo|doy permiso|consiento|acepto|permito)(?: (?:a|para))? (?:que )?"
        rf"(?:me )?(?:{_WRITE_SUBJUNCTIVE}|{_WRITE_INFINITIVE}|estos|sus|recibir)"
        rf"(?: {_CUALES}{_MENSAJES})?(?! (?:a|al|el|la)\b)",
        r"no (?:tienen?|tienes) (?:mi )?(?:permiso|autorizacion|consentimiento) (?:de|para)"
        rf" {_WRITE_INFINITIVE}(?: {_CUALES}{_MENSAJES})?",
        rf"(?:ya )?par(?:en|e|a)(?:le|les)? (?:ya )?(?:con|a) {_CUALES}{_MENSAJES}",
        rf"no (?:contactar|molestar|escribir|textear|mandar {_CUALES}{_MENSAJES}"
        rf"|enviar {_CUALES}{_MENSAJES})(?: mas)?(?=$| ~)",
        rf"basta (?:ya )?(?:de|con) {_CUALES}{_MENSAJES}",
    )
    + rf"\b(?: {_TAIL}\b)*"
)

# A part that says nothing else, courtesies aside.
_BARE: Final = re.compile(
    r"(?:stop(?: (?:it|this|that|all|stop|everything))*|stopall|unsubscribe|opt out|optout|remove"
    r"|remove me|take me off|(?P<es>alto|parar|paren(?: ya| paren)*|pare|pare ya|detener"
    r"|detengan?se"
    r"|baja|de baja|desuscribir|no mas mensajes))"
)

# The same words about other things; what they cover is not looked at again.
_ABOUT_SOMETHING_ELSE: Final = re.compile(
    r"\b"
    + _any(
        r"texting (?:while|and|or) driving",
        r"stop texting (?:while|and|or) driving",
        r"(?:do|does|did|will|would|can|could|to|and|please|just) not (?:ever )?(?:stop|quit"
        r"|remove|take|cancel)"
        r"(?: \w+){0,3}",
        r"^not stop(?: \w+){0,3}",
        r"(?:(?:do|did|does) (?:you|they|he|she|it|that|this)|did (?:i"
        r"|we))(?: \w+)? stop(?: \w+){0,3}",
        r"(?:will|would) not leave me alone",
        r"off hold",
        r"(?:stopped|stop|quit) (?:getting|receiving) (?:your|the|my|any)(?: \w+){0,2}(?=$)",
        r"(?:has|have|had|is|was|are|were|not) (?:been )?(?:stopped|stopping)(?: \w+){0,4}",
        r"(?:make|makes|made|get|tell|told|ask|asked|want|wants|have|let)"
        r" (?:him|her|them|it|someone|somebody|my \w+|the \w+) (?:to )?(?:stop|leave"
        r"|quit)(?: \w+){0,2}",
        r"opt(?:ing)? out (?:of|from) (?!(?:(?:all|any|of|the|these|those|your|this|receiving"
        r"|getting"
        r"|more) )*(?:texts?|text|messages?|mensajes|sms|messaging|texting)\b)[\w ]+",
        r"(?:phone )?number (?:from|on|in|off) my (?!phone|list)[\w ]+",
        r"(?:ex|roommate|boyfriend|girlfriend|professor|novio|novia|companero|companera)"
        r"(?: \w+){0,2} (?:not|no)(?: \w+){0,4}",
    )
    + r"\b"
)

_UNCLEAR_ENGLISH: Final = re.compile(
    _any(
        r"^(?:that is |i have had |i have )?enough(?: already| is enough| of this"
        r"| of these texts)?$",
        r"^(?:no more|cut it out|knock it off|go away|get lost|buzz off|fuck (?:off|you)|f off"
        r"|f you"
        r"|piss off|screw (?:off|you)|back off|bug off|shut up|stfu|gtfo|spam|annoying|quit(?: it)?"
        r"|cancel(?: it| this| everything)?|end(?: it| this)?|revoke|block(?:ed|ing)?|no stop"
        r"|delete|unwanted|please stop|\d+ stop|stop \d+)$",
        r"^(?:i think |i believe |i am afraid |looks like |pretty sure |this is |its |it is |hey )*"
        r"(?:you )?(?:guys )?(?:must )?(?:have |got |texted |reached |are texting "
        r"|dialed )*(?:the |a )?"
        r"wrong (?:number|person|guy|girl|gal|lady|woman|man|dude|one|phone|contact)(?: \w+)?$",
        r"^(?:i am )?(?:not|no longer|never) interested(?: in this| in these)?$",
        r"\b(?:not|never) (?:the|that|this) person\b",
        r"\b(?:how|can i|could i|may i|is there|any way|where|what do i|do i"
        r"|am i able)(?: \w+){0,6}"
        r" (?:stop|quit|end|cancel|turn off|opt out|block|disable|get rid of|get off|get out of"
        r"|pause"
        r"|mute)(?: \w+){0,4} (?:texts?|text messages?|messages|texting|mensajes|texting list)\b",
        r"\b(?:how|can i|could i|may i|where|is there)(?: \w+){0,6} (?:unsubscribe|opt out)$",
        r"\b(?:you|are you|you are)(?: guys)? (?:keep|still|always|constantly|continue to)(?: on)?"
        r" (?:texting|messaging|sending|contacting|text|message)\b",
        r"\b(?:will|would) (?:you )?not stop (?:texting|messaging) me\b|\byou not stop\b",
        r"\byou(?: guys)? (?:text|message|send)(?: me)? (?:too|so|way too|way) (?:much|many"
        r"|often)\b",
        r"\b(?:too|so|this|that) many (?:\w+ )?(?:texts|text messages|messages)\b",
        r"\btext me less\b|\b(?:fewer|less) (?:texts|messages)\b",
        r"\b(?:stop|quit) (?:calling|emailing|mailing|phoning) (?:me|us|this number|my)\b",
        r"\b(?:stop|quit) (?:texting|messaging|contacting|bothering) (?:her|him|them|my \w+)\b",
        r"\b(?:this|it|that|these) (?:is|are) (?:spam|harassment|spamming|annoying|unwanted)\b",
        r"\breport(?:ing|ed)? (?:this|you|it|your number|these)\b",
        r"\bblock(?:ing|ed)? (?:this|your|you|the) ?(?:number|guys)?\b",
        r"\b(?:never|did not|do not remember) (?:sign(?:ed|ing)? up|subscribed?|opt(?:ed)? in"
        r"|ask(?:ed)?"
        r"|agreed?|consent(?:ed)?|requested?|gave you my number|give you my number)"
        r"(?:$| (?:to|for) (?:this|these|it|any|get|receive|be|texts?)\b| (?:this|these)\b)",
        r"\b(?:texts|messages) are (?:so |really |very )?annoying\b",
        r"\b(?:not|no|instead of|rather than) (?:texts|texting|text messages)$",
        r"\bdo not want (?:these|this|it|any of this)(?: stuff)?(?: anymore)?$",
        r"\b(?:stop|quit|quitting|cease|avoid|refrain from) (?:bothering|texting|messaging"
        r"|contacting"
        r"|spamming|harassing|reaching|communicating|blasting|writing)\b",
        r"\b(?:remove|delete|take|get|drop)\b(?: \w+){0,3} (?:list|lists|contacts|database)$",
        r"\b(?:texts|messages) (?:\w+ ){0,2}(?:ridiculous|too much|nonstop|out of control|unwanted"
        r"|harassment|crazy|excessive|bothering)\b",
        r"^text (?!me\b)(?:my )?\w+(?: \w+)? instead$",
        r"\bhow many more\b(?: \w+){0,4} (?:texts|messages|times)\b",
        r"\byou (?:people |guys |all )?(?:never|do not ever) (?:quit|stop)\b",
        r"\bdo not (?:want|need) (?:these|your) (?:\w+ ){0,2}\w+$",
        r"\bif you (?:text|message|contact|keep texting) (?:me|us|this number)\b",
        r"\b(?:meant|intended) for (?:somebody|someone) else\b|\bby email instead\b",
        r"\bmy number (?:off|out of)\b",
        r"\b(?:who gave you|how did you (?:get|find)|where did you (?:get|find)) my"
        r" (?:phone )?number\b",
        r"\b(?:keep|still) (?:getting|receiving) (?:these|this|texts|messages|your)\b",
        r"\b(?:only|just) email me\b|\bemail me instead\b",
        r"\b(?:not|no longer) (?:a |your )?student(?: (?:there|here))?(?: anymore)?$",
        r"\b(?:stop|quit|remove|unsubscribe|cancel|end|cease|halt|enough|block|off|without)\b"
        r"(?: \w+){0,5} (?:texts?|text messages?|messages|texting|messaging|mensajes)\b",
        r"\b(?:texts|text messages|messages|texting|messaging|messages?)\b(?: \w+){0,3} "
        r"(?:stop|must end|has to end|have to end|need to end)\b",
        r"\b(?:consent|permission|authoriz\w+|legal|lawyer|attorney|sue|fcc|tcpa|do not call)\b"
        r"(?: \w+){0,5} (?:texts?|texting|text me|messages|contact me|list|you)\b",
    )
)
_UNCLEAR_SPANISH: Final = re.compile(
    _any(
        r"^(?:basta|ya basta|basta ya|no mas|ya no(?: mas)?|para|ya|ya estuvo|cancelar|cancela"
        r"|cancele"
        r"|cancelen|terminar|no molesten?|callense|largo|vayanse|molestan?|fuera|borrar|eliminar"
        r"|(?:borr|elimin)[ae]n?me)$",
        r"^(?:es |este es |creo que |tienen? |tienes |ese es )*(?:el |un |la )?(?:numero|persona"
        r"|telefono)"
        r" (?:equivocad[oa]|incorrect[oa])$",
        r"^(?:creo que )?se (?:equivoco|equivocaron|ha equivocado|equivocan) (?:de|el) "
        r"(?:numero|persona|telefono)$",
        r"\bno soy (?:esa|la) persona\b",
        r"^no (?:me interesa|estoy interesad[oa]|tengo interes)$",
        r"\b(?:como|puedo|se puede|hay (?:forma|manera)|donde)(?: \w+){0,4} (?:dejo|dejar"
        r"|cancelo|cancelar"
        r"|paro|parar|quito|quitar|bloqueo|bloquear|desactivo|desactivar|salgo|detengo|detener)"
        r"(?: \w+){0,4} (?:mensajes|textos)\b",
        r"^(?:como|puedo|donde|quiero saber como)(?: \w+){0,2} (?:doy|dar|darme|damos) de baja$",
        r"\b(?:demasiados|tantos|muchos) (?:mensajes|textos)\b",
        r"\bme sig(?:uen|ues|ue|an) (?:escribiendo|mandando|enviando|texteando|molestando)\b",
        r"\bes spam\b|\bspam$",
        r"\bbloquear(?:los|las|te|le)?(?: este| su)?(?: numero)?$|\breportar(?:los|te"
        r"|le)?(?: este)?",
        r"\b(?:no|nunca)(?: les| te| le)? (?:pedi|solicite|me inscribi|me registre|me suscribi"
        r"|autorice"
        r"|di mi numero)(?:$|(?: \w+){0,3} (?:mensajes|esto|estos|textos))",
        r"^no me llame[ns]?(?: mas)?$|\bdejen? de llamar(?:me)?\b",
        r"\b(?:mensajes|textos) (?:molestos|no deseados)\b|\bmolestan(?: \w+){0,2} mensajes\b",
        r"\bya no quiero (?:nada|esto|estos)$",
        r"\b(?:cada rato|todo el tiempo|a cada hora|todos los dias)\b(?: \w+){0,3} (?:mensajes"
        r"|textos)\b",
        r"^solo (?:por )?(?:correo|email)$|\bnumero ya no es\b|\bno es (?:el|su|mi) numero$",
        r"^(?:ya )?(?:dej(?:en|e|a)|par(?:en|e|a))(?:le|les)? (?:ya )?de \w+",
        r"\b(?:canse|cansad[oa]s?|fastidiad[oa]s?) de\b(?: \w+){0,2} (?:mensajes|textos)\b",
        r"\bmensaje no es para mi\b",
        r"\bno conozco a (?:esa|ese|ninguna?|nadie)\b|\bhart[oa]s?\b",
        r"\b(?:quien les dio|de donde (?:sacaron|tienen)|como (?:consiguieron|tienen)) mi numero\b",
        r"\b(?:paren?|parar|parenle|dejen?|deja|dejar|detengan|eviten|cancel\w+|quit\w+|elimin\w+"
        r"|borr\w+|basta|sin)\b(?: \w+){0,4} (?:mensajes|textos|mensajes de texto)\b",
        r"\bno (?:me|nos) (?!lleg|mandan|mandaron|envian|enviaron|han|escriben|ha |aparec|sale"
        r"|abre|dej"
        r"|carg|entr)\w+(?: \w+){0,2} (?:mas )?(?:mensajes|textos)\b",
    )
)
_SOMEBODY_ELSE: Final = re.compile(
    r"\b(?:[Tt]his|[Ii]t) ?(?:is not|isn.?t|ain.?t) [A-Z][a-z]+\W*$|\bI.?a?m not [A-Z][a-z]+\W*$"
    r"|(?P<es>\b[Nn]o soy [A-Z][a-z]+\W*$)"
)
