"""What the latest message names, and who wrote it."""

from rasa_sdk import Tracker


def mention(tracker: Tracker, *kinds: str) -> str | None:
    """The value of the first entity of the kinds, an earlier kind before a later one; None where
    nothing of the sort is named.
    """
    entities = tracker.latest_message.get("entities") or ()
    for kind in kinds:
        for entity in entities:
            if entity.get("entity") == kind and entity.get("value"):
                return str(entity["value"])
    return None


def intent_of(tracker: Tracker) -> str:
    """The latest message's intent; "" where it has none."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def is_staff(tracker: Tracker) -> bool:
    """Whether a member of staff asks; nobody else is told of numbers, and no call is made."""
    return (tracker.latest_message.get("metadata") or {}).get("audience") == "staff"
