"""The job in hand between two messages, as the slot `job` keeps it: ids and plain choices only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from actions.jobs.hearing import Said
from actions.jobs.job import Job

SLOT = "job"
# The slot of what was done last: its `job`, and what to say to it to `undo` that.
LAST_DONE = "last_done"
# Seconds a job waits for an answer before it is let go.
PATIENCE = 30 * 60
# Asked instead of a field: which of them to change.
WHICH_FIELD = "change"


@dataclass(frozen=True)
class InHand:
    """A job that has begun.

    `said` is what the person has said for its fields (what the backend fills in by itself is never
    kept, so that it follows what is said), `asked` the field that was asked last, `change` the one
    that is asked anew, `plan` the plan that was shown. `at` is when it was last touched, in seconds
    since 1970. `failed` tells that confirming the plan did not get through. `also` is a second
    request (its intent, and the payload of its button), to be offered at the end. `asides` are the
    answers that the plan begins with, about what was asked for and can't be had.
    """

    name: str
    at: float
    said: Said = field(default_factory=dict)
    asked: str | None = None
    change: str | None = None
    plan: str | None = None
    failed: bool = False
    also: Mapping[str, str] | None = None
    asides: Sequence[str] = ()

    @classmethod
    def kept(cls, slot: Any) -> "InHand | None":
        """The job that the slot keeps; None where it keeps none."""
        if not isinstance(slot, dict) or not isinstance(slot.get("name"), str):
            return None
        known = {name: slot[name] for name in cls.__dataclass_fields__ if name in slot}
        return cls(**{"at": 0.0, **known})

    def as_slot(self) -> dict[str, Any]:
        """What the slot keeps."""
        return {name: value for name, value in asdict(self).items() if value}

    def has_waited_too_long(self, now: float) -> bool:
        """Whether nobody has touched it for half an hour."""
        return now - self.at > PATIENCE

    def with_said(self, job: Job, said: Said) -> "InHand":
        """With more said, or something else; what hung on what has changed is forgotten."""
        changed = {name for name, value in said.items() if value != self.said.get(name)}
        kept = {
            name: value for name, value in self.said.items() if job.depends.get(name) not in changed
        }
        return replace(self, said={**kept, **said}, asked=None, change=None, failed=False)
