"""Every table. Times are UTC; public ids are opaque; every row belongs to an institution."""

from __future__ import annotations

import enum
import secrets
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from backend.domain.campaigns import CampaignState, Skipped
from backend.domain.consent import ConsentKind, ConsentScope
from backend.domain.conversations import Responder
from backend.domain.provisioned_numbers import NumberKind, NumberState, Use
from backend.domain.staff import Role

RowId = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, naive in the database, refused when naive in Python."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment its zone back."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Mapping rules for every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        str: Text(),
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            length=32,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }


def new_id(prefix: str) -> str:
    """An opaque public id of 80 random bits."""
    return f"{prefix}_{secrets.token_hex(10)}"


class Row:
    """A row number of our own, never shown."""

    id: Mapped[int] = mapped_column(RowId, primary_key=True)


class OwnedByInstitution(Row):
    """What belongs to an institution; sessions bound to one see only its rows."""

    @declared_attr
    def institution_id(cls) -> Mapped[int]:  # noqa: N805 — called on the class
        """The institution this row belongs to."""
        return mapped_column(ForeignKey("institutions.id"), index=True)


def public_id(prefix: str) -> Mapped[str]:
    """The id that the outside sees."""
    return mapped_column(String(40), unique=True, default=lambda: new_id(prefix))


def in_a_conversation(table: str) -> Index:
    """The index by which a conversation's rows are found. It begins with the institution, which
    every query names: SQLite would else take an index on that alone and read all of its rows.
    """
    return Index(f"ix_{table}_in_conversation", "institution_id", "conversation_id", "id")


class ParticipantKind(enum.StrEnum):
    """Who the other side of a conversation is."""

    STAFF = "staff"
    CONTACT = "contact"
    VISITOR = "visitor"


class TurnState(enum.StrEnum):
    """A turn's way: one message that the assistant is to answer."""

    WAITING = "waiting"
    RUNNING = "running"
    ANSWERED = "answered"
    FAILED = "failed"
    PASSED_ON = "passed_on"


class Author(enum.StrEnum):
    """Who wrote a message; `system` is the desk itself (STOP confirmations, safety texts),
    `campaign` a campaign's opening message.
    """

    CONTACT = "contact"
    STAFF = "staff"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    CAMPAIGN = "campaign"


class ImportState(enum.StrEnum):
    """An import's way."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class PlanState(enum.StrEnum):
    """A plan's way: shown; put aside for another or by the person; being carried out; done."""

    OPEN = "open"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    DONE = "done"


class OptOutHandledBy(enum.StrEnum):
    """Who confirms STOP, START and HELP to the student."""

    TWILIO = "twilio"
    US = "us"


class Institution(Base, Row):
    """A university or college, with the settings that hold for all its offices.

    `safety_texts` by language answer a crisis (None: the product's own); `replies_per_hour` is
    the most the assistant writes to one student from one number; a conversation that a person
    left idle for `hand_back_after_hours` goes back to the assistant (None: never). Texts that
    staff start wait from `quiet_from_hour` to `quiet_until_hour` in the student's zone. What is
    older than the `…_kept_days` is deleted (None: kept). `contact_key_sealed` is the key,
    encrypted, of the hashes that stand for erased contacts' numbers; made at the first erasure.
    """

    __tablename__ = "institutions"
    public_id: Mapped[str] = public_id("ins")
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    language: Mapped[str] = mapped_column(String(5), default="en")
    opt_out_scope: Mapped[ConsentScope] = mapped_column(default=ConsentScope.NUMBER)
    safety_texts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    replies_per_hour: Mapped[int] = mapped_column(default=10)
    hand_back_after_hours: Mapped[int | None] = mapped_column(default=24)
    quiet_from_hour: Mapped[int] = mapped_column(default=21)
    quiet_until_hour: Mapped[int] = mapped_column(default=8)
    messages_kept_days: Mapped[int | None]
    media_kept_days: Mapped[int | None]
    trackers_kept_days: Mapped[int | None]
    contact_key_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]


class Office(Base, OwnedByInstitution):
    """A campus or office, with the facts that students ask for."""

    __tablename__ = "offices"
    __table_args__ = (UniqueConstraint("institution_id", "slug"),)
    public_id: Mapped[str] = public_id("off")
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str]
    time_zone: Mapped[str]
    hours: Mapped[str | None]
    place: Mapped[str | None]
    phone: Mapped[str | None]
    web_page: Mapped[str | None]
    away_texts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class OfficeHours(Base, OwnedByInstitution):
    """When an office is open on a weekday (0 is Monday), as "HH:MM" in its own zone; a day may
    have several. An office without any never closes.
    """

    __tablename__ = "office_hours"
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    weekday: Mapped[int]
    opens: Mapped[str] = mapped_column(String(5))
    closes: Mapped[str] = mapped_column(String(5))


class OfficeHoliday(Base, OwnedByInstitution):
    """A day on which an office is closed."""

    __tablename__ = "office_holidays"
    __table_args__ = (UniqueConstraint("office_id", "day"),)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    day: Mapped[date]
    name: Mapped[str]


class OnCallContact(Base, OwnedByInstitution):
    """A person who is told at once, by text, when a student of the office is in a crisis."""

    __tablename__ = "on_call_contacts"
    __table_args__ = (UniqueConstraint("office_id", "e164"),)
    public_id: Mapped[str] = public_id("onc")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    name: Mapped[str]
    e164: Mapped[str] = mapped_column(String(40))


class CannedReply(Base, OwnedByInstitution):
    """A reply that an office's agents use again and again."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("office_id", "title"),)
    public_id: Mapped[str] = public_id("can")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[str]


class Inbox(Base, OwnedByInstitution):
    """Where conversations wait for an agent of an office."""

    __tablename__ = "inboxes"
    public_id: Mapped[str] = public_id("inb")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    name: Mapped[str]

    office: Mapped[Office] = relationship()


class StaffMember(Base, OwnedByInstitution):
    """A person who works here."""

    __tablename__ = "staff"
    public_id: Mapped[str] = public_id("stf")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    password_hash: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)

    institution: Mapped[Institution] = relationship()
    office: Mapped[Office] = relationship()


class BrowserSession(Base, OwnedByInstitution):
    """A browser that is signed in; the row goes when it signs out, and its cookie with it."""

    __tablename__ = "browser_sessions"
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]

    staff: Mapped[StaffMember] = relationship()


class AccessToken(Base, OwnedByInstitution):
    """A bearer token for the API, kept as its SHA-256. `scopes` None means all that the person
    it speaks for may do.
    """

    __tablename__ = "access_tokens"
    public_id: Mapped[str] = public_id("tok")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    staff: Mapped[StaffMember] = relationship()


class CarrierAccount(Base, OwnedByInstitution):
    """An account at the carrier; its tokens are encrypted, the previous one still verifies.

    New numbers join its messaging service, which is registered for texting (10DLC); without one
    nothing tells when a number is registered, and new numbers are in service at once. What the
    carrier had received up to `texts_listed_to` has been fetched from its list.
    """

    __tablename__ = "carrier_accounts"
    public_id: Mapped[str] = public_id("car")
    account_sid: Mapped[str] = mapped_column(String(34), unique=True)
    auth_token_sealed: Mapped[bytes]
    previous_auth_token_sealed: Mapped[bytes | None]
    opt_out_handled_by: Mapped[OptOutHandledBy]
    messaging_service_sid: Mapped[str | None] = mapped_column(String(34))
    texts_listed_to: Mapped[datetime | None]


class Paced:
    """How fast and how much may be sent, and how far it has come.

    The settings are None where the default holds (for a number its kind of line's, for a
    campaign its number's). `next_text_at` is when the next segment may go; `segments_counted`
    were sent on `counted_on`, a day in the institution's zone.
    """

    segments_per_minute: Mapped[int | None]
    segments_per_day: Mapped[int | None]
    next_text_at: Mapped[datetime | None]
    counted_on: Mapped[date | None]
    segments_counted: Mapped[int] = mapped_column(default=0)


class PhoneNumber(Base, OwnedByInstitution, Paced):
    """A provisioned number. One row in force per number; released rows stay as history.

    `lease_until` says until when nobody else should see to it at the carrier.
    """

    __tablename__ = "phone_numbers"
    __table_args__ = (
        Index(
            "uq_phone_numbers_in_force",
            "e164",
            unique=True,
            sqlite_where=text("state <> 'released'"),
            postgresql_where=text("state <> 'released'"),
        ),
    )
    public_id: Mapped[str] = public_id("num")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    created_by_office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    carrier_account_id: Mapped[int] = mapped_column(ForeignKey("carrier_accounts.id"))
    carrier_sid: Mapped[str | None] = mapped_column(String(34))
    e164: Mapped[str] = mapped_column(String(40))
    name: Mapped[str]
    kind: Mapped[NumberKind]
    state: Mapped[NumberState] = mapped_column(index=True)
    state_since: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    is_registration_refused: Mapped[bool] = mapped_column(default=False)
    unsolicited_response: Mapped[Responder]
    unsolicited_inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id"))
    created_at: Mapped[datetime]
    first_used_at: Mapped[datetime | None]
    first_use: Mapped[Use | None]
    first_use_reference: Mapped[str | None] = mapped_column(String(40))

    institution: Mapped[Institution] = relationship()
    office: Mapped[Office] = relationship(foreign_keys=[office_id])
    created_by_office: Mapped[Office] = relationship(foreign_keys=[created_by_office_id])
    carrier_account: Mapped[CarrierAccount] = relationship()
    unsolicited_inbox: Mapped[Inbox] = relationship()


class Campaign(Base, OwnedByInstitution, Paced):
    """A campaign of an office on one number; while active its behaviour wins."""

    __tablename__ = "campaigns"
    __table_args__ = (
        Index(
            "uq_campaigns_active_on_number",
            "number_id",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )
    public_id: Mapped[str] = public_id("cmp")
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    number_id: Mapped[int | None] = mapped_column(ForeignKey("phone_numbers.id"), index=True)
    inbox_id: Mapped[int] = mapped_column(ForeignKey("inboxes.id"))
    name: Mapped[str]
    opening_text: Mapped[str] = mapped_column(default="")
    state: Mapped[CampaignState] = mapped_column(index=True)
    responder: Mapped[Responder]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    office: Mapped[Office] = relationship()
    number: Mapped[PhoneNumber | None] = relationship()
    inbox: Mapped[Inbox] = relationship()


class Contact(Base, OwnedByInstitution):
    """A student, as known by a phone number. Of one whose data was deleted (`erased_at`) only
    the consent is left, and `e164` is a keyed hash: if they text again it is known.
    """

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("institution_id", "e164"),)
    public_id: Mapped[str] = public_id("ctc")
    e164: Mapped[str] = mapped_column(String(40))
    name: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(5))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class CampaignContact(Base, OwnedByInstitution):
    """A contact of a campaign. From activation on it is targeted, which is what the contract
    limit on contacts counts; then it gets the opening message, or is skipped for a reason.
    """

    __tablename__ = "campaign_contacts"
    __table_args__ = (UniqueConstraint("campaign_id", "contact_id"),)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    targeted_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    skipped: Mapped[Skipped | None]

    contact: Mapped[Contact] = relationship()


class ContactImport(Base, OwnedByInstitution):
    """A file of contacts on its way into a campaign; `content` is dropped when it is done.

    `rows_done` of `rows_total` good rows is how far it has come; `problems` holds the faults of
    the `bad` ones (the first thousand), each `{row, field, code, fix}`.
    """

    __tablename__ = "contact_imports"
    public_id: Mapped[str] = public_id("imp")
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[ImportState] = mapped_column(index=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    already_there: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship()


class IdempotencyKey(Base, OwnedByInstitution):
    """A key that came with a request that creates something: the same request again gets the
    same thing (`result`, a public id), any other is refused.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("institution_id", "key"),)
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    result: Mapped[str] = mapped_column(String(40), index=True)
    created_at: Mapped[datetime]


class Conversation(Base, OwnedByInstitution):
    """Words between us and one participant on one channel.

    A texting conversation is a pair: the number texted and the contact. `with_person` mutes
    the assistant; `needs_attention` lists it in the inbox. `taken_by` is the agent whose it is,
    `last_person_at` when a person last saw to it. It is open again when a message comes after
    `resolved_at`. The assistant has said what it is at `introduced_at` and failed to help
    `failures_in_row` times since it last did; `asked_to_stop_at` is when we last asked whether
    the student meant to end texts; `away_note_on` the day of the last away note.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("number_id", "contact_id"),
        Index("ix_conversations_latest", "institution_id", "last_message_at"),
        # Few of them are, and the sweep looks for those few every time.
        *(
            Index(
                f"ix_conversations_{which}",
                "institution_id",
                "last_message_at",
                sqlite_where=text(f"{which} = 1"),
                postgresql_where=text(which),
            )
            for which in ("with_person", "is_urgent")
        ),
    )
    public_id: Mapped[str] = public_id("cnv")
    channel: Mapped[str] = mapped_column(String(10))
    participant_kind: Mapped[ParticipantKind]
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    number_id: Mapped[int | None] = mapped_column(ForeignKey("phone_numbers.id"))
    inbox_id: Mapped[int | None] = mapped_column(ForeignKey("inboxes.id"), index=True)
    with_person: Mapped[bool] = mapped_column(default=False)
    needs_attention: Mapped[bool] = mapped_column(default=False)
    is_urgent: Mapped[bool] = mapped_column(default=False)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    last_person_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    introduced_at: Mapped[datetime | None]
    failures_in_row: Mapped[int] = mapped_column(default=0)
    asked_to_stop_at: Mapped[datetime | None]
    away_note_on: Mapped[date | None]
    created_at: Mapped[datetime]
    last_message_at: Mapped[datetime]

    institution: Mapped[Institution] = relationship()
    office: Mapped[Office] = relationship()
    staff: Mapped[StaffMember | None] = relationship(foreign_keys=[staff_id])
    taken_by: Mapped[StaffMember | None] = relationship(foreign_keys=[taken_by_id])
    contact: Mapped[Contact | None] = relationship()
    number: Mapped[PhoneNumber | None] = relationship()
    inbox: Mapped[Inbox | None] = relationship()


class ConversationEvent(Base, OwnedByInstitution):
    """A line of a conversation's timeline that is not a message."""

    __tablename__ = "conversation_events"
    __table_args__ = (in_a_conversation("conversation_events"),)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str]
    at: Mapped[datetime]


class ConversationRead(Base, OwnedByInstitution):
    """How far a staff member has read a conversation: up to `message_id`, a row number."""

    __tablename__ = "conversation_reads"
    __table_args__ = (UniqueConstraint("staff_id", "conversation_id"),)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[int] = mapped_column(RowId)


class Message(Base, OwnedByInstitution):
    """One message either way.

    `sender_message_id` is the id its sender gave it (MessageSid, or a web page's own);
    `details` holds what a reply carries besides text: buttons, source, link; `media` the
    addresses of pictures. `staff_id` is who wrote it, of a staff member's text to a student. It
    is not sent before `not_before`; `segments` is what it takes to send, None for other ways.
    """

    __tablename__ = "messages"
    __table_args__ = (
        in_a_conversation("messages"),
        Index("ix_messages_status", "status", "created_at"),
        UniqueConstraint("institution_id", "carrier_sid"),
        UniqueConstraint("conversation_id", "sender_message_id"),
    )
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    public_id: Mapped[str] = public_id("msg")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    reply_to_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    author: Mapped[Author]
    body: Mapped[str]
    media: Mapped[list[str]] = mapped_column(default=list)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sender_message_id: Mapped[str | None] = mapped_column(String(80))
    carrier_sid: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(24))
    segments: Mapped[int | None]
    not_before: Mapped[datetime | None]
    error_code: Mapped[int | None]
    error_reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)

    conversation: Mapped[Conversation] = relationship()
    staff: Mapped[StaffMember | None] = relationship()


class Turn(Base, OwnedByInstitution):
    """One message for the assistant to answer, with the turn token (kept as its SHA-256).

    The token proves to the internal listener on whose behalf an action asks; it dies when the
    turn closes or after 60 seconds.
    """

    __tablename__ = "turns"
    __table_args__ = (in_a_conversation("turns"),)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    public_id: Mapped[str] = public_id("trn")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[TurnState] = mapped_column(index=True)
    payload: Mapped[str | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    lease_until: Mapped[datetime | None]
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    conversation: Mapped[Conversation] = relationship()
    message: Mapped[Message] = relationship(foreign_keys=[message_id])
    staff: Mapped[StaffMember | None] = relationship()


class ReplyButton(Base, OwnedByInstitution):
    """A button under a reply. Its public id is all a browser ever sees of it."""

    __tablename__ = "reply_buttons"
    public_id: Mapped[str] = public_id("btn")
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    title: Mapped[str]
    payload: Mapped[str]


class Plan(Base, OwnedByInstitution):
    """What the assistant has proposed to do, for one person in one conversation.

    `request` is the exact operation, `facts` what was shown and must still be so when it is
    confirmed; `shown_turn_id` the turn whose reply showed it last. `receipt` is what came of it.
    """

    __tablename__ = "plans"
    public_id: Mapped[str] = public_id("pln")
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    shown_turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id"))
    job: Mapped[str] = mapped_column(String(40))
    request: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    state: Mapped[PlanState]
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class UnansweredQuestion(Base, OwnedByInstitution):
    """A message that the assistant had no answer to, for people to review.

    `nearest` are the intents that it was nearest to, each `{name, confidence}`, nearest first.
    """

    __tablename__ = "unanswered_questions"
    message_id: Mapped[int] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), unique=True
    )
    channel: Mapped[str] = mapped_column(String(10))
    nearest: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime]

    message: Mapped[Message] = relationship()


class ConsentEvent(Base, OwnedByInstitution):
    """Evidence of an opt-out or opt-in: which message, when, by which rule, how far."""

    __tablename__ = "consent_events"
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    kind: Mapped[ConsentKind]
    scope: Mapped[ConsentScope]
    scope_id: Mapped[int] = mapped_column(RowId)
    rule: Mapped[str]
    at: Mapped[datetime]


class ContractLimits(Base, OwnedByInstitution):
    """What an institution may use in one contract period, both days included."""

    __tablename__ = "contract_limits"
    __table_args__ = (UniqueConstraint("institution_id", "starts_on"),)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    contacts_limit: Mapped[int]
    numbers_limit: Mapped[int]


class AuditEvent(Base, OwnedByInstitution):
    """Who did what, when, through which channel. Rows are only ever added: the database refuses
    to change or delete one.

    `subject` is the public id of what it was done to, `message` that of the words that asked:
    an id and no key, so that the words can be deleted.
    """

    __tablename__ = "audit_events"
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    public_id: Mapped[str] = public_id("aud")
    message: Mapped[str | None] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str | None] = mapped_column(String(40), index=True)
    outcome: Mapped[str]
    at: Mapped[datetime]

    staff: Mapped[StaffMember | None] = relationship()


class UnroutedText(Base, OwnedByInstitution):
    """An authentic text to a number that is not ours: kept so that nothing is lost."""

    __tablename__ = "unrouted_texts"
    __table_args__ = (UniqueConstraint("institution_id", "carrier_sid"),)
    carrier_sid: Mapped[str] = mapped_column(String(64))
    from_number: Mapped[str] = mapped_column(String(40))
    to_number: Mapped[str] = mapped_column(String(40))
    body: Mapped[str]
    received_at: Mapped[datetime]
