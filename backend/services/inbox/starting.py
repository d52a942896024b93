"""A 1:1 conversation that an agent begins: from one of the office's numbers to one student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, CampaignContact, Contact, Conversation, PhoneNumber
from backend.domain.errors import InvalidRequest, Problem
from backend.domain.phone_numbers import searched_digits, spoken, to_e164
from backend.domain.provisioned_numbers import IN_SERVICE, NumberKind, Use, require_one_to_one
from backend.domain.staff import Right, has_right
from backend.domain.words import clean
from backend.services import contacts, first_use, idempotency, numbers
from backend.services.audit import Via
from backend.services.desk import Desk
from backend.services.inbox import lines, rows, sending
from backend.services.inbox.sending import Written
from backend.services.ports import Errand
from backend.services.staff import Who

MOST_FOUND: Final = 20
LONGEST_NAME: Final = 100


@dataclass(frozen=True)
class FirstText:
    """The first text of a 1:1 conversation: from one of the office's numbers (its id) to a
    phone number in any spelling, or a contact's id; `name` is for a student not known by one.
    """

    number: str
    to: str
    body: str
    name: str | None = None
    media: Sequence[str] = ()


@dataclass(frozen=True)
class OwnNumber:
    """A number to write from, by id and name."""

    id: str
    name: str
    phone_number: str
    office: str


@dataclass(frozen=True)
class KnownStudent:
    """A contact to write to, by id; the phone number is E.164."""

    id: str
    name: str
    phone_number: str


def start(desk: Desk, who: Who, first: FirstText, via: Via, *, key: str | None = None) -> Written:
    """Begin a 1:1 conversation, or go on with the one that this pair has; it is this person's.

    It marks the number as used, so that it stays with its office, and waits for its turn and for
    the hours in which students are texted. Raises `InvalidRequest` with
    every fault, `Conflict` with the reason why that number cannot be texted from or that student
    not be texted.
    """
    print_ = idempotency.fingerprint(
        who, "conversation.start", {**vars(first), "media": list(first.media)}
    )

    def write(session: Session) -> tuple[Written, list[Errand]]:
        made = idempotency.made_by(session, key, print_)
        if made is not None:
            return sending.written_before(session, made), []
        number, e164, text, pictures = _checked(session, who, first)
        now = desk.clock.now()
        # It may be moving at this instant: the conversation belongs to the office that has it then.
        first_use.hold(session, number)
        require_one_to_one(first_use.as_rule(number))
        contact = contacts.find_or_make(session, desk.cipher, e164, now)
        contact.name = contact.name or (clean(first.name).strip() if first.name else None)
        made_or_found = contacts.conversation_with(session, number, contact, now)
        session.flush()
        row = rows.locked(session, who, made_or_found.public_id)
        sending.require_reachable(session, row)
        first_use.note(session, number, Use.ONE_TO_ONE, row.public_id, now)
        message, errands = sending.say(session, row, who, text, pictures, now, starts=True)
        idempotency.keep(session, key, print_, message.public_id, now)
        rows.record(session, who, via, "start", row, now, message.public_id)
        return sending.written(message), errands

    done, errands = desk.db.transact(write, who.institution_id)
    for errand in errands:
        desk.queue.enqueue(errand)
    return done


def numbers_to_write_from(desk: Desk, who: Who) -> tuple[OwnNumber, ...]:
    """The reusable numbers in service that this person may start a conversation from."""
    with desk.db.read(who.institution_id) as session:
        found = session.scalars(
            numbers.seen_by(who)
            .where(PhoneNumber.kind == NumberKind.REUSABLE, PhoneNumber.state.in_(IN_SERVICE))
            .order_by(PhoneNumber.office_id, PhoneNumber.name)
        )
        return tuple(
            OwnNumber(row.public_id, row.name, spoken(row.e164), row.office.name) for row in found
        )


def known_students(desk: Desk, who: Who, search: str) -> tuple[KnownStudent, ...]:
    """Contacts by name or phone number: those that this person's office has written with, or has
    in a campaign; at most 20.
    """
    words = clean(search).strip()[: lines.LONGEST_SEARCH]
    if not words:
        return ()
    wanted = [lines.holds(Contact.name, words)]
    wanted += [Contact.e164.contains(digits) for digits in searched_digits(words)]
    with desk.db.read(who.institution_id) as session:
        query = select(Contact).where(_is_known_to(who), or_(*wanted), Contact.erased_at.is_(None))
        found = session.scalars(query.order_by(Contact.name, Contact.id).limit(MOST_FOUND))
        return tuple(KnownStudent(row.public_id, row.name or "", row.e164) for row in found)


def _is_known_to(who: Who) -> ColumnElement[bool]:
    if has_right(who.role, Right.SEE_EVERY_OFFICE):
        return Contact.institution_id == who.institution_id
    talked = select(Conversation.contact_id).where(Conversation.office_id == who.office_id)
    in_campaign = (
        select(CampaignContact.contact_id)
        .join(Campaign, Campaign.id == CampaignContact.campaign_id)
        .where(Campaign.office_id == who.office_id)
    )
    return Contact.id.in_(talked) | Contact.id.in_(in_campaign)


def _checked(
    session: Session, who: Who, first: FirstText
) -> tuple[PhoneNumber, str, str, list[str]]:
    """Number, recipient (E.164), words and pictures. Raises `InvalidRequest` with every fault."""
    problems: list[Problem] = []
    e164, text = "", ""
    pictures: list[str] = []
    number = session.scalar(numbers.seen_by(who).where(PhoneNumber.public_id == first.number))
    if number is None:
        fix = "Choose one of your office’s numbers."
        problems.append(Problem("number", "unknown_number", fix))
    try:
        e164 = _recipient(session, who, first.to)
    except InvalidRequest as refusal:
        problems += refusal.problems
    if len(first.name or "") > LONGEST_NAME:
        fix = f"Give a name of at most {LONGEST_NAME} characters."
        problems.append(Problem("name", "too_long", fix))
    try:
        text, pictures = sending.checked(first.body, first.media)
    except InvalidRequest as refusal:
        problems += refusal.problems
    if number is None or problems:
        raise InvalidRequest(*problems)
    return number, e164, text, pictures


def _recipient(session: Session, who: Who, to: str) -> str:
    """The phone number (E.164) of a contact's id, or as it was written. Raises `InvalidRequest`."""
    if to.startswith("ctc_"):
        contact = session.scalar(
            select(Contact).where(
                Contact.public_id == to, _is_known_to(who), Contact.erased_at.is_(None)
            )
        )
        if contact is None:
            fix = "There is no such student among those your office knows."
            raise InvalidRequest(Problem("to", "unknown_contact", fix))
        return contact.e164
    e164 = to_e164(to, field="to")
    own = select(PhoneNumber.id).where(PhoneNumber.e164 == e164, PhoneNumber.state.in_(IN_SERVICE))
    if session.scalar(own.limit(1)) is not None:
        fix = "This is a number of your own institution. Give a student’s."
        raise InvalidRequest(Problem("to", "own_number", fix))
    return e164
