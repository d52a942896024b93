"""The inbox in the browser, as it works without JavaScript, and what the script asks for."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.db.tables import CannedReply, Contact, Conversation
from backend.domain.provisioned_numbers import NumberState
from backend.services import inbox, staff_chat
from backend.services.audit import WEB
from backend.services.inbox import View
from backend.services.ports import BotReply, Button
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import number_id, set_state
from tests.integration.conftest import World
from tests.integration.test_inbox import line, opt_out, passed_on, rita, seen, texted, told


class Agent:
    """Somebody of Northern who is signed in at a browser."""

    def __init__(self, browser: FlaskClient, name: str = "carol") -> None:
        self._browser = browser
        sign_in(browser, f"{name}@northern.example")
        self._headers = headers(csrf_of(browser, "/chat"))

    def get(self, path: str, **more: str) -> TestResponse:
        """Open a page."""
        return self._browser.get(path, base_url=DESK, headers=more)

    def post(self, path: str, **form: object) -> TestResponse:
        """Send a form."""
        return self._browser.post(path, data=form, base_url=DESK, headers=self._headers)


@pytest.fixture
def carol(browser: FlaskClient) -> Agent:
    """An agent of Financial Aid."""
    return Agent(browser)


def value_of(page: str, field: str, form: str) -> str:
    """The value of a hidden field in the form that goes to this address."""
    inside = page.split(f'action="{form}"', 1)[1].split("</form>", 1)[0]
    found = re.search(rf'name="{field}" value="([^"]*)"', inside)
    assert found is not None
    return found[1]


def test_the_page_of_a_conversation_offers_all_that_an_agent_does(
    world: World, carol: Agent
) -> None:
    """Take, hand back, resolve, assign, note, reply; nothing that an agent may not set."""
    talk = texted(world)
    page = carol.get(f"/inbox/{talk}").text

    for action in ("take", "hand-back", "resolve"):
        assert f'formaction="/inbox/{talk}/{action}"' in page
    for action in ("assign", "note", "reply"):
        assert f'action="/inbox/{talk}/{action}"' in page
    assert "data-segments" in page and "Can I still apply?" in page
    assert "/settings" not in page


def test_a_reply_from_the_form_goes_once(world: World, carol: Agent) -> None:
    """The same form sent twice, as a double click does, is one text; the next has a new key."""
    talk = texted(world)
    at = f"/inbox/{talk}/reply"
    page = carol.get(f"/inbox/{talk}").text
    form = {field: value_of(page, field, at) for field in ("key", "seen")}
    answers = [carol.post(at, body="Yes.", **form) for _ in range(2)]
    fresh = value_of(carol.get(f"/inbox/{talk}").text, "key", at)
    world.queue.work()

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == f"/inbox/{talk}"
    assert [text.body for text in world.carrier.sent] == ["Yes."]
    assert fresh != form["key"]


def test_what_the_agent_saw_goes_with_the_form(world: World, carol: Agent) -> None:
    """A text that came after the page was made still waits."""
    talk = texted(world)
    at = f"/inbox/{talk}/reply"
    shown = value_of(carol.get(f"/inbox/{talk}").text, "seen", at)
    texted(world, "And where?", "SM2")
    carol.post(at, body="Until Friday.", seen=shown)

    assert seen(world, world.carol) == [talk]


def test_a_refused_reply_says_why_and_keeps_the_words(world: World, carol: Agent) -> None:
    """Beside the box, with what was typed; the note and the colleague likewise."""
    talk = texted(world)
    long = "x" * 1_601
    too_long = carol.post(f"/inbox/{talk}/reply", body=long)
    nobody = carol.post(f"/inbox/{talk}/assign", staff="nobody")
    empty = carol.post(f"/inbox/{talk}/note", note=" ")

    assert [each.status_code for each in (too_long, nobody, empty)] == [422] * 3
    assert "it has 1,601" in too_long.text and long in too_long.text
    assert "Choose a colleague" in nobody.text and "Write something first" in empty.text
    assert world.carrier.sent == []


def test_who_opted_out_is_not_written_to(world: World, carol: Agent) -> None:
    """The page says so instead of a box; a form from before is told the same."""
    talk = texted(world)
    opt_out(world)
    page = carol.get(f"/inbox/{talk}")
    late = carol.post(f"/inbox/{talk}/reply", body="Yes.")

    assert "opted out" in page.text and 'name="body"' not in page.text
    assert late.status_code == 409 and "text START" in late.text


def test_a_reply_that_waits_says_so(world: World, carol: Agent) -> None:
    """The number is still being registered: the agent reads that after sending, and before."""
    talk = texted(world)
    set_state(world, world.inbox_number, NumberState.REGISTERING)
    before = carol.get(f"/inbox/{talk}").text
    carol.post(f"/inbox/{talk}/reply", body="Yes.")
    world.queue.work()
    after = carol.get(f"/inbox/{talk}").text

    assert "10DLC" in before
    assert 'role="status">This text waits for its number' in after and "Held back" in after


def test_canned_replies_fill_the_box(world: World, carol: Agent) -> None:
    """After what stands there already, with the name filled in; nothing is sent."""
    talk = texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "Maria"
        canned = CannedReply(
            office_id=world.carol.office_id, title="Bye", body="Take care, {name}!"
        )
        session.add(canned)
        session.flush()
        canned_id = canned.public_id
    picture = "https://x.test/1.png"
    page = carol.post(f"/inbox/{talk}/reply", insert=canned_id, body="Done.", media=picture)

    assert page.status_code == 200 and ">Done. Take care, Maria!</textarea>" in page.text
    assert f">{picture}</textarea>" in page.text
    assert world.carrier.sent == [] and line(world, world.carol, talk).needs_attention


def test_what_a_number_chose_is_shown(world: World, carol: Agent) -> None:
    """Beside the student's “1”, not only what was understood."""
    world.bot.replies = (
        BotReply("Which one?", audience="student", buttons=(Button("office hours", "/hours"),)),
    )
    talk = texted(world, "hm", to=world.assistant_number)
    world.queue.work()
    texted(world, "1", "SM2", to=world.assistant_number)
    world.queue.work()

    assert "Chose “office hours”." in carol.get(f"/inbox/{talk}").text


def test_segments_are_counted_for_texts_only(world: World, public: Flask, carol: Agent) -> None:
    """What an administrator writes into a colleague's chat costs nothing."""
    passed_on_talk = staff_chat.ask(world.desk, world.bob, text="I need a person").conversation
    passed_on(world, passed_on_talk)
    alice = Agent(public.test_client(), "alice")

    assert "data-segments" in carol.get(f"/inbox/{texted(world)}").text
    assert "data-segments" not in alice.get(f"/inbox/{passed_on_talk}").text


def test_take_assign_note_hand_back_resolve_by_form(world: World, carol: Agent) -> None:
    """Each leads on to a page that shows what came of it."""
    talk = texted(world)
    taken = carol.post(f"/inbox/{talk}/take")
    assert "You have this conversation" in carol.get(taken.headers["Location"]).text
    carol.post(f"/inbox/{talk}/assign", staff=world.bob.public_id)
    assert "Bob has this conversation" in carol.get(f"/inbox/{talk}").text
    carol.post(f"/inbox/{talk}/note", note="Called her.", key="web_1")
    assert "Private note by Carol" in carol.get(f"/inbox/{talk}").text
    back = carol.post(f"/inbox/{talk}/hand-back")
    assert back.headers["Location"] == "/inbox" and "Handed back." in carol.get("/inbox").text
    carol.post(f"/inbox/{talk}/resolve")
    assert "Resolved." in carol.get("/inbox").text
    assert line(world, world.carol, talk).is_resolved
    assert [words for words in told(world, talk) if words.startswith("Carol")] == [
        "Carol took it. The assistant stays quiet.",
        "Carol assigned it to Bob.",
        "Carol handed it back. New texts are answered as the number or its campaign is set.",
        "Carol resolved it. New texts are answered as the number or its campaign is set.",
    ]


def test_opening_a_conversation_reads_it(world: World, carol: Agent) -> None:
    """The count in the bar and in the title goes down; another agent's stays."""
    talk = texted(world)
    before = carol.get("/inbox").text
    carol.get(f"/inbox/{talk}")
    after = carol.get("/inbox").text

    assert "<title>(1) Inbox" in before and "Unread" in before
    assert "<title>Inbox" in after and "Unread" not in after
    assert inbox.unread_count(world.desk, world.bob) == 1


def test_looking_at_earlier_texts_reads_nothing(world: World, carol: Agent) -> None:
    """Only what was shown counts as read."""
    talk = texted(world)
    message = inbox.thread(world.desk, world.carol, talk).latest
    texted(world, "And where?", "SM2")
    carol.get(f"/inbox/{talk}?before={message}")

    assert line(world, world.carol, talk).is_unread


@pytest.mark.parametrize("path", ["/inbox", "/inbox?view=all&search=apply", "/inbox/{talk}"])
def test_the_changing_part_comes_only_when_it_changed(
    world: World, carol: Agent, path: str
) -> None:
    """304 to who has it; a new text, or the next state of one, is a new version."""
    talk = texted(world, "Can I apply?")
    carol.get(f"/inbox/{talk}")
    path = path.format(talk=talk)
    live = f"{path}{'&' if '?' in path else '?'}live=1"
    first = carol.get(live)
    tag = first.headers["ETag"]
    same = carol.get(live, **{"If-None-Match": tag})
    texted(world, "And where do I apply?", "SM2")
    changed = carol.get(live, **{"If-None-Match": tag})

    assert first.status_code == 200 and "<form" not in first.text
    assert (same.status_code, same.data) == (304, b"")
    assert changed.status_code == 200 and "And where do I apply?" in changed.text
    assert "<html" not in changed.text and changed.headers["ETag"] != tag


def test_what_was_looked_at_live_is_read(world: World, carol: Agent) -> None:
    """The script asks only while somebody looks."""
    talk = texted(world)
    carol.get(f"/inbox/{talk}?live=1")

    assert not line(world, world.carol, talk).is_unread


def test_views_and_search(world: World, carol: Agent) -> None:
    """Needs attention, mine, all; a search looks everywhere; a view that is none is the first."""
    waiting = texted(world, "Can I apply?")
    mine = texted(world, "Thank you", "SM2", "+13165550142")
    inbox.reply(world.desk, world.carol, mine, "You are welcome.", WEB)

    def listed(path: str) -> set[str]:
        return set(re.findall(r"/inbox/(cnv_\w+)", carol.get(path).text))

    assert listed("/inbox") == listed("/inbox?view=nonsense") == {waiting}
    assert listed("/inbox?view=mine") == {mine}
    assert listed("/inbox?view=all") == {waiting, mine}
    assert listed("/inbox?search=THANK") == {mine}
    assert listed("/inbox?search=welcome") == {mine}
    assert "Nothing found." in carol.get("/inbox?search=nobody").text


def test_the_list_has_pages(world: World, carol: Agent) -> None:
    """Fifty on a page, with a way on that keeps the view."""
    for number in range(51):
        texted(world, f"Text {number}", f"SM{number}", f"+1316555{number:04d}")
    first = carol.get("/inbox?view=all").text
    after = re.search(r'href="(/inbox\?[^"]*after=[^"]*)"', first)
    assert after is not None
    second = carol.get(after[1].replace("&amp;", "&")).text

    assert first.count('class="entry') == 50 and second.count('class="entry') == 1
    assert 'view=all"' in second


def test_a_student_is_found_and_texted_first(world: World, carol: Agent) -> None:
    """Without JavaScript: find by name, choose, send; the form twice is one text."""
    texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(Contact)).one().name = "Maria"
    form: dict[str, str] = {
        "number": number_id(world, world.assistant_number),
        "find": "mar",
        "body": "Your form is missing.",
        "key": value_of(carol.get("/inbox/new").text, "key", "/inbox/new"),
    }
    found = carol.post("/inbox/new", **form, look="1").text
    chosen = re.search(r'name="contact" value="(ctc_\w+)"', found)
    assert chosen is not None and form["body"] in found and form["key"] in found
    sent = [carol.post("/inbox/new", **form, contact=chosen[1]) for _ in range(2)]
    world.queue.work()

    assert [answer.status_code for answer in sent] == [303, 303]
    assert [text.body for text in world.carrier.sent] == [form["body"]]
    assert "Your text is on its way." in carol.get(sent[0].headers["Location"]).text


def test_a_beginning_with_faults_keeps_the_form(world: World, carol: Agent) -> None:
    """Each fault beside its field."""
    answer = carol.post(
        "/inbox/new", number="num_x", to="12", body="Your form is missing.", key="web_1"
    )

    assert answer.status_code == 422
    assert "Choose one of your office" in answer.text and "Give a phone number" in answer.text
    assert 'value="12"' in answer.text and "Your form is missing." in answer.text


def test_another_offices_agent_gets_the_page_of_nothing(world: World, public: Flask) -> None:
    """To the letter, on every address of a conversation."""
    talk = texted(world)
    rita(world)
    agent = Agent(public.test_client(), "rita")

    def answers(conversation: str) -> list[tuple[int, str]]:
        at = f"/inbox/{conversation}"
        got = [agent.get(at), agent.get(f"{at}?live=1")]
        got += [
            agent.post(f"{at}/{action}", body="Hi", note="Hm", staff=world.bob.public_id)
            for action in ("reply", "note", "take", "assign", "hand-back", "resolve")
        ]
        return [
            (each.status_code, re.sub('(value|content)="[^"]*"', "", each.text)) for each in got
        ]

    assert answers(talk) == answers("cnv_none")
    assert {status for status, _ in answers(talk)} == {404}
    assert "No conversation" in agent.get("/inbox?view=all").text
    assert seen(world, world.carol, View.ALL) == [talk]


def test_words_of_students_are_never_markup(world: World, carol: Agent) -> None:
    """What somebody texts is shown as it is."""
    talk = texted(world, "<script>alert(1)</script>")
    for path in ("/inbox", f"/inbox/{talk}", f"/inbox/{talk}?live=1"):
        page = carol.get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_student_whose_data_was_deleted_has_no_number(world: World, carol: Agent) -> None:
    """What stands for the number is nobody's business."""
    talk = texted(world)
    with world.desk.db.write(world.alice.institution_id) as session:
        contact = session.scalars(select(Contact)).one()
        contact.e164, contact.erased_at = "erased:0123", world.clock.now()
        assert session.scalars(select(Conversation)).one().public_id == talk
    page = carol.get(f"/inbox/{talk}").text

    assert "A student whose data was deleted" in page and "erased:" not in page
    assert "The student’s data was deleted" in page
    assert seen(world, world.carol, View.ALL, search="0123") == []
