"""What has no place in a chat: PINs, account, Social Security and card numbers, hidden in time.

A code is known by the words beside it ("the PIN is 4821", "cuenta n.º 123456"), except for those
whose form tells: Social Security numbers (123-45-6789) and card numbers, which carry a check digit.
Phone numbers, area codes, ZIP codes, dates and quantities are what the chat is about; they stay.
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
_SOCIAL_SECURITY = re.compile(rf"(?<![\w+☎])\d{{3}}({_GAP})\d{{2}}\1\d{{4}}(?!\w)")
# By its plus sign, its brackets or its groups of 3, 3 and 4, a number shows that it is a phone's.
_PHONE_BY_FORM = re.compile(
    rf"(?<![\w+])(?:\+(?!1)\d{{1,3}}(?:[ .\-(/)]{{0,2}}\d){{6,12}}"
    rf"|(?:\+?1{_GAP}?)?(?:\(\d{{3}}\) ?\d{{3}}{_GAP}?\d{{4}}"
    rf"|\d{{3}}{_GAP}\d{{3}}{_GAP}?\d{{4}}|\d{{6}}{_GAP}\d{{4}})|\+1\d{{10}})(?!\w)"
)
# Ten digits in a row are one too, unless they are said to be an account number.
_BARE_PHONE = re.compile(r"1?[2-9]\d{2}[2-9]\d{6}")
_DATE = re.compile(r"\d{1,2}([/.])\d{1,2}\1(?:\d{2}|\d{4})|(?:19|20)\d\d([-/.])\d\d?\2\d\d?")

# "4821", "AB-123456", "99-1234-5"; "4 8 2 1"; "1234 5678 9012"; and what follows in "PIN4821".
_CHUNK = r"(?:(?!pin|nip|ssn|acct)[a-z]{1,4}-?)?\d[a-z\d]*"
_RUN = re.compile(
    r"(?:(?<!\w)|(?<=\bpin)|(?<=\bnip)|(?<=\bssn)|(?<=\bacct))"
    rf"(?:\d(?: \d){{3,}}|\d{{2,4}}(?: \d{{2,4}})+|{_CHUNK}(?:[.\-‐‒–—/]{_CHUNK})*)(?!\w)"
)
_COUNTED = re.compile(
    r"[ -]?(?:digits|numbers|contacts|students|texts|messages|people|campaigns|accounts|times|days|"
    r"years|dollars|lines|digitos|cifras|numeros|contactos|estudiantes|mensajes|personas|campanas|"
    r"cuentas|veces|dias|anos|dolares|lineas)\b"
)

_PIN = re.compile(r"\b(?:pins?|pines|nips?|pass ?codes?)\b")
_SOCIAL = re.compile(r"\b(?:ssn|social security|seguro social|itin|(?:my|your|mi|su) social)\b")
_ACCOUNT = re.compile(r"\b(?:accounts?|accts?|a/c|customer|cuentas?|cliente)\b")
_NUMBERED_ACCOUNT = re.compile(
    r"\b(?:(?:account|acct|a/c|customer|cuenta|cliente)\.? ?(?:numbers?|num|nbr|n\.?o|id|nro|#)"
    r"|(?:numero|num\.?|nro\.?|no\.?|id) de(?: la| mi| su| tu)? (?:cuenta|cliente))"
)

# Between the label and its code: nothing that counts ("PIN number: 4821"), or words that end in
# saying what it is ("the PIN for the other line is 4821") and speak of nothing else meanwhile.
_BESIDE = re.compile(
    r"(?:[\W_]|\b(?:numbers?|numeros?|codes?|codigo|num|nbr|n\W?o|nro|id|is|are|was|of|es|son|era|de|"
    r"it s|que)\b)*"
)
_SAYING = re.compile(
    r"(?:[:=>]|\b(?:is|are|was|be|it s|as|ends in|ending in|gave|sent|texted|told|got|use|using|"
    r"enter|es|son|era|sera|como|termina en|dieron|enviaron|mandaron|recibi|usar|usa)"
    r"(?: me| us| nos)?)[\W_]*\Z"
)
_OF_ANOTHER_THING = re.compile(
    r"\b(?:zip|postal|area|year|date|dates|expires?|due|since|until|limit|quota|contacts?|students?|"
    r"ano|fecha|vence|desde|hasta|limite|cuota|contactos?|estudiantes?)\b"
)
_NEXT_ONE = re.compile(r"\s*(?:[,/&+\s]|\b(?:and|or|y|o|e|u)\b)+\s*")
_FOLLOWED_BY_SAYING = r"[\W_]*(?:\b(?:is|was|as|es|era|como)\b|=|\()[\W_]*"
_WHOSE = r"(?:\b(?:the|my|our|your|their|a|el|la|mi|nuestro|su|un|de)\b[\W_]*){0,2}(?:\w+[\W_]+)?"
_SENTENCE_END = re.compile(r"[!?;\n]|\.\s")

_FEWEST_DIGITS = 4
_FEWEST_OF_AN_ACCOUNT = 5  # of what is called an account but not its number
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
    """A text as it reads, without case, accents and what does not show; `places` tells where
    each of its characters, and its end, stands in the text it was made of.
    """

    text: str
    places: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> _Legible:
        """Fold a text character by character."""
        read = [
            (char, place)
            for place, written in enumerate(text)
            for char in unicodedata.normalize("NFKD", written).casefold()
            if char == "\n" or unicodedata.category(char)[0] != "M"
            if unicodedata.category(char) != "Cf"
        ]
        places = (*(place for _, place in read), len(text))
        return cls("".join(char for char, _ in read), places)


def _secrets(text: str) -> Iterator[Span]:
    for card in _CARD.finditer(text):
        if _has_check_digit(card[0]):
            text = _struck(text, card.span(), "*")
            yield card.span()
    for phone in _PHONE_BY_FORM.finditer(text):
        text = _struck(text, phone.span(), _PHONE)
    for social in _SOCIAL_SECURITY.finditer(text):
        yield social.span()
    end_of_last = None
    for run in _RUN.finditer(text):
        goes_on = end_of_last is not None and _NEXT_ONE.fullmatch(text, end_of_last, run.start())
        if _is_code(run, goes_on=bool(goes_on)):
            end_of_last = run.end()
            yield run.span()


def _is_code(run: re.Match[str], *, goes_on: bool) -> bool:
    """Whether what was found is a code; `goes_on` when it only follows another."""
    digits = sum(char.isdigit() for char in run[0])
    start, end = run.span()
    before = run.string[max(0, start - _LONGEST_WAY) : start]
    after = run.string[end : end + _LONGEST_WAY]
    if digits < _FEWEST_DIGITS or _DATE.fullmatch(run[0]) or _COUNTED.match(after):
        return False
    if _is_said_to_be(_NUMBERED_ACCOUNT, before, after):
        return True
    if _BARE_PHONE.fullmatch(run[0]):
        return False
    return (
        goes_on
        or any(_is_said_to_be(label, before, after) for label in (_PIN, _SOCIAL))
        or (digits >= _FEWEST_OF_AN_ACCOUNT and _is_said_to_be(_ACCOUNT, before, after))
    )


def _is_said_to_be(label: re.Pattern[str], before: str, after: str) -> bool:
    *_, last = (None, *label.finditer(before))
    if last is not None:
        between = last.string[last.end() :]
        if _BESIDE.fullmatch(between) or _says_what_it_is(between):
            return True
    return re.match(_FOLLOWED_BY_SAYING + _WHOSE + label.pattern, after) is not None


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
