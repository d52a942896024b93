"""Fakes of the outside world, with memory. They stand at the ports and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from backend.domain.errors import BotUnavailable, CarrierError
from backend.services.ports import (
    AcceptedText,
    Bot,
    BotAnswer,
    BotReply,
    BotTurn,
    Carrier,
    CarrierCredentials,
    Clock,
    Errand,
    OutgoingText,
    Queue,
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
    """An assistant that says what it was told to say, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[BotTurn] = []
        self.is_up = True
        self.replies: tuple[BotReply, ...] = (BotReply("Yes, you may.", audience="everyone"),)
        self.while_thinking: Callable[[BotTurn], None] = lambda _turn: None

    def answer(self, turn: BotTurn) -> BotAnswer:
        """Say the prepared replies, or fail as Rasa does when it is down."""
        self.asked.append(turn)
        self.while_thinking(turn)
        if not self.is_up:
            raise BotUnavailable("The assistant cannot be reached.")
        return BotAnswer(self.replies, "faq_transfer_number", 0.9, turn.language)

    def is_ready(self) -> bool:
        """Whether it is up."""
        return self.is_up


class FakeCarrier(Carrier):
    """A carrier that keeps what it was given, and refuses when told to."""

    def __init__(self) -> None:
        self.sent: list[OutgoingText] = []
        self.refusal: CarrierError | None = None

    def send(self, account: CarrierCredentials, text: OutgoingText) -> AcceptedText:
        """Take a text, or refuse it."""
        if self.refusal is not None:
            raise self.refusal
        self.sent.append(text)
        return AcceptedText(f"SM{len(self.sent):032x}", "queued")

    def is_authentic(
        self,
        account: CarrierCredentials,
        url: str,
        form: object,
        signature: str,
    ) -> bool:
        """Only the word "genuine" is a good signature."""
        return signature == "genuine"


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

    def _run(self, note: tuple[Errand, float]) -> None:
        self.notes.remove(note)
        self.tasks[note[0].task](note[0].row_id)
