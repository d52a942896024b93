"""What the actions ask, say and keep to themselves, against a real HTTP server."""

from typing import Any

import pytest
from conftest import BackendDouble
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.__main__ import _fault_without_request
from actions.backend_client import Backend, BackendRefused, BackendUnreachable
from actions.languages import day, language_of, spoken
from actions.offices import ActionOfficeFacts
from actions.quota import ActionCheckQuota

QUOTA = {
    "contacts": {"limit": 25000, "used": 12345},
    "numbers": {"limit": 1500, "used": 7, "reserved": 1},
    "by_office": [
        {"office": "Financial Aid", "reusable": 2, "single_use": 1003},
        {"office": "Housing", "reusable": 0, "single_use": 0},
        {"office": "Registrar", "reusable": 1, "single_use": 0},
    ],
    "period": {"starts_on": "2026-07-01", "ends_on": "2027-06-30"},
}
OFFICE = {
    "name": "Financial Aid",
    "hours": "Mon-Fri 8-5",
    "place": None,
    "phone": "",
    "web_page": "x",
}


def heard(intent: str = "check_quota", language: str = "en", token: Any = "turn-1") -> Tracker:
    """A tracker whose latest message carries a token; an older event carries another."""
    older = {"event": "user", "metadata": {"turn_token": "turn-0"}}
    latest = {
        "intent": {"name": intent},
        "language": language,
        "metadata": {"turn_token": token, "language": "en", "audience": "staff"},
    }
    return Tracker("cnv_1", {}, latest, [older], False, None, {}, "action_listen")


async def run(action: Any, tracker: Tracker) -> list[dict[str, Any]]:
    """What an action utters; it must leave no events."""
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, tracker, {})
    assert events == []
    return [{k: v for k, v in said.items() if v} for said in dispatcher.messages]


async def test_the_quota_is_said_with_figures(backend: BackendDouble) -> None:
    """Thousands are separated, every office has its line, the turn's own token was shown."""
    backend.content = QUOTA
    said = (await run(ActionCheckQuota(), heard()))[0]

    assert backend.asked == [("/internal/quota", "Bearer turn-1")]
    assert said["response"] == "utter_quota"
    assert (said["contacts_used"], said["contacts_limit"]) == ("12,345", "25,000")
    assert said["by_office"] == (
        "- Financial Aid: 2 reusable, 1,003 single-use\n- Housing: 0 reusable, 0 single-use\n"
        "- Registrar: 1 reusable, 0 single-use"
    )


async def test_offices_are_listed_in_spanish(backend: BackendDouble) -> None:
    """A Spanish question gets Spanish lines."""
    backend.content = QUOTA
    said = (await run(ActionCheckQuota(), heard(language="es")))[0]

    assert said["by_office"].splitlines() == [
        "- Financial Aid: 2 reutilizables, 1,003 de un solo uso",
        "- Housing: 0 reutilizables, 0 de un solo uso",
        "- Registrar: 1 reutilizable, 0 de un solo uso",
    ]


async def test_a_refusal_names_the_rule(backend: BackendDouble) -> None:
    """The backend's own sentence is what the person reads."""
    backend.status = 403
    backend.content = {"code": "not_allowed", "detail": "Only administrators may see this."}
    said = (await run(ActionCheckQuota(), heard()))[0]

    assert (said["response"], said["reason"]) == (
        "utter_quota_refused",
        "Only administrators may see this.",
    )


@pytest.mark.parametrize("token", [None, "", 7])
async def test_no_token_no_question(backend: BackendDouble, token: Any) -> None:
    """Without the latest message's token nothing is asked; an older one is not used."""
    said = (await run(ActionCheckQuota(), heard(token=token)))[0]

    assert backend.asked == []
    assert said["response"] == "utter_turn_closed"


@pytest.mark.parametrize(
    ("status", "content", "response"),
    [
        (401, {"code": "turn_closed"}, "utter_turn_closed"),
        (404, {"code": "not_found", "detail": "No."}, "utter_refused"),
        (503, {}, "utter_backend_unreachable"),
    ],
)
async def test_each_fault_has_its_words(
    backend: BackendDouble, status: int, content: Any, response: str
) -> None:
    """Only a refusal for want of rights is told as one."""
    backend.status, backend.content = status, content
    said = (await run(ActionCheckQuota(), heard()))[0]

    assert said["response"] == response


async def test_what_failed_can_be_tried_again(backend: BackendDouble) -> None:
    """The button asks the same, with what was named, in the question's language."""
    backend.status = 500
    tracker = heard(language="es")
    tracker.latest_message["entities"] = [
        {"entity": "office", "value": 'Asuntos "x"'},
        {"entity": "office", "value": "another"},
    ]
    said = (await run(ActionCheckQuota(), tracker))[0]

    assert said["buttons"] == [
        {
            "title": "Intentar de nuevo",
            "payload": '/check_quota{"office": "Asuntos \\"x\\""}',
        }
    ]


async def test_a_student_is_given_no_button(backend: BackendDouble) -> None:
    """A text message has none."""
    backend.status = 500
    tracker = heard("student_office_hours")
    tracker.latest_message["metadata"]["audience"] = "student"
    said = (await run(ActionOfficeFacts(), tracker))[0]

    assert "buttons" not in said


@pytest.mark.parametrize(
    ("status", "content"), [(500, {}), (503, b"down"), (200, b"<html>"), (200, [1]), (403, b"no")]
)
async def test_a_broken_backend_is_said_to_be_out_of_reach(
    backend: BackendDouble, status: int, content: Any
) -> None:
    """Faults of the backend and answers that are no JSON object are one thing to a person."""
    backend.status, backend.content = status, content
    said = (await run(ActionCheckQuota(), heard()))[0]

    assert said["response"] == "utter_backend_unreachable"


async def test_nobody_listening_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is said, not raised."""
    monkeypatch.setenv("INTERNAL_URL", "http://127.0.0.1:9")
    said = (await run(ActionCheckQuota(), heard()))[0]

    assert said["response"] == "utter_backend_unreachable"


async def test_a_closed_turn_is_refused_in_plain_words(backend: BackendDouble) -> None:
    """401 turn_closed becomes a sentence that says what to do."""
    backend.status, backend.content = 401, {"code": "turn_closed", "detail": "token expired"}

    with pytest.raises(BackendRefused) as refusal:
        await Backend(backend.url, "turn-1").quota()

    assert refusal.value.reason == "This question has waited too long. Please ask it again."


async def test_a_slow_backend_is_not_waited_for() -> None:
    """A server that accepts and says nothing ends in BackendUnreachable."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = Backend(f"http://127.0.0.1:{silent.getsockname()[1]}", "turn-1", timeout=0.2)

        with pytest.raises(BackendUnreachable):
            await slow.office()


@pytest.mark.parametrize(
    ("intent", "response", "value"),
    [
        ("student_office_hours", "utter_office_hours", "Mon-Fri 8-5"),
        ("student_office_web", "utter_office_web", "x"),
        ("student_office_place", "utter_office_fact_unknown", None),
        ("student_office_phone", "utter_office_fact_unknown", None),
        ("greet", "utter_office_fact_unknown", None),
    ],
)
async def test_an_office_fact_or_a_person(
    backend: BackendDouble, intent: str, response: str, value: str | None
) -> None:
    """A known fact is said; an unknown one is passed to a person."""
    backend.content = OFFICE
    said = (await run(ActionOfficeFacts(), heard(intent)))[0]

    assert (said["response"], said.get("value")) == (response, value)
    assert said["office_name"] == "Financial Aid"


@pytest.mark.parametrize(
    ("status", "response"),
    [
        (403, "utter_office_fact_unknown"),
        (404, "utter_office_fact_unknown"),
        (500, "utter_backend_unreachable"),
    ],
)
async def test_an_office_that_can_not_be_had(
    backend: BackendDouble, status: int, response: str
) -> None:
    """A refusal goes to a person, a fault is said."""
    backend.status = status
    said = (await run(ActionOfficeFacts(), heard("student_office_hours")))[0]

    assert said["response"] == response


@pytest.mark.parametrize(
    ("language", "written"), [("en", "July 1, 2026"), ("es", "1 de julio de 2026")]
)
def test_days_are_written_as_people_write_them(language: str, written: str) -> None:
    """The contract period is read by people, in their language."""
    assert day("2026-07-01", language) == written


@pytest.mark.parametrize(
    ("said", "shown"),
    [("+13165550123", "(316) 555-0123"), ("5550123", "5550123"), ("num_1", "num_1")],
)
def test_numbers_are_written_as_people_write_them(said: str, shown: str) -> None:
    """What isn't a whole number stays as it was said."""
    assert spoken(said) == shown


def test_a_button_is_answered_in_the_language_of_the_answer_it_stood_under() -> None:
    """A pressed button has no language of its own."""
    tracker = heard(language="")
    tracker.events.append({"event": "bot", "metadata": {"metadata": {"language": "es"}}})

    assert language_of(tracker) == "es"


def test_without_any_answer_the_persons_own_language_counts() -> None:
    """The first word of a conversation may be a button."""
    tracker = heard(language="")
    tracker.latest_message["metadata"]["language"] = "es"

    assert language_of(tracker) == "es"


def test_a_failed_action_is_logged_without_words(caplog: pytest.LogCaptureFixture) -> None:
    """Its kind and place only: an error's text may quote what somebody wrote."""
    words = "my grandmother is called Clementine"
    try:
        raise ValueError(words)
    except ValueError as fault:
        answer = _fault_without_request(None, fault)

    assert "ValueError at test_actions.py:" in caplog.text
    assert words not in caplog.text and words.encode() not in answer.body
