"""Which variation of an answer a person gets."""

from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.answers import AnswerPicker

STAFF = {
    "audience": "staff",
    "channel": "web",
    "language": "en",
    "institution": "demo",
    "institution_name": "Demo State University",
    "office": "financial-aid",
    "office_name": "Financial Aid",
    "turn_token": "secret-token",
}
STUDENT = {**STAFF, "audience": "student", "channel": "sms"}


def variation(text: str, audience: str = "staff", language: str = "en", **more: Any) -> Any:
    """One variation as it stands in data/answers."""
    return {"text": text, "metadata": {"audience": audience, "language": language, **more}}


RESPONSES = {
    "utter_hours": [
        variation("plain"),
        variation("sencillo", language="es"),
        variation("of the institution", institution="demo"),
        variation("of the office", office="financial-aid"),
        variation("of another office", office="housing"),
        variation("on slack", channel="slack"),
    ],
    "utter_named": [variation("{office_name} at {institution_name}: {value}", "everyone")],
    "utter_token": [variation("{turn_token}")],
    "utter_spanish_only": [variation("sólo", language="es")],
    "utter_pass_to_person": [
        variation("A person will see this.", "student", hand_off=True),
        variation("Una persona lo verá.", "student", "es", hand_off=True),
    ],
    "utter_unsure": [variation("I'm not sure.")],
}


async def say(
    name: str, metadata: dict[str, Any] | None, language: str | None = None, **values: Any
) -> dict[str, Any] | None:
    """What the picker says to a message with this metadata, understood as in that language."""
    picker = AnswerPicker(None, Domain.from_dict({"responses": RESPONSES}))
    heard = UserUttered("?", parse_data={"language": language}, metadata=metadata)
    tracker = DialogueStateTracker.from_events("cnv_1", [heard])
    answer: dict[str, Any] | None = await picker.generate(name, tracker, "backend", **values)
    return answer


@pytest.mark.parametrize(
    ("metadata", "language", "text"),
    [
        (STAFF, "en", "of the office"),
        (STAFF, "es", "sencillo"),
        ({**STAFF, "office": "bursar"}, "en", "of the institution"),
        ({**STAFF, "office": None, "institution": "other"}, "en", "plain"),
        ({**STAFF, "office": None, "institution": "other", "channel": "slack"}, "en", "on slack"),
        ({**STAFF, "language": "es"}, None, "sencillo"),
        (STUDENT, "en", "A person will see this."),
        (STUDENT, "es", "Una persona lo verá."),
    ],
)
async def test_the_closest_variation_is_said(
    metadata: dict[str, Any], language: str | None, text: str
) -> None:
    """Audience decides, then the question's language, then office, institution, channel."""
    answer = await say("utter_hours", metadata, language)

    assert answer is not None
    assert answer["text"] == text


@pytest.mark.parametrize("metadata", [None, {}, {"audience": "boss"}, {"audience": None}])
async def test_without_an_audience_nothing_is_said(metadata: dict[str, Any] | None) -> None:
    """Nobody known asks: silence, not a guess."""
    answer = await say("utter_hours", metadata)

    assert answer is None


async def test_staff_without_a_variation_are_told_so() -> None:
    """An answer with nothing for staff becomes "I'm not sure", never silence."""
    answer = await say("utter_spanish_only", STAFF, "en")

    assert answer is not None
    assert answer["text"] == "I'm not sure."


async def test_placeholders_are_filled() -> None:
    """Names come from the metadata, values from the action."""
    answer = await say("utter_named", STUDENT, value="8 to 5")

    assert answer is not None
    assert answer["text"] == "Financial Aid at Demo State University: 8 to 5"


async def test_braces_are_never_shown() -> None:
    """A variation with an unknown placeholder does not fit."""
    answer = await say("utter_named", {**STUDENT, "office_name": None}, value="8 to 5")

    assert answer is not None
    assert answer["text"] == "A person will see this."


async def test_the_turn_token_is_no_placeholder() -> None:
    """No answer can spell out the token."""
    answer = await say("utter_token", STAFF)

    assert answer is not None
    assert "secret-token" not in answer["text"]
