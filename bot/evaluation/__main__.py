"""``python -m bot.evaluation``: measure, print, write the page, fail below the thresholds."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.evaluation import keeping
from bot.evaluation.crossvalidation import FOLDS
from bot.evaluation.faults import Unreadable
from bot.evaluation.figures import Figures
from bot.evaluation.judgement import (
    Threshold,
    failures,
    not_judged,
    read_thresholds,
    values_of,
)
from bot.evaluation.measure import Plan, measure
from bot.evaluation.report import report
from bot.rasa_quietly import show_for_people
from bot.settings import ROOT

_OWN_EXAM = ROOT / "tests" / "exam"
_DOCS = ROOT / "docs"


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with 1 and a line for each figure below its threshold."""
    warnings.showwarning = show_for_people
    options = _parser().parse_args(arguments)
    folder = _page_folder(options)
    try:
        thresholds = read_thresholds()
        plan = Plan(ROOT, options.exam, options.banking77, options.examples)
        figures = measure(plan, _teller(time.monotonic))
    except Unreadable as fault:
        sys.exit(str(fault))
    print("", report(figures, thresholds), "", sep="\n", flush=True)
    faults = failures(values_of(figures), thresholds)
    if folder and options.check:
        faults += _checked(figures, thresholds, folder)
    elif folder:
        _write(figures, thresholds, folder)
    _judge(figures, thresholds, faults)


def _judge(figures: Figures, thresholds: Sequence[Threshold], faults: Sequence[str]) -> None:
    if left_out := not_judged(values_of(figures), thresholds):
        print(f"Not measured in this run, so not judged: {', '.join(left_out)}.")
    if faults:
        sys.exit("Not good enough:\n" + "\n".join(f"  {fault}" for fault in faults))
    print("Every figure keeps its threshold.")


def _write(figures: Figures, thresholds: Sequence[Threshold], folder: Path) -> None:
    if keeping.loses_banking77(figures, folder):
        print(
            "The last figures of BANKING77 are dropped: evaluation.json is of another version of "
            "this program. Give BANKING77=FOLDER to measure them again."
        )
    for path in keeping.write(figures, thresholds, folder):
        print(f"Wrote {path}.")


def _checked(figures: Figures, thresholds: Sequence[Threshold], folder: Path) -> list[str]:
    """Faults of the page; that it is older than the data is said, but is none."""
    if changed := keeping.differences(figures, folder):
        print("The page says otherwise (make evaluate brings it up to date):")
        print("\n".join(f"  {line}" for line in changed))
    if keeping.page_is_current(thresholds, folder):
        return []
    return ["docs/evaluation.md is not made from docs/evaluation.json: run make evaluate"]


def _page_folder(options: argparse.Namespace) -> Path | None:
    """Another exam, or fewer examples, would make docs/ tell something else than it says."""
    if options.page:
        return Path(options.page)
    is_own = options.exam.resolve() == _OWN_EXAM and options.examples is None
    return _DOCS if is_own else None


def _teller(clock: Callable[[], float]) -> Callable[[str], None]:
    started = clock()

    def say(what: str) -> None:
        print(f"{clock() - started:4.0f} s  {what}", flush=True)

    return say


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make evaluate", description="How well the assistant understands."
    )
    parser.add_argument(
        "--exam", type=Path, default=_OWN_EXAM, metavar="FOLDER", help="another exam"
    )
    parser.add_argument(
        "--banking77", type=Path, metavar="FOLDER", help="where b77_10_*.json and b77_eval.json are"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; also check that the page is current"
    )
    parser.add_argument(
        "--page", type=Path, metavar="FOLDER", help="write the page there, whichever the exam"
    )
    parser.add_argument(
        "--examples",
        type=_enough_to_fold,
        metavar="N",
        help="learn from N examples of each intent and language only: a trial of the command",
    )
    return parser


def _enough_to_fold(text: str) -> int:
    if not text.isdecimal() or int(text) < FOLDS:
        raise argparse.ArgumentTypeError(f"a number from {FOLDS} on, one for each fold")
    return int(text)


if __name__ == "__main__":
    main()
