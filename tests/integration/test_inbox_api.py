"""Conversations over the API: what goes in and out, with which token, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.db.tables import CannedReply, Contact
from backend.domain.staff import Scope
from backend.services import staff
from tests.integration.campaigning import number_id
from tests.integration.conftest import World
from tests.integration.test_api import bearer
from tests.integration.test_inbox import audited, opt_out, rita, texted

AT = "/api/v1/conversations"


class Client:
    """Somebody at the API with a token of their own."""

    def __init__(self, browser: FlaskClient, headers: dict[str, str]) -> None:
        self._browser = browser
        self._headers = headers

    def get(self, path: str) -> TestResponse:
        """Ask for something."""
        return self._browser.get(path, headers=self._headers)

    def post(self, path: str, key: str | None = None, **body: object) -> TestResponse:
        """Have something done."""
        more = {"Idempotency-Key": key} if key else {}
        return self._browser.post(path, json=body, headers={**self._headers, **more})

    def put(self, path: str, **body: object) -> TestResponse:
        """Set something."""
        return self._browser.put(path, json=body, headers=self._headers)


@pytest.fixture
def carol(world: World, browser: FlaskClient) -> Client:
    """An agent of Financial Aid."""
    return Client(browser, bearer(world, "carol@northern.example"))


def with_scopes(world: World, browser: FlaskClient, *scopes: Scope) -> Client:
    """Carol with a token for these only."""
    token = staff.create_access_token(
        world.desk, "carol@northern.example", timedelta(days=1), scopes
    )
    return Client(browser, {"Authorization": f"Bearer {token}"})


def test_the_list_and_one_conversation(world: World, carol: Client) -> None:
    """The list tells whose it is and what was said last; one has its timeline and the trail."""
    talk = texted(world, "When are you open?", to=world.assistant_number)
    world.queue.work()
    page = carol.get(AT).json
    one = carol.get(f"{AT}/{talk}").json

    assert page is not None and one is not None and page["next"] is None
    (listed,) = page["conversations"]
    assert (listed["id"], listed["phone_number"]) == (talk, "+13165550199")
    assert listed["number"] == world.assistant_number
    assert listed["last_author"] == "assistant" and not listed["needs_attention"]
    assert one["conversation"] == listed
    asked, answered = (entry for entry in one["timeline"] if entry["author"])
    assert asked["trail"]["confidence"] == 0.9 and asked["status"] is None
    assert answered["status"] == "queued" and one["latest"] == answered["id"]
    assert carol.get(f"{AT}?view=attention").json["conversations"] == []  # type: ignore[index]


def test_the_list_is_searched_and_paged(world: World, carol: Client) -> None:
    """A number in any spelling; `after` the `next` until it is null."""
    first = texted(world, "One", "SM1")
    second = texted(world, "Two", "SM2", "+13165550142")
    page = carol.get(f"{AT}?limit=1").json
    assert page is not None
    rest = carol.get(f"{AT}?limit=1&after={page['next']}").json
    sought = carol.get(f"{AT}?search=316-555-0199").json

    assert rest is not None and sought is not None
    ids = [page["conversations"][0]["id"], rest["conversations"][0]["id"]]
    assert ids == [second, first] and rest["next"] is None
    assert [each["id"] for each in sought["conversations"]] == [first]
    assert carol.get(f"{AT}?view=everything").status_code == 422
    assert carol.get(f"{AT}?after=cnv_none").status_code == 422


def test_what_a_reply_an_assignment_and_a_new_conversation_choose_from(
    world: World, carol: Client
) -> None:
    """Canned replies filled in, colleagues by name, students by a part of their name or number."""
    talk = texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "Maria"
        session.add(
            CannedReply(office_id=world.carol.office_id, title="Hello", body="Hello {name}.")
        )

    canned = carol.get(f"{AT}/{talk}/canned-replies").json
    colleagues = carol.get(f"{AT}/{talk}/colleagues").json
    students = carol.get("/api/v1/contacts?search=mar").json

    assert canned is not None and colleagues is not None and students is not None
    assert [(each["title"], each["body"]) for each in canned["canned_replies"]] == [
        ("Hello", "Hello Maria.")
    ]
    assert "alice" in str(colleagues).lower()
    assert (
        carol.post(f"{AT}/{talk}/assign", staff=colleagues["colleagues"][0]["id"]).status_code
        == 200
    )
    (maria,) = students["contacts"]
    assert (maria["name"], maria["phone_number"]) == ("Maria", "+13165550199")
    assert carol.get("/api/v1/contacts?search=0142").json == {"contacts": []}
    assert carol.get("/api/v1/contacts").status_code == 422


def test_a_reply_is_sent_once_for_each_key(world: World, carol: Client) -> None:
    """201 with the message; the same again gets the same, another request under the key 409."""
    talk = texted(world)
    first = carol.post(f"{AT}/{talk}/reply", key="r1", body="Yes.")
    again = carol.post(f"{AT}/{talk}/reply", key="r1", body="Yes.")
    other = carol.post(f"{AT}/{talk}/reply", key="r1", body="No.")
    world.queue.work()

    assert [first.status_code, again.status_code, other.status_code] == [201, 201, 409]
    assert first.json == again.json and first.json is not None
    assert first.json["conversation"] == talk and first.json["waits"] is None
    assert first.headers["Location"].endswith(f"{AT}/{talk}")
    assert [text.body for text in world.carrier.sent] == ["Yes."]


def test_what_cannot_be_sent_is_a_problem_with_its_reason(world: World, carol: Client) -> None:
    """422 names the field, 409 says that the student opted out."""
    talk = texted(world)
    empty = carol.post(f"{AT}/{talk}/reply", body=" ")
    opt_out(world)
    refused = carol.post(f"{AT}/{talk}/reply", body="Yes.")

    assert empty.status_code == 422 and refused.status_code == 409
    assert empty.json is not None and refused.json is not None
    assert [fault["field"] for fault in empty.json["problems"]] == ["body"]
    assert "text START" in refused.json["detail"]


def test_every_action_answers_with_the_conversation_as_it_is(world: World, carol: Client) -> None:
    """Take, assign, note, read, hand back, resolve."""
    talk = texted(world)
    latest = carol.get(f"{AT}/{talk}").json["latest"]  # type: ignore[index]
    take, assign, note, read, back, resolve = (
        carol.post(f"{AT}/{talk}/take"),
        carol.post(f"{AT}/{talk}/assign", staff="bob@northern.example"),
        carol.post(f"{AT}/{talk}/note", key="n", body="Called."),
        carol.put(f"{AT}/{talk}/read", message=latest),
        carol.post(f"{AT}/{talk}/hand-back"),
        carol.post(f"{AT}/{talk}/resolve"),
    )

    answers = [each.json for each in (take, assign, note, read, back, resolve)]
    assert all(each is not None and each["id"] == talk for each in answers)
    assert [each["taken_by"] for each in answers if each] == [
        *("Carol", "Bob", "Bob", "Bob"),
        *(None, None),
    ]
    assert answers[0]["is_unread"] and not answers[3]["is_unread"]  # type: ignore[index]
    assert answers[5]["is_resolved"] and not answers[4]["needs_attention"]  # type: ignore[index]
    assert [action for action, _ in audited(world) if action.startswith("conversation.")] == [
        f"conversation.{what}" for what in ("take", "assign", "note", "hand_back", "resolve")
    ]


def test_a_conversation_is_begun_over_the_api(world: World, carol: Client) -> None:
    """201 once for the key; a fault names its field."""
    first = {
        "number": number_id(world, world.assistant_number),
        "to": "316 555 0142",
        "body": "Your form is missing.",
    }
    begun, again = carol.post(AT, key="s1", **first), carol.post(AT, key="s1", **first)
    wrong = carol.post(AT, **{**first, "to": "12"})
    world.queue.work()

    assert (begun.status_code, again.json) == (201, begun.json)
    assert wrong.json is not None
    assert [fault["field"] for fault in wrong.json["problems"]] == ["to"]
    assert [text.to_number for text in world.carrier.sent] == ["+13165550142"]


def test_a_token_needs_the_scope(world: World, browser: FlaskClient) -> None:
    """Reading does not let write, nor another scope read."""
    talk = texted(world)
    reader = with_scopes(world, browser, Scope.CONVERSATIONS_READ)
    stranger = with_scopes(world, browser, Scope.NUMBERS_WRITE)

    assert reader.get(f"{AT}/{talk}").status_code == 200
    for path in ("", f"/{talk}/reply"):
        body = {"body": "Hi"} if path else {"number": "num_x", "to": "3165550142", "body": "Hi"}
        refused = reader.post(f"{AT}{path}", **body)
        assert refused.status_code == 403
        assert "conversations:write" in refused.json["detail"]  # type: ignore[index]
    for action in ("take", "hand-back", "resolve"):
        assert reader.post(f"{AT}/{talk}/{action}").status_code == 403
    assert reader.put(f"{AT}/{talk}/read", message="msg_x").status_code == 403
    assert stranger.get(AT).status_code == stranger.get(f"{AT}/{talk}").status_code == 403


def test_another_offices_agent_gets_what_nothing_gets(world: World, browser: FlaskClient) -> None:
    """The answer for a colleague's conversation is that for none, to the letter."""
    talk = texted(world)
    rita(world)
    agent = Client(browser, bearer(world, "rita@northern.example"))
    actions: tuple[Callable[[str], TestResponse], ...] = (
        lambda id_: agent.get(f"{AT}/{id_}"),
        lambda id_: agent.post(f"{AT}/{id_}/reply", body="Hi"),
        lambda id_: agent.post(f"{AT}/{id_}/take"),
        lambda id_: agent.put(f"{AT}/{id_}/read", message="msg_x"),
    )
    for act in actions:
        theirs, none = act(talk), act("cnv_none")
        assert theirs.status_code == none.status_code == 404
        assert theirs.text == none.text

    assert agent.get(AT).json == {"next": None, "conversations": []}
