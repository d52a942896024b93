"""Phone carriers: who has a number now, or had it. The value is the name we use for it.

A name of its own is known in any spelling and with a slip of a letter or two (rapidfuzz). A name
that is a word too ("Visible", "Cricket", "claro") counts only spelt right and where the words
around it speak of a carrier.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from rapidfuzz.distance import OSA

from bot.nlu.entities.folded_text import FoldedText
from bot.nlu.entities.mention import Mention, without_overlaps
from bot.nlu.entities.wordlists import words_of

# Our name: how people write it. Spaces may also be left out.
_CARRIERS: dict[str, tuple[str, ...]] = {
    "8x8": ("8x8",),
    "AT&T": ("att wireless", "att mobility", "american telephone and telegraph"),
    "Appalachian Wireless": ("appalachian wireless",),
    "Bandwidth": ("bandwidth inc",),
    "Boost Mobile": ("boost mobile",),
    "Brightspeed": ("brightspeed",),
    "C Spire": ("c spire", "cellular south"),
    "Cellcom": ("cellcom",),
    "CenturyLink": ("centurylink", "century link"),
    "Cincinnati Bell": ("cincinnati bell", "altafiber"),
    "Claro": ("claro puerto rico",),
    "Comcast": ("comcast", "comcast business"),
    "Consolidated Communications": ("consolidated communications",),
    "Consumer Cellular": ("consumer cellular",),
    "Cox": ("cox communications", "cox business"),
    "Cricket Wireless": ("cricket wireless", "cricket mobile"),
    "Dialpad": ("dialpad",),
    "Frontier": ("frontier communications",),
    "GCI": ("general communication inc",),
    "Google Fi": ("google fi",),
    "Google Voice": ("google voice", "gvoice", "g voice"),
    "GoTo Connect": ("goto connect", "jive communications"),
    "Grasshopper": ("grasshopper phone",),
    "Hawaiian Telcom": ("hawaiian telcom", "hawaiian telecom"),
    "Inteliquent": ("inteliquent", "onvoy"),
    "Level 3": ("level 3 communications", "level three communications"),
    "Liberty": ("liberty puerto rico", "liberty mobile"),
    "Lumen": ("lumen technologies",),
    "Mediacom": ("mediacom",),
    "Metro by T-Mobile": ("metro by t mobile", "metropcs", "metro pcs"),
    "Mint Mobile": ("mint mobile",),
    "Nex-Tech Wireless": ("nex tech wireless", "nextech wireless", "nex tech"),
    "Nextiva": ("nextiva",),
    "Ooma": ("ooma",),
    "Optimum": ("optimum mobile", "altice usa", "suddenlink"),
    "Plivo": ("plivo",),
    "Republic Wireless": ("republic wireless",),
    "RingCentral": ("ringcentral", "ring central"),
    "Sinch": ("sinch",),
    "Skype": ("skype",),
    "Spectrum": (
        "spectrum mobile",
        "spectrum business",
        "charter communications",
        "charter spectrum",
    ),
    "Sprint": ("sprint nextel",),
    "Straight Talk": ("straight talk", "straight talk wireless"),
    "T-Mobile": ("t mobile", "tmobile", "t mobile usa", "tmo"),
    "TDS Telecom": ("tds telecom",),
    "Tello": ("tello mobile",),
    "Telnyx": ("telnyx",),
    "TextNow": ("textnow",),
    "Ting": ("ting mobile",),
    "Tracfone": ("tracfone", "trac fone", "tracphone"),
    "Twilio": ("twilio",),
    "US Cellular": ("us cellular", "u s cellular", "uscellular", "united states cellular"),
    "Verizon": ("verizon", "verizon wireless", "vzw", "verizon business"),
    "Viaero": ("viaero", "viaero wireless"),
    "Visible": ("visible by verizon", "visible wireless"),
    "Vonage": ("vonage", "vonage business"),
    "Windstream": ("windstream",),
    "Xfinity Mobile": ("xfinity mobile", "xfinity", "xfinity voice"),
    "Ziply Fiber": ("ziply", "ziply fiber"),
    "Zoom Phone": ("zoom phone",),
}
# Names that are words, or part of other expressions.
_WORDS_TOO = {
    "altice": "Optimum",
    "bandwidth": "Bandwidth",
    "boost": "Boost Mobile",
    "charter": "Spectrum",
    "claro": "Claro",
    "cox": "Cox",
    "cricket": "Cricket Wireless",
    "frontier": "Frontier",
    "gci": "GCI",
    "grasshopper": "Grasshopper",
    "level3": "Level 3",
    "levelthree": "Level 3",
    "liberty": "Liberty",
    "lumen": "Lumen",
    "metro": "Metro by T-Mobile",
    "mint": "Mint Mobile",
    "optimum": "Optimum",
    "spectrum": "Spectrum",
    "sprint": "Sprint",
    "tello": "Tello",
    "ting": "Ting",
    "visible": "Visible",
}
# Of these, the ones that describe or answer: what they stand before or alone says nothing.
_ADJECTIVES = frozenset({"claro", "optimum", "visible"})
# A letter away from a carrier, and words all the same.
_NO_SLIPS = frozenset({"voyage", "voyages", "viajero", "vivero"})
_ATT = re.compile(
    r"\bat\s?(?:&(?:amp;)?|\+|and|n|y)\s?t\b|\ba\s?t\s?&\s?t\b|\batt\b(?!\s?[:.])"
    r"|\ba\.\s?t\.\s?(?:&(?:amp;)?|\+|and|n|y)\s?t\b"
)
_MOST_WORDS = 4
# Names from these lengths on may have one wrong letter, or two.
_ONE_SLIP, _TWO_SLIPS = 6, 9
# In a shorter word of a name no slip is allowed: "to mobile" is not T-Mobile.
_SHORTEST_SLIPPED = 4
_TOO_MANY = 3
_WITHIN_A_NAME = frozenset({" ", "-", ".", ". "})

_OF_A_CARRIER = words_of(
    """
    carrier carriers provider operator company operador operadora proveedor compania
    """
)
_NEAR = 4
_LEADING = words_of(
    """
    from with via through using use uses have has leaving leave switch de con desde usamos uso
    tengo tenemos dejar
    """
)
_OWN = words_of(
    """
    account accounts number numbers line lines phone phones bill mobile wireless customer carrier
    service pin cuenta numero numeros linea lineas factura
    """
)
_GOING_ON = _OWN | words_of(
    """
    and or but to for now is was has says said since until so because if y o pero a para es
    ahora desde hasta porque si
    """
)


def _joined(name: str) -> str:
    return name.replace(" ", "")


def _spellings() -> dict[str, str]:
    """Every name's ways of writing, without spaces, and the name itself."""
    return {_joined(alias): name for name, aliases in _CARRIERS.items() for alias in aliases}


def _long_spellings() -> dict[tuple[str, int], list[tuple[str, list[str]]]]:
    """The long ones by first letter and number of words, each also written as one word."""
    found: dict[tuple[str, int], list[tuple[str, list[str]]]] = defaultdict(list)
    for alias in sorted({alias for aliases in _CARRIERS.values() for alias in aliases}):
        if len(_joined(alias)) < _ONE_SLIP:
            continue
        for written in sorted({alias, _joined(alias)}):
            parts = written.split()
            found[written[0], len(parts)].append((_joined(alias), parts))
    return dict(found)


_NAMES = _spellings()
_BY_LETTER = _long_spellings()


def find_carriers(text: FoldedText) -> list[Mention]:
    """Every carrier of a message; of names that lie on each other the surer one."""
    runs = list(_runs(text))
    found = without_overlaps([*_att(text), *_known(text, runs)])
    slips = sorted(_slips(text, runs), key=lambda slip: (slip[0], slip[1].start - slip[1].end))
    for _, slip in slips:
        if not any(slip.overlaps(other) for other in found):
            found.append(slip)
    return sorted(found, key=lambda one: one.start)


_Run = tuple[int, int, str]


def _runs(text: FoldedText) -> Iterator[_Run]:
    """Every few words that follow each other closely: first, last, and the letters of all."""
    words = text.words
    are_close = [text.gap(at) in _WITHIN_A_NAME for at in range(len(words) - 1)]
    for first, word in enumerate(words):
        joined = word.text
        yield first, first, joined
        for last in range(first + 1, min(first + _MOST_WORDS, len(words))):
            if not are_close[last - 1]:
                break
            joined += words[last].text
            yield first, last, joined


def _att(text: FoldedText) -> Iterator[Mention]:
    """AT&T's signs are what the other names' words are separated by."""
    if "att" in text.vocabulary or "t" in text.vocabulary:
        for match in _ATT.finditer(text.folded):
            yield text.mention("carrier", match.start(), match.end(), "AT&T")


def _known(text: FoldedText, runs: list[_Run]) -> Iterator[Mention]:
    """Names spelt right, in one word or several."""
    for first, last, joined in runs:
        name = _NAMES.get(joined)
        if name is None and joined in _WORDS_TOO and _is_carrier(text, first, last, joined):
            name = _WORDS_TOO[joined]
        if name is not None:
            yield _mention(text, first, last, name)


def _slips(text: FoldedText, runs: list[_Run]) -> Iterator[tuple[int, Mention]]:
    """Names with a slip of the finger, and how many."""
    for first, last, joined in runs:
        similar = _BY_LETTER.get((joined[0], last - first + 1))
        if similar is None or len(joined) < _ONE_SLIP - 1 or joined in _NO_SLIPS:
            continue
        said = [word.text for word in text.words[first : last + 1]]
        for alias, meant in similar:
            slips = sum(map(_slips_of_word, said, meant))
            if slips <= (2 if len(alias) >= _TWO_SLIPS else 1):
                yield slips, _mention(text, first, last, _NAMES[alias])


def _slips_of_word(said: str, meant: str) -> int:
    """The distance of two words; short ones and first letters allow no slip."""
    if said == meant:
        return 0
    if said[0] != meant[0] or len(meant) < _SHORTEST_SLIPPED:
        return _TOO_MANY
    return OSA.distance(said, meant, score_cutoff=_TOO_MANY - 1)


def _mention(text: FoldedText, first: int, last: int, name: str) -> Mention:
    return text.mention("carrier", text.words[first].start, text.words[last].end, name)


def _is_carrier(text: FoldedText, first: int, last: int, joined: str) -> bool:
    """Whether a name that is a word too stands where a carrier's would."""
    words = text.words
    is_cut = last + 1 == len(words) or text.gap(last).strip() != ""
    following = "" if is_cut else words[last + 1].text
    if joined not in _ADJECTIVES and (following in _OWN or text.is_alone(first, last)):
        return True
    if following and following not in _GOING_ON:
        return False
    before = [word.text for word in words[max(0, first - _NEAR) : first]]
    return bool(before) and (before[-1] in _LEADING or not _OF_A_CARRIER.isdisjoint(before))
