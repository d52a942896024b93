"""What a person typed, made safe to hand to Rasa.

Rasa takes a message that begins with "/" (after ``str.strip``) for an intent's name. People's
words may never be that: only a button's payload is.
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


def begins_with_slash(text: str) -> bool:
    """Whether the first character that shows is a slash or folds to one."""
    shown = next((char for char in text if not is_invisible(char)), "")
    return is_slash(shown)


def plain_text(text: str) -> str:
    """What a person typed, as Rasa may see it: no control characters, never an intent's name.

    A text led by a slash comes out empty, so no intent at all is understood from it.
    """
    if begins_with_slash(text):
        return ""
    return "".join(char for char in text if char in _KEPT_CONTROLS or not _is_control(char)).strip()


def legible(text: str) -> str:
    """A text as it looks: letters in other shapes ("𝐡𝐨𝐰") plain, and format characters gone, which
    show nothing (zero-width spaces, soft hyphens, marks of writing direction).

    Half a surrogate pair, which tokenizers refuse, becomes a question mark.
    """
    whole = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode())
    return "".join(char for char in whole if unicodedata.category(char) != "Cf")


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs")
