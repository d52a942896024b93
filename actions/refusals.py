"""Why the backend said no: what the answer that words it is filled with."""

from actions.backend_client import BackendRefused
from actions.languages import day, state_in_words, use_in_words


def reasons(refusal: BackendRefused, language: str) -> dict[str, str]:
    """The placeholders of an answer to a refusal.

    `reason` is the backend's English sentence. With `why`, the backend's name for the reason,
    `bot.answers` words it from the saying `utter_why_<why>`: `why_in_words`.
    """
    facts = {name: str(value) for name, value in refusal.facts.items()}
    if "at" in facts:
        facts["day"] = day(facts.pop("at"), language)
    if "how" in facts:
        facts["how"] = use_in_words(facts["how"], language)
    if "state" in facts:
        facts["state"] = state_in_words(facts["state"], language) or facts["state"]
    if "phone_number" in facts and not facts["phone_number"]:
        del facts["phone_number"]
    return {**facts, "reason": refusal.reason, "why": refusal.why or ""}
