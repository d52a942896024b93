"""In which language a turn is answered."""

from rasa_sdk import Tracker


def language_of(tracker: Tracker) -> str:
    """The latest message's language as understood ("en" or "es"), else the person's known one."""
    message = tracker.latest_message
    language = message.get("language") or (message.get("metadata") or {}).get("language")
    return "es" if language == "es" else "en"
