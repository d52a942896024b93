"""The demo institution: enough of everything to try the product, made on the first run."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.db.tables import (
    Campaign,
    CampaignContact,
    CannedReply,
    CarrierAccount,
    Contact,
    ContractLimits,
    Inbox,
    Institution,
    Office,
    OfficeHours,
    OnCallContact,
    OptOutHandledBy,
    PhoneNumber,
    StaffMember,
)
from backend.domain.campaigns import CampaignState
from backend.domain.conversations import Responder
from backend.domain.office_settings import OnCall, Span, Week, told
from backend.domain.provisioned_numbers import NumberKind, NumberState
from backend.domain.staff import Role
from backend.services import passwords
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.ports import NumberOrder
from backend.services.provisioning import sms_url

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
    """An office; `days` from Monday on it is open from the first to the second of `hours`."""

    name: str
    days: int
    hours: Span
    place: str
    phone: str
    web_page: str
    on_call: OnCall

    @property
    def week(self) -> Week:
        """Opening hours, Monday first."""
        return tuple((self.hours,) if weekday < self.days else () for weekday in range(7))


OFFICES = (
    _OfficeFacts(
        "Admissions",
        5,
        Span("08:00", "17:00"),
        "Welcome Center, 1 Campus Way",
        "(316) 555-0110",
        "https://demo-state.example/admissions",
        OnCall("Priya Shah", "+13165550191"),
    ),
    _OfficeFacts(
        "Financial Aid",
        4,
        Span("09:00", "16:00"),
        "Jardine Hall, room 203",
        "(316) 555-0120",
        "https://demo-state.example/financial-aid",
        OnCall("Marcus Hill", "+13165550192"),
    ),
    _OfficeFacts(
        "Registrar",
        5,
        Span("08:30", "16:30"),
        "Jardine Hall, room 102",
        "(316) 555-0130",
        "https://demo-state.example/registrar",
        OnCall("Elena Ortiz", "+13165550193"),
    ),
)
CANNED_REPLIES = (
    ("Thanks", "Thank you for your text. Is there anything else we can help with?"),
    ("We are looking into it", "We are looking into this and will text you back today."),
    (
        "Please call us",
        "This is quicker on the phone. Please call our office during opening hours.",
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


def new_sign_ins() -> tuple[SignIn, ...]:
    """Fresh passwords for the demo's people; kept nowhere but where the caller writes them."""
    return tuple(
        SignIn(role, f"{login}@{DOMAIN}", secrets.token_urlsafe(9))
        for role, login, _name, _office in STAFF
    )


def seed(desk: Desk, sign_ins: Sequence[SignIn], *, with_numbers: bool) -> None:
    """Make the demo institution with all that is in it, at once or not at all.

    The made-up numbers, and the campaign on one of them, are for the sandbox carrier only.
    """
    now = desk.clock.now()
    with desk.db.write() as session:
        institution = Institution(
            slug=SLUG, name="Demo State University", time_zone=ZONE, language="en", created_at=now
        )
        session.add(institution)
        session.flush()
        inboxes = {facts.name: _add_office(session, institution, facts) for facts in OFFICES}
        starts_on = _contract_start(now.astimezone(ZoneInfo(ZONE)).date())
        session.add(
            ContractLimits(
                institution_id=institution.id,
                starts_on=starts_on,
                ends_on=starts_on.replace(year=starts_on.year + 1) - timedelta(days=1),
                contacts_limit=5_000,
                numbers_limit=10,
            )
        )
        for sign_in, (_role, _login, name, office) in zip(sign_ins, STAFF, strict=True):
            _add_person(session, inboxes[office], sign_in, name)
        account = CarrierAccount(
            institution_id=institution.id,
            account_sid=f"AC{secrets.token_hex(16)}",
            auth_token_sealed=desk.cipher.encrypt(secrets.token_hex(16)),
            opt_out_handled_by=OptOutHandledBy.US,
        )
        session.add(account)
        session.flush()
        if not with_numbers:
            return
        for e164, name, office, response in NUMBERS:
            _add_number(session, account, inboxes[office], e164, name, response, now)
        _add_campaign(session, account, inboxes["Admissions"], now)


def stock(desk: Desk) -> None:
    """Have the sandbox carrier own the demo's numbers, as if they had been bought from it."""
    with desk.db.read() as session:
        rows = session.scalars(
            select(PhoneNumber).where(
                PhoneNumber.carrier_sid.is_(None), PhoneNumber.state == NumberState.ACTIVE
            )
        )
        missing = [
            (row.public_id, row.e164, credentials(desk, row.carrier_account)) for row in rows
        ]
    for number_id, e164, account in missing:
        found = desk.carrier.owned(account, e164) or (
            desk.carrier.buy(account, NumberOrder(e164, number_id, sms_url(desk))),
        )
        with desk.db.write() as session:
            row = session.scalars(
                select(PhoneNumber).where(PhoneNumber.public_id == number_id)
            ).one()
            row.carrier_sid = found[0].sid


def _contract_start(today: date) -> date:
    return date(today.year if today >= date(today.year, 7, 1) else today.year - 1, 7, 1)


def _add_office(session: Session, institution: Institution, facts: _OfficeFacts) -> Inbox:
    office = Office(
        institution_id=institution.id,
        slug=facts.name.lower().replace(" ", "-"),
        time_zone=institution.time_zone,
        name=facts.name,
        hours=told(facts.week),
        place=facts.place,
        phone=facts.phone,
        web_page=facts.web_page,
    )
    session.add(office)
    session.flush()
    own = {"institution_id": institution.id, "office_id": office.id}
    session.add_all(
        OfficeHours(**own, weekday=weekday, opens=span.opens, closes=span.closes)
        for weekday, spans in enumerate(facts.week)
        for span in spans
    )
    session.add(OnCallContact(**own, name=facts.on_call.name, e164=facts.on_call.phone_number))
    session.add_all(CannedReply(**own, title=title, body=body) for title, body in CANNED_REPLIES)
    inbox = Inbox(institution_id=institution.id, office_id=office.id, name=f"{facts.name} inbox")
    session.add(inbox)
    session.flush()
    return inbox


def _add_person(session: Session, inbox: Inbox, sign_in: SignIn, name: str) -> None:
    session.add(
        StaffMember(
            institution_id=inbox.institution_id,
            office_id=inbox.office_id,
            email=sign_in.email,
            name=name,
            role=sign_in.role,
            password_hash=passwords.hashed(sign_in.password),
        )
    )


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
        created_by_office_id=inbox.office_id,
        carrier_account_id=account.id,
        e164=e164,
        name=name,
        kind=kind,
        state=NumberState.ACTIVE,
        unsolicited_response=response,
        unsolicited_inbox_id=inbox.id,
        created_at=now,
        state_since=now,
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
        opening_text="Welcome! Orientation is on its way. Reply with any question.",
        state=CampaignState.ACTIVE,
        responder=Responder.ASSISTANT,
        created_at=now,
        activated_at=now,
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
