"""The states and territories that have area codes and ZIP codes, by name and by postal code."""

from bot.nlu.entities.folded_text import FoldedText

STATES = {
    "alabama": "AL",
    "alaska": "AK",
    "arizona": "AZ",
    "arkansas": "AR",
    "california": "CA",
    "colorado": "CO",
    "connecticut": "CT",
    "delaware": "DE",
    "district of columbia": "DC",
    "florida": "FL",
    "georgia": "GA",
    "hawaii": "HI",
    "idaho": "ID",
    "illinois": "IL",
    "indiana": "IN",
    "iowa": "IA",
    "kansas": "KS",
    "kentucky": "KY",
    "louisiana": "LA",
    "maine": "ME",
    "maryland": "MD",
    "massachusetts": "MA",
    "michigan": "MI",
    "minnesota": "MN",
    "mississippi": "MS",
    "missouri": "MO",
    "montana": "MT",
    "nebraska": "NE",
    "nevada": "NV",
    "new hampshire": "NH",
    "new jersey": "NJ",
    "new mexico": "NM",
    "new york": "NY",
    "north carolina": "NC",
    "north dakota": "ND",
    "ohio": "OH",
    "oklahoma": "OK",
    "oregon": "OR",
    "pennsylvania": "PA",
    "rhode island": "RI",
    "south carolina": "SC",
    "south dakota": "SD",
    "tennessee": "TN",
    "texas": "TX",
    "utah": "UT",
    "vermont": "VT",
    "virginia": "VA",
    "washington": "WA",
    "west virginia": "WV",
    "wisconsin": "WI",
    "wyoming": "WY",
    "american samoa": "AS",
    "guam": "GU",
    "northern mariana islands": "MP",
    "puerto rico": "PR",
    "virgin islands": "VI",
    # How Spanish writes some of them.
    "carolina del norte": "NC",
    "carolina del sur": "SC",
    "dakota del norte": "ND",
    "dakota del sur": "SD",
    "luisiana": "LA",
    "nueva jersey": "NJ",
    "nueva york": "NY",
    "nuevo mexico": "NM",
    "pensilvania": "PA",
    "tejas": "TX",
    "virginia occidental": "WV",
}
CODES = frozenset(STATES.values())
# Codes that are also words of English or Spanish: in small letters they are no state.
WORDS_TOO = frozenset(
    {"AL", "AS", "DE", "HI", "IN", "LA", "ME", "MI", "OH", "OK", "OR", "PR", "VA"}
)
_MOST_WORDS = 3


# The words that a state begins with.
_FIRST_WORDS = frozenset({*(name.split()[0] for name in STATES), *(code.lower() for code in CODES)})


def states_in(text: FoldedText) -> dict[int, tuple[str, int]]:
    """By the number of its first word, each state's code and the number of its last word.

    "KS", "ks", "Kansas" and "Nuevo Mexico" are states; "in", "or" and "ok" are not.
    """
    if _FIRST_WORDS.isdisjoint(text.vocabulary):
        return {}
    found = {}
    for at, word in enumerate(text.words):
        state = _state_from(text, at) if word.text in _FIRST_WORDS else None
        if state is not None:
            found[at] = state
    return found


def _state_from(text: FoldedText, first: int) -> tuple[str, int] | None:
    words = text.words
    for last in range(min(first + _MOST_WORDS, len(words)) - 1, first, -1):
        named = STATES.get(" ".join(word.text for word in words[first : last + 1]))
        if named is not None:
            return named, last
    word = words[first]
    code = word.text.upper()
    if code in CODES:
        is_meant = code not in WORDS_TOO or text.typed(word.start, word.end).isupper()
        return (code, first) if is_meant else None
    named = STATES.get(word.text)
    return None if named is None else (named, first)
