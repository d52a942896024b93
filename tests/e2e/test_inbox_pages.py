"""Agents live with the inbox: texts appear by themselves, and what is typed stays."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import OpenVisit, Visit
from tests.e2e.test_pages import ASSISTANT_NUMBER, INBOX_NUMBER, text_as_student

DESKTOP = {"width": 1280, "height": 860}
WITHIN_MS = 8_000  # looks every two seconds, on a machine that may be busy


def student_texts(open_visit: OpenVisit, words: str, student: str) -> Page:
    """A student texts the number that people answer; returns the phone."""
    phone = open_visit(viewport=DESKTOP)
    phone.enter_as("office_staff")
    phone.open("/phone")
    text_as_student(phone.page, INBOX_NUMBER, words, student)
    return phone.page


def more(phone: Page, words: str) -> None:
    """The same student texts again."""
    box = phone.get_by_label("Text message")
    box.fill(words)
    box.press("Enter")
    expect(phone.locator(".mine .words").last).to_have_text(words)


def test_a_text_appears_by_itself_and_is_answered(open_visit: OpenVisit, visit: Visit) -> None:
    """The list and the conversation show a new text within seconds; the reply is delivered and
    reaches the phone; all by keyboard.
    """
    page = visit.enter_as("agent")
    visit.open("/inbox")
    words = "Is the deadline on Friday?"
    phone = student_texts(open_visit, words, "(316) 555-0161")
    link = page.get_by_role("link", name=words)
    expect(link).to_be_visible(timeout=WITHIN_MS)
    expect(page).to_have_title(re.compile(r"^\(\d+\) Inbox"))
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/cnv_*")
    box = page.get_by_label("Your reply to")
    box.focus()
    page.keyboard.type("Yes, until")

    more(phone, "Or is it Saturday?")

    second = page.locator(".timeline .theirs", has_text="Or is it Saturday?")
    expect(second).to_be_visible(timeout=WITHIN_MS)
    expect(box).to_be_focused()
    expect(box).to_have_value("Yes, until")
    page.keyboard.type(" Friday.")
    page.keyboard.press("Control+Enter")

    mine = page.locator(".timeline .mine", has_text="Yes, until Friday.")
    expect(mine).to_be_visible()
    expect(box).to_have_value("")
    expect(mine).to_contain_text("Delivered", timeout=20_000)
    expect(page.locator(".marks").first).not_to_contain_text("Waiting for a person")
    expect(phone.locator(".theirs .words", has_text="Yes, until Friday.")).to_be_visible()


def test_taking_and_noting_leave_what_is_typed(open_visit: OpenVisit, visit: Visit) -> None:
    """A half-written reply stays while the agent takes the conversation and keeps a note."""
    student_texts(open_visit, "Where do I sign?", "(316) 555-0162")
    page = visit.enter_as("agent")
    visit.open("/inbox?search=316-555-0162")
    page.get_by_role("link", name="Where do I sign?").click()
    box = page.get_by_label("Your reply to")
    box.fill("At the")
    page.get_by_role("button", name="Take it").click()

    expect(page.locator("#live")).to_contain_text("You have this conversation")
    expect(page.get_by_role("button", name="Take it")).to_have_count(0)

    page.get_by_text("Private note", exact=True).click()
    page.get_by_label("For colleagues only").fill("She has called before.")
    page.get_by_role("button", name="Keep the note").click()

    expect(page.locator(".note")).to_contain_text("She has called before.")
    expect(box).to_have_value("At the")
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".done")).to_contain_text("Resolved.")


def test_two_agents_see_each_others_replies(open_visit: OpenVisit) -> None:
    """Both stand in the conversation for both, and whose it is."""
    phone = student_texts(open_visit, "Who decides?", "(316) 555-0163")
    pages = []
    for role in ("agent", "administrator"):
        visit = open_visit(viewport=DESKTOP)
        visit.enter_as(role)
        visit.open("/inbox?search=316-555-0163")
        visit.page.get_by_role("link", name="Who decides?").click()
        pages.append(visit.page)
    for page, words in zip(pages, ("The committee.", "By May."), strict=True):
        page.get_by_label("Your reply to").fill(words)
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".timeline .mine", has_text=words)).to_be_visible()

    for words in ("The committee.", "By May."):
        for page in pages:
            expect(page.locator(".timeline .mine", has_text=words)).to_have_count(1)
        expect(phone.locator(".theirs .words", has_text=words)).to_have_count(1)
    expect(pages[0].locator("#live")).to_contain_text("has this conversation: the assistant")


def test_a_lost_connection_keeps_the_reply_and_sends_it_once(
    open_visit: OpenVisit, visit: Visit
) -> None:
    """The desk took it and the answer was lost: the agent is told, tries again, one text goes."""
    phone = student_texts(open_visit, "Hello there?", "(316) 555-0164")
    page = visit.enter_as("agent")
    visit.open("/inbox?search=316-555-0164")
    page.get_by_role("link", name="Hello there?").click()
    box = page.get_by_label("Your reply to")

    def lose_the_answer(route: Route) -> None:
        route.fetch(max_redirects=0)
        route.abort("connectionfailed")

    page.route("**/reply", lose_the_answer, times=1)
    box.fill("Here I am.")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_contain_text("nothing you wrote is lost")
    expect(box).to_have_value("Here I am.")
    visit.faults.clear()  # the browser's own word for the lost connection
    page.get_by_role("button", name="Send").click()

    expect(box).to_have_value("")
    expect(phone.locator(".theirs .words", has_text="Here I am.")).to_be_visible()
    expect(page.locator(".timeline .mine", has_text="Here I am.")).to_have_count(1)
    expect(phone.locator(".theirs .words", has_text="Here I am.")).to_have_count(1)


def test_a_refused_reply_is_said_beside_the_box(open_visit: OpenVisit, visit: Visit) -> None:
    """The student opts out while the agent types: the words stay, and why they cannot go."""
    phone = student_texts(open_visit, "Please call me", "(316) 555-0165")
    visit.expected_refusals = {409}
    page = visit.enter_as("agent")
    visit.open("/inbox?search=316-555-0165")
    page.get_by_role("link", name="Please call me").click()
    box = page.get_by_label("Your reply to")
    box.fill("I will.")
    more(phone, "STOP")
    expect(page.locator(".timeline .theirs", has_text="STOP")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("text START")
    expect(box).to_have_value("I will.")


def test_what_a_text_costs_is_shown_while_it_is_typed(open_visit: OpenVisit, visit: Visit) -> None:
    """Segments and encoding; a curly apostrophe that doubles the cost is pointed out, and the hint
    goes when it does; with a picture it is one MMS; too long a text says so before it is sent.
    """
    student_texts(open_visit, "What do I owe?", "(316) 555-0171")
    page = visit.enter_as("agent")
    visit.open("/inbox?search=316-555-0171")
    page.get_by_role("link", name="What do I owe?").click()
    box = page.get_by_label("Your reply to")
    hint = page.locator("#reply .segments")
    words = "You don't owe anything." + " Come by any day." * 4

    box.fill(words)
    expect(hint).to_have_text("1 text (GSM-7); 69 more characters fit.")
    box.fill(words.replace("'", "’"))
    expect(hint).to_contain_text("2 texts (UCS-2)")
    expect(hint).to_contain_text("One character (’ at 8) makes this 2 texts instead of 1.")
    expect(hint).to_contain_text("Use ' instead.")
    page.locator("summary", has_text="Pictures").click()
    page.get_by_label("Addresses of pictures").fill("https://example.org/map.png")
    expect(hint).to_have_text("With pictures it goes as one MMS, however long.")
    page.get_by_label("Addresses of pictures").fill("")
    box.fill("x" * 1601)
    expect(hint).to_have_text("Too long to send: 1,601 characters; 1,600 is the most.")
    box.fill("")
    expect(hint).to_have_text("")


def test_a_hidden_or_unchanged_page_costs_little(open_visit: OpenVisit, visit: Visit) -> None:
    """Unchanged is 304; nobody asks for a page in a hidden tab, and at once when it is shown."""
    student_texts(open_visit, "Quiet please", "(316) 555-0166")
    page = visit.enter_as("agent")
    asked: list[tuple[float, int]] = []
    page.on(
        "response",
        lambda answer: (
            asked.append((time.monotonic(), answer.status)) if "live=1" in answer.url else None
        ),
    )
    visit.open("/inbox?search=316-555-0166")
    page.wait_for_timeout(7_000)
    statuses = [status for _, status in asked]
    assert statuses[0] == 200 and set(statuses[1:]) == {304}

    hide = "Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s})"
    page.evaluate(hide % "true")
    page.wait_for_timeout(2_500)  # the look that was under way
    asked.clear()
    page.wait_for_timeout(5_000)
    assert asked == []

    page.evaluate(f"{hide % 'false'}; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1_500)
    assert asked


def test_signed_out_elsewhere_is_said(open_visit: OpenVisit, visit: Visit) -> None:
    """The page stops asking and leads to the sign-in."""
    page = visit.sign_in_as("agent")
    visit.open("/inbox")
    # Not while it asks: the answer would bring the session's cookie back.
    page.wait_for_event("requestfinished", lambda asked: "live=1" in asked.url)
    page.context.clear_cookies()

    expect(page.get_by_role("link", name="You have been signed out")).to_be_visible()


def test_a_student_is_texted_first(open_visit: OpenVisit, visit: Visit) -> None:
    """From the form to the phone, by keyboard; at night the agent reads until when it waits."""
    page = visit.enter_as("agent")
    visit.open("/inbox")
    page.get_by_role("link", name="Text a student").click()
    page.get_by_label("From").focus()
    page.keyboard.press("Tab")
    page.keyboard.type("(316) 555-0167")
    page.get_by_label("Your text").focus()
    page.keyboard.type("Your form is missing.")
    page.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/cnv_*")

    expect(page.get_by_role("heading", level=1)).to_have_text("(316) 555-0167")
    expect(page.locator(".done")).to_contain_text(re.compile("on its way|Waits until"))
    expect(page.locator(".timeline .mine")).to_contain_text("Your form is missing.")


def test_without_javascript_it_all_works(open_visit: OpenVisit) -> None:
    """Take, note, reply: each is a form."""
    student_texts(open_visit, "No script here", "(316) 555-0168")
    visit = open_visit(viewport=DESKTOP, java_script_enabled=False)
    page = visit.enter_as("agent")
    visit.open("/inbox?search=316-555-0168")
    page.get_by_role("link", name="No script here").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.locator("#live")).to_contain_text("You have this conversation")
    page.get_by_label("Your reply to").fill("Understood.")
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".timeline .mine")).to_contain_text("Understood.")


def test_the_assistants_trail_is_shown(
    open_visit: OpenVisit, visit: Visit, screenshots: Path | None
) -> None:
    """Beside a student's words: what the assistant understood, and how sure it was."""
    phone = open_visit(viewport=DESKTOP)
    phone.enter_as("office_staff")
    phone.open("/phone")
    text_as_student(phone.page, ASSISTANT_NUMBER, "When are you open?", "(316) 555-0169")
    expect(phone.page.locator(".theirs .words").first).to_be_visible()
    page = visit.enter_as("office_staff")
    visit.open("/inbox?search=316-555-0169")
    page.get_by_role("link", name="(316) 555-0169").click()

    expect(page.locator(".trail")).to_contain_text(re.compile(r"Understood as “.+”, \d+% sure"))
    if screenshots:
        page.screenshot(path=screenshots / "inbox.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_conversation_fits_a_phone(scheme: str, open_visit: OpenVisit) -> None:
    """At 360 px nothing is cut off sideways, every field has a name, and no id is twice there."""
    visit = open_visit(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = visit.enter_as("administrator")
    visit.open("/inbox/new")
    page.get_by_label("The student’s phone number").fill("(316) 555-0160")
    page.get_by_label("Their name").fill("W" * 60)
    page.get_by_label("Your text").fill("A" * 60 + " is long")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/inbox/cnv_*")
    talk = page.url.removeprefix(visit.url)
    for path in ("/inbox/new", "/inbox?view=all", talk, talk.replace("/inbox", "/contacts/of")):
        visit.open(path)

        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter((field) => !field.labels.length).map((field) => field.outerHTML)"
        )
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
        assert unnamed == [] and len(ids) == len(set(ids))
