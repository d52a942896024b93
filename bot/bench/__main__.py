"""``python -m bot.bench``: measure, print, and write var/bench*.json and docs/benchmark*.md."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.bench import machine
from bot.bench.document import document
from bot.bench.measure import Size
from bot.bench.processes import Failed
from bot.bench.report import CACHE, MEASURES, alone, comparison
from bot.bench.run import Outcome, Plan, any_seed, run
from bot.bench.staff_page import AboutStaff, page, tables
from bot.bench.staff_run import StaffOutcome, StaffSize, run_with_staff
from bot.bench.summary import Unusable
from bot.settings import ROOT

_QUICK = Size(sequential=100, turns_at_once=3, long=120, again=20)
_QUICK_WITH_STAFF = StaffSize(each=20, long=100)
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
            if not options.actions:
                _beside_stock(plan, Path(folder).resolve(), with_page=not options.quick)
            _with_actions(plan, options.quick)
    except (Failed, Unusable) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def _beside_stock(plan: Plan, folder: Path, with_page: bool) -> None:
    outcome = run(plan, ROOT, folder)
    _write(outcome, plan, ROOT, with_page)
    print("", comparison(MEASURES, outcome.values), "", sep="\n")
    print(comparison(CACHE, outcome.values), "", sep="\n")
    print(alone((*MEASURES, *CACHE), outcome.values["deployed"]))


def _with_actions(plan: Plan, quick: bool) -> None:
    size = _QUICK_WITH_STAFF if quick else StaffSize()
    with tempfile.TemporaryDirectory(prefix="numberdesk-bench-") as folder:
        outcome = asyncio.run(run_with_staff(plan.rounds, size, plan.seed, Path(folder).resolve()))
    _write_with_actions(outcome, plan, size, with_page=not quick)
    print("", *tables(outcome.values), sep="\n\n")


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
    parser.add_argument(
        "--actions",
        action="store_true",
        help="only turns with actions, in the running product: needs no stock Rasa",
    )
    parser.add_argument("--seed", type=int, help="make the texts of an earlier run")
    return parser


def _write(outcome: Outcome, plan: Plan, root: Path, with_page: bool) -> None:
    everything = {
        "about": asdict(outcome.about),
        "size": asdict(plan.size),
        "seed": plan.seed,
        "values": outcome.values,
    }
    _keep(everything, root / "var" / "bench.json")
    if with_page:
        page = document(outcome.about, plan.size, outcome.values)
        name = "benchmark.md" if plan.stories else "benchmark-rules-only.md"
        (root / "docs" / name).write_text(page, encoding="utf-8")


def _write_with_actions(
    outcome: StaffOutcome, plan: Plan, size: StaffSize, with_page: bool
) -> None:
    about = AboutStaff(machine.describe(), outcome.load, plan.rounds)
    everything = {
        "about": asdict(about),
        "size": asdict(size),
        "seed": plan.seed,
        "values": outcome.values,
    }
    _keep(everything, ROOT / "var" / "bench-actions.json")
    if with_page:
        text = page(about, size, outcome.values)
        (ROOT / "docs" / "benchmark-actions.md").write_text(text, encoding="utf-8")


def _keep(everything: Mapping[str, Any], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
