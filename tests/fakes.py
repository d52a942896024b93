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
    """A queue that runs nothing until `work` is called; delays are kept, not waited for."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, float]] = []
        self.tasks: dict[str, Callable[[str], None]] = {}

    def enqueue(self, task: str, row_id: str, delay_s: float = 0) -> None:
        """Keep the note."""
        self.notes.append((task, row_id, delay_s))

    def is_ready(self) -> bool:
        """Always."""
        return True

    def work(self, *, also_delayed: bool = False) -> None:
        """Run what is queued, and what that queues, but for notes with a delay."""
        while due := [note for note in self.notes if also_delayed or not note[2]]:
            self.notes.remove(due[0])
            task, row_id, _delay = due[0]
            self.tasks[task](row_id)
            if also_delayed and due[0][2]:
                return
