"""The demo institution: enough of everything to try the product, made on the first run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Campaign,
    CampaignContact,
    CampaignState,
    CarrierAccount,
    Contact,
    ContractLimits,
    Inbox,
    Institution,
    NumberKind,
    NumberState,
    Office,
    PhoneNumber,
    StaffMember,
)
from backend.domain.conversations import Responder
from backend.domain.staff import Role
from backend.services import passwords
from backend.services.desk import Desk

SLUG = "demo"
DOMAIN = "demo-state.example"
ZONE = "America/Chicago"


@dataclass(frozen=True)
class SignIn:
    """A demo person's e-mail and password."""

    role: Role
    email: str
    password: str


@dataclass(frozen=True)
class _OfficeFacts:
    name: str
    hours: str
    place: str
    phone: str
    web_page: str


OFFICES = (
    _OfficeFacts(
        "Admissions",
        "Monday to Friday, 8 am to 5 pm",
        "Welcome Center, 1 Campus Way",
        "(316) 555-0110",
        "https://demo-state.example/admissions",
    ),
    _OfficeFacts(
        "Financial Aid",
        "Monday to Thursday, 9 am to 4 pm",
        "Jardine Hall, room 203",
        "(316) 555-0120",
        "https://demo-state.example/financial-aid",
    ),
    _OfficeFacts(
        "Registrar",
        "Monday to Friday, 8:30 am to 4:30 pm",
        "Jardine Hall, room 102",
        "(316) 555-0130",
        "https://demo-state.example/registrar",
    ),
)
STAFF = (
    (Role.ADMINISTRATOR, "admin", "Alice Moreno", "Registrar"),
    (Role.OFFICE_STAFF, "bob", "Bob Larsen", "Financial Aid"),
    (Role.AGENT, "carol", "Carol Nguyen", "Admissions"),
)
NUMBERS = (
    ("+13165550101", "Financial Aid front desk", "Financial Aid", Responder.ASSISTANT),
    ("+13165550102", "Admissions questions", "Admissions", Responder.INBOX),
    ("+13165550103", "Registrar texts", "Registrar", Responder.ASSISTANT),
)
CAMPAIGN_NUMBER = ("+16205550104", "Spring orientation")


def is_seeded(desk: Desk) -> bool:
    """Whether the demo institution is there."""
    with desk.db.read() as session:
        return session.scalar(select(Institution.id).where(Institution.slug == SLUG)) is not None


def seed_institution(desk: Desk) -> tuple[SignIn, ...]:
    """Make the demo institution and its people; returns their sign-ins, kept nowhere else."""
    now = desk.clock.now()
    with desk.db.write() as session:
        institution = Institution(
            slug=SLUG, name="Demo State University", time_zone=ZONE, language="en", created_at=now
        )
        session.add(institution)
        session.flush()
        offices = {facts.name: _add_office(session, institution, facts) for facts in OFFICES}
        starts_on = _contract_start(now.date())
        session.add(
            ContractLimits(
                institution_id=institution.id,
                starts_on=starts_on,
                ends_on=starts_on.replace(year=starts_on.year + 1) - timedelta(days=1),
                contacts_limit=5_000,
                numbers_limit=10,
            )
        )
        return tuple(
            _add_person(session, institution, offices[office], role, login, name)
            for role, login, name, office in STAFF
        )


def seed_numbers(desk: Desk) -> None:
    """Give the demo institution its numbers and a running campaign; needs its carrier account."""
    now = desk.clock.now()
    with desk.db.write() as session:
        account = session.scalars(
            select(CarrierAccount)
            .join(Institution, Institution.id == CarrierAccount.institution_id)
            .where(Institution.slug == SLUG)
        ).one()
        inboxes = {
            inbox.office.name: inbox
            for inbox in session.scalars(
                select(Inbox).where(Inbox.institution_id == account.institution_id)
            )
        }
        for e164, name, office, response in NUMBERS:
            _add_number(session, account, inboxes[office], e164, name, response, now)
        _add_campaign(session, account, inboxes["Admissions"], now)


def _contract_start(today: date) -> date:
    return date(today.year if today >= date(today.year, 7, 1) else today.year - 1, 7, 1)


def _add_office(session: Session, institution: Institution, facts: _OfficeFacts) -> Office:
    office = Office(
        institution_id=institution.id,
        slug=facts.name.lower().replace(" ", "-"),
        time_zone=institution.time_zone,
        **vars(facts),
    )
    session.add(office)
    session.flush()
    session.add(
        Inbox(institution_id=institution.id, office_id=office.id, name=f"{facts.name} inbox")
    )
    return office


def _add_person(
    session: Session,
    institution: Institution,
    office: Office,
    role: Role,
    login: str,
    name: str,
) -> SignIn:
    sign_in = SignIn(role, f"{login}@{DOMAIN}", secrets.token_urlsafe(9))
    session.add(
        StaffMember(
            institution_id=institution.id,
            office_id=office.id,
            email=sign_in.email,
            name=name,
            role=role,
            password_hash=passwords.hashed(sign_in.password),
        )
    )
    return sign_in


def _add_number(
    session: Session,
    account: CarrierAccount,
    inbox: Inbox,
    e164: str,
    name: str,
    response: Responder,
    now: datetime,
    kind: NumberKind = NumberKind.REUSABLE,
) -> PhoneNumber:
    number = PhoneNumber(
        institution_id=account.institution_id,
        office_id=inbox.office_id,
        carrier_account_id=account.id,
        e164=e164,
        name=name,
        kind=kind,
        state=NumberState.ACTIVE,
        unsolicited_response=response,
        unsolicited_inbox_id=inbox.id,
        created_at=now,
    )
    session.add(number)
    session.flush()
    return number


def _add_campaign(session: Session, account: CarrierAccount, inbox: Inbox, now: datetime) -> None:
    e164, name = CAMPAIGN_NUMBER
    number = _add_number(
        session, account, inbox, e164, name, Responder.INBOX, now, NumberKind.SINGLE_USE
    )
    campaign = Campaign(
        institution_id=account.institution_id,
        office_id=inbox.office_id,
        number_id=number.id,
        inbox_id=inbox.id,
        name=name,
        state=CampaignState.ACTIVE,
        responder=Responder.ASSISTANT,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    for last_digits in range(150, 174):
        contact = Contact(
            institution_id=account.institution_id,
            e164=f"+16205550{last_digits}",
            created_at=now,
        )
        session.add(contact)
        session.flush()
        session.add(
            CampaignContact(
                institution_id=account.institution_id,
                campaign_id=campaign.id,
                contact_id=contact.id,
                targeted_at=now,
            )
        )
