"""Numbers and campaigns in the browser: what the forms say and keep, and how much may come in."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.db.tables import ContactImport, ContractLimits, PhoneNumber
from backend.domain.provisioned_numbers import NumberState
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import audited, draft, file_of, number_id, set_state
from tests.integration.conftest import World

ORDER = {
    "key": "web_1",
    "office": "Financial Aid",
    "name": "Front desk",
    "response": "assistant",
    "area_code": "316",
}
MEGABYTE = 1_000_000


class Person:
    """Somebody who is signed in at a browser."""

    def __init__(self, browser: FlaskClient, name: str) -> None:
        self._browser = browser
        sign_in(browser, f"{name}@northern.example")
        self._headers = headers(csrf_of(browser, "/chat"))

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self._browser.get(path, base_url=DESK)

    def post(self, path: str, **form: object) -> TestResponse:
        """Send a form."""
        return self._browser.post(path, data=form, base_url=DESK, headers=self._headers)

    def check(self, path: str, file: bytes) -> TestResponse:
        """Have a file of contacts looked at."""
        return send_file(self._browser, path, file, self._headers)


@pytest.fixture
def bob(browser: FlaskClient) -> Person:
    """Office staff of Financial Aid."""
    return Person(browser, "bob")


def numbers_of(world: World) -> list[str]:
    """The names of Northern's numbers beyond the two that it begins with."""
    with world.desk.db.read(world.alice.institution_id) as session:
        return list(session.scalars(select(PhoneNumber.name).order_by(PhoneNumber.id)))[2:]


def file_up_to(size: int) -> bytes:
    """A file of different contacts of almost this many bytes."""
    header, *rows = file_of(range(size // 1_000)).splitlines()
    widened = (row + b"," + b"x" * (997 - len(row)) for row in rows)
    return b"\n".join((header + b",notes", *widened))


def send_file(
    browser: FlaskClient, path: str, file: bytes, with_token: dict[str, str]
) -> TestResponse:
    """The form as a browser sends it; from memory, so that nothing is left open when refused."""
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="check"\r\n\r\n1\r\n'
        b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    )
    return browser.post(
        path,
        data=head + file + b"\r\n--cut--\r\n",
        content_type="multipart/form-data; boundary=cut",
        base_url=DESK,
        headers=with_token,
    )


def test_the_same_form_buys_once_and_another_buys_again(world: World, bob: Person) -> None:
    """Twice the same is one number; the same form filled in otherwise is another order."""
    first, again = bob.post("/numbers/new", **ORDER), bob.post("/numbers/new", **ORDER)
    other = bob.post("/numbers/new", **{**ORDER, "name": "Back office"})

    assert [first.status_code, again.status_code, other.status_code] == [303, 303, 303]
    assert first.headers["Location"] == again.headers["Location"] != other.headers["Location"]
    assert numbers_of(world) == ["Front desk", "Back office"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "Give the number a name"),
        ({"response": "nobody"}, "Choose who answers"),
        ({"office": "Registrar"}, "Registrar has no inbox"),
        ({"unsolicited.inbox": "inb_none"}, "Financial Aid has no inbox “inb_none”"),
        ({"area_code": "800"}, "800 is toll-free"),
        ({"contains": "x"}, "Give 2 to 10 digits"),
        ({"near_zip": "00000"}, "There is no US ZIP code 00000"),
        ({"phone_number": "+16205550100"}, "is not in area code 316"),
    ],
)
def test_a_refused_order_says_why_and_keeps_the_form(
    wrong: dict[str, str], words: str, world: World, bob: Person
) -> None:
    """Each fault comes with its sentence and everything that was typed; nothing is ordered."""
    form = {**ORDER, "contains": "55", **wrong}
    answer = bob.post("/numbers/new", **form)

    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{form["contains"]}"' in answer.text
    assert numbers_of(world) == []


def test_what_no_database_takes_is_left_out(world: World, bob: Person) -> None:
    """Null characters vanish, and the rest is an order like any other."""
    answer = bob.post("/numbers/new", **{**ORDER, "name": "a\0b", "area_code": "\0"})

    assert answer.status_code == 303
    assert numbers_of(world) == ["ab"]


def test_a_full_contract_is_said_in_the_form(world: World, bob: Person) -> None:
    """The refusal of the contract stands in the form with its own status."""
    with world.desk.db.write(world.alice.institution_id) as session:
        session.scalars(select(ContractLimits)).one().numbers_limit = 2
    answer = bob.post("/numbers/new", **ORDER)

    assert answer.status_code == 409
    assert "does not cover that many more numbers" in answer.text
    assert 'value="Front desk"' in answer.text


@pytest.mark.parametrize("state", list(NumberState))
def test_every_state_of_a_number_has_its_page(
    state: NumberState, world: World, bob: Person
) -> None:
    """Whatever state a number is in, it has a page and a line; only one in service has forms."""
    set_state(world, world.assistant_number, state)
    number = number_id(world, world.assistant_number)
    page, listed = bob.get(f"/numbers/{number}"), bob.get("/numbers")
    has_forms = f"/numbers/{number}/unsolicited" in page.text

    assert (page.status_code, listed.status_code) == (200, 200)
    assert has_forms == (state in (NumberState.REGISTERING, NumberState.ACTIVE))


def test_lists_go_on_page_by_page(world: World, bob: Person) -> None:
    """More numbers than fit on a page are one link away."""
    with world.desk.db.write(world.alice.institution_id) as session:
        like = session.scalars(select(PhoneNumber)).first()
        assert like is not None
        for last in range(100, 160):
            session.add(
                PhoneNumber(
                    office_id=like.office_id,
                    created_by_office_id=like.office_id,
                    carrier_account_id=like.carrier_account_id,
                    e164=f"+13165550{last}",
                    name=f"Line {last}",
                    kind=like.kind,
                    state=like.state,
                    unsolicited_response=like.unsolicited_response,
                    unsolicited_inbox_id=like.unsolicited_inbox_id,
                    created_at=like.created_at,
                    state_since=like.state_since,
                )
            )
    first = bob.get("/numbers").text
    after = first.split("/numbers?after=", 1)[1].split('"', 1)[0]
    second = bob.get(f"/numbers?after={after}").text

    assert "Line 100" in first and "Line 159" not in first
    assert "Line 159" in second and "Line 100" not in second
    assert "Back to the first" in second and "Show the next" not in second


def test_a_large_file_comes_in_where_files_may(world: World, bob: Person) -> None:
    """The contacts' form takes 25 MB, every other form one; more is too large."""
    campaign = draft(world, students=())
    path = f"/campaigns/{campaign.id}/contacts"
    taken = bob.check(path, file_up_to(25 * MEGABYTE))
    too_large = bob.check(path, file_up_to(26 * MEGABYTE))
    elsewhere = bob.check(f"/campaigns/{campaign.id}/activate", file_up_to(2 * MEGABYTE))

    assert taken.status_code == 200 and "25,000 good" in taken.text
    assert [too_large.status_code, elsewhere.status_code] == [413, 413]


def test_who_is_not_signed_in_uploads_nothing_large(world: World, browser: FlaskClient) -> None:
    """A stranger's large file is refused before it is read."""
    campaign = draft(world, students=())
    path, with_token = f"/campaigns/{campaign.id}/contacts", headers(csrf_of(browser))
    answer = send_file(browser, path, file_up_to(2 * MEGABYTE), with_token)

    assert answer.status_code == 413


def test_a_file_that_is_none_is_refused_beside_its_field(world: World, bob: Person) -> None:
    """No file, no CSV and no phone column each come with what to do."""
    path = f"/campaigns/{draft(world, students=()).id}/contacts"
    missing = bob.post(path)
    utf_16 = bob.post(path, check="1", file=(BytesIO("phone".encode("utf-16")), "a.csv"))
    nameless = bob.post(path, file=(BytesIO(b"name\nAna\n"), "a.csv"))

    assert [each.status_code for each in (missing, utf_16, nameless)] == [422, 422, 422]
    assert "Choose the CSV file first." in missing.text
    assert "UTF-16" in utf_16.text
    with world.desk.db.read() as session:
        assert session.scalars(select(ContactImport)).all() == []


def test_a_draft_is_changed_and_gets_a_number_of_its_own(world: World, bob: Person) -> None:
    """The form shows what is; a refused area code leaves the campaign without a number."""
    made = bob.post("/campaigns/new", office="Financial Aid", name="Fall", responder="inbox")
    path = made.headers["Location"]
    form = {"name": "Fall deadlines", "responder": "assistant", "opening_text": "Hello\r\nyou"}
    wish = "number.single_use.area_code"
    refused = bob.post(f"{path}/edit", **form, number="single_use", **{wish: "999"})
    changed = bob.post(f"{path}/edit", **form, number="single_use", **{wish: "620"})
    world.queue.work()
    again = bob.get(f"{path}/edit").text

    assert refused.status_code == 422 and "There is no area code 999" in refused.text
    assert changed.status_code == 303
    assert "Fall deadlines" in again and "Hello\nyou" in again
    assert "bought for this campaign" in again


def test_a_campaign_and_its_number_are_made_once(world: World, bob: Person) -> None:
    """The same new campaign sent twice is one campaign with one number."""
    form = {
        "key": "web_2",
        "office": "Financial Aid",
        "name": "Fall",
        "responder": "inbox",
        "number": "single_use",
    }
    first, again = bob.post("/campaigns/new", **form), bob.post("/campaigns/new", **form)

    assert first.headers["Location"] == again.headers["Location"]
    assert numbers_of(world) == ["Fall"]


def test_an_agent_is_refused_in_words(world: World, browser: FlaskClient) -> None:
    """What an agent may not do is said with the rule, whichever form they send."""
    campaign = draft(world).id
    number = number_id(world, world.assistant_number)
    carol = Person(browser, "carol")
    answers = [
        carol.post("/numbers/new", **ORDER),
        carol.post(f"/numbers/{number}/unsolicited", response="inbox"),
        carol.post(f"/numbers/{number}/transfer", office="Registrar"),
        carol.post("/campaigns/new", office="Financial Aid", name="Fall", responder="inbox"),
        carol.post(f"/campaigns/{campaign}/edit", name="Fall", responder="inbox"),
        carol.check(f"/campaigns/{campaign}/contacts", file_up_to(2_000)),
        carol.post(f"/campaigns/{campaign}/activate"),
        carol.post(f"/campaigns/{campaign}/archive"),
        carol.get(f"/campaigns/{campaign}/contacts.csv"),
        carol.get(f"/campaigns/{campaign}/edit"),
        carol.get("/campaigns/new"),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert all("Only Administrators and office staff can" in answer.text for answer in answers)


@pytest.mark.parametrize("made_up", ["%00", "(316) 555-0199", "x" * 300])
def test_what_is_no_id_is_not_kept_in_the_audit(
    world: World, browser: FlaskClient, made_up: str
) -> None:
    """The attempt is on record on both databases, without what was sent in the id's place."""
    answer = Person(browser, "carol").get(f"/campaigns/{made_up}/contacts.csv")
    told = audited(world, "contacts.export")

    assert answer.status_code == 403
    assert [(by, subject) for by, _, subject, _ in told] == [(world.carol.id, None)]
