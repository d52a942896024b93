"""Words that mean a person must look at once.

A short, reviewed list in English and Spanish, looked for anywhere in a message and before any
other reading of it. It would rather call a person once too often.
"""

from __future__ import annotations

import re
from typing import Final

from backend.domain.words import folded

CRISIS_WORDS: Final = (
    r"kill(ing)? ?(my|him|her|them|your) ?(self|selves)",
    r"(want|going|gonna|wanna|trying|plan|planning|ready) (to )?(just )?die",
    r"(want|wanna|going|gonna|ready) (to )?end (it|my|things|everything)",
    r"end(ing)? (it all|my (own )?life)",
    r"tak(e|ing) (my|his|her|their) (own )?life",
    r"suicid\w*",
    r"(hurt|hurting|harm|harming|cut|cutting) ?my ?self",
    r"self harm\w*",
    r"(don t|dont|do not|never) (want to|wanna) (live|be alive|wake up|be here|exist)",
    r"(better off|rather be|wish i (was|were)) dead",
    r"no reason to (live|go on)",
    r"(kms|unalive)",
    r"overdos(e|ing)",
    r"took (all )?(of )?(the|my) pills",
    r"(has|have|had|with|brought) a gun",
    r"(me|se) (quier[oe]|voy a|va a|quisiera) (matar|suicidar)\w*",
    r"(matarme|matarse|cortarme|ahorcarme|lastimarme)",
    r"(quiero|voy a|quisiera) morir(me)?",
    r"no quiero (vivir|seguir viviendo|estar viv[oa]|existir)",
    r"quitarme la vida",
    r"hacerme dano",
    r"acabar con mi vida",
)
_CRISIS: Final = re.compile(r"\b(" + "|".join(CRISIS_WORDS) + r")\b")


def is_crisis(text: str) -> bool:
    """Whether a message speaks of suicide or self-harm."""
    return _CRISIS.search(folded(text)) is not None
