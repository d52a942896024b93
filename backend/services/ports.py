"""Protocols of the outside world. Adapters implement them; services know nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol

Audience = Literal["staff", "student"]
ReplyAudience = Literal["staff", "student", "everyone"]
Channel = Literal["web", "sms", "slack"]
Language = Literal["en", "es"]


class Clock(Protocol):
    """Time, as an argument."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...


@dataclass(frozen=True)
class CarrierCredentials:
    """One carrier account with its secrets in the clear; lives for a call, is never stored."""

    account_sid: str
    auth_token: str = field(repr=False)
    previous_auth_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class OutgoingText:
    """A text to send: E.164 numbers, body of at most 1,600 characters, absolute callback URL;
    `media` are the web addresses of at most ten pictures.
    """

    from_number: str
    to_number: str
    body: str
    status_callback: str
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class AcceptedText:
    """What the carrier said when it took a text: its SID (`SM…`) and first status."""

    sid: str
    status: str


class Delivery(NamedTuple):
    """How far a text has come, in Twilio's words (`queued`, `sent`, `delivered`, …), and the
    carrier's error number if it failed.
    """

    status: str
    error_code: int | None = None


@dataclass(frozen=True)
class CarriedText:
    """A text as the carrier keeps it; `inbound` came from the student. `at` (UTC) is when the
    carrier received or sent it, or took it in if it still waits to be sent. `media_count` is how
    many pictures came with it.
    """

    sid: str
    from_number: str
    to_number: str
    body: str
    direction: Literal["inbound", "outbound"]
    status: str
    at: datetime
    error_code: int | None = None
    media_count: int = 0


@dataclass(frozen=True)
class LineInfo:
    """Whose number it is: the carrier's name, and Twilio's line type (`mobile`, `landline`,
    `fixedVoip`, `nonFixedVoip`, `tollFree`, …); None where the carrier cannot tell.
    """

    carrier: str | None
    line_type: str | None


class Texting(Protocol):
    """The part of a carrier that texts.

    https://www.twilio.com/docs/messaging/api/message-resource
    """

    def send(self, account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        """Hand one text to the carrier. Not idempotent.

        Raises `CarrierError`: `permanent` for a number or content that can never go through,
        `may_have_happened` when the answer was lost.
        """
        ...

    def is_authentic(
        self,
        account: CarrierCredentials,
        url: str,
        form: Sequence[tuple[str, str]],
        signature: str,
    ) -> bool:
        """Whether `signature` (X-Twilio-Signature) was made over `url` and `form` with the
        account's current or previous token.

        https://www.twilio.com/docs/usage/security
        """
        ...

    def status(self, account: CarrierCredentials, message_sid: str) -> Delivery:
        """How far a text has come.

        Raises `CarrierError` 20404 for a text the carrier does not know.
        """
        ...

    def texts_in(
        self, account: CarrierCredentials, since: datetime, until: datetime
    ) -> tuple[CarriedText, ...]:
        """Every text that the account received or sent from `since` to `until` (both included),
        oldest first; one that still waits to be sent may be missing. Ask for spans of minutes:
        all of it is held in memory.
        """
        ...

    def texts_between(
        self, account: CarrierCredentials, from_number: str, to_number: str, since: datetime
    ) -> tuple[CarriedText, ...]:
        """The account's latest texts (200 at most) from one number to another since a moment,
        oldest first, those that still wait to be sent too.
        """
        ...

    def media_of(self, account: CarrierCredentials, message_sid: str) -> tuple[str, ...]:
        """The web addresses of a text's pictures, as its webhook names them.

        https://www.twilio.com/docs/messaging/api/media-resource
        """
        ...

    def lookup(self, account: CarrierCredentials, e164: str) -> LineInfo:
        """Which carrier serves a number, and what kind of line it is.

        https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence
        """
        ...


@dataclass(frozen=True)
class Place:
    """A ZIP code's middle, in degrees, and the area codes in use there."""

    latitude: float
    longitude: float
    area_codes: tuple[str, ...]


@dataclass(frozen=True)
class WantedNumber:
    """What a number should be like; what is None does not matter.

    `contains` are digits anywhere in the number, `*` stands for any digit.
    """

    area_code: str | None = None
    contains: str | None = None
    near: Place | None = None
    most: int = 10


@dataclass(frozen=True)
class AvailableNumber:
    """A number that can be bought; place names are empty where the carrier gives none."""

    e164: str
    city: str
    state: str


@dataclass(frozen=True)
class NumberOrder:
    """A number to buy. `reference` (at most 64 characters) stays on it at the carrier, so that an
    order whose answer was lost can be found again; `sms_url` is where its texts are reported.
    """

    e164: str
    reference: str
    sms_url: str


@dataclass(frozen=True)
class OwnedNumber:
    """A number of ours as the carrier has it; `sid` is Twilio's (`PN…`)."""

    sid: str
    e164: str
    reference: str
    sms_url: str


class Registration(StrEnum):
    """How far the mobile carriers are with clearing a number for texts (10DLC)."""

    PENDING = "pending"
    REGISTERED = "registered"
    REFUSED = "refused"


class Provisioning(Protocol):
    """The part of a carrier that sells numbers.

    https://www.twilio.com/docs/phone-numbers/api
    """

    def search(
        self, account: CarrierCredentials, wanted: WantedNumber
    ) -> tuple[AvailableNumber, ...]:
        """US numbers that fit and can take texts, at most `wanted.most`; () when there is none."""
        ...

    def buy(self, account: CarrierCredentials, order: NumberOrder) -> OwnedNumber:
        """Buy one number. Not idempotent.

        Raises `CarrierError` with Twilio's number: 21422 is taken, 21421 no number, 21452 none
        there, 21631 an address is required, 20429 busy; `may_have_happened` when the answer was
        lost.
        """
        ...

    def owned(
        self, account: CarrierCredentials, e164: str | None = None
    ) -> tuple[OwnedNumber, ...]:
        """Every number of the account, or the one that is asked for."""
        ...

    def configure(
        self, account: CarrierCredentials, sid: str, *, reference: str, sms_url: str
    ) -> OwnedNumber:
        """Set a number's reference and where its texts are reported. Idempotent."""
        ...

    def release(self, account: CarrierCredentials, sid: str) -> None:
        """Give a number back; one that is gone already is fine. It cannot be undone."""
        ...

    def join_service(self, account: CarrierCredentials, service_sid: str, sid: str) -> None:
        """Put a number in a messaging service's pool; one that is in it already is fine."""
        ...

    def registration(self, account: CarrierCredentials, service_sid: str, sid: str) -> Registration:
        """How far the registration of a number in a messaging service's pool is.

        https://www.twilio.com/docs/messaging/compliance/a2p-10dlc
        """
        ...


class Carrier(Texting, Provisioning, Protocol):
    """A telephone carrier with Twilio's manners. Every method raises `CarrierError`."""


class Simulator(Protocol):
    """A pretend phone: only the sandbox carrier has one."""

    def receive(
        self,
        account: CarrierCredentials,
        from_number: str,
        to_number: str,
        body: str,
        media: Sequence[str] = (),
    ) -> str:
        """Text one of our numbers as a student would, with pictures by their web addresses;
        returns the MessageSid. The signed webhook follows through the queue.
        """
        ...

    def messages(self, number_a: str, number_b: str) -> list[CarriedText]:
        """Everything texted between two numbers, oldest first."""
        ...


@dataclass(frozen=True)
class Button:
    """A choice under a reply; `payload` is Rasa's own and never leaves the backend."""

    title: str
    payload: str


@dataclass(frozen=True)
class Source:
    """Where an answer's facts come from."""

    article: str
    section: str
    modified: str


@dataclass(frozen=True)
class Link:
    """A page that goes with a reply."""

    title: str
    url: str


@dataclass(frozen=True)
class BotReply:
    """One reply of the assistant.

    `audience` None means the reply does not say whom it is for: it is then for staff only.
    `hand_off` asks that a person take over the conversation.
    """

    text: str
    audience: ReplyAudience | None = None
    buttons: tuple[Button, ...] = ()
    source: Source | None = None
    link: Link | None = None
    hand_off: bool = False


@dataclass(frozen=True)
class BotTurn:
    """One message for the assistant, as the backend authenticated it.

    `text` is what a person typed; `payload`, if any, is the stored payload of a button that
    was pressed and takes its place. `institution` and `office` are slugs, the names are for
    people. `rights` tell which buttons are worth showing, and give none: `numbers`, `campaigns`,
    `limits`.
    """

    conversation: str
    message_id: str
    text: str
    payload: str | None
    turn_token: str = field(repr=False)
    audience: Audience
    channel: Channel
    language: Language
    institution: str
    institution_name: str
    office: str | None
    office_name: str | None
    rights: tuple[str, ...] = ()


@dataclass(frozen=True)
class Nearest:
    """An intent that a message was near to, and how near: 0 to 1."""

    name: str
    confidence: float


@dataclass(frozen=True)
class BotAnswer:
    """What the assistant made of a turn; `language` is the one it answered in.

    `nearest` are the intents it may have been, nearest first, when the assistant was unsure.
    """

    replies: tuple[BotReply, ...]
    intent: str
    confidence: float
    language: Language
    nearest: tuple[Nearest, ...] = ()


class Bot(Protocol):
    """The assistant."""

    def answer(self, turn: BotTurn) -> BotAnswer:
        """Answer one turn; the same `message_id` gets the recorded replies.

        Raises `BotUnavailable` when Rasa or its action server could not answer in time.
        """
        ...

    def remembered(self, conversations: Sequence[str]) -> frozenset[str]:
        """Which of these conversations the assistant holds anything of in its memory, a copy of
        what was said lately. Raises `BotUnavailable`.
        """
        ...

    def forget(self, conversations: Sequence[str]) -> frozenset[str]:
        """Have the assistant's memory of these conversations deleted; those it had anything of.

        Idempotent. Raises `BotUnavailable`, and then some may be forgotten.
        """
        ...

    def is_ready(self) -> bool:
        """Whether the assistant has a model and answers."""
        ...


class Errand(NamedTuple):
    """Something for the worker to look at: a task, and a row by its public id."""

    task: Literal[
        "answer",
        "send",
        "let_texts_go",
        "look_after_number",
        "start_campaign",
        "import_contacts",
        "let_texts_go",
        "catch_up_with_carriers",
        "deliver_sandbox_webhooks",
    ]
    row_id: str


class Queue(Protocol):
    """Says "look at row N" to the worker; the row is the truth."""

    def enqueue(self, errand: Errand, delay_s: float = 0) -> None:
        """Leave an errand for the worker, to be run after so many seconds.

        Never raises: the row is committed already, and the sweep finds it.
        """
        ...

    def is_ready(self) -> bool:
        """Whether tasks can be put in the queue."""
        ...


class Cipher(Protocol):
    """Encrypts secrets at rest under rotatable keys."""

    def encrypt(self, secret: str) -> bytes:
        """Encrypt under the newest key."""
        ...

    def decrypt(self, sealed: bytes) -> str:
        """Decrypt with whichever key fits."""
        ...
