"""What has no place in a chat: PINs, passwords, account and ID numbers, hidden in time.

A code is known by the words beside it ("the PIN is 4821", "cuenta n.º 123456"), except for those
whose form tells: Social Security numbers (123-45-6789), card numbers, which carry a check digit,
and keys to other services. Phone numbers, area codes, ZIP codes, dates and quantities are what
the chat is about; they stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MASK: Final = "••••"

Span = tuple[int, int]

# Stands for each character of a phone number while codes are looked for.
_PHONE: Final = "☎"

_GAP = r"[ .\-‐‒–—/]"
_CARD = re.compile(
    rf"(?<![\w+])(?:\d{{13,19}}|(?:\d{{4}}{_GAP}){{3}}\d{{1,4}}(?:{_GAP}\d{{1,3}})?"
    rf"|\d{{4}}{_GAP}\d{{6}}{_GAP}\d{{4,5}})(?!\w)"
)
_SOCIAL_SECURITY = re.compile(
    rf"(?<![\w+☎])(?:\d{{3}}|xxx|\*{{3}})( ?{_GAP} ?)(?:\d\d|xx|\*\*)\1\d{{4}}(?!\w)"
)
# A Twilio auth token; "sk-proj-…", "sk_live_…"; those of GitHub, Slack, AWS; a signed token.
_KEY = re.compile(
    r"(?<!\w)(?:[\da-f]{32}(?!\w)|(?=[\w-]{0,60}?\d)"
    r"(?:(?:[spr]k|gh[pousr]|github_pat|xox[a-z])[-_][\w-]{8,}|sk[\da-f]{32}|akia[a-z\d]{16}"
    r"|eyj[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?))"
)
# By its plus sign, its brackets or its groups of 3, 3 and 4, a number shows that it is a phone's.
_PHONE_BY_FORM = re.compile(
    rf"(?<![\w+])(?:\+(?!1)\d{{1,3}}(?:[ .\-(/)]{{0,2}}\d){{6,12}}"
    rf"|(?:\+?1{_GAP}?)?(?:\(\d{{3}}\) ?\d{{3}}{_GAP}?\d{{4}}"
    rf"|\d{{3}}{_GAP}\d{{3}}{_GAP}?\d{{4}}|\d{{6}}{_GAP}\d{{4}})|\+1\d{{10}})(?!\w)"
)
# Ten digits in a row are one too, and so is "555-0101", unless the words leave no doubt; and what
# is called an account, but not its number, may be named by its phone or its ZIP code.
_BARE_OR_LOCAL = r"1?[2-9]\d{2}[2-9]\d{6}|[2-9]\d{2}[.\-‐‑–]\d{4}"
_LIKE_A_PHONE = re.compile(_BARE_OR_LOCAL)
_PHONE_OR_ZIP = re.compile(rf"{_BARE_OR_LOCAL}|[2-9]\d{{2}} \d{{4}}|\d{{5}}-\d{{4}}")
_NEITHER = re.compile(r"(?!)")
_DATE = re.compile(r"\d{1,2}([/.])\d{1,2}\1(?:\d{2}|\d{4})|(?:19|20)\d\d([-/.])\d\d?\2\d\d?")

# "4821", "AB-123456", "99-1234-5"; "4 8 2 1"; "1234 5678 9012"; and what follows in "PIN4821".
_CHUNK = r"(?:(?!pin|nip|ntp|ssn|cvv|acct)[a-z]{1,4}-?)?\d[a-z\d]*"
_RUN = re.compile(
    r"(?:(?<!\w)|(?<=\bpin)|(?<=\bnip)|(?<=\bntp)|(?<=\bssn)|(?<=\bcvv)|(?<=\bacct))"
    rf"(?:\d(?: \d){{2,}}|\d{{2,4}}(?: \d{{2,4}})+|{_CHUNK}(?:[.\-‐‒–—/]{_CHUNK})*)(?!\w)"
)
_DIGIT_IN_WORDS: Final = {
    **dict.fromkeys(("zero", "oh", "cero"), "0"),
    **dict.fromkeys(("one", "uno", "una"), "1"),
    **dict.fromkeys(("two", "dos"), "2"),
    **dict.fromkeys(("three", "tres"), "3"),
    **dict.fromkeys(("four", "cuatro"), "4"),
    **dict.fromkeys(("five", "cinco"), "5"),
    **dict.fromkeys(("six", "seis"), "6"),
    **dict.fromkeys(("seven", "siete"), "7"),
    **dict.fromkeys(("eight", "ocho"), "8"),
    **dict.fromkeys(("nine", "nueve"), "9"),
}
# "four eight two one", "4 ocho dos 1".
_SPOKEN_DIGIT = rf"(?:\d|{'|'.join(_DIGIT_IN_WORDS)})"
_SPOKEN = re.compile(rf"(?<!\w){_SPOKEN_DIGIT}(?:[\s,.\-‐‒–—/]{{1,3}}{_SPOKEN_DIGIT}){{2,}}(?!\w)")
_COUNTED = re.compile(
    r"[ -]?(?:digits|numbers|contacts|students|texts|messages|people|campaigns|accounts|times|days|"
    r"years|dollars|lines|characters|digitos|cifras|numeros|contactos|estudiantes|mensajes|"
    r"personas|campanas|cuentas|veces|dias|anos|dolares|lineas|caracteres)\b|[ -]?digit\b| ?%"
)
_AN_AREA = re.compile(r"\W{1,3}(?:area|zip|numbers?|numeros?)\b")


@dataclass(frozen=True)
class _Kind:
    """Codes that go by the same `words`; those of the `fewest` digits and more count, of three
    where they stand right beside their words (`or_three`), and what is `spared` never does.
    """

    words: re.Pattern[str]
    fewest: int = 4
    or_three: bool = False
    spared: re.Pattern[str] = _LIKE_A_PHONE


_PIN = _Kind(
    re.compile(
        r"\b(?:pins?|pines|p1n|p[. ]{1,2}i[. ]{1,2}n\b\.?|p-i-n|nips?|n\.i\.p\b\.?|ntps?"
        r"|n\.t\.p\b\.?)(?![^\W\d_])"
    ),
    or_three=True,
)
_CODE = _Kind(
    re.compile(
        r"\b(?:(?:port(?:ing|ability)?(?:[ -]?out)?|transfer|security|access|verification|auth|"
        r"authori[sz]ation|authentication|one[ -]?time|otp|2fa|mfa)[ -](?:pass)?codes?|otp"
        r"|(?:codigos?|claves?) de (?:portabilidad|portacion|transferencia|traspaso|seguridad|"
        r"acceso|verificacion|autorizacion))\b"
    )
)
_CARD_CODE = _Kind(re.compile(r"\b(?:cvv2?|cvc2?)(?![^\W\d_])"), fewest=3)
_PASSWORD = _Kind(
    re.compile(
        r"\b(?:pass ?words?|passwd|pwd|pass ?codes?|pass ?phrases?|contrasenas?"
        r"|(?<!palabra )(?<!palabras )claves?(?! (?:de area|lada))|api[ _-]?keys?"
        r"|(?:auth|access|api|bearer)[ _-]?tokens?|secret[ _-]?keys?)\b"
    )
)
_SOCIAL = _Kind(
    re.compile(
        r"\b(?:ssns?|s\.s\.n\b\.?|s s n|ss ?#|ss (?:no|num|number)|soc(?:ial)?\.? ?sec(?:urity)?"
        r"|seguro social|(?:my|your|mi|su) social|nss|itin)(?![^\W\d_])"
    )
)
_BARE_SOCIAL = _Kind(re.compile(r"\bsocial\b"), fewest=9)
_TAX = _Kind(
    re.compile(
        r"\b(?:f?ein|e\.i\.n\b\.?|(?:employer|tax|taxpayer) (?:id|identification)"
        r"|identificacion fiscal)\b"
    ),
    fewest=5,
)
_ROUTING = _Kind(re.compile(r"\b(?:routing|aba|rtn|numero de (?:ruta|transito))\b"), fewest=8)
_ACCOUNT = _Kind(
    re.compile(r"\b(?:accounts?|accts?|a/c|customer|cuentas?|cliente)\b"),
    fewest=6,
    spared=_PHONE_OR_ZIP,
)
_NUMBERED_ACCOUNT = _Kind(
    re.compile(
        r"\b(?:(?:account|acct|a/c|customer|cuenta|cliente)\.? ?(?:numbers?|num|nbr|n\.?o|id|nro|#)"
        r"|(?:numero|num\.?|nro\.?|no\.?|id) de(?: la| mi| su| tu)? (?:cuenta|cliente))"
    ),
    spared=_NEITHER,
)
_KINDS: Final = (
    _PIN,
    _CODE,
    _CARD_CODE,
    _PASSWORD,
    _SOCIAL,
    _BARE_SOCIAL,
    _TAX,
    _ROUTING,
    _ACCOUNT,
    _NUMBERED_ACCOUNT,
)

# Between the words and their code: nothing that counts ("PIN number: 4821"), or words that end in
# saying what it is ("the PIN for the other line is 4821") and speak of nothing else meanwhile.
_BESIDE = re.compile(
    rf"(?:[^\w{MASK[0]}]|_|\b(?:numbers?|numeros?|codes?|codigo|num|nbr|n\W?o|nro|id|is|are|was|of|es|son|era|de|"
    r"it s|que)\b)*"
)
_PAUSE = re.compile(r"[,;?!\n]")
_SAYING = re.compile(
    r"(?:[:=>]|\b(?:is|are|was|be|it s|as|ends in|ending in|gave|sent|texted|told|got|use|using|"
    r"enter|es|son|era|sera|como|termina en|dieron|enviaron|mandaron|recibi|usar|usa)"
    r"(?: me| us| nos)?)[\W_]*\Z"
)
_OF_ANOTHER_THING = re.compile(
    r"\b(?:zip|postal|area|year|date|dates|expires?|due|since|until|limit|quota|contacts?|students?|"
    r"ano|fecha|vence|desde|hasta|limite|cuota|contactos?|estudiantes?)\b"
)
_NEXT_ONE = re.compile(r"(?:[,/&+\s]|\b(?:and|or|y|o|e|u)\b)+")
_FOLLOWED_BY_SAYING = r"[\W_]*(?:\b(?:is|was|as|es|era|como)\b|=|\()[\W_]*"
_WHOSE = r"(?:\b(?:the|my|our|your|their|a|el|la|mi|nuestro|su|un|de)\b[\W_]*){0,2}(?:\w+[\W_]+)?"
_SENTENCE_END = re.compile(r"[!?;\n]|\.\s")

# What a password may be: letters with digits or signs among them, wherever the words say that it
# is one; anything in quotation marks, or alone behind a colon.
_WORD = re.compile(rf"[^\s☎{MASK[0]}:=→]+")
_AROUND_A_WORD: Final = ".,;!?()[]<>{}'\"“”‘’«»¿¡`"
_MIXED = re.compile(r"(?=.*[^\W\d_])(?=.*[\d@#$%^&*!?])")
_WITH_A_UNIT = re.compile(r"\d+(?:st|nd|rd|th|am|pm)|[\d-]+(?:char|digit|letter)\w*|num_\w+")
_GIVEN_PASSWORD = re.compile(
    rf"{_PASSWORD.words.pattern}[ \t]{{0,3}}(?:"
    rf"[:=][ \t]{{0,3}}(?P<alone>[^\s☎{MASK[0]}]{{4,64}}?)"
    rf"(?=[.,;]?(?:\s*\Z|[ \t]{{0,3}}\n)|[.,;]\s)"
    rf"|(?:[:=]|(?:is|was|es|era)\b)?[ \t]{{0,3}}(?<=[ \t:=])"
    rf"[\"'“‘«`](?P<quoted>[^\"'“”‘’»`\n☎{MASK[0]}]{{4,64}})[\"'”’»`])"
)

# Letters of other alphabets that look like those of the words above.
_LOOK_ALIKES: Final = str.maketrans(
    {
        look_alike: letter
        for letter, look_alikes in {
            "a": "\u0430\u03b1\u0251",
            "b": "\u0432\u03b2",
            "c": "\u0441",
            "d": "\u0501",
            "e": "\u0435\u03b5",
            "h": "\u043d\u04bb",
            "i": "\u0456\u03b9\u0131\u026a\u0269",
            "k": "\u043a\u03ba",
            "m": "\u043c\u03bc",
            "n": "\u03bd\u03b7\u0274\u0578",
            "o": "\u043e\u03bf",
            "p": "\u0440\u03c1\u1d18",
            "s": "\u0455\ua731",
            "t": "\u0442\u03c4\u1d1b",
            "v": "\u0475",
            "w": "\u051d",
            "x": "\u0445\u03c7",
            "y": "\u0443\u03c5",
        }.items()
        for look_alike in look_alikes
    }
)

_FEWEST_GOING_ON = 4  # of what only follows a code
_SHORTEST_PASSWORD = 4
_LONGEST_WAY = 80  # from a code to the words that say what it is


def masked(text: str) -> str:
    """The text as it may be kept: `MASK` in place of each code, everything else as it was."""
    legible = _Legible.of(text)
    kept, done = [], 0
    for start, end in _joined(_secrets(legible.text)):
        kept += [text[done : legible.places[start]], MASK]
        done = legible.places[end]
    return "".join([*kept, text[done:]])


@dataclass(frozen=True)
class _Legible:
    """A text as it reads, in Latin letters, without case, accents and what does not show;
    `places` tells where each of its characters, and its end, stands in the text it was made of.
    """

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Legible:
        """Fold a text character by character."""
        read = [
            (char, place)
            for place, written in enumerate(text)
            for char in unicodedata.normalize("NFKD", written).casefold().translate(_LOOK_ALIKES)
            if char == "\n" or unicodedata.category(char)[0] != "M"
            if unicodedata.category(char) != "Cf"
        ]
        places = (*(place for _, place in read), len(text))
        return cls("".join(char for char, _ in read), places)


@dataclass(frozen=True)
class _Found:
    """What may be a code: how it reads in digits, and where it stands."""

    said: str
    span: Span


def _secrets(text: str) -> Iterator[Span]:
    for card in _CARD.finditer(text):
        if _has_check_digit(card[0]):
            text = _struck(text, card.span(), MASK[0])
            yield card.span()
    for key in _KEY.finditer(text):
        text = _struck(text, key.span(), MASK[0])
        yield key.span()
    for phone in _PHONE_BY_FORM.finditer(text):
        text = _struck(text, phone.span(), _PHONE)
    for social in _SOCIAL_SECURITY.finditer(text):
        yield social.span()
    yield from _passwords(text)
    yield from _codes(text)


def _codes(text: str) -> Iterator[Span]:
    end_of_last = -_LONGEST_WAY
    for found in _digits(text):
        start, end = found.span
        is_near = 0 <= start - end_of_last < _LONGEST_WAY
        goes_on = is_near and _NEXT_ONE.fullmatch(text, end_of_last, start)
        if _is_code(found, text, goes_on=bool(goes_on)):
            end_of_last = end
            yield found.span


def _digits(text: str) -> list[_Found]:
    """All that may be a code, in figures or in words, in its order."""
    written = [_Found(run[0], run.span()) for run in _RUN.finditer(text)]
    spoken = [
        _Found(_in_figures(run[0]), run.span())
        for run in _SPOKEN.finditer(text)
        if re.search(r"[a-z]", run[0])
    ]
    return sorted([*written, *spoken], key=lambda found: found.span)


def _in_figures(spoken: str) -> str:
    digits = re.findall(r"\w+", spoken)
    return "".join(_DIGIT_IN_WORDS.get(digit, digit) for digit in digits)


def _passwords(text: str) -> Iterator[Span]:
    for given in _GIVEN_PASSWORD.finditer(text):
        span = given.span(given.lastgroup or 0)
        if not _DATE.fullmatch(text, *span):
            yield span
    for start, end in _words(text):
        word = text[start:end]
        if _MIXED.match(word) and not _WITH_A_UNIT.fullmatch(word):
            before, after = _around(text, (start, end))
            if _is_said_to_be(_PASSWORD.words, before, after):
                yield start, end


def _words(text: str) -> Iterator[Span]:
    """Words long enough for a password, without the punctuation around them."""
    for found in _WORD.finditer(text):
        word = found[0].lstrip(_AROUND_A_WORD)
        start = found.end() - len(word)
        end = start + len(word.rstrip(_AROUND_A_WORD))
        if end - start >= _SHORTEST_PASSWORD:
            yield start, end


def _around(text: str, span: Span) -> tuple[str, str]:
    start, end = span
    return text[max(0, start - _LONGEST_WAY) : start], text[end : end + _LONGEST_WAY]


def _is_code(found: _Found, text: str, *, goes_on: bool) -> bool:
    """Whether what was found is a code; `goes_on` when it only follows another."""
    before, after = _around(text, found.span)
    if _DATE.fullmatch(found.said) or _COUNTED.match(after):
        return False
    if goes_on and _size(found) >= _FEWEST_GOING_ON and not _LIKE_A_PHONE.fullmatch(found.said):
        return True
    return any(_is_of(kind, found, before, after) for kind in _KINDS)


def _is_of(kind: _Kind, found: _Found, before: str, after: str) -> bool:
    if kind.spared.fullmatch(found.said):
        return False
    if _size(found) >= kind.fewest:
        return _is_said_to_be(kind.words, before, after)
    has_three = kind.or_three and _size(found) == 3
    return has_three and _is_right_beside(kind.words, before) and not _AN_AREA.match(after)


def _size(found: _Found) -> int:
    return sum(char.isdigit() for char in found.said)


def _is_said_to_be(words: re.Pattern[str], before: str, after: str) -> bool:
    between = _since(words, before)
    if between is not None and (_BESIDE.fullmatch(between) or _says_what_it_is(between)):
        return True
    return re.match(_FOLLOWED_BY_SAYING + _WHOSE + words.pattern, after) is not None


def _is_right_beside(words: re.Pattern[str], before: str) -> bool:
    between = _since(words, before)
    return between is not None and bool(_BESIDE.fullmatch(between)) and not _PAUSE.search(between)


def _since(words: re.Pattern[str], before: str) -> str | None:
    """What stands between the last of the words and the end; None where there are none."""
    ends = [found.end() for found in words.finditer(before)]
    return before[ends[-1] :] if ends else None


def _says_what_it_is(between: str) -> bool:
    is_one_sentence = not _SENTENCE_END.search(between)
    return bool(
        is_one_sentence and _SAYING.search(between) and not _OF_ANOTHER_THING.search(between)
    )


def _has_check_digit(card: str) -> bool:
    """ISO/IEC 7812-1, annex B (Luhn)."""
    digits = [int(char) for char in reversed(card) if char.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(digits) >= 13 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _struck(text: str, span: Span, mark: str) -> str:
    start, end = span
    return text[:start] + mark * (end - start) + text[end:]


def _joined(spans: Iterator[Span]) -> list[Span]:
    """Spans in their order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
