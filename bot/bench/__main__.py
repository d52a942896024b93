"""``python -m bot.bench``: measure, print, and write var/bench.json and docs/benchmark*.md."""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bot.bench.document import document
from bot.bench.measure import Size
from bot.bench.processes import Failed
from bot.bench.report import CACHE, MEASURES, alone, comparison
from bot.bench.run import Outcome, Plan, any_seed, run
from bot.bench.summary import Unusable
from bot.settings import ROOT

_QUICK = Size(sequential=100, turns_at_once=3, long=120, again=20)
# Of each block of the training data, when stock Rasa has to be trained for a quick run.
_QUICK_EXAMPLES = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark; a quick one leaves the page alone. Exits with 1 when it fails."""
    options = _parser().parse_args(arguments)
    plan = plan_of(options)
    print(f"Texts of seed {plan.seed}.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and end what was started
    try:
        with tempfile.TemporaryDirectory(prefix="numberdesk-bench-") as folder:
            outcome = run(plan, ROOT, Path(folder).resolve())
    except (Failed, Unusable) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    _write(outcome, plan, ROOT, with_page=not options.quick)
    print("", comparison(MEASURES, outcome.values), "", sep="\n")
    print(comparison(CACHE, outcome.values), "", sep="\n")
    print(alone((*MEASURES, *CACHE), outcome.values["deployed"]))


def plan_of(options: argparse.Namespace) -> Plan:
    """The plan that the command's options ask for."""
    trains_stock = options.skip_training_stock is None
    examples = options.examples or (_QUICK_EXAMPLES if options.quick and trains_stock else None)
    rounds = options.rounds or (1 if options.quick else 3)
    return Plan(
        rounds=rounds,
        size=_QUICK if options.quick else Size(),
        seed=any_seed() if options.seed is None else options.seed,
        examples=examples,
        stock_model=None if trains_stock else options.skip_training_stock.resolve(),
        stories=not options.rules_only,
        our_trainings=1 if options.quick else 3,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description="This bot beside stock Rasa.")
    parser.add_argument("--rounds", type=int, help="rounds of every side (3; quick: 1)")
    parser.add_argument(
        "--skip-training-stock",
        type=Path,
        metavar="MODEL",
        help="use a stock model that an earlier run kept in var/bench/",
    )
    parser.add_argument(
        "--quick", action="store_true", help="few turns, few examples; writes no page"
    )
    parser.add_argument(
        "--examples", type=int, metavar="N", help="train on N examples of each block only"
    )
    parser.add_argument(
        "--rules-only",
        action="store_true",
        help="give stock Rasa no stories: its learned policies then do nothing",
    )
    parser.add_argument("--seed", type=int, help="make the texts of an earlier run")
    return parser


def _write(outcome: Outcome, plan: Plan, root: Path, with_page: bool) -> None:
    (root / "var").mkdir(exist_ok=True)
    everything = {
        "about": asdict(outcome.about),
        "size": asdict(plan.size),
        "seed": plan.seed,
        "values": outcome.values,
    }
    kept = root / "var" / "bench.json"
    kept.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if with_page:
        page = document(outcome.about, plan.size, outcome.values)
        name = "benchmark.md" if plan.stories else "benchmark-rules-only.md"
        (root / "docs" / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
