"""docs/benchmark-actions.md: what turns with actions take in the whole product. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import markdown
from bot.bench.figures import Spread
from bot.bench.report import spread_text
from bot.bench.staff import FAQ, INTERRUPTION, PLAN, QUESTION, QUOTA
from bot.bench.staff_run import StaffSize
from bot.bench.summary import EDGE

# By figure: a value for each round.
Values = Mapping[str, Sequence[float]]

# How many times a turn with an action may take as long as one of the FAQ, and a conversation's last
# turns as long as its first.
MOST_OVER_FAQ, MOST_GROWTH = 3, 1.2
_LABELS = {
    FAQ: "a question of the FAQ",
    QUOTA: "an action: the quota's figures",
    QUESTION: "a job begins: its first question",
    INTERRUPTION: "the FAQ within a job, and its question again",
    PLAN: "a job in one sentence: its plan",
}
_PLACES = {"door": "At Rasa's door:", "chat": "In the chat, as its caller sees it:"}


@dataclass(frozen=True)
class AboutStaff:
    """What a reader must know of a run; ``load`` is the machine's average before it began."""

    machine: str
    load: float
    rounds: int


def page(about: AboutStaff, size: StaffSize, values: Values) -> str:
    """The whole page, in Markdown."""
    return markdown.page(
        "# Turns with actions",
        _what(about),
        *tables(values),
        "## How",
        markdown.bullets(*_how(size)),
    )


def tables(values: Values) -> list[str]:
    """Each table after the words that say of what."""
    parts = []
    for where, words in _PLACES.items():
        parts += [words, _kinds(where, values)]
    return [
        *parts,
        "The same action with Rasa's own check of what it answered, which checks its schema too:",
        _beside_stock(values),
        "A conversation that goes on with questions, actions and jobs:",
        _long(values),
    ]


def _what(about: AboutStaff) -> str:
    rounds = (
        "One round."
        if about.rounds == 1
        else f"Medians of {about.rounds} rounds, in brackets the lowest and the highest."
    )
    return (
        "Written by `make bench`, and alone by `make bench FLAGS=--actions`: the whole product "
        "runs (backend, its internal listener, worker, action server, Rasa), and an administrator "
        f"asks in the chat, one message after the other. {rounds} Machine: {about.machine}; its "
        f"load at the start: {about.load:.1f}. Beside stock Rasa: see [there](benchmark.md)."
    )


def _kinds(where: str, values: Values) -> str:
    lines = []
    for kind, label in _LABELS.items():
        over = Spread.of(values[f"{where}_{kind}_over_faq"])
        asked = [f"≤ {MOST_OVER_FAQ}", _met(over, MOST_OVER_FAQ)]
        lines.append(
            [
                label,
                _text(values, f"{where}_{kind}_p50"),
                _text(values, f"{where}_{kind}_p99"),
                spread_text(over, 2),
                *(asked if kind != FAQ else ["–", "–"]),
            ]
        )
    return markdown.table(["", "p50, ms", "p99, ms", "× the FAQ's p50", "asked", "met"], lines)


def _beside_stock(values: Values) -> str:
    lines = [
        [
            words.rstrip(":"),
            _text(values, f"{where}_{QUOTA}_p50"),
            _text(values, f"{where}_stock_p50"),
            _text(values, f"{where}_times_faster", 2),
        ]
        for where, words in _PLACES.items()
    ]
    return markdown.table(["", "ours, p50, ms", "Rasa's own, p50, ms", "Rasa's / ours"], lines)


def _long(values: Values) -> str:
    lines = []
    for where, words in _PLACES.items():
        growth = Spread.of(values[f"{where}_long_growth"])
        lines.append(
            [
                words.rstrip(":"),
                _text(values, f"{where}_long_first"),
                _text(values, f"{where}_long_last"),
                spread_text(growth, 2),
                f"≤ {MOST_GROWTH:g}",
                _met(growth, MOST_GROWTH),
            ]
        )
    first, last = (_text(values, f"door_restart_{which}") for which in ("short", "long"))
    lines.append(["The first turn after Rasa's restart", first, last, "–", "–", "–"])
    head = ["", "first turns, p50, ms", "last turns, p50, ms", "last / first", "asked", "met"]
    return markdown.table(head, lines)


def _how(size: StaffSize) -> list[str]:
    return [
        "Between the backend and Rasa stands a relay of the benchmark's, which takes the time of "
        "each turn at Rasa's door: Rasa, the action server and the backend's answers to it, "
        "without what the backend does before and after. It adds a connection to each turn in the "
        "chat.",
        f"A round: {size.each} conversations with each kind of turn once, a job left by “cancel” "
        f"before the next begins; one conversation of {size.long} turns, its first {EDGE} beside "
        f"its last {EDGE}; then Rasa is started anew, and after some turns elsewhere a question "
        "comes first in a conversation of five turns and in the long one, in either order.",
        "The questions are phrases of the training data, varied as on [the other "
        "page](benchmark.md), so that none ever comes twice. A turn counts where it was answered "
        "as was meant: a mistyped question that was asked back is none of its kind.",
        "Rasa's own check runs in a second Rasa beside ours, which differs in that one place, in "
        "turns with ours: same backend, same action server, same model.",
        "The product lets nobody ask more than four times a second; here that limit is off.",
    ]


def _text(values: Values, key: str, digits: int = 1) -> str:
    return spread_text(Spread.of(values[key]), digits)


def _met(spread: Spread, most: float) -> str:
    return "yes" if spread.median <= most else "no"
