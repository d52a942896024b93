"""What a member of staff says to the running product, and how long each turn took."""

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.bench.client import Connection
from bot.bench.relay import Heard, Relay
from bot.bench.texts import never_repeating

Answer = dict[str, Any]

# Kinds of turns that are measured.
FAQ, QUOTA = "faq", "quota"
QUESTION, INTERRUPTION, PLAN = "question", "interruption", "plan"
KINDS = (FAQ, QUOTA, QUESTION, INTERRUPTION, PLAN)
# The turn that ends a job: said, and no kind of its own.
_CANCEL = "cancel"
_JOB = "create_reusable_number"

# Said a little differently each time, and never so that another job is meant.
_STARTS = (
    "create a reusable number called {name}", "I need a new reusable number named {name}",
    "please create a new reusable number called {name}", "set up a reusable number named {name}",
)  # fmt: skip
_ASKS_FOR_A_PLAN = (
    "create a reusable number for {office} in {place}, the assistant answers",
    "create a new reusable number for {office} with area code {place}, the assistant answers",
)
_OFFICES = ("Admissions", "Financial Aid", "the Registrar")
_PLACES = ("316", "620")
_NAMES = ("Spring", "Fall", "Summer", "Housing", "Honors", "Visits", "Parents", "Alumni")


@dataclass(frozen=True)
class Said:
    """One message, and the kind of turn it is meant to be."""

    kind: str
    text: str


@dataclass(frozen=True)
class Took:
    """How long a turn took, in seconds: at Rasa's door, and in the chat as its caller sees it.

    ``counts`` says whether the answer was of the kind that was meant.
    """

    kind: str
    door: float
    chat: float
    counts: bool


@dataclass
class Script:
    """Messages without end, none twice: questions out of the training data, and jobs."""

    faq: Iterator[str]
    quota: Iterator[str]
    chance: random.Random
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @classmethod
    def of(cls, phrases: Mapping[str, Sequence[str]], uttered: set[str], seed: int) -> "Script":
        """Out of the examples by intent; ``uttered`` are the intents that an answer alone ends."""
        faq = sorted(intent for intent in uttered if intent.startswith("faq_"))
        questions = [text for intent in faq for text in phrases[intent]]
        return cls(
            never_repeating(questions, seed),
            never_repeating(phrases["check_quota"], seed),
            random.Random(seed),
        )

    def plain(self) -> list[Said]:
        """A question and the quota: an answer alone, and an action alone."""
        return [Said(FAQ, next(self.faq)), Said(QUOTA, next(self.quota))]

    def job(self) -> list[Said]:
        """A job that is begun, interrupted by a question and left."""
        name = f"{self.chance.choice(_NAMES)} {next(self._numbers)}"
        start = self.chance.choice(_STARTS).format(name=name)
        return [
            Said(QUESTION, start), Said(INTERRUPTION, next(self.faq)), Said(_CANCEL, "cancel"),
        ]  # fmt: skip

    def plan(self) -> list[Said]:
        """A job whose plan is shown at once, and left."""
        wish = self.chance.choice(_ASKS_FOR_A_PLAN).format(
            office=self.chance.choice(_OFFICES), place=self.chance.choice(_PLACES)
        )
        return [Said(PLAN, wish), Said(_CANCEL, "never mind, cancel")]

    def everything(self) -> list[Said]:
        """Each kind once."""
        return [*self.plain(), *self.job(), *self.plan()]


@dataclass
class Staff:
    """A person with a token in the chat; knows what Rasa answered from the relay before it."""

    connection: Connection
    token: str
    relay: Relay

    async def converse(
        self, said: Sequence[Said], conversation: str | None = None
    ) -> tuple[list[Took], str]:
        """Say some messages one after the other: what each took, and the conversation's id."""
        took = []
        for one in said:
            turn, conversation = await self._say(one, conversation)
            took.append(turn)
        return took, str(conversation)

    async def _say(self, said: Said, conversation: str | None) -> tuple[Took, str]:
        body = {"text": said.text, "conversation": conversation}
        headers = {"Authorization": f"Bearer {self.token}"}
        self.relay.turns.clear()
        begun = time.perf_counter()
        answer = await self.connection.post("/api/v1/chat", headers, body)
        chat = time.perf_counter() - begun
        return took(said.kind, self.relay.turns, chat), answer["conversation"]


def took(kind: str, turns: Sequence[Heard], chat: float) -> Took:
    """What a message took; it counts where Rasa was asked once and answered as was meant."""
    if len(turns) != 1:
        return Took(kind, 0.0, chat, counts=False)
    is_meant = kind in _MEANT and _MEANT[kind](turns[0].answer)
    return Took(kind, turns[0].seconds, chat, is_meant)


def _intent(answer: Answer) -> str:
    return str((answer.get("intent") or {}).get("name"))


def _payloads(answer: Answer) -> list[str]:
    return [
        button["payload"] for reply in answer.get("replies") or () for button in reply["buttons"]
    ]


def _is_in_a_job(answer: Answer) -> bool:
    """A job's question can always be left, by a button."""
    return any(payload.startswith("/cancel") for payload in _payloads(answer))


def _shows_a_plan(answer: Answer) -> bool:
    return any(payload.startswith("/affirm{") for payload in _payloads(answer))


_MEANT: dict[str, Callable[[Answer], bool]] = {
    FAQ: lambda answer: _intent(answer).startswith("faq_") and not _is_in_a_job(answer),
    QUOTA: lambda answer: _intent(answer) == "check_quota" and len(answer["replies"]) == 1,
    QUESTION: lambda answer: (
        _intent(answer) == _JOB and _is_in_a_job(answer) and not _shows_a_plan(answer)
    ),
    INTERRUPTION: lambda answer: (
        _intent(answer).startswith("faq_") and _is_in_a_job(answer) and len(answer["replies"]) > 1
    ),
    PLAN: lambda answer: _intent(answer) == _JOB and _shows_a_plan(answer),
}
