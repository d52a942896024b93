"""People at their browsers, with the whole product behind the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.conftest import OpenVisit, Visit
from tests.running import RunningDesk

SANDBOX = "Sandbox: no real texts are sent."
PORTING = "How long does porting take?"
ASSISTANT_NUMBER = "Financial Aid front desk"
INBOX_NUMBER = "Admissions questions"
PAGES = (
    *("/chat", "/phone", "/inbox", "/inbox/new", "/quota", "/audit"),
    *("/numbers", "/numbers/new", "/campaigns", "/campaigns/new", "/settings"),
)


def ask(page: Page, question: str) -> None:
    """Type a question where the focus is and send it."""
    expect(page.get_by_label("Your question")).to_be_focused()
    page.keyboard.type(question)
    page.keyboard.press("Enter")


def answers(page: Page) -> list[str]:
    """What the assistant has said on the page."""
    return page.get_by_role("log").locator(".theirs .words").all_inner_texts()


def wait_until_answered(page: Page, times: int = 1) -> None:
    """Until the assistant has answered that often and thinks no more."""
    expect(page.locator(".theirs")).to_have_count(times)
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")


def message_id(request: Request) -> str:
    """The id that the page gave to the message it sends."""
    return str((request.post_data_json or {})["message_id"])


def text_as_student(page: Page, number_name: str, words: str, student: str) -> None:
    """On the phone page: choose a number and a student, and text."""
    number = page.get_by_label("Number to text")
    number.select_option(page.locator("option", has_text=number_name).get_attribute("value"))
    page.get_by_label("The student’s phone number").fill(student)
    box = page.get_by_label("Text message")
    box.focus()
    page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.locator(".mine .words").last).to_have_text(words)


def test_a_wrong_password_is_refused_in_words(visit: Visit, running: RunningDesk) -> None:
    """Whoever mistypes reads what is wrong, keeps the e-mail, and is not signed in."""
    visit.expected_refusals = {403}
    email, _ = running.sign_ins["agent"]
    page = visit.open("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_contain_text("do not go together")
    expect(page.get_by_label("E-mail")).to_have_value(email)
    assert page.get_by_role("navigation").count() == 0


def test_pages_lead_to_the_sign_in(visit: Visit) -> None:
    """Nothing is shown to who has not signed in."""
    for path in ("/", *PAGES):
        visit.open(path)

        expect(visit.page).to_have_url(f"{visit.url}/sign-in")


def test_signing_out_ends_the_session(visit: Visit) -> None:
    """After signing out the chat asks for a sign-in again."""
    page = visit.sign_in_as("agent")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    visit.open("/chat")

    expect(page).to_have_url(f"{visit.url}/sign-in")


def test_a_question_is_asked_by_keyboard_and_answered_with_its_source(
    visit: Visit, screenshots: Path | None
) -> None:
    """The main job needs no mouse, and the answer is there again after a reload."""
    page = visit.enter_as("office_staff")
    ask(page, PORTING)
    wait_until_answered(page)

    (answer,) = answers(page)
    assert "four weeks" in answer
    assert answer.count("Source: Setting up a reusable phone number FAQs") == 1
    expect(page.locator(".source")).to_be_visible()
    expect(page.get_by_label("Your question")).to_be_focused()
    if screenshots:
        page.screenshot(path=screenshots / "chat.png")

    page.reload()

    expect(page.locator(".mine .words")).to_have_text(PORTING)
    assert answers(page) == [answer]


def test_a_reply_button_asks_what_it_says(visit: Visit) -> None:
    """A pressed button is answered, stands in the log as what was said, and is used up: marked,
    with its set, after a reload too.
    """
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    ask(page, PORTING)
    wait_until_answered(page)
    choice = page.locator(".choices button").first
    title = choice.inner_text()
    choice.focus()
    page.keyboard.press("Enter")
    wait_until_answered(page, times=2)

    expect(page.locator(".mine .words").last).to_have_text(title)
    used = page.get_by_role("log").get_by_role("button", name=title, exact=True)
    expect(used).to_be_disabled()
    expect(used).to_have_attribute("aria-pressed", "true")

    page.reload()

    expect(used).to_be_disabled()
    expect(used).to_have_attribute("aria-pressed", "true")


def test_a_plan_is_read_and_put_aside_on_a_phone(open_visit: OpenVisit) -> None:
    """A plan is a list within a narrow screen; of its buttons one is pressed and none after it."""
    visit = open_visit(viewport={"width": 320, "height": 640})
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    page.get_by_role("log").get_by_role("button", name="Create a reusable number").click()
    wait_until_answered(page)
    ask(page, "620, and the assistant should answer")
    wait_until_answered(page, times=2)

    expect(page.locator(".theirs .words ul li").first).to_contain_text("Financial Aid")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="Cancel").last.click()
    wait_until_answered(page, times=3)

    expect(page.get_by_role("button", name="Cancel").last).to_be_disabled()
    expect(page.get_by_role("button", name="Confirm").last).to_be_disabled()


def test_a_pin_is_hidden_on_the_page_too(visit: Visit) -> None:
    """What was pasted by mistake leaves the screen with the answer, and is not there again."""
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    ask(page, "Port 316-555-0123, the PIN is 4821")
    wait_until_answered(page, times=2)

    expect(page.locator(".mine .words")).to_have_text("Port 316-555-0123, the PIN is ••••")
    page.reload()

    expect(page.locator(".mine .words")).to_have_text("Port 316-555-0123, the PIN is ••••")


def test_a_new_conversation_begins_empty_and_stays_after_a_reload(visit: Visit) -> None:
    """The clean sheet offers questions; once one is asked, it is the latest conversation."""
    page = visit.enter_as("office_staff")
    page.get_by_role("link", name="New conversation").click()
    page.wait_for_url("**/chat?new=1")
    page.get_by_role("log").get_by_role("button", name=PORTING).click()
    wait_until_answered(page)

    expect(page).to_have_url(f"{visit.url}/chat")

    page.reload()

    expect(page.locator(".mine")).to_have_count(1)


def test_an_administrator_sees_the_figures(visit: Visit) -> None:
    """Asked in the chat, the quota comes with limits and offices; the page shows the same."""
    page = visit.enter_as("administrator")
    ask(page, "What is our quota?")
    wait_until_answered(page)

    (answer,) = answers(page)
    limit = re.search(r"of ([\d,]+)", answer)
    assert limit and "Financial Aid" in answer

    page.get_by_role("navigation").get_by_role("link", name="Quota").click()

    expect(page.get_by_role("heading", name="Quota", exact=True)).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text("of 5,000 used")
    expect(page.get_by_role("row", name="Financial Aid")).to_be_visible()


def test_an_agent_is_told_who_may_see_the_quota(visit: Visit) -> None:
    """The rule is said in words, in the chat and on the page, and no link leads there."""
    visit.expected_refusals = {403}
    page = visit.enter_as("agent")
    assert page.get_by_role("navigation").get_by_role("link", name="Quota").count() == 0
    visit.open("/chat?new=1")
    ask(page, "What is our quota?")
    wait_until_answered(page)

    assert "Only Administrators can see the contract limits." in answers(page)[0]

    visit.open("/quota")

    expect(page.get_by_role("main")).to_contain_text("Only Administrators")
    assert page.locator(".figure").count() == 0


def test_a_lost_connection_is_said_and_the_message_answered_once(visit: Visit) -> None:
    """What could not be sent can be tried again, under the same message id."""
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    sent: list[str] = []

    def lose(route: Route) -> None:
        sent.append(message_id(route.request))
        route.abort("connectionfailed")

    page.route("**/api/v1/chat", lose)
    ask(page, PORTING)
    expect(page.get_by_role("alert")).to_contain_text("could not be reached")
    page.unroute("**/api/v1/chat")
    with page.expect_request("**/api/v1/chat") as again:
        page.get_by_role("button", name="Try again").click()
    wait_until_answered(page)

    assert {*sent, message_id(again.value)} == {sent[0]}
    expect(page.locator(".mine")).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_people_write_is_never_markup(visit: Visit) -> None:
    """Tags are shown as they were typed, and only web addresses become links."""
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    ask(page, "<b>hello</b> javascript:alert(1) https://demo-state.example/a?b=1.")
    wait_until_answered(page)
    page.reload()
    mine = page.locator(".mine .words")

    expect(mine).to_have_text("<b>hello</b> javascript:alert(1) https://demo-state.example/a?b=1.")
    expect(mine.get_by_role("link")).to_have_attribute("href", "https://demo-state.example/a?b=1")


def test_the_chat_works_without_javascript(open_visit: OpenVisit) -> None:
    """The form alone asks and shows the answer."""
    visit = open_visit(java_script_enabled=False)
    page = visit.enter_as("office_staff")
    visit.open("/chat?new=1")
    page.get_by_label("Your question").fill(PORTING)
    page.get_by_role("button", name="Send").click()

    expect(page.locator(".theirs .words")).to_contain_text("four weeks")


def test_a_student_texts_and_is_answered(visit: Visit, screenshots: Path | None) -> None:
    """The pretend phone's text goes all the way round and the reply appears by itself."""
    page = visit.enter_as("agent")
    visit.open("/phone")
    text_as_student(page, ASSISTANT_NUMBER, "Is this really my school?", "(316) 555-0199")

    expect(page.locator(".theirs")).to_have_count(1)
    assert "Demo State University" in page.locator(".theirs .words").inner_text()

    page.get_by_label("Text message").focus()
    page.keyboard.type("When are you open?")
    page.keyboard.press("Enter")

    expect(page.locator(".theirs .words").nth(1)).to_contain_text("9 am")
    if screenshots:
        page.screenshot(path=screenshots / "phone.png")


def test_a_text_to_an_inbox_number_waits_for_a_person(visit: Visit) -> None:
    """It appears in its office's inbox, says why, and leaves the list when handed back."""
    page = visit.enter_as("agent")
    visit.open("/phone")
    words = "Can I still send my transcript?"
    text_as_student(page, INBOX_NUMBER, words, "(316) 555-0142")
    expect(page.get_by_text("waiting in the inbox for a person")).to_be_visible()
    visit.open("/inbox")
    page.get_by_role("link", name=words).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("(316) 555-0142")
    expect(page.locator(".timeline")).to_contain_text("unsolicited setting")

    page.get_by_role("button", name="Hand back").click()

    expect(page.locator(".done")).to_contain_text("Handed back.")
    assert page.get_by_role("link", name=words).count() == 0


def test_a_number_that_is_none_is_refused_in_words(visit: Visit) -> None:
    """The phone says what to write instead, and keeps the text."""
    visit.expected_refusals = {422}
    page = visit.enter_as("agent")
    visit.open("/phone")
    page.get_by_label("The student’s phone number").fill("not a number")
    page.get_by_label("Text message").fill("Hello")
    page.get_by_role("button", name="Send").click()

    expect(page.get_by_role("alert")).to_contain_text("Give a phone number")
    expect(page.get_by_label("Text message")).to_have_value("Hello")


def test_every_page_says_sandbox_and_has_its_landmarks(visit: Visit) -> None:
    """Nobody can mistake the sandbox for the real thing, on any page or error."""
    visit.expected_refusals = {404}
    visit.open("/sign-in")
    expect(visit.page.get_by_text(SANDBOX)).to_be_visible()
    page = visit.enter_as("administrator")
    for path in (*PAGES, "/inbox?view=all", "/no-such-page", "/inbox/cnv_none"):
        visit.open(path)

        expect(page.get_by_text(SANDBOX)).to_be_visible()
        expect(page.get_by_role("main")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        page.keyboard.press("Tab")
        if path not in ("/chat",):  # there the focus begins in the text box
            expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_in_both_schemes(scheme: str, open_visit: OpenVisit) -> None:
    """At 360 px nothing is cut off sideways, and the scheme the reader prefers is used."""
    visit = open_visit(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = visit.enter_as("administrator")
    for path in PAGES:
        visit.open(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        channels = [int(part) for part in re.findall(r"\d+", paper)[:3]]

        assert width <= 360, path
        assert (sum(channels) < 3 * 64) == (scheme == "dark")
