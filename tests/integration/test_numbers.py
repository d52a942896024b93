"""The numbers in the API: who sees which, page by page, and who would answer them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.db.tables import Campaign, Office, PhoneNumber
from backend.domain.campaigns import CampaignState
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberState
from tests.integration.conftest import World
from tests.integration.test_api import bearer


def numbers_of(browser: FlaskClient, headers: dict[str, str], query: str = "") -> list[str]:
    """The phone numbers of one page."""
    page = browser.get(f"/api/v1/numbers{query}", headers=headers).json
    assert page is not None
    return [number["phone_number"] for number in page["numbers"]]


@pytest.fixture
def alice(world: World) -> dict[str, str]:
    """Northern's administrator."""
    return bearer(world, "alice@northern.example")


@pytest.fixture
def number_id(world: World) -> str:
    """The id of the number that the assistant answers."""
    with world.desk.db.read() as session:
        number = session.scalars(
            select(PhoneNumber).where(PhoneNumber.e164 == world.assistant_number)
        ).one()
        return number.public_id


def start_campaign(world: World, responder: Responder) -> None:
    """An active campaign on the assistant's number."""
    with world.desk.db.write(world.alice.institution_id) as session:
        number = session.scalars(
            select(PhoneNumber).where(PhoneNumber.e164 == world.assistant_number)
        ).one()
        session.add(
            Campaign(
                office_id=number.office_id,
                number_id=number.id,
                inbox_id=number.unsolicited_inbox_id,
                name="Spring aid",
                state=CampaignState.ACTIVE,
                responder=responder,
                created_at=world.clock.now(),
            )
        )


def move_to_an_office_of_its_own(world: World, e164: str) -> None:
    """The number belongs to an office that Bob is not of."""
    with world.desk.db.write(world.alice.institution_id) as session:
        office = Office(slug="housing", name="Housing", time_zone="America/Chicago")
        session.add(office)
        session.flush()
        number = session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == e164)).one()
        number.office_id = office.id


def test_numbers_come_with_all_that_is_known(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """The list and the single number say the same."""
    page = browser.get("/api/v1/numbers", headers=alice).json
    one = browser.get(f"/api/v1/numbers/{number_id}", headers=alice).json

    assert page is not None and one is not None
    assert one in page["numbers"] and page["next"] is None
    assert one["phone_number"] == world.assistant_number
    assert (one["kind"], one["state"], one["first_use"]) == ("reusable", "active", None)
    assert (one["explanation"], one["counts_for"]) == (None, one["office"])
    assert one["unsolicited"]["response"] == "assistant"


def test_a_text_shows_as_first_use(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """FAQ, "Can I transfer a reusable number to another office?": used is shown."""
    at = world.clock.now()
    world.receive("SM1", "hello")
    one = browser.get(f"/api/v1/numbers/{number_id}", headers=alice).json

    assert one is not None and one["first_use"]["how"] == "received_text"
    assert one["first_use"]["at"] == at.isoformat().replace("+00:00", "Z")
    assert one["first_use"]["reference"].startswith("msg_")


def test_pages_follow_one_another(
    world: World, browser: FlaskClient, alice: dict[str, str]
) -> None:
    """Each number once, in the same order, whatever the page's size."""
    first = browser.get("/api/v1/numbers?limit=1", headers=alice).json
    assert first is not None
    second = browser.get(f"/api/v1/numbers?limit=1&after={first['next']}", headers=alice).json

    assert second is not None and second["next"] is None
    assert [page["numbers"][0]["phone_number"] for page in (first, second)] == numbers_of(
        browser, alice
    )


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x", "?after=num_x", "?size=3"])
def test_a_page_that_cannot_be_is_told_so(
    browser: FlaskClient, alice: dict[str, str], query: str
) -> None:
    """What is wrong, and where."""
    response = browser.get(f"/api/v1/numbers{query}", headers=alice)

    assert response.status_code == 422
    assert response.json["problems"][0]["field"] == query[1:].partition("=")[0]  # type: ignore[index]


def test_an_office_sees_its_own_numbers(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """Another office's number does not exist for Bob, nor its cursor; Alice sees all."""
    move_to_an_office_of_its_own(world, world.assistant_number)
    bob = bearer(world, "bob@northern.example")
    refused = [
        browser.get(f"/api/v1/numbers{path}", headers=bob).status_code
        for path in (f"/{number_id}", f"/{number_id}/effective", f"?after={number_id}")
    ]

    assert numbers_of(browser, bob) == [world.inbox_number]
    assert sorted(numbers_of(browser, alice)) == [world.assistant_number, world.inbox_number]
    assert refused == [404, 404, 422]


def test_another_institutions_number_does_not_exist(
    world: World, browser: FlaskClient, number_id: str
) -> None:
    """Zoe administers Western."""
    zoe = bearer(world, "alice@western.example")

    assert browser.get(f"/api/v1/numbers/{number_id}", headers=zoe).status_code == 404
    assert world.assistant_number not in numbers_of(browser, zoe)


def test_without_a_campaign_the_number_decides(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """FAQ, "Can a student still text me back … after I archive a Campaign?"."""
    found = browser.get(f"/api/v1/numbers/{number_id}/effective", headers=alice).json

    assert found is not None and found["responder"] == "assistant"
    assert [step["decides"] for step in found["steps"]] == [False, True]


def test_an_active_campaign_wins(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """And what is said is what happens: the text waits for a person."""
    start_campaign(world, Responder.INBOX)
    found = browser.get(f"/api/v1/numbers/{number_id}/effective", headers=alice).json
    world.receive("SM1", "hello")

    assert found is not None and found["responder"] == "inbox"
    assert [step["decides"] for step in found["steps"]] == [True, False]
    assert "Spring aid" in found["steps"][0]["found"]
    assert world.bot.asked == []


def test_nobody_answers_a_released_number(
    world: World, browser: FlaskClient, alice: dict[str, str], number_id: str
) -> None:
    """It stays in the list as history."""
    with world.desk.db.write(world.alice.institution_id) as session:
        number = session.scalars(
            select(PhoneNumber).where(PhoneNumber.public_id == number_id)
        ).one()
        number.state = NumberState.RELEASED
    refused = browser.get(f"/api/v1/numbers/{number_id}/effective", headers=alice)

    assert refused.status_code == 404 and "not in service" in refused.json["detail"]  # type: ignore[index]
    assert world.assistant_number in numbers_of(browser, alice)
