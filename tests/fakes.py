"""Fakes of the outside world, with memory. They stand at the ports and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from backend.adapters.sandbox_file import SandboxFile
from backend.adapters.sandbox_numbers import SandboxNumbers, line_of
from backend.domain.carrier_refusals import ASKING, refused
from backend.domain.errors import BotUnavailable, CarrierError
from backend.services.ports import (
    AcceptedText,
    AvailableNumber,
    Bot,
    BotAnswer,
    BotReply,
    BotTurn,
    CarriedText,
    Carrier,
    CarrierCredentials,
    Clock,
    Delivery,
    Errand,
    Language,
    LineInfo,
    Nearest,
    NumberOrder,
    OutgoingText,
    OwnedNumber,
    Queue,
    Registration,
    WantedNumber,
)


class FakeClock(Clock):
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.moment

    def pass_time(self, **how_much: float) -> None:
        """Move on, as in `pass_time(minutes=11)`."""
        self.moment += timedelta(**how_much)


class FakeBot(Bot):
    """An assistant that says what it was told to say, and remembers what it was asked.

    `memory` are the conversations it has something of, as Rasa's tracker store would.
    """

    def __init__(self) -> None:
        self.asked: list[BotTurn] = []
        self.memory: set[str] = set()
        self.is_up = True
        self.replies: tuple[BotReply, ...] = (BotReply("Yes, you may.", audience="everyone"),)
        self.intent = "faq_transfer_number"
        self.nearest: tuple[Nearest, ...] = ()
        self.language: Language | None = None  # None is the one it is addressed in
        self.while_thinking: Callable[[BotTurn], None] = lambda _turn: None

    def answer(self, turn: BotTurn) -> BotAnswer:
        """Say the prepared replies, or fail as Rasa does when it is down."""
        self.asked.append(turn)
        self.while_thinking(turn)
        if not self.is_up:
            raise BotUnavailable("The assistant cannot be reached.")
        self.memory.add(turn.conversation)
        return BotAnswer(
            self.replies, self.intent, 0.9, self.language or turn.language, self.nearest
        )

    def remembered(self, conversations: Sequence[str]) -> frozenset[str]:
        """Which of these it has in memory."""
        if not self.is_up:
            raise BotUnavailable("The assistant cannot be reached.")
        return frozenset(self.memory & set(conversations))

    def forget(self, conversations: Sequence[str]) -> frozenset[str]:
        """Take these out of its memory."""
        forgotten = self.remembered(conversations)
        self.memory -= forgotten
        return forgotten

    def is_ready(self) -> bool:
        """Whether it is up."""
        return self.is_up


@dataclass(frozen=True)
class Fault:
    """A call to the carrier that goes wrong: nothing happened, or it `happened` all the same and
    only the answer was lost.
    """

    error: CarrierError
    happened: bool = False


class FakeCarrier(SandboxNumbers, Carrier):
    """A carrier that keeps what it was given, and refuses or fails when told to.

    Its numbers are the sandbox carrier's, in a file in `folder`. `calls` are the names of the
    methods of `Provisioning` that were called; each of `faults`, by such a name, is used once.
    `on_call` is told when each of them is about to act ("before") and has acted ("after").
    Of the area codes in `sold_out` there are no numbers. `refusal` is what every text meets;
    `texts` is what the carrier has had, by SID, `pictures` the pictures of those that had some.
    """

    def __init__(self, folder: Path, clock: Clock | None = None, registration_s: float = 0) -> None:
        super().__init__(SandboxFile(folder / "carrier.db"), clock or FakeClock(), registration_s)
        self.folder = folder
        self.sent: list[OutgoingText] = []
        self.refusal: CarrierError | None = None
        self.texts: dict[str, CarriedText] = {}
        self.pictures: dict[str, tuple[str, ...]] = {}
        self.calls: list[str] = []
        self.faults: dict[str, list[Fault]] = {}
        self.sold_out: set[str | None] = set()
        self.on_call: Callable[[str, str], None] = lambda _when, _method: None

    def send(self, account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        """Take a text, or refuse it; of `faults` those of `send` come first."""
        fault = self._next_fault("send")
        if fault is not None and not fault.happened:
            raise fault.error
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(text)
        sid = f"SM{len(self.sent):032x}"
        pair = (text.from_number, text.to_number)
        self.texts[sid] = CarriedText(
            sid, *pair, text.body, "outbound", "queued", self._clock.now()
        )
        if fault is not None:
            raise fault.error
        return AcceptedText(sid, "queued")

    def receive(
        self, sid: str, from_number: str, to_number: str, body: str, media_count: int = 0
    ) -> None:
        """Have a student's text at the carrier, of which no webhook tells."""
        self.texts[sid] = CarriedText(
            sid,
            from_number,
            to_number,
            body,
            "inbound",
            "received",
            self._clock.now(),
            media_count=media_count,
        )

    def is_authentic(
        self,
        account: CarrierCredentials,
        url: str,
        form: object,
        signature: str,
    ) -> bool:
        """Only the word "genuine" is a good signature."""
        return signature == "genuine"

    def status(self, account: CarrierCredentials, message_sid: str) -> Delivery:
        """That of the text in `texts`."""
        if message_sid not in self.texts:
            raise refused(20404, attempt=ASKING)
        text = self.texts[message_sid]
        return Delivery(text.status, text.error_code)

    def texts_in(
        self, account: CarrierCredentials, since: datetime, until: datetime
    ) -> tuple[CarriedText, ...]:
        """Those of `texts`, whichever account asks, unless a fault is due."""
        with self._disturbed("texts_in"):
            return tuple(text for text in self._by_time() if since <= text.at <= until)

    def texts_between(
        self, account: CarrierCredentials, from_number: str, to_number: str, since: datetime
    ) -> tuple[CarriedText, ...]:
        """Those of `texts`, unless a fault is due."""
        pair = (from_number, to_number)
        with self._disturbed("texts_between"):
            return tuple(
                text
                for text in self._by_time()
                if (text.from_number, text.to_number) == pair and text.at >= since
            )

    def media_of(self, account: CarrierCredentials, message_sid: str) -> tuple[str, ...]:
        """What is in `pictures`."""
        return self.pictures.get(message_sid, ())

    def _by_time(self) -> list[CarriedText]:
        return sorted(self.texts.values(), key=lambda text: text.at)

    def lookup(self, account: CarrierCredentials, e164: str) -> LineInfo:
        """What the sandbox carrier says."""
        return line_of(e164)

    def search(
        self, account: CarrierCredentials, wanted: WantedNumber
    ) -> tuple[AvailableNumber, ...]:
        """The sandbox's, unless a fault is due or the area code is sold out."""
        with self._disturbed("search"):
            if wanted.area_code in self.sold_out:
                return ()
            return super().search(account, wanted)

    def buy(self, account: CarrierCredentials, order: NumberOrder) -> OwnedNumber:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("buy"):
            return super().buy(account, order)

    def owned(
        self, account: CarrierCredentials, e164: str | None = None
    ) -> tuple[OwnedNumber, ...]:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("owned"):
            return super().owned(account, e164)

    def configure(
        self, account: CarrierCredentials, sid: str, *, reference: str, sms_url: str
    ) -> OwnedNumber:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("configure"):
            return super().configure(account, sid, reference=reference, sms_url=sms_url)

    def release(self, account: CarrierCredentials, sid: str) -> None:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("release"):
            super().release(account, sid)

    def join_service(self, account: CarrierCredentials, service_sid: str, sid: str) -> None:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("join_service"):
            super().join_service(account, service_sid, sid)

    def registration(self, account: CarrierCredentials, service_sid: str, sid: str) -> Registration:
        """The sandbox's, unless a fault is due."""
        with self._disturbed("registration"):
            return super().registration(account, service_sid, sid)

    @contextmanager
    def _disturbed(self, method: str) -> Iterator[None]:
        self.calls.append(method)
        self.on_call("before", method)
        fault = self._next_fault(method)
        if fault is not None and not fault.happened:
            raise fault.error
        yield
        self.on_call("after", method)
        if fault is not None:
            raise fault.error

    def _next_fault(self, method: str) -> Fault | None:
        due = self.faults.get(method)
        return due.pop(0) if due else None


class FakeQueue(Queue):
    """A queue that runs nothing until told to; delays are kept, not waited for."""

    def __init__(self) -> None:
        self.notes: list[tuple[Errand, float]] = []
        self.tasks: dict[str, Callable[[str], None]] = {}

    def enqueue(self, errand: Errand, delay_s: float = 0) -> None:
        """Keep the errand."""
        self.notes.append((errand, delay_s))

    def is_ready(self) -> bool:
        """Always."""
        return True

    def work(self) -> None:
        """Run what is due at once, and what that queues, but nothing with a delay."""
        while due := [note for note in self.notes if not note[1]]:
            self._run(due[0])

    def run_next_delayed(self) -> None:
        """Run the first errand that waits for its time, if there is one, and what follows."""
        for note in [note for note in self.notes if note[1]][:1]:
            self._run(note)
        self.work()

    def delay_of(self, task: str) -> float | None:
        """How many seconds the next errand of this kind waits; None when there is none."""
        return min((delay_s for errand, delay_s in self.notes if errand.task == task), default=None)

    def elapse(self, seconds: float) -> None:
        """Have every delay shorter by so much."""
        self.notes = [(errand, max(0.0, delay_s - seconds)) for errand, delay_s in self.notes]

    def run(self, task: str) -> None:
        """Run the first errand of this kind, and what follows."""
        self._run(next(note for note in self.notes if note[0].task == task))
        self.work()

    def _run(self, note: tuple[Errand, float]) -> None:
        self.notes.remove(note)
        self.tasks[note[0].task](note[0].row_id)
