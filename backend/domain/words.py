"""How a typed message is folded before it is compared with a list of words."""

from __future__ import annotations

import re
import unicodedata


def folded(text: str) -> str:
    """Lower case, no accents, punctuation and emoji as single spaces: `¡STOP!` is `stop`."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    visible = "".join(
        char if char.isalnum() else " "
        for char in letters
        if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace()
    )
    return re.sub(r"\s+", " ", visible).strip().casefold()


def clean(text: str) -> str:
    """A message as it is kept: NFC, without NUL and other control characters but line breaks.

    PostgreSQL refuses NUL in text, and a control character says nothing to a reader.
    """
    normal = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    return "".join(
        char for char in normal if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
    )
