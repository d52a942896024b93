"""What a person typed, made safe to hand to Rasa.

Rasa takes a message that begins with "/" (after ``str.strip``) for an intent's name. People's
words never may be that, so every leading slash, and whatever hides one, goes.
"""

import unicodedata

SLASH = "/"
# Characters that show nothing although Unicode files them under letters and symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Kept out of the middle too: NUL can't be stored by PostgreSQL, lone surrogates by nobody.
_KEPT_CONTROLS = frozenset("\n\t")


def is_invisible(char: str) -> bool:
    """Whether one character shows nothing at the head of a text.

    Spaces, controls, zero-width and format characters, unassigned code points, combining marks
    without a letter to stand on, and the blank letters (Hangul fillers, empty Braille).
    """
    return unicodedata.category(char)[0] in "ZCM" or char in _BLANK


def is_slash(char: str) -> bool:
    """Whether a character is "/" once Unicode compatibility forms are folded (full-width "／")."""
    return unicodedata.normalize("NFKC", char).startswith(SLASH)


def without_leading_slash(text: str) -> str:
    """The text from its first character that shows and is no slash; "" when there is none."""
    start = 0
    while start < len(text) and (is_invisible(text[start]) or is_slash(text[start])):
        start += 1
    return text[start:] if _has_leading_slash(text[:start]) else text


def plain_text(text: str) -> str:
    """What a person typed, as Rasa may see it: no control characters, never an intent's name."""
    kept = "".join(char for char in text if char in _KEPT_CONTROLS or not _is_control(char))
    return without_leading_slash(kept).strip()


def _has_leading_slash(head: str) -> bool:
    return any(is_slash(char) for char in head)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs")
