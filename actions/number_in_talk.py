"""The number that was spoken of last: what "it" and "this number" mean.

Only its id is kept. Whoever says "it" is asked nothing of, and told nothing that the backend does
not let them see at that moment: the id is looked up again under the turn's token.
"""

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

SLOT = "number_in_talk"
_JOB = "job"
_POINTING = re.compile(
    r"\b(?:this|that|the same|est[ae]|es[ae]|el mismo|la misma) (?:phone |text )?"
    r"(?:number|line|one|n[uú]mero|l[ií]nea)\b"
    # "It", but for "is it possible" and its like.
    r"|\b(?<!is )(?<!does )its?\b"
    r"|\b(?:is it(?= (?:still |already )?(?:unused|used|free|movable))|does it(?! (?:take|cost)))\b"
    r"|\b[ée]s[ea]\b|\b[ée]ste\b(?! \w+)"
    r"|\blo (?:pued[oae]|podemos|puedes|quier[oae]|transfi\w+|pas\w+|muev\w+|cambi\w+|contest\w+)"
    r"|\b(?:transf|pas|p[aá]s|m[uú]?[eé]v|mov|cambi|c[aá]mbi|reasign|contest)\w*l[oa]\b",
    re.IGNORECASE,
)


def number_in_talk(tracker: Tracker) -> str | None:
    """The id of the number that "it" means: that of the job in hand before any other."""
    job = tracker.get_slot(_JOB)
    said = (job.get("said") if isinstance(job, dict) else None) or {}
    found = said.get("number") or tracker.get_slot(SLOT)
    return str(found) if found else None


def points_at_it(text: str) -> bool:
    """Whether words say "it" or "this number"."""
    return bool(_POINTING.search(text))


def spoken_of(number: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The events that keep a number as the one that was spoken of; none without one."""
    return [SlotSet(SLOT, number["id"])] if number else []
