"""docs/benchmark.md: what was measured, how, and what came out. Pure."""

from dataclasses import dataclass

from bot import markdown
from bot.bench.measure import CONVERSATION, WARM_UP, Size
from bot.bench.report import CACHE, MEASURES, Values, alone, comparison
from bot.bench.summary import EDGE


@dataclass(frozen=True)
class About:
    """What a reader must know of a run.

    ``load`` is the machine's average before it began; ``stock_training`` a sentence when stock
    Rasa was trained in an earlier run, else empty.
    """

    machine: str
    load: float
    examples: int
    intents: int
    rounds: int
    stories: bool
    stock_training: str


def document(about: About, size: Size, values: Values) -> str:
    """The whole page, in Markdown."""
    return markdown.page(
        f"# Beside stock Rasa{'' if about.stories else ', rules only'}",
        _what(about),
        comparison(MEASURES, values),
        "Benchmark texts never repeat. What a cache adds, apart:",
        comparison(CACHE, values),
        "As the product runs it, behind its own channel (with actions: see [there]"
        "(benchmark-actions.md)):",
        alone((*MEASURES, *CACHE), values["deployed"]),
        _other_page(about),
        "## How",
        markdown.bullets(*_how_sides(about), *_how_rounds(size)),
    )


def _what(about: About) -> str:
    return (
        "Written by `make bench`, which measures this bot and stock Rasa 3.6.21 (the configuration "
        "of `rasa init`, with TensorFlow, in an environment of its own) in one run, in turns, one "
        f"process each, both on our training data: {about.examples:,} examples of "
        f"{about.intents} intents. {_rounds(about.rounds)} Machine: {about.machine}; its load at "
        f"the start: {about.load:.1f}. {about.stock_training}"
    )


def _rounds(rounds: int) -> str:
    if rounds == 1:
        return "One round."
    return (
        f"Medians of {rounds} rounds, in brackets the lowest and the highest; ratios are taken "
        "round by round."
    )


def _other_page(about: About) -> str:
    if about.stories:
        return (
            "A stock Rasa whose learned policies have nothing to learn is quicker: see [rules "
            "only](benchmark-rules-only.md)."
        )
    return "The bounds asked are for stock Rasa with all its policies: see [there](benchmark.md)."


def _how_sides(about: About) -> list[str]:
    learned = (
        "each of our rules is given to it as a story as well, since its learned policies would "
        "otherwise have nothing to learn and not run."
        if about.stories
        else "it gets our rules and no stories, so its learned policies do not run."
    )
    return [
        "Both sides are asked through Rasa's own REST channel by one client over kept-alive "
        "connections, on the same texts in the same order. Stock Rasa keeps conversations in "
        "memory, its default; ours in SQLite on the disk, as in the product.",
        "The texts are phrases of the training data, joined, opened, closed and mistyped so that "
        "none ever comes twice and none is a phrase of the data.",
        "Stock Rasa gets our domain, answers and rules, with the placeholders in answers filled; "
        + learned,
        "Turns that a side answers with a custom action count for no side: there is no action "
        "server here.",
    ]


def _how_rounds(size: Size) -> list[str]:
    return [
        f"A round is a fresh process: {WARM_UP} turns that nobody measures; {size.sequential:,} "
        f"turns one after the other in conversations of {CONVERSATION}; the memory it then holds; "
        f"{size.at_once} conversations at once with {size.turns_at_once} turns each; one "
        f"conversation of {size.long} turns, its first {EDGE} beside its last {EDGE}; {size.again} "
        "texts and the same again.",
        "Cold start is from the process's start to the first answered turn, each side having been "
        "started once before; training is the whole bot, without Rasa's cache.",
    ]
