"""Phrases whose meaning is known, and the groups that the figures are told by. Pure."""

from dataclasses import dataclass

from bot.nlu.certainty import TALK
from bot.nlu.understanding import OUT_OF_SCOPE

LANGUAGES = {"en": "English", "es": "Spanish"}
# The sections of docs/intents.md, in its order.
IN_SCOPE_GROUPS = ("FAQ", "requirements", "rejections", "actions", "students", "talk")
# Out-of-scope phrases are grouped where an exam says so; the last is for those it doesn't group.
OUT_OF_SCOPE_GROUPS = ("far", "near", "student life", "not grouped")
GROUPS = (*IN_SCOPE_GROUPS, *OUT_OF_SCOPE_GROUPS)
# The first that fits counts; an intent that none fits is talk or an action.
_BY_PREFIX = {
    "faq_req_": "requirements",
    "faq_reject_": "rejections",
    "faq_": "FAQ",
    "student_": "students",
    "office_": "students",
}


@dataclass(frozen=True)
class Phrase:
    """What somebody wrote, what it means ("out_of_scope": none of the intents), "en" or "es"."""

    text: str
    intent: str
    language: str
    group: str

    @property
    def in_scope(self) -> bool:
        """Whether it means one of the intents."""
        return self.intent != OUT_OF_SCOPE


def group_of(intent: str) -> str:
    """The group of an intent's phrases; that of out_of_scope's is known to the exam only."""
    if intent == OUT_OF_SCOPE:
        return OUT_OF_SCOPE_GROUPS[-1]
    for prefix, group in _BY_PREFIX.items():
        if intent.startswith(prefix):
            return group
    return "talk" if intent in TALK else "actions"
