"""Where Rasa keeps conversations: its SQL store, without what must not be kept.

The turn token travels in a message's metadata so that actions can use it. The turn is over when
the tracker is saved, and the token is left out: secrets do not belong in trackers.
"""

from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import SESSION_START_METADATA_SLOT
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

TOKEN = "turn_token"


class DiscreetTrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store that forgets turn tokens."""

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save the tracker without the tokens of its messages."""
        for event in tracker.events:
            forget_token(event)
        await super().save(tracker)


def forget_token(event: Event) -> None:
    """Take the token out of a message's metadata and the copies Rasa makes of it: in what was
    parsed, and in what a session's start keeps.
    """
    if isinstance(event, UserUttered):
        event.metadata = _without_token(event.metadata)
        if "metadata" in event.parse_data:
            event.parse_data["metadata"] = _without_token(event.parse_data["metadata"])
    elif isinstance(event, SlotSet) and event.key == SESSION_START_METADATA_SLOT:
        event.value = _without_token(event.value)


def _without_token(metadata: Any) -> Any:
    if not isinstance(metadata, dict):
        return metadata
    return {name: value for name, value in metadata.items() if name != TOKEN}
