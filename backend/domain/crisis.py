"""Words that mean a person must look at once: suicide, self-harm, danger to life.

A reviewed list in English and Spanish, looked for anywhere in a message and before any other
reading of it. A missed one is worse than one too many, so whatever can be meant in earnest counts;
only what is plainly something else (`HARMLESS`) is set aside first. `python -m tests.phrases`
prints how well the list does on labelled phrases.

The patterns see a message as `plainly` makes it: no capitals, accents or marks, texting spelling
written out ("i'm gonna kms" is "i am going to kms", "dont" is "do not").
"""

from __future__ import annotations

import re
from typing import Final, Literal

from backend.domain.words import folded

# At most two segments each in GSM-7, whose letters have no á, í, ó or ú.
SAFETY_TEXTS: Final[dict[Literal["en", "es"], str]] = {
    "en": (
        "You matter, and help is there now: call or text 988, day or night. "
        "In danger? Call 911. A person in our office will see your message."
    ),
    "es": (
        "Usted importa y hay ayuda ahora: llame o escriba al 988 a cualquier hora. "
        "¿Hay peligro? Llame al 911. Una persona de la oficina va a leer su mensaje."
    ),
}

# No carrier brings longer texts than 1,600 characters.
LONGEST_READ: Final = 4_000

# How words are typed in a hurry; "don't" has come here as "don t".
SPELLED_OUT: Final = {
    **dict.fromkeys(("wanna", "wana", "wanto"), "want to"),
    **dict.fromkeys(("wnat", "wnt", "watn"), "want"),
    **dict.fromkeys(("gonna", "gona", "gunna", "finna", "goin2"), "going to"),
    **dict.fromkeys(("ima", "imma", "imna"), "i am going to"),
    **dict.fromkeys(("bouta", "abouta"), "about to"),
    **dict.fromkeys(("im", "iam"), "i am"),
    **dict.fromkeys(("kil", "kll", "kiil", "kils", "klil"), "kill"),
    **dict.fromkeys(("killin", "kiling", "kilin"), "killing"),
    **dict.fromkeys(("myslef", "mysef", "mself", "meself", "myselff", "mysel"), "myself"),
    **dict.fromkeys(("dont", "dnt", "dun", "donot", "doesnt", "didnt", "don"), "do not"),
    **dict.fromkeys(("cant", "cannot", "cnt", "couldnt"), "can not"),
    **dict.fromkeys(("isnt", "aint", "wasnt", "werent", "arent"), "is not"),
    **dict.fromkeys(("wont", "wouldnt"), "will not"),
    **dict.fromkeys(("sucide", "suicde", "suside", "suacide", "sewerslide"), "suicide"),
    **dict.fromkeys(("kiero", "qiero", "quero", "kero", "qero", "quieor"), "quiero"),
    **dict.fromkeys(("bivir", "vibir", "bibir", "vivr"), "vivir"),
    **dict.fromkeys(("suisidarme", "suicidarm", "swicidarme"), "suicidarme"),
    "goin": "going",
    "lif": "life",
    "livin": "living",
    "ive": "i have",
    "ill": "i will",
    "theres": "there is",
    "hes": "he is",
    "shes": "she is",
    "id": "i would",
    "noone": "no one",
    "2": "to",
    "2day": "today",
    "2nite": "tonight",
    "rn": "now",
    "u": "you",
    "ur": "your",
    "kiere": "quiere",
    "kisiera": "quisiera",
    "bida": "vida",
    "pastiyas": "pastillas",
    "k": "que",
    "q": "que",
    "xq": "porque",
    "toy": "estoy",
    "dye": "die",
    "dyeing": "dying",
    "iwanttodie": "i want to die",
    "iwannadie": "i want to die",
    "endmylife": "end my life",
    "nokiero": "no quiero",
    "noquiero": "no quiero",
    "kitar": "quitar",
    "kitarme": "quitarme",
    **dict.fromkeys(("aserme", "acerme"), "hacerme"),
    **dict.fromkeys(("aser", "acer"), "hacer"),
}
_TORN_APART: Final = (
    (r"\b(don|doesn|didn) t\b", "do not"),
    (r"\b(can|couldn) t\b", "can not"),
    (r"\b(isn|ain|wasn|weren|aren) t\b", "is not"),
    (r"\b(won|wouldn) t\b", "will not"),
    (r"\bi m\b", "i am"),
    (r"\bi (d|ld)\b", "i would"),
    (r"\bi ve\b", "i have"),
    (r"\bi ll\b", "i will"),
    (r"\b(there|he|she|it|life|what) s\b", r"\1 is"),
    (r"\bmy self\b", "myself"),
    (r"\b(him|her|them|your) (self|selves)\b", r"\1self"),
    (r"\bk ([my]) s\b", r"k\1s"),
    (r"\bd i e\b", "die"),
    (r"\bboy a (?=matar|morir|suici|suisi|quitar|kitar|ahorcar|cortar)", "voy a "),
)
_LEET: Final = str.maketrans("013457", "oieast")

# What looks like it and is something else.
HARMLESS: Final = (
    r"liv(e|ing) (on|off|in|near|at|with|by|closer to|close to) ((the|my|a|our|this|that|any) )?"
    r"(\w+ )?(campus|dorms?|halls?|residence|house|housing|apartment|suite|room ?mates?|parents?|"
    r"family|mom|dad|brother|sister|floor|building)",
    r"be here (late|early|until|till|at|on|over|after|before|during|past|next|for)",
    r"tak(e|ing) my life (science|skills?|drawing|insurance|experience)s?",
    r"suicide (prevention|awareness) (week|month|day|walk|events?|training|workshop|module|course)",
    r"overdos\w* (of|on) (e ?mails?|texts?|messages|homework|coffee|caffeine|information)",
    r"(this|that|the|these|those) (\w+ ){1,2}(is|are|will|was) (going to )?kill(ing)? me",
    r"kill (some |the )?(time|two birds)",
    r"die laughing|hit me (up|back)|beat me to|following me on|^beats me",
    r"(phone|battery|laptop|computer|ipad|tablet|car|plant) ((is|s|was) )?(about |going )?(to |"
    r"will |might )die",
    r"a gun (range|club|show|safety|policy|control|law|wound)s?",
    r"vivir (en|con|fuera|cerca|lejos) ((de|del|el|la|los|las|mi|mis|un|una) )*"
    r"(campus|residencias?|dormitorios?|edificio|casa|apartamento|companer[oa]s?|padres|papas|"
    r"mama|familia|roommates?)",
    r"(muer[oae]|morir|muriendo|muriendome) (de|por) (hambre|risa|sueno|sed|calor|frio|ganas|"
    r"nervios|saber|verlo|ver|verguenza|pena|aburrimiento)",
    r"cortar(me|se)? (el|las) (pelo|cabello|unas)",
    r"(esta|este|estas|estos) (\w+ ){1,2}(me|nos) (va|van|esta|estan) (a )?mata(r|ndo)",
    r"matar (el tiempo|dos pajaros)",
    r"(semana|campana|taller|curso|charla|evento)s? de prevencion del suicidio",
)

_MEANS_TO: Final = (
    r"(want|wants|wanted|wanting|going|trying|tried|tries|plan|plans|planning|ready|about|need|"
    r"might|will|would|gotta|threatens?|threatened|threatening|decided|has|is) (to )?"
)
_SELF: Final = r"(my ?self|him ?self|her ?self|them ?self|themselves|your ?self|ourselves)"
_PLACES: Final = r"(bridge|roof|rooftop|ledge|overpass|garage|balcony|cliff|window|tower|building)"
_LUGARES: Final = r"(puente|techo|edificio|ventana|azotea|balcon|tren|vias|piso|barranco|torre)"

ENGLISH: Final = (
    # to die, to kill oneself
    rf"(kill|murder)(s|ed|ing)? ?{_SELF}|{_MEANS_TO}off {_SELF}|offing {_SELF}",
    r"(kms|kys|unaliv\w*|suic\w*|suisid\w*|sui ?cid\w*)",
    rf"{_MEANS_TO}(just |really |so badly |to )?(die|be dead)",
    r"(feel|feels|feeling) like (dying|i want to die|i should die|ending it|ending things)",
    r"(rather|prefer to|should|hope i|wish i (would|could)( just)?|help me|let me) (be dead|die)",
    r"wish i (was|were|am|had) (just |never )?(dead|born|been born|not alive|not here|gone)",
    r"wish i (do not|never) (exist|existed|wake up|woke up|been born)",
    r"(ways?|take|how|pills|many) to (die|kill my ?self|end it|hang)",
    r"lethal dose|noose|by my own hand",
    rf"{_MEANS_TO}(just )?end (it|things|everything|it all)",
    r"end(ing|ed)? (it all|it tonight|it now|my (own )?(life|suffering|pain|misery|existence))",
    r"(tak(e|en|ing)|took) (my|his|her|their|your) (own )?life",
    r"(jump|jumping|jumped) (off|from|out of the|in front of|into traffic)",
    rf"(throw|throwing|drive|driving|walk|walking|step|stepping) ((my|him|her|the) ?\w* )?"
    rf"(into traffic|in front of|(off|from|into) (a|the) (\w+ )?({_PLACES}|tree|wall|pole))",
    rf"{_PLACES} (\w+ ){{0,5}}(jump|jumping)",
    rf"(jump|jumping) (\w+ ){{0,4}}{_PLACES}",
    r"(train|traffic|tracks) (\w+ ){0,3}jump",
    # not to live
    r"(do|does|did) not (even |really )?(want|wanted|wish|care|deserve) to (live|be alive|living|"
    r"wake up|be here|exist|be around|go on|keep going|keep living|see tomorrow|breathe)",
    r"never (want to )?wake up",
    r"(hope|wish|pray|want to sleep and|sleep and) (\w+ ){0,2}(do not|never|not) wake",
    r"not wake up (tomorrow|again|ever|anymore)",
    r"can not (live|keep living|go on living|exist) (like this|anymore|any more|this way|with)",
    r"can not (go on|keep going|carry on|keep doing this)( (any ?more|any longer|much longer|like "
    r"this)|$)",
    r"can not (take|handle|stand) (it|this|life|living) (any ?more|any longer|much longer)",
    r"(no|any) (reason|point|use|purpose) (to|in|of|for) (live|living|life|going on|go on|exist\w*|"
    r"being alive|being here|continu\w*)",
    r"(no|any) (reason|point|use|purpose) living",
    r"nothing (left )?to live for",
    r"life (is|has) (not worth|worthless|pointless|meaningless|no meaning|no point)",
    r"(worth|deserve) (living|to live)",
    r"(no|not see (a|any)|not (have )?(a|any)) way out( now)?(?! of)",
    r"(tired|sick|done|exhausted) (of|with) (being alive|living|life|this life|my life|existing)",
    r"(giv(e|en|ing) up on|hate) (life|my life|living|being alive|existing)",
    r"better off (dead|without me|if i|not alive|with me gone)",
    r"(no ?body|no one) (would|will|d) (even )?(miss|care if i|notice if i)",
    r"(want to|wish i could|going to) (just )?disappear( forever|$| and)",
    r"good ?bye (forever|everyone|everybody|cruel world|world|all)|never (see|hear from) me again",
    r"want (the pain|everything|it all) to (stop|end|be over)|want it to be over",
    # self-harm
    rf"(hurt|harm|cut|hang|hung|shoot|poison|starve?|drown|stab|injure?|chok(e|ing)?|strangl)"
    rf"(s|ing|ting|ning|bing|ed|ting)? {_SELF}",
    rf"(cutting|hurting|harming|hanging|shooting|starving|stabbing) ({_SELF}|again)",
    r"self ?(harm|injur|mutilat)\w*|relaps\w* on (sh|cutting|self)",
    r"(slit|slitting|cut|cutting) (my|his|her|their) (wrist|arm|thigh|throat|vein|leg)s?",
    r"overdos(e|ed|ing)|(might|will|going to|want to|tried to|just|i) od|o ?d ed",
    r"(took|taken|swallowed|swallowing|downed|popped|taking) (\w+ ){0,3}(all|whole|entire|bunch|"
    r"handful|bottle|too many|lots?|so many|[0-9]+) (\w+ ){0,3}(pills?|tablets|bottle|tylenol|"
    r"advil|ibuprofen|xanax|meds|medication|adderall|benadryl)",
    r"took (the|my|some|those|her|his)? ?pills",
    r"how many (\w+ ){1,4}(die|kill)",
    # danger to others and from others
    r"(has|have|had|having|with|brought|bringing|got|holding|carrying|pulled|there is|bought|get|"
    r"buy|own) (a|the|my|his|her) (\w+ )?(gun|pistol|rifle|shotgun|firearm|weapon|bomb|knife)"
    r"(?! (range|club|show|safety|policy))",
    r"(active|school|a|the) shooter|shooter (in|on|at)|shoot(ing)? up|shots? fired",
    r"gunshots? (on|in|near|outside|at)|mass shooting|bomb threat|homicid\w*",
    r"shoot (everyone|everybody|people|him|her|them|somebody|someone|my|you all|the school)",
    rf"({_MEANS_TO}|could |can |says he will )(just )?(kill|murder|stab) (me|us|him|her|them|you|"
    r"everyone|everybody|people|someone|somebody|my|all|that|this|these|him)",
    r"threaten\w* (to )?(kill|hurt|shoot|stab|me|my life|us|suicide)",
    r"raped?|raping|(sexually|was|been|got) (assaulted|molested)|molest(s|ed|ing|er)",
    r"(being|getting|am|was|been) (attacked|stalked|beaten|abused|strangled|held hostage|hunted)",
    r"(beat|beats|beating|hit|hits|choked|chokes|strangled|attacked|attacking|hurting) me",
    r"(will|going to|gonna|wants to|might) hurt (me|someone|somebody|people|him|her|them|my ?self)",
    r"following me|in danger(?! of)|i (do not feel|am not) safe|fear for my life",
    r"(is|am) not breathing|stopped breathing|unconscious(?! bias)",
    r"(will|would) not (wake up|stop bleeding)|bleeding out|need an ambulance",
)

SPANISH: Final = (
    # morir, matarse
    r"suicid(io|arme|arse|arte|ar|a|as|o|amos)",
    r"(me|se|te) (\w+ )?(quier[oae]n?|voy|va|van|quisiera|pienso|piensa|intent[oea]|trat[oae]|"
    r"gustaria|dan ganas de|queria|quise) (a |de |en )?(matar|ahorcar|colgar|cortar|lastimar|morir|"
    r"suicidar|quitar la vida|hacer dano|envenenar)",
    r"(matarme|matarse|ahorcar(me|se)|ahorcad[oa]|ahorcando(me|se)?|colgarme|cortarme|lastimarme|"
    r"morirme|envenenarme|pegarme un tiro|darme un tiro|cortarse las venas)",
    r"(quiero|quisiera|voy a|deseo|prefiero|preferiria|ganas de|me gustaria|quiere|quieren|queria|"
    r"quise) (ya |solo )?(morir\w*|estar muert[oa]|matarme)",
    r"(quitar(me|se|nos)? la|quito la|quitarme mi) vida",
    r"(acab|termin)(ar|o|e|are|ando) con (mi|su|la) (vida|sufrimiento|existencia|dolor)",
    r"(acabar|terminar) con (todo|todo esto)( ya| hoy| esta noche| de una vez|$)",
    r"autolesi\w*|(hacer|haciendo|hice|hago)(me|se)? dano|hacerse dano",
    r"me (estoy )?(corto|cortando|corte) (\w+ )?(brazos?|venas|munecas?|piernas?)",
    r"me (estoy )?(corto|cortando|corte) (otra vez|de nuevo)",
    r"me estoy cortando(?! (el|la|las|los|un|una) )",
    r"me (lastimo|lastime|golpeo) (a mi|otra vez|sol[oa])|se (corta (los|las)|lastima)",
    r"cort(ar|arme|arse|o) las (venas|munecas)",
    r"mejor (me )?(muero|mato|muert[oa])|ojala (me muera|me muriera|estuviera muert[oa])",
    r"(ojala|quisiera|desearia|espero) (\w+ )?(no|nunca) (\w+ )?(despert\w+|exist\w+|nacid[oa])",
    r"(no|nunca) (haber|hubiera|habria) nacido",
    r"(tir|lanz|avent|salt|brinc|arroj)\w+ (del|de|desde|por|al|a|en) (\w+ ){0,2}" + _LUGARES,
    # no vivir
    r"no (quiero|quisiera|puedo|quiere|deseo|aguanto|soporto|merezco|merece|tengo ganas de|tiene "
    r"ganas de|vale la pena|tiene sentido|tiene caso|sirve de nada) (\w+ )?(vivir|viviendo|viv[oa]|"
    r"existir|despertar\w*|estar aqui|la vida|mi vida)",
    r"no (quiero|puedo|vale la pena|tiene sentido) (seguir|continuar) (asi|adelante|viviendo|mas)",
    r"(no puedo|no aguanto|no soporto) mas( con (mi|la|esta) vida|$| quiero| asi)",
    r"no aguanto (mi|la|esta) vida",
    r"(razon|razones|motivos?|ganas|sentido) (para|de|a) (vivir|seguir viviendo|la vida|mi vida)",
    r"(mi|la) vida (ya )?(no (tiene|vale|merece|sirve|importa)|es un infierno)",
    r"(cansad[oa]|hart[oa]|agotad[oa]) de (la vida|mi vida|vivir|existir|estar viv[oa])",
    r"(mejor|felices|tranquilos) (sin mi|si yo (no|me)|si me muero|si no estuviera|si desaparezco)",
    r"nadie (me )?(va a )?(extran\w+|echar\w* de menos)",
    r"nadie le import\w+ (si )?(yo |me )?(muer|viv|desapar|mat|estoy)\w*",
    r"si (yo )?me (muero|mato|muriera)",
    r"quiero desaparecer( para siempre|$| del mundo| de este mundo)|desaparecer para siempre",
    r"adios (para siempre|a todos|mundo)",
    # sobredosis, armas, peligro
    r"sobredosis",
    r"(tome|tomo|trague|trago|tomado|tomar(me|se)?|tragar(me|se)?) (\w+ ){0,3}(pastillas|frasco|"
    r"pildoras|tabletas|raticida|veneno|cloro)",
    r"(tengo|tiene|trae|trajo|traigo|con|hay|compre|saco) (un |una |el |la )?(\w+ con una )?"
    r"(pistola|arma|rifle|escopeta|cuchillo|navaja|bomba)",
    r"tirador (en|activo|suelto|adentro)",
    r"tiroteo|balacera|disparos|disparando|(voy|va|van) a disparar",
    r"(voy|va|vas|van|quiero|quiere|quieren|pienso|piensa) (a |en )?matar(l[oae]s?|me|nos|te)?",
    r"(l[oae]s?|me|nos|te) (voy|va|van|quiero|quiere|quieren) (a )?matar",
    r"amenaz\w+ (con|de) (matar\w*|muerte|suicid\w*|hacer\w* dano)|me (esta |estan )?amenaz\w+",
    r"(me|la|lo) (violo|violaron)|fui violad[oa]|abus(o|aron) de mi|abuso sexual",
    r"me (esta|estan|estaban|vienen) (atacando|siguiendo|golpeando|persiguiendo|acosando)",
    r"me (golpea|golpeo|pega|pego|ataco|atacaron)( |$)",
    r"(estoy|esta|estamos) en peligro|temo por mi vida",
    r"no (esta )?respira(ndo)?|no despierta|inconsciente|desangra\w*|me estoy muriendo",
)

_HARMLESS: Final = re.compile(r"\b(" + "|".join(HARMLESS) + r")\b")
_SENTENCE_END: Final = re.compile(r"[.!?;\n]+")
# "Quiero matarmee", "i want to diee".
_LETTER_TOO_MANY: Final = re.compile(r"(\w)\1\b")
_ENGLISH: Final = re.compile(r"\b(" + "|".join(ENGLISH) + r")\b")
_SPANISH: Final = re.compile(r"\b(" + "|".join(SPANISH) + r")\b")


def is_crisis(text: str) -> bool:
    """Whether a message speaks of suicide, self-harm or danger to somebody's life."""
    return language_of(text) is not None


def language_of(text: str) -> Literal["en", "es"] | None:
    """The language in which a message speaks of danger; None when it doesn't."""
    # Some patterns end where a sentence does, others reach over its end.
    text = text[:LONGEST_READ]
    read = [_HARMLESS.sub(" ", plainly(part)) for part in (text, *_SENTENCE_END.split(text))]
    read += [_LETTER_TOO_MANY.sub(r"\1", words) for words in read]
    if any(_SPANISH.search(words) for words in read):
        return "es"
    return "en" if any(_ENGLISH.search(words) for words in read) else None


def plainly(text: str) -> str:
    """A message as the patterns see it: folded, with texting spelling written out."""
    words = folded(text)
    for pattern, written_out in _TORN_APART:
        words = re.sub(pattern, written_out, words)
    words = re.sub(r"\b(?:\w ){3,}\w\b", lambda spelled: spelled[0].replace(" ", ""), words)
    return " ".join(_written_out(word) for word in words.split())


def _written_out(word: str) -> str:
    if not word.isdigit() and not word.isalpha():
        word = word.translate(_LEET)
    word = re.sub(r"(\w)\1{2,}", r"\1", word)
    return SPELLED_OUT.get(word, word)
