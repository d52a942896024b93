"""From the turns of a round to the figures of a side. Pure."""

from collections.abc import Sequence

from bot.bench.figures import percentile
from bot.bench.measure import Round, Turn

# Turns at the start and at the end of the long conversation that are compared.
EDGE = 50
# Share of turns that may go unanswered (an action was chosen) before a run means nothing.
_MAY_BE_UNANSWERED = 0.2

Figures = dict[str, float]


class Unusable(Exception):
    """A side answered too few turns for its figures to mean anything."""


def summarise(rounds: dict[str, Round]) -> dict[str, Figures]:
    """Each side's figures of one round, over the turns that every side answered.

    Raises Unusable.
    """
    return {name: _figures(name, one, list(rounds.values())) for name, one in rounds.items()}


def answered_by_all(sides: Sequence[Sequence[Turn]]) -> list[bool]:
    """For each text, whether every side answered it."""
    return [all(turn.answered for turn in turns) for turns in zip(*sides, strict=True)]


def _figures(name: str, own: Round, every: Sequence[Round]) -> Figures:
    left_out = 1 - sum(turn.answered for turn in own.sequential) / len(own.sequential)
    if left_out > _MAY_BE_UNANSWERED:
        raise Unusable(f"{name} left {left_out:.0%} of the turns unanswered.")
    one = _milliseconds(own.sequential, [each.sequential for each in every])
    busy = _milliseconds(own.at_once, [each.at_once for each in every])
    first, last = _edges(own, every)
    new = _milliseconds(own.new, [each.new for each in every])
    again = _milliseconds(own.again, [each.again for each in every])
    figures = {
        "start_s": own.start_s,
        "turn_p50_ms": percentile(one, 0.5),
        "turn_p99_ms": percentile(one, 0.99),
        "memory_mb": own.memory_mb,
        "busy_turns_per_s": len(own.at_once) / own.at_once_s,
        "busy_p50_ms": percentile(busy, 0.5),
        "busy_p99_ms": percentile(busy, 0.99),
        "busy_p99_over_p50": percentile(busy, 0.99) / percentile(busy, 0.5),
        "long_first_ms": percentile(first, 0.5),
        "long_last_ms": percentile(last, 0.5),
        "long_growth": percentile(last, 0.5) / percentile(first, 0.5),
        "new_p50_ms": percentile(new, 0.5),
        "again_p50_ms": percentile(again, 0.5),
        "again_times_faster": percentile(new, 0.5) / percentile(again, 0.5),
        "unanswered": left_out,
    }
    if own.cpu_s is not None:
        figures["turn_cpu_ms"] = own.cpu_s * 1000 / len(own.sequential)
    return figures


def _milliseconds(own: Sequence[Turn], every: Sequence[Sequence[Turn]]) -> list[float]:
    kept = answered_by_all(every)
    return [turn.seconds * 1000 for turn, counts in zip(own, kept, strict=True) if counts]


def _edges(own: Round, every: Sequence[Round]) -> tuple[list[float], list[float]]:
    first = _milliseconds(own.long[:EDGE], [each.long[:EDGE] for each in every])
    last = _milliseconds(own.long[-EDGE:], [each.long[-EDGE:] for each in every])
    return first, last
