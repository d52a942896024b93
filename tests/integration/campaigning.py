"""How tests make campaigns, and what they then look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select

from backend.db.tables import (
    AuditEvent,
    Author,
    Base,
    Message,
    PhoneNumber,
)
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.services import campaign_life, campaigns, contact_imports
from backend.services.audit import WEB
from backend.services.campaigns import Campaign, NewCampaign
from backend.services.staff import Who
from tests.integration.conftest import World

OPENING = "Orientation begins on Monday. Questions? Text us here."


def phone(last: int) -> str:
    """The phone number of one of the students, counted from 0."""
    return f"+1316{200 + last // 10_000:03d}{last % 10_000:04d}"


def file_of(students: Iterable[int]) -> bytes:
    """A CSV file with these students."""
    rows = "".join(f"{phone(each)},Student {each}\n" for each in students)
    return f"phone,name\n{rows}".encode()


def draft(
    world: World,
    *,
    students: Iterable[int] = range(3),
    number: str | None = None,
    who: Who | None = None,
    **more: object,
) -> Campaign:
    """A campaign of Financial Aid on the assistant's number, with contacts."""
    new = NewCampaign(
        office="Financial Aid",
        name="Spring orientation",
        responder=Responder.INBOX,
        opening_text=OPENING,
        number_id=number or number_id(world, world.assistant_number),
    )
    who = who or world.bob
    made = campaigns.create(world.desk, who, replace(new, **more), WEB)  # type: ignore[arg-type]
    bring_in(world, made.id, students)
    return campaigns.read(world.desk, who, made.id)


def bring_in(world: World, campaign: str, students: Iterable[int]) -> None:
    """Have the worker import these students."""
    content = file_of(students)
    if content.count(b"\n") > 1:
        contact_imports.start(world.desk, world.alice, campaign, content, WEB)
        world.queue.work()


def running(world: World, **more: object) -> Campaign:
    """The same campaign, active, and every text of its first batch sent, each in its turn."""
    made = draft(world, **more)  # type: ignore[arg-type]
    campaign_life.activate(world.desk, world.bob, made.id, WEB)
    send_off(world)
    return campaigns.read(world.desk, world.bob, made.id)


def send_off(world: World) -> None:
    """Let time pass until no text waits for its turn any more."""
    world.queue.work()
    while (delay_s := world.queue.delay_of("let_texts_go")) is not None:
        world.clock.pass_time(seconds=delay_s)
        world.queue.elapse(delay_s)
        world.queue.work()


def number_id(world: World, e164: str) -> str:
    """The id of the number in force."""
    return number_row(world, e164).public_id


def number_row(world: World, e164: str) -> PhoneNumber:
    """The row of the latest number with these digits."""
    with world.desk.db.read() as session:
        rows = select(PhoneNumber).where(PhoneNumber.e164 == e164).order_by(PhoneNumber.id.desc())
        return session.scalars(rows.limit(1)).one()


def a_single_use_number(
    world: World, state: NumberState = NumberState.ACTIVE, e164: str = "+13165550077"
) -> str:
    """A single-use number of Financial Aid that the carrier has sold; returns its id."""
    template = number_row(world, world.assistant_number)
    with world.desk.db.write(world.bob.institution_id) as session:
        number = PhoneNumber(
            office_id=template.office_id,
            created_by_office_id=template.office_id,
            carrier_account_id=template.carrier_account_id,
            carrier_sid="PN" + "7" * 32,
            e164=e164,
            name="Orientation",
            kind=NumberKind.SINGLE_USE,
            state=state,
            unsolicited_response=Responder.INBOX,
            unsolicited_inbox_id=template.unsolicited_inbox_id,
            created_at=world.clock.now(),
            state_since=world.clock.now(),
        )
        session.add(number)
        session.flush()
        return number.public_id


def set_state(world: World, e164: str, state: NumberState) -> None:
    """What the carriers did to a number meanwhile."""
    with world.desk.db.write() as session:
        number = session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == e164)).one()
        number.state = state


def openings(world: World) -> list[tuple[str, str | None]]:
    """How far each opening message is, and why it did not arrive, in the order they were made."""
    with world.desk.db.read() as session:
        rows = select(Message.status, Message.error_reason).where(Message.author == Author.CAMPAIGN)
        return [tuple(row) for row in session.execute(rows.order_by(Message.id))]  # type: ignore[misc]


def sent_to(world: World) -> list[str]:
    """Whom the carrier was given the opening message for."""
    return [text.to_number for text in world.carrier.sent if text.body == OPENING]


def audited(world: World, action: str) -> list[tuple[int | None, str, str | None, str]]:
    """Who did this through which channel, to what, and what came of it."""
    with world.desk.db.read() as session:
        rows = select(
            AuditEvent.staff_id, AuditEvent.channel, AuditEvent.subject, AuditEvent.outcome
        ).where(AuditEvent.action == action)
        return [tuple(row) for row in session.execute(rows.order_by(AuditEvent.id))]  # type: ignore[misc]


def count(world: World, table: type[Base]) -> int:
    """How many rows a table has."""
    with world.desk.db.read() as session:
        return len(session.scalars(select(table)).all())
