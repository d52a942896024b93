"""Numbers, campaigns and the audit in the browser, with the whole product behind the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenVisit, Visit
from tests.running import RunningDesk

NUMBER_PAGE = re.compile(r"/numbers/num_\w+$")
CAMPAIGN_PAGE = re.compile(r"/campaigns/cmp_\w+")
OPENING = "Orientation begins on Monday. Questions? Text us here."
CONTACTS = (
    "phone,name,language\n"
    "(316) 555-0150,Ana,es\n"
    "not a number,Bo,\n"
    "316-555-0151,Cy,en\n"
    "12,Di,\n"
    "+1 316 555 0152,Eve,\n"
)
PATIENCE = 40


@pytest.fixture
def contacts_file(tmp_path: Path) -> Path:
    """A file with three good rows, and bad ones in rows 3 and 5."""
    file = tmp_path / "contacts.csv"
    file.write_text(CONTACTS)
    return file


def create_number(page: Page, name: str, **wish: str) -> None:
    """Fill in the form for a new number and send it."""
    page.get_by_label("Name").fill(name)
    for label, words in wish.items():
        page.get_by_label(label.replace("_", " ").capitalize()).fill(words)
    page.get_by_role("button", name="Create number").click()


def draft_campaign(page: Page, name: str) -> None:
    """A campaign of the office staff's own office with a new single-use number."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Opening message").fill(OPENING)
    page.get_by_label("Number", exact=True).select_option("A new single-use number")
    page.get_by_label("Area code").fill("620")
    page.get_by_role("button", name="Create the draft").click()
    expect(page).to_have_url(CAMPAIGN_PAGE)


def reload_until(page: Page, words: str) -> None:
    """Reload until the page says so; the worker needs a moment."""
    main = page.get_by_role("main")
    for _ in range(PATIENCE):
        if words in main.inner_text():
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(main).to_contain_text(words)


def test_a_number_is_created_by_keyboard(visit: Visit) -> None:
    """From the list to the new number's page without a mouse: looked for, chosen, bought."""
    page = visit.enter_as("office_staff")
    visit.open("/numbers")
    page.get_by_role("link", name="New number").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name").focus()
    page.keyboard.type("Keyboard line")
    page.get_by_label("Area code").focus()
    page.keyboard.type("405")
    page.keyboard.press("Enter")  # looks, and buys nothing
    candidates = page.get_by_role("group", name="Numbers that can be had now")
    expect(candidates.get_by_role("radio")).to_have_count(11)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(NUMBER_PAGE)
    expect(page.get_by_role("status")).to_contain_text("(405) 555-01")
    expect(page.get_by_role("main")).to_contain_text("Keyboard line · Reusable · Financial Aid")
    expect(page.get_by_role("main")).to_contain_text("Not used yet")
    expect(page.locator(".decides")).to_contain_text("assistant")


def test_what_is_wrong_stands_beside_what_was_typed(visit: Visit) -> None:
    """An area code that is none says the fix, has the focus, and nothing typed is lost."""
    visit.expected_refusals = {422}
    page = visit.enter_as("administrator")
    visit.open("/numbers/new")
    page.get_by_label("Office", exact=True).select_option("Registrar")
    page.get_by_label("People, from the inbox").check()
    create_number(page, "Odd line", area_code="999", digits_in_it="7")

    area_code = page.get_by_label("Area code")
    expect(area_code).to_be_focused()
    expect(area_code).to_have_accessible_description(re.compile("There is no area code 999"))
    expect(page.get_by_role("alert")).to_have_count(2)
    expect(page.get_by_label("Name")).to_have_value("Odd line")
    expect(page.get_by_label("Office", exact=True).locator(":checked")).to_have_text("Registrar")
    expect(page.get_by_label("People, from the inbox")).to_be_checked()


def test_sending_the_form_twice_buys_once(visit: Visit) -> None:
    """The same form again leads to the same number."""
    page = visit.enter_as("administrator")
    visit.open("/numbers/new")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        create_number(page, "Bought once", area_code="918")
    expect(page).to_have_url(NUMBER_PAGE)
    again = page.context.request.post(
        sent.value.url,
        data=sent.value.post_data or "",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    first = page.url
    visit.open("/numbers")

    assert again.url == first
    expect(page.get_by_role("link", name="Bought once")).to_have_count(1)


def test_a_number_moves_until_it_is_used(visit: Visit) -> None:
    """An unused number moves; after a text came in the reason stands where the form was."""
    page = visit.enter_as("administrator")
    visit.open("/numbers/new")
    create_number(page, "Wanderer", area_code="785")
    expect(page).to_have_url(NUMBER_PAGE)
    number_page = page.url
    page.get_by_label("To the office").select_option("Registrar")
    page.get_by_role("button", name="Move the number").click()

    expect(page.get_by_role("status")).to_contain_text("belongs to Registrar now")

    visit.open("/phone")
    number = page.get_by_label("Number to text")
    number.select_option(page.locator("option", has_text="Wanderer").get_attribute("value"))
    page.get_by_label("Text message").fill("Hello")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".theirs")).to_have_count(1)
    page.goto(number_page)

    expect(page.get_by_role("main")).to_contain_text("when a text came in")
    expect(page.get_by_role("main")).to_contain_text("cannot move to another office")
    assert page.get_by_role("button", name="Move the number").count() == 0


def test_who_answers_is_changed_on_the_numbers_page(visit: Visit) -> None:
    """What is saved is what the steps then tell."""
    page = visit.enter_as("office_staff")
    visit.open("/numbers")
    page.get_by_role("link", name="Financial Aid front desk").click()
    page.get_by_label("People, from the inbox").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_contain_text("Saved.")
    expect(page.locator(".decides")).to_contain_text("It is: inbox.")

    page.get_by_label("The assistant").check()
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".decides")).to_contain_text("It is: assistant.")


def test_a_campaign_from_draft_to_archive(
    visit: Visit, running: RunningDesk, contacts_file: Path
) -> None:
    """Drafted with a number of its own, filled from a file, sent, and its number given back."""
    visit.expected_refusals = {422}
    page = visit.enter_as("office_staff")
    visit.open("/campaigns/new")
    draft_campaign(page, "Autumn orientation")
    page.get_by_label("CSV file").set_input_files(contacts_file)
    page.get_by_role("button", name="Check the file").click()

    bad = page.get_by_role("region", name="Rows that are left out").get_by_role("row")
    expect(bad.nth(1)).to_contain_text(re.compile(r"^3\s*phone"))
    expect(bad.nth(2)).to_contain_text(re.compile(r"^5\s*phone"))
    expect(page.get_by_role("heading", name="What the import would do")).to_be_focused()

    running.stop("worker")
    page.get_by_role("button", name="Import the 3 good rows").click()

    expect(page.get_by_role("progressbar")).to_have_attribute("max", "3")

    running.start("worker")

    expect(page.get_by_role("heading", name="The file is in")).to_be_visible()
    expect(page.get_by_role("row", name="(316) 555-0151 Cy English Waiting")).to_be_visible()

    page.get_by_text("Activate this campaign").click()
    expect(page.get_by_role("main")).to_contain_text("goes to 3 contacts, at 1 text segment each")
    page.get_by_role("button", name="Activate now").click()

    expect(page.get_by_role("status")).to_contain_text("is active")
    reload_until(page, "Delivered")

    page.get_by_text("Archive this campaign").click()
    expect(page.get_by_role("main")).to_contain_text("goes back to Twilio for good")
    page.get_by_role("button", name="Archive for good").click()

    reload_until(page, "Released")
    page.get_by_role("link", name="(620) 555-01").click()

    expect(page.get_by_role("main")).to_contain_text("after a waiting period")
    expect(page.get_by_role("main")).to_contain_text("by a campaign")


def test_contacts_are_imported_without_javascript(
    open_visit: OpenVisit, contacts_file: Path
) -> None:
    """Plain forms do it: look, choose the file again, import, reload; a missing file is said."""
    visit = open_visit(java_script_enabled=False)
    visit.expected_refusals = {422}
    page = visit.enter_as("administrator")
    visit.open("/campaigns/new")
    page.get_by_label("Name").fill("Plain forms")
    page.get_by_role("button", name="Create the draft").click()
    page.get_by_label("CSV file").set_input_files(contacts_file)
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("main")).to_contain_text("5 rows: 3 good, 2 bad.")
    expect(page.get_by_text("Choose the file once more")).to_be_visible()

    page.get_by_label("CSV file").set_input_files(contacts_file)
    page.get_by_role("button", name="Import the 3 good rows").click()

    reload_until(page, "3 contacts are new, 0 were there already, 2 rows were left out.")

    page.get_by_text("Activate this campaign").click()
    page.get_by_role("button", name="Activate now").click()

    expect(page.get_by_role("alert")).to_contain_text("Choose a number for the campaign first.")
    expect(page.get_by_role("alert")).to_contain_text("Write the opening message first.")


def test_an_agent_looks_and_changes_nothing(visit: Visit) -> None:
    """An agent sees the office's numbers and campaigns, and no form but signing out."""
    visit.expected_refusals = {403}
    page = visit.enter_as("agent")
    for path, name in (("/numbers", "Admissions questions"), ("/campaigns", "Spring orientation")):
        visit.open(path)
        assert page.get_by_role("main").get_by_role("link", name="New").count() == 0
        page.get_by_role("link", name=name).click()

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("main").get_by_role("button")).to_have_count(0)

    visit.open("/numbers/new")

    expect(page.get_by_role("main")).to_contain_text("Only Administrators and office staff")


def test_the_audit_is_for_administrators(visit: Visit, open_visit: OpenVisit) -> None:
    """They see who did what, of one thing alone if they like; an agent reads the rule."""
    page = visit.enter_as("administrator")
    visit.open("/numbers/new")
    create_number(page, "On record", area_code="573")
    expect(page).to_have_url(NUMBER_PAGE)
    number_id = page.url.rpartition("/")[2]
    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    page.get_by_label("Id of a number").fill(number_id)
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.locator(".waiting li").last).to_contain_text("Alice Moreno")
    expect(page.locator(".waiting li").last).to_contain_text("number.order done")
    expect(page.get_by_role("link", name=number_id).first).to_be_visible()

    agent = open_visit()
    agent.expected_refusals = {403}
    agent.enter_as("agent")
    agent.open("/audit")

    expect(agent.page.get_by_role("main")).to_contain_text("Only Administrators can see the audit.")
    assert agent.page.get_by_role("navigation").get_by_role("link", name="Audit").count() == 0
