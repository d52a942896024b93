"""Words that mean a person must look at once.

A short, reviewed list in English and Spanish, looked for anywhere in a message and before any
other reading of it. It would rather call a person once too often.
"""

from __future__ import annotations

import re
from typing import Final

from backend.domain.words import folded

CRISIS_WORDS: Final = (
    r"kill(ing)? my ?self",
    r"(want|going|gonna|wanna) (to )?die",
    r"end(ing)? (my|it) (life|all)",
    r"take my (own )?life",
    r"suicid(e|al|o|arme|a)",
    r"hurt(ing)? my ?self",
    r"self harm",
    r"cut(ting)? my ?self",
    r"(don t|dont|do not) want to (live|be alive|wake up)",
    r"better off dead",
    r"no reason to live",
    r"matarme",
    r"(quiero|voy a) morir(me)?",
    r"no quiero (vivir|seguir viviendo)",
    r"quitarme la vida",
    r"hacerme dano",
    r"acabar con mi vida",
)
_CRISIS: Final = re.compile(r"\b(" + "|".join(CRISIS_WORDS) + r")\b")


def is_crisis(text: str) -> bool:
    """Whether a message speaks of suicide or self-harm."""
    return _CRISIS.search(folded(text)) is not None
