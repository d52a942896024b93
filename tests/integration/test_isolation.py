"""One institution cannot see or change another's rows, whatever a query forgets."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from backend.db.tables import (
    Base,
    Contact,
    ContactImport,
    Conversation,
    Institution,
    Message,
    Office,
    OwnedByInstitution,
    PhoneNumber,
    StaffMember,
)
from backend.domain.errors import NotFound
from backend.services import campaigns, inbox, staff_chat
from backend.services.ports import BotTurn
from tests.integration.browsing import DESK, csrf_of, headers, sign_in
from tests.integration.campaigning import draft, file_of, number_id
from tests.integration.conftest import World


def test_every_table_belongs_to_an_institution() -> None:
    """No table but the institutions' own may lack its owner."""
    tables = {mapper.class_ for mapper in Base.registry.mappers}

    assert all(issubclass(table, OwnedByInstitution) for table in tables - {Institution})


def test_queries_in_a_bound_session_see_own_rows_only(world: World) -> None:
    """A forgotten filter still gives own rows, by list and by key."""
    with world.desk.db.read(world.zoe.institution_id) as session:
        numbers = session.scalars(select(PhoneNumber.e164)).all()
        foreigner = session.scalar(select(StaffMember).where(StaffMember.id == world.alice.id))
        by_key = session.get(StaffMember, world.alice.id)
        institutions = session.scalars(select(Institution.slug)).all()

    assert numbers == ["+16205550101", "+16205550102"]
    assert (foreigner, by_key, institutions) == (None, None, ["western"])


def test_bound_session_cannot_change_foreign_rows(world: World) -> None:
    """Neither a bulk update nor a new row reaches another institution."""
    with world.desk.db.write(world.zoe.institution_id) as session:
        session.execute(update(PhoneNumber).values(name="taken"))
    with world.desk.db.read(world.alice.institution_id) as session:
        assert "taken" not in session.scalars(select(PhoneNumber.name)).all()

    with world.desk.db.read(world.zoe.institution_id) as session:
        session.add(
            Contact(
                institution_id=world.alice.institution_id,
                e164="+13165550100",
                created_at=world.clock.now(),
            )
        )
        with pytest.raises(ValueError, match="another institution"):
            session.flush()


def test_inbox_shows_own_office_own_institution(world: World) -> None:
    """Zoe sees nothing of Northern's; Carol sees her office; Alice sees all of Northern."""
    world.receive("SM1", "hello", to=world.inbox_number)
    seen = {
        who.email: [line.id for line in inbox.listing(world.desk, who).lines]
        for who in (world.alice, world.carol, world.zoe)
    }
    (conversation,) = seen["alice@northern.example"]

    assert seen["carol@northern.example"] == [conversation]
    assert seen["alice@western.example"] == []
    with pytest.raises(NotFound):
        inbox.thread(world.desk, world.zoe, conversation)
    with pytest.raises(NotFound):
        inbox.hand_back(world.desk, world.zoe, conversation)


def test_no_route_opens_another_institutions_things(world: World, public: Flask) -> None:
    """Zoe, signed in, with Northern's ids on every route that takes one: nothing is there."""
    world.receive("SM1", "my secret question", to=world.inbox_number)
    with world.desk.db.read(world.alice.institution_id) as session:
        texting = session.scalars(select(Conversation.public_id)).one()
        number = session.scalars(select(PhoneNumber.public_id)).first()
        contact = session.scalars(select(Contact.public_id)).one()
    chat = staff_chat.ask(world.desk, world.alice, text="hi").conversation
    browser = public.test_client()
    sign_in(browser, "alice@western.example")
    with_token = headers(csrf_of(browser, "/chat"))

    def visit(path: str, **body: object) -> TestResponse:
        method = "POST" if body else "GET"
        return browser.open(path, method=method, base_url=DESK, headers=with_token, **body)

    student = "3165550199"
    answers = {
        "thread": visit(f"/inbox/{texting}"),
        "hand back": visit(f"/inbox/{texting}/hand-back", data={"done": "yes"}),
        "chat": visit("/api/v1/chat", json={"text": "hi", "conversation": chat}),
        "phone thread": visit(f"/phone/thread?number={number}&student={student}"),
        "phone text": visit(
            "/phone/texts", json={"number": number, "student": student, "body": "hi"}
        ),
        "contact": visit(f"/contacts/{contact}"),
        "contact's data": visit(f"/contacts/{contact}/data.json"),
        "contact deleted": visit(f"/contacts/{contact}/delete", data={"confirmation": "DELETE"}),
        "contact of a conversation": visit(f"/contacts/of/{texting}"),
        "number": visit(f"/api/v1/numbers/{number}"),
        "effective": visit(f"/api/v1/numbers/{number}/effective"),
    }
    lists = [visit(path).text for path in ("/inbox", "/chat", "/quota", "/api/v1/numbers")]

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    assert not any("secret" in page or "Northern" in page for page in lists)


def test_no_page_opens_another_institutions_numbers_and_campaigns(
    world: World, public: Flask
) -> None:
    """Zoe, signed in, with Northern's ids in the address or in a form: nothing is there, and
    nothing of Northern's changes.
    """
    campaign = draft(world)
    number = number_id(world, world.assistant_number)
    with world.desk.db.read(world.alice.institution_id) as session:
        imported = session.scalars(select(ContactImport.public_id)).one()
        office = session.scalars(select(Office.public_id)).first()
    browser = public.test_client()
    sign_in(browser, "alice@western.example")
    with_token = headers(csrf_of(browser, "/chat"))

    def post(path: str, **form: object) -> TestResponse:
        return browser.post(path, data=form, base_url=DESK, headers=with_token)

    own = post("/campaigns/new", office="Registrar", name="Own", responder="inbox")
    drafted = post("/campaigns/new", office="Financial Aid", name="Own", responder="inbox")
    own_campaign = drafted.headers["Location"]
    own_number = f"/numbers/{number_id(world, world.western_number)}"
    in_address = {
        path: browser.get(path, base_url=DESK)
        for path in (
            f"/numbers/{number}",
            f"/campaigns/{campaign.id}",
            f"/campaigns/{campaign.id}/edit",
            f"/campaigns/{campaign.id}/contacts.csv",
            f"{own_campaign}?import={imported}",
        )
    }
    file = (BytesIO(file_of(range(3))), "contacts.csv")
    changed = {
        path: post(path, **form)
        for path, form in {
            f"/numbers/{number}/unsolicited": {"response": "inbox"},
            f"/numbers/{number}/transfer": {"office": "Registrar"},
            f"/campaigns/{campaign.id}/edit": {"name": "Taken", "responder": "inbox"},
            f"/campaigns/{campaign.id}/contacts": {"file": file},
            f"/campaigns/{campaign.id}/activate": {},
            f"/campaigns/{campaign.id}/archive": {},
        }.items()
    }
    in_form = [
        post(f"{own_number}/transfer", office=office),
        post("/campaigns/new", office=office, name="Own", responder="inbox"),
        post(f"{own_campaign}/edit", name="Own", responder="inbox", number=number),
        browser.get(f"/numbers?after={number}", base_url=DESK),
        browser.get(f"/campaigns?after={campaign.id}", base_url=DESK),
    ]
    audited = browser.get(f"/audit?subject={campaign.id}", base_url=DESK)

    assert own.status_code == 422  # Western's registrar has no inbox
    answers = in_address | changed
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(
        answers, 404
    )
    assert [answer.status_code for answer in in_form] == [422] * 5
    assert "Nothing is on record" in audited.text
    assert campaigns.read(world.desk, world.alice, campaign.id) == campaign


def test_no_api_route_opens_another_institutions_numbers_and_campaigns(
    world: World, public: Flask
) -> None:
    """Zoe, with Northern's ids on every route that takes one: nothing is there or changes."""
    campaign = draft(world)
    number = f"/api/v1/numbers/{number_id(world, world.assistant_number)}"
    at_campaign = f"/api/v1/campaigns/{campaign.id}"
    with world.desk.db.read(world.alice.institution_id) as session:
        imported = session.scalars(select(ContactImport.public_id)).one()
    browser = public.test_client()
    sign_in(browser, "alice@western.example")
    with_token = headers(csrf_of(browser, "/chat"))
    file = {"data": file_of(range(3)), "content_type": "text/csv"}
    requests: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("GET", at_campaign, {}),
        ("PATCH", at_campaign, {"json": {"name": "Taken"}}),
        ("POST", f"{at_campaign}/activate", {}),
        ("POST", f"{at_campaign}/archive", {}),
        ("GET", f"{at_campaign}/contacts", {}),
        ("POST", f"{at_campaign}/contacts", file),
        ("POST", f"{at_campaign}/contacts/preview", file),
        ("GET", f"{at_campaign}/contacts.csv", {}),
        ("GET", f"/api/v1/imports/{imported}", {}),
        ("POST", f"{number}/transfer", {"json": {"office": "Registrar"}}),
        ("PUT", f"{number}/unsolicited", {"json": {"response": "inbox"}}),
    )
    answers = {
        (method, path): browser.open(
            path, method=method, base_url=DESK, headers=with_token, **body
        ).status_code
        for method, path, body in requests
    }

    assert answers == dict.fromkeys(answers, 404)
    assert campaigns.read(world.desk, world.alice, campaign.id) == campaign


def test_no_settings_of_another_institution_open(world: World, public: Flask) -> None:
    """Zoe, an administrator, with the ids of Northern's offices, numbers and campaigns: nothing is
    there or changes, on the pages and in the API; her own settings leave Northern's alone.
    """
    campaign = draft(world)
    number = number_id(world, world.assistant_number)
    with world.desk.db.read(world.alice.institution_id) as session:
        office = session.scalars(select(Office.public_id)).first()
    browser = public.test_client()
    sign_in(browser, "alice@western.example")
    with_token = headers(csrf_of(browser, "/chat"))
    pace, away = {"segments_per_minute": 1}, {"away_text_en": "Taken"}
    requests: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("GET", f"/settings/offices/{office}", {}),
        ("POST", f"/settings/offices/{office}", {"data": away}),
        ("POST", f"/numbers/{number}/pace", {"data": pace}),
        ("POST", f"/campaigns/{campaign.id}/pace", {"data": pace}),
        ("GET", f"/api/v1/offices/{office}/settings", {}),
        ("PATCH", f"/api/v1/offices/{office}/settings", {"json": away}),
        ("GET", f"/api/v1/numbers/{number}/pace", {}),
        ("PATCH", f"/api/v1/numbers/{number}/pace", {"json": pace}),
        ("GET", f"/api/v1/campaigns/{campaign.id}/pace", {}),
        ("PATCH", f"/api/v1/campaigns/{campaign.id}/pace", {"json": pace}),
    )

    def ask(method: str, path: str, body: dict[str, object]) -> TestResponse:
        return browser.open(path, method=method, base_url=DESK, headers=with_token, **body)

    answers = {
        (method, path): ask(method, path, body).status_code for method, path, body in requests
    }
    own = ask("PATCH", "/api/v1/settings", {"json": {"replies_per_hour": 3}})

    assert answers == dict.fromkeys(answers, 404)
    assert own.status_code == 200 and "Northern" not in ask("GET", "/settings", {}).text
    with world.desk.db.read(world.alice.institution_id) as session:
        assert session.scalars(select(Office.away_texts)).all() == [None, None]
        assert session.scalars(select(Institution.replies_per_hour)).all() == [10]
        assert set(session.scalars(select(PhoneNumber.segments_per_minute))) == {None}


def test_no_route_opens_or_changes_another_institutions_conversation(
    world: World, public: Flask
) -> None:
    """Zoe, an administrator, on every route of a conversation, with every id that goes into a
    form: nothing is there, nothing is sent, nothing changes.
    """
    world.receive("SM1", "my secret question", to=world.inbox_number)
    with world.desk.db.read(world.alice.institution_id) as session:
        talk = session.scalars(select(Conversation.public_id)).one()
        message = session.scalars(select(Message.public_id)).one()
        contact = session.scalars(select(Contact.public_id)).one()
    own_number = number_id(world, world.western_number)
    before = inbox.thread(world.desk, world.alice, talk)
    browser = public.test_client()
    sign_in(browser, "alice@western.example")
    with_token = headers(csrf_of(browser, "/chat"))
    forms: dict[str, dict[str, str]] = {
        "reply": {"body": "Hi"},
        "note": {"note": "Hm", "body": "Hm"},
        "take": {},
        "assign": {"staff": world.zoe.public_id},
        "hand-back": {},
        "resolve": {},
    }

    def ask(method: str, path: str, **body: object) -> TestResponse:
        return browser.open(path, method=method, base_url=DESK, headers=with_token, **body)

    answers = {
        f"/inbox/{talk}": ask("GET", f"/inbox/{talk}?live=1").status_code,
        f"/api/v1/conversations/{talk}": ask("GET", f"/api/v1/conversations/{talk}").status_code,
        "colleagues": ask("GET", f"/api/v1/conversations/{talk}/colleagues").status_code,
        "canned": ask("GET", f"/api/v1/conversations/{talk}/canned-replies").status_code,
        "read": ask(
            "PUT", f"/api/v1/conversations/{talk}/read", json={"message": message}
        ).status_code,
    }
    for action, form in forms.items():
        at = f"{talk}/{action}"
        known = {field: value for field, value in form.items() if field != "note"}
        answers[f"page {action}"] = ask("POST", f"/inbox/{at}", data=form).status_code
        answers[action] = ask("POST", f"/api/v1/conversations/{at}", json=known).status_code
    to_contact = {"number": own_number, "to": contact, "body": "Hi"}
    in_form = [
        ask("POST", "/inbox/new", data={**to_contact, "contact": contact}),
        ask("POST", "/api/v1/conversations", json=to_contact),
        ask("GET", f"/api/v1/conversations?after={talk}"),
        ask("GET", f"/inbox?after={talk}"),
    ]
    listed = ask("GET", "/api/v1/contacts?search=555")
    found = ask("POST", "/inbox/new", data={"look": "1", "find": "555"})
    sought = ask("GET", "/inbox?view=all&search=secret")

    assert answers == dict.fromkeys(answers, 404)
    assert [answer.status_code for answer in in_form] == [422] * 4
    assert listed.status_code == 200 and contact not in listed.text
    assert contact not in found.text and talk not in sought.text
    assert inbox.thread(world.desk, world.alice, talk) == before
    assert world.carrier.sent == []


def test_turn_token_reads_its_own_institution_only(world: World, internal: Flask) -> None:
    """Figures and facts asked for in Zoe's turn are Western's."""
    bodies: list[str] = []
    client = internal.test_client()

    def act(turn: BotTurn) -> None:
        headers = {"Authorization": f"Bearer {turn.turn_token}"}
        bodies.extend(
            client.get(path, headers=headers).text
            for path in ("/internal/quota", "/internal/office")
        )

    with world.desk.db.write(world.zoe.institution_id) as session:
        session.execute(update(Office).values(name="Western office"))
    world.bot.while_thinking = act
    staff_chat.ask(world.desk, world.zoe, text="quota?")

    assert all("Western office" in body and "Financial Aid" not in body for body in bodies)


def test_every_route_is_known_to_these_tests(public: Flask, internal: Flask) -> None:
    """A new route has to be looked at here before it can land."""
    rules = {rule.rule for app in (public, internal) for rule in app.url_map.iter_rules()}
    with_ids = {rule for rule in rules if "<" in rule}
    with_ids -= {"/static/<path:filename>", "/api/v1/static/<path:filename>"}

    assert with_ids == {
        "/inbox/<conversation>",
        "/inbox/<conversation>/reply",
        "/inbox/<conversation>/note",
        "/inbox/<conversation>/take",
        "/inbox/<conversation>/assign",
        "/inbox/<conversation>/hand-back",
        "/inbox/<conversation>/resolve",
        "/api/v1/conversations/<conversation_id>",
        "/api/v1/conversations/<conversation_id>/reply",
        "/api/v1/conversations/<conversation_id>/note",
        "/api/v1/conversations/<conversation_id>/take",
        "/api/v1/conversations/<conversation_id>/assign",
        "/api/v1/conversations/<conversation_id>/colleagues",
        "/api/v1/conversations/<conversation_id>/canned-replies",
        "/api/v1/conversations/<conversation_id>/hand-back",
        "/api/v1/conversations/<conversation_id>/resolve",
        "/api/v1/conversations/<conversation_id>/read",
        "/numbers/<number_id>",
        "/numbers/<number_id>/unsolicited",
        "/numbers/<number_id>/transfer",
        "/campaigns/<campaign_id>",
        "/campaigns/<campaign_id>/edit",
        "/campaigns/<campaign_id>/contacts",
        "/campaigns/<campaign_id>/contacts.csv",
        "/campaigns/<campaign_id>/activate",
        "/campaigns/<campaign_id>/archive",
        "/numbers/<number_id>/pace",
        "/campaigns/<campaign_id>/pace",
        "/settings/offices/<office_id>",
        "/api/v1/offices/<office_id>/settings",
        "/api/v1/numbers/<number_id>/pace",
        "/api/v1/campaigns/<campaign_id>/pace",
        "/api/v1/numbers/<number_id>",
        "/api/v1/numbers/<number_id>/effective",
        "/api/v1/numbers/<number_id>/transfer",
        "/api/v1/numbers/<number_id>/unsolicited",
        "/api/v1/campaigns/<campaign_id>",
        "/api/v1/campaigns/<campaign_id>/activate",
        "/api/v1/campaigns/<campaign_id>/archive",
        "/api/v1/campaigns/<campaign_id>/contacts",
        "/api/v1/campaigns/<campaign_id>/contacts/preview",
        "/api/v1/campaigns/<campaign_id>/contacts.csv",
        "/api/v1/imports/<import_id>",
        "/contacts/<contact_id>",
        "/contacts/<contact_id>/data.json",
        "/contacts/<contact_id>/delete",
        "/contacts/of/<conversation>",
        # test_plans.py and test_jobs.py look at these
        "/internal/jobs/<job>",
        "/internal/plans/<plan_id>/confirm",
        "/internal/plans/<plan_id>/withdraw",
    }
