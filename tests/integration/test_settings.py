"""Settings of institutions and offices: who may change them, what is refused, two at once."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.db.tables import (
    AuditEvent,
    Campaign,
    CannedReply,
    Institution,
    Office,
    OfficeHoliday,
    OfficeHours,
    OnCallContact,
    PhoneNumber,
)
from backend.domain.consent import ConsentScope
from backend.domain.staff import Scope
from backend.services import staff
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import draft, number_id
from tests.integration.conftest import World
from tests.integration.test_api import bearer

SETTINGS = "/api/v1/settings"
ALICE, BOB, CAROL = (f"{name}@northern.example" for name in ("alice", "bob", "carol"))


def office_id(world: World, slug: str = "financial-aid") -> str:
    """The public id of one of Northern's offices."""
    with world.desk.db.read(world.alice.institution_id) as session:
        return session.scalars(select(Office.public_id).where(Office.slug == slug)).one()


def at_office(world: World, slug: str = "financial-aid") -> str:
    """Where the API has an office's settings."""
    return f"/api/v1/offices/{office_id(world, slug)}/settings"


def problems(response: TestResponse) -> dict[str, str]:
    """Field to code."""
    assert response.status_code == 422 and response.json is not None
    return {each["field"]: each["code"] for each in response.json["problems"]}


def audited(world: World) -> list[tuple[str, str]]:
    """Actions and outcomes on record at Northern."""
    with world.desk.db.read(world.alice.institution_id) as session:
        rows = session.execute(
            select(AuditEvent.action, AuditEvent.outcome).order_by(AuditEvent.id)
        )
        return [(action, outcome) for action, outcome in rows]


class Person:
    """Somebody signed in at a browser, who fills in forms as they are shown."""

    def __init__(self, browser: FlaskClient, email: str) -> None:
        self._browser = browser
        sign_in(browser, email)
        self._headers = headers(csrf_of(browser, "/chat"))

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self._browser.get(path, base_url=DESK)

    def post(self, path: str, form: dict[str, str]) -> TestResponse:
        """Send a form."""
        return self._browser.post(path, data=form, base_url=DESK, headers=self._headers)


def form_on(page: TestResponse) -> dict[str, str]:
    """What a browser would send of a page's settings form if nothing were typed."""
    form = _Fields()
    form.feed(page.text)
    return form.values


def test_settings_are_read_and_changed(world: World, browser: FlaskClient) -> None:
    """What is named changes, the rest stays; it is on record without anybody's words."""
    alice = bearer(world, ALICE)
    before = browser.get(SETTINGS, headers=alice).json
    body = {
        "opt_out_scope": "institution",
        "safety_text_en": " Call 988 now. ",
        "replies_per_hour": 20,
        "hand_back_after_hours": None,
        "quiet_from_hour": 20,
        "messages_kept_days": 365,
    }
    changed = browser.patch(SETTINGS, json=body, headers=alice)

    assert before is not None and before["replies_per_hour"] == 10
    assert changed.status_code == 200
    assert changed.json == before | body | {"safety_text_en": "Call 988 now."}
    assert browser.get(SETTINGS, headers=alice).json == changed.json
    with world.desk.db.read(world.alice.institution_id) as session:
        row = session.scalars(select(Institution)).one()
    assert row.opt_out_scope is ConsentScope.INSTITUTION
    assert row.safety_texts == {"en": "Call 988 now."} and row.quiet_until_hour == 8
    ((action, outcome),) = audited(world)
    assert action == "settings.change" and "replies_per_hour 10 to 20" in outcome
    assert "safety_text_en" in outcome and "988" not in outcome


def test_null_brings_back_the_products_own(world: World, browser: FlaskClient) -> None:
    """Null takes a text away again, and keeps things for good."""
    alice = bearer(world, ALICE)
    browser.patch(
        SETTINGS, json={"safety_text_es": "Llame al 988.", "media_kept_days": 30}, headers=alice
    )
    body = {"safety_text_es": None, "media_kept_days": None, "replies_per_hour": None}
    changed = browser.patch(SETTINGS, json=body, headers=alice).json

    assert changed is not None and changed["safety_text_es"] is None
    assert changed["media_kept_days"] is None and changed["replies_per_hour"] == 10
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalars(select(Institution.safety_texts)).one() is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quiet_from_hour": 22}, "quiet_from_hour"),
        ({"quiet_until_hour": 7}, "quiet_until_hour"),
        ({"quiet_from_hour": 12, "quiet_until_hour": 12}, "quiet_from_hour"),
        ({"quiet_from_hour": 9, "quiet_until_hour": 20}, "quiet_from_hour"),
        ({"replies_per_hour": 0}, "replies_per_hour"),
        ({"replies_per_hour": 61}, "replies_per_hour"),
        ({"hand_back_after_hours": 0}, "hand_back_after_hours"),
        ({"messages_kept_days": 6}, "messages_kept_days"),
        ({"trackers_kept_days": 4_000}, "trackers_kept_days"),
        ({"safety_text_en": ""}, "safety_text_en"),
        ({"safety_text_en": "\u0000 \n"}, "safety_text_en"),
        ({"safety_text_en": "x" * 307}, "safety_text_en"),
        ({"safety_text_es": "¡Ánimo! " + "ñ" * 130}, "safety_text_es"),
        ({"opt_out_scope": "planet"}, "opt_out_scope"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_bad_setting_is_named_and_nothing_is_saved(
    world: World, browser: FlaskClient, body: dict[str, Any], field: str
) -> None:
    """422 with the field; what was right in the same request is not saved either."""
    alice = bearer(world, ALICE)
    refused = browser.patch(SETTINGS, json={"media_kept_days": 30} | body, headers=alice)

    assert field in problems(refused)
    assert browser.get(SETTINGS, headers=alice).json["media_kept_days"] is None  # type: ignore[index]
    assert audited(world) == []


def test_a_safety_text_without_a_number_is_pointed_out(world: World, browser: FlaskClient) -> None:
    """It is saved, with a warning that it names no line to call."""
    alice = bearer(world, ALICE)
    body = {"safety_text_en": "Come to our office.", "safety_text_es": "Llame al 988."}
    saved = browser.patch(SETTINGS, json=body, headers=alice).json

    assert saved is not None and [each["field"] for each in saved["warnings"]] == ["safety_text_en"]


def test_who_may_change_what(world: World, browser: FlaskClient) -> None:
    """Administrators all, office staff their own office, agents nothing; refusals are on record."""
    own, other = at_office(world), at_office(world, "registrar")
    asked = {
        (who, path): browser.patch(path, json={}, headers=bearer(world, who)).status_code
        for who in (ALICE, BOB, CAROL)
        for path in (SETTINGS, own, other)
    }
    read = {
        (who, path): browser.get(path, headers=bearer(world, who)).status_code
        for who, path in asked
    }

    allowed = {(ALICE, SETTINGS), (ALICE, own), (ALICE, other), (BOB, own)}
    assert asked == {each: 200 if each in allowed else 403 for each in asked}
    assert read == asked
    assert [outcome.split(":")[0] for _action, outcome in audited(world)] == ["refused"] * 5


def test_a_token_needs_the_scope(world: World, browser: FlaskClient) -> None:
    """Reading and changing settings are scopes of their own."""
    lent = (Scope.SETTINGS_READ,)
    token = staff.create_access_token(world.desk, ALICE, timedelta(days=1), lent)
    as_lent = {"Authorization": f"Bearer {token}"}

    assert browser.get(SETTINGS, headers=as_lent).status_code == 200
    assert browser.patch(SETTINGS, json={}, headers=as_lent).status_code == 403


OFFICE: dict[str, Any] = {
    "hours": {
        "monday": [{"opens": "13:00", "closes": "16:00"}, {"opens": "09:00", "closes": "12:00"}],
        "tuesday": [{"opens": "09:00", "closes": "16:30"}],
        "wednesday": [{"opens": "09:00", "closes": "16:30"}],
    },
    "holidays": [{"day": "2026-12-25", "name": "Christmas Day"}],
    "away_text_en": "We are back tomorrow.",
    "on_call": [{"name": "Dana Reyes", "phone_number": "(316) 555-0140"}],
    "canned_replies": [{"title": "Hours", "body": "We are open from 9."}],
}


def test_an_offices_settings_are_read_and_changed(world: World, browser: FlaskClient) -> None:
    """Everything at once, and what students are told follows the hours."""
    bob, path = bearer(world, BOB), at_office(world)
    first = browser.get(path, headers=bob).json
    changed = browser.patch(path, json=OFFICE, headers=bob)
    again = browser.patch(path, json={"away_text_en": None}, headers=bob).json

    assert first is not None and first["hours_told"] == "Monday to Friday, 9 am to 4 pm"
    assert changed.status_code == 200 and changed.json is not None
    assert changed.json["hours"]["monday"][0] == {"opens": "09:00", "closes": "12:00"}
    assert changed.json["hours"]["sunday"] == []
    assert changed.json["hours_told"] == (
        "Monday, 9 am to noon and 1 pm to 4 pm; Tuesday and Wednesday, 9 am to 4:30 pm"
    )
    assert changed.json["on_call"] == [{"name": "Dana Reyes", "phone_number": "+13165550140"}]
    assert again == changed.json | {"away_text_en": None}
    with world.desk.db.read(world.alice.institution_id) as session:
        office = session.scalars(select(Office).where(Office.slug == "financial-aid")).one()
        hours = session.execute(
            select(OfficeHours.weekday, OfficeHours.opens, OfficeHours.closes).order_by(
                OfficeHours.weekday, OfficeHours.opens
            )
        ).all()
        contacts = session.scalars(select(OnCallContact.e164)).all()
        holidays = session.scalars(select(OfficeHoliday.name)).all()
    assert office.hours == changed.json["hours_told"] and office.away_texts is None
    assert hours == [
        (0, "09:00", "12:00"),
        (0, "13:00", "16:00"),
        (1, "09:00", "16:30"),
        (2, "09:00", "16:30"),
    ]
    assert (contacts, holidays) == (["+13165550140"], ["Christmas Day"])
    assert [action for action, _outcome in audited(world)] == ["office.settings"] * 2
    assert not any("Dana" in outcome or "0140" in outcome for _action, outcome in audited(world))


def test_without_hours_nothing_is_told(world: World, browser: FlaskClient) -> None:
    """An office that never closes tells no hours, so that the two cannot contradict."""
    bob, path = bearer(world, BOB), at_office(world)
    browser.patch(path, json=OFFICE, headers=bob)
    emptied = browser.patch(path, json={"hours": {}}, headers=bob).json

    assert emptied is not None and emptied["hours_told"] is None


def test_canned_replies_keep_their_ids(world: World, browser: FlaskClient) -> None:
    """A reply is changed by its id, also when two swap titles; what is left out goes."""
    bob, path = bearer(world, BOB), at_office(world)

    def save(*replies: dict[str, Any]) -> list[dict[str, str]]:
        saved = browser.patch(path, json={"canned_replies": replies}, headers=bob)
        assert saved.status_code == 200 and saved.json is not None
        found: list[dict[str, str]] = saved.json["canned_replies"]
        return found

    one, two = save({"title": "One", "body": "1"}, {"title": "Two", "body": "2"})
    swapped = save(one | {"title": "Two"}, two | {"title": "One"})
    left = save(swapped[1])

    assert [(each["id"], each["title"]) for each in swapped] == [
        (one["id"], "Two"),
        (two["id"], "One"),
    ]
    assert left == [two | {"title": "One"}]
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalars(select(CannedReply.title)).all() == ["One"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hours": {"monday": [{"opens": "9:00", "closes": "12:00"}]}}, "hours.monday.0.opens"),
        ({"hours": {"monday": [{"opens": "12:00", "closes": "12:00"}]}}, "hours.monday"),
        (
            {
                "hours": {
                    "friday": [
                        {"opens": "09:00", "closes": "12:00"},
                        {"opens": "11:59", "closes": "13:00"},
                    ]
                }
            },
            "hours.friday",
        ),
        ({"holidays": [{"day": "2026-02-30", "name": "x"}]}, "holidays.0.day"),
        ({"holidays": [{"day": "2026-02-03", "name": each} for each in "xy"]}, "holidays"),
        ({"away_text_en": "x" * 400}, "away_text_en"),
        ({"away_text_es": " "}, "away_text_es"),
        ({"on_call": [{"name": "D", "phone_number": "12"}]}, "on_call.0.phone_number"),
        ({"on_call": [{"name": "D", "phone_number": "+442071838750"}]}, "on_call.0.phone_number"),
        ({"on_call": [{"name": " ", "phone_number": "3165550140"}]}, "on_call.0.name"),
        (
            {"on_call": [{"name": each, "phone_number": "3165550140"} for each in "xy"]},
            "on_call.1.phone_number",
        ),
        ({"canned_replies": [{"title": "x", "body": " "}]}, "canned_replies.0.body"),
        ({"canned_replies": [{"title": "x" * 81, "body": "x"}]}, "canned_replies.0.title"),
        (
            {"canned_replies": [{"title": "x", "body": each} for each in "xy"]},
            "canned_replies.1.title",
        ),
        (
            {"canned_replies": [{"id": "can_0", "title": "x", "body": "x"}]},
            "canned_replies.0.id",
        ),
    ],
)
def test_a_bad_office_setting_is_named_and_nothing_is_saved(
    world: World, browser: FlaskClient, body: dict[str, Any], field: str
) -> None:
    """422 with the field, as it is in the request; nothing of the request is saved."""
    bob, path = bearer(world, BOB), at_office(world)
    before = browser.get(path, headers=bob).json
    refused = browser.patch(path, json=OFFICE | body, headers=bob)

    assert field in problems(refused)
    assert browser.get(path, headers=bob).json == before and audited(world) == []


def test_a_reply_of_another_institution_is_unknown(world: World, browser: FlaskClient) -> None:
    """By its id too: it is as if there were none."""
    theirs = bearer(world, "alice@western.example")
    with world.desk.db.read(world.zoe.institution_id) as session:
        western = session.scalars(select(Office.public_id)).first()
    reply = {"title": "Secret", "body": "of Western"}
    saved = browser.patch(
        f"/api/v1/offices/{western}/settings", json={"canned_replies": [reply]}, headers=theirs
    ).json
    assert saved is not None
    body = {"canned_replies": [saved["canned_replies"][0] | {"title": "Taken"}]}
    refused = browser.patch(at_office(world), json=body, headers=bearer(world, BOB))

    assert problems(refused) == {"canned_replies.0.id": "unknown_reply"}


def test_pace_of_a_number_and_of_a_running_campaign(world: World, browser: FlaskClient) -> None:
    """What is named changes; null is the default again; too much is refused."""
    bob = bearer(world, BOB)
    campaign = draft(world)
    paths = (
        f"/api/v1/numbers/{number_id(world, world.assistant_number)}/pace",
        f"/api/v1/campaigns/{campaign.id}/pace",
    )
    browser.post(f"/api/v1/campaigns/{campaign.id}/activate", headers=bob)
    for path in paths:
        set_ = browser.patch(path, json={"segments_per_minute": 30}, headers=bob)
        more = browser.patch(path, json={"segments_per_day": 500}, headers=bob).json
        refused = browser.patch(path, json={"segments_per_minute": 0}, headers=bob)
        nulled = browser.patch(path, json={"segments_per_day": None}, headers=bob).json
        as_carol = browser.patch(path, json={}, headers=bearer(world, CAROL)).status_code

        assert set_.json == {"segments_per_minute": 30, "segments_per_day": None}
        assert more == {"segments_per_minute": 30, "segments_per_day": 500}
        assert list(problems(refused)) == ["segments_per_minute"] and as_carol == 403
        assert nulled == set_.json == browser.get(path, headers=bob).json
    with world.desk.db.read(world.alice.institution_id) as session:
        rows = [
            *session.scalars(select(PhoneNumber).where(PhoneNumber.segments_per_minute == 30)),
            *session.scalars(select(Campaign).where(Campaign.segments_per_minute == 30)),
        ]
    assert len(rows) == 2


def test_the_page_saves_what_was_changed(world: World, browser: FlaskClient) -> None:
    """The form as it is shown changes nothing; a field changes itself, and that is said."""
    alice = Person(browser, ALICE)
    form = form_on(alice.get("/settings"))
    untouched = alice.post("/settings", form)
    saved = alice.post("/settings", form | {"replies_per_hour": "5", "messages_kept_days": "1,000"})
    page = alice.get("/settings")

    assert untouched.status_code == saved.status_code == 303
    assert len(audited(world)) == 1
    assert "Saved." in page.text
    shown = form_on(page)
    assert (shown["replies_per_hour"], shown["messages_kept_days"]) == ("5", "1000")


def test_what_is_wrong_stands_beside_its_field(world: World, browser: FlaskClient) -> None:
    """And what was typed is still there; nothing is saved."""
    alice = Person(browser, ALICE)
    form = form_on(alice.get("/settings"))
    typed = {"replies_per_hour": "many", "safety_text_en": "x" * 400, "media_kept_days": "30"}
    unread = alice.post("/settings", form | typed)
    refused = alice.post("/settings", form | typed | {"replies_per_hour": "12"})

    assert unread.status_code == 422 and 'id="replies_per_hour-fault"' in unread.text
    assert refused.status_code == 422 and 'id="safety_text_en-fault"' in refused.text
    assert form_on(refused)["media_kept_days"] == "30"
    assert audited(world) == []


def test_two_who_change_different_things_both_win(world: World, browser: FlaskClient) -> None:
    """Of a page that another has saved meanwhile, only what was changed here is saved."""
    alice = Person(browser, ALICE)
    form = form_on(alice.get("/settings"))
    alice.post("/settings", form | {"replies_per_hour": "5"})
    second = alice.post("/settings", form | {"media_kept_days": "30"})
    shown = form_on(alice.get("/settings"))

    assert second.status_code == 303
    assert (shown["replies_per_hour"], shown["media_kept_days"]) == ("5", "30")


def test_two_who_change_the_same_thing_are_told(world: World, browser: FlaskClient) -> None:
    """The second sees what the first has saved, and saving again puts theirs in its place, and
    nothing else that the first has changed.
    """
    alice = Person(browser, ALICE)
    form = form_on(alice.get("/settings"))
    alice.post("/settings", form | {"replies_per_hour": "5", "trackers_kept_days": "60"})
    collided = alice.post("/settings", form | {"replies_per_hour": "7", "media_kept_days": "30"})
    still = form_on(alice.get("/settings"))
    again = alice.post("/settings", form_on(collided))
    shown = form_on(alice.get("/settings"))

    assert collided.status_code == 422 and "It is “5” now." in collided.text
    assert (still["replies_per_hour"], still["media_kept_days"]) == ("5", "")
    assert again.status_code == 303
    assert (shown["replies_per_hour"], shown["media_kept_days"]) == ("7", "30")
    assert shown["trackers_kept_days"] == "60"


def test_the_offices_page_saves_what_was_typed(world: World, browser: FlaskClient) -> None:
    """Hours as people write them, holidays line by line, rows filled in and emptied."""
    bob = Person(browser, BOB)
    led = bob.get("/settings")
    path = f"/settings/offices/{office_id(world)}"
    form = form_on(bob.get(path))
    typed = {
        "hours.monday": "9 am to noon, 1 pm – 4:30 pm",
        "hours.tuesday": "closed",
        "holidays": "2026-12-25 Christmas Day\r\n\r\n2026-11-26: Thanksgiving",
        "away_text_es": "Volvemos mañana.",
        "on_call.1.name": "Dana Reyes",
        "on_call.1.phone_number": "316-555-0140",
        "canned_replies.0.title": "Hours",
        "canned_replies.0.body": "We open at 9.\r\nSee you.",
    }
    saved = bob.post(path, form | typed)
    page = bob.get(path)
    shown = form_on(page)
    emptied = shown | {"on_call.0.name": "", "on_call.0.phone_number": ""}
    bob.post(path, emptied | {"canned_replies.0.title": "", "canned_replies.0.body": ""})

    assert led.status_code == 303 and led.headers["Location"] == path
    assert saved.status_code == 303, saved.text
    assert "Monday, 9 am to noon and 1 pm to 4:30 pm" in page.text
    assert shown["hours.monday"] == "09:00-12:00, 13:00-16:30" and shown["hours.tuesday"] == ""
    assert shown["holidays"] == "2026-11-26 Thanksgiving\n2026-12-25 Christmas Day"
    assert shown["on_call.0.phone_number"] == "(316) 555-0140"
    assert shown["canned_replies.0.body"] == "We open at 9.\nSee you."
    after = browser.get(at_office(world), base_url=DESK).json
    assert after is not None and (after["on_call"], after["canned_replies"]) == ([], [])
    assert after["away_text_es"] == "Volvemos mañana."


def test_the_offices_page_keeps_what_cannot_be_read(world: World, browser: FlaskClient) -> None:
    """What was typed stays in its field, with what is wrong beside it; nothing is saved."""
    bob = Person(browser, BOB)
    path = f"/settings/offices/{office_id(world)}"
    form = form_on(bob.get(path))
    typed = {
        "hours.friday": "mornings",
        "holidays": "Christmas",
        "on_call.0.name": "Dana",
        "on_call.0.phone_number": "12",
    }
    unread = bob.post(path, form | typed)
    mended = form_on(unread) | {"hours.friday": "9-12", "holidays": ""}
    refused = bob.post(path, mended)

    assert unread.status_code == 422 and form_on(unread)["hours.friday"] == "mornings"
    assert {'id="hours.friday-fault"', 'id="holidays-fault"'} <= set(unread.text.split())
    assert refused.status_code == 422 and 'id="on_call.0.phone_number-fault"' in refused.text
    assert form_on(refused)["hours.friday"] == "9-12" and audited(world) == []


def test_two_who_change_an_office_are_told(world: World, browser: FlaskClient) -> None:
    """Different parts: both win. The same part: the second is told what it is now."""
    bob = Person(browser, BOB)
    path = f"/settings/offices/{office_id(world)}"
    form = form_on(bob.get(path))
    bob.post(path, form | {"hours.monday": "9-12"})
    other = bob.post(path, form | {"away_text_en": "Back tomorrow."})
    same = bob.post(path, form | {"hours.monday": "10-12", "holidays": "2026-12-25 Christmas"})
    again = bob.post(path, form_on(same))
    shown = form_on(bob.get(path))

    assert other.status_code == 303
    assert same.status_code == 422 and "Monday 09:00-12:00" in same.text
    assert again.status_code == 303
    assert shown["hours.monday"] == "10:00-12:00" and shown["away_text_en"] == "Back tomorrow."
    assert shown["holidays"] == "2026-12-25 Christmas"


def test_agents_have_no_settings(world: World, browser: FlaskClient) -> None:
    """No entry in the bar, and a page that says whose they are."""
    carol = Person(browser, CAROL)

    assert ">Settings</a>" not in carol.get("/chat").text
    assert carol.get("/settings").status_code == 403
    assert carol.get(f"/settings/offices/{office_id(world)}").status_code == 403


def test_a_tampered_form_is_no_error(world: World, browser: FlaskClient) -> None:
    """Nonsense in the hidden field, or no field at all, is answered in words."""
    alice = Person(browser, ALICE)
    office = f"/settings/offices/{office_id(world)}"
    for path in ("/settings", office):
        form = form_on(alice.get(path))
        for seen in ("", "{}", "null", "[" * 5_000, json.dumps({"hours": 1}), "\0"):
            answer = alice.post(path, form | {"seen": seen})
            assert answer.status_code in (303, 400, 422)
        assert alice.post(path, {}).status_code in (303, 422)


def test_the_pace_forms(world: World, browser: FlaskClient) -> None:
    """On a number's page: saved, refused beside the field, and told what is usual."""
    bob = Person(browser, BOB)
    path = f"/numbers/{number_id(world, world.assistant_number)}"
    saved = bob.post(f"{path}/pace", {"segments_per_minute": "30", "segments_per_day": ""})
    refused = bob.post(f"{path}/pace", {"segments_per_minute": "fast", "segments_per_day": "9"})
    page = bob.get(path).text

    assert saved.status_code == 303 and refused.status_code == 422
    assert 'id="segments_per_minute-fault"' in refused.text and 'value="fast"' in refused.text
    assert 'name="segments_per_minute" value="30"' in page and "usual for a local number" in page


class _Fields(HTMLParser):
    """The fields of a page's forms with the values that a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an input's value, a chosen radio or option, or the beginning of a text area."""
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") != "radio" or "checked" in given):
            self.values[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given["value"]
        elif tag == "textarea":
            self._textarea = name
            self.values[name] = ""

    def handle_data(self, data: str) -> None:
        """What stands in a text area."""
        if self._textarea:
            self.values[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        """The end of a text area."""
        if tag == "textarea":
            self._textarea = ""
