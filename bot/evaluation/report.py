"""The figures on the terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation import tables
from bot.evaluation.figures import Figures
from bot.evaluation.judgement import Threshold, values_of
from bot.evaluation.sharpness import Sharpness


def report(figures: Figures, thresholds: Sequence[Threshold]) -> str:
    """Every section with a heading."""
    exam, validation = figures.exam, figures.cross_validation
    sections = {
        "The exam, in scope": tables.inside(exam.cells),
        "The exam, out of scope": tables.outside(exam.cells),
        "The exam with letter noise": tables.noise(figures),
        "Cross-validation, in scope": tables.inside(validation.cells),
        "Cross-validation, out of scope": tables.outside(validation.cells),
        "Confusions in cross-validation": tables.confusions(validation.confusions),
        "Confusions in the exam": tables.confusions(exam.confusions),
        "Reliability": f"{tables.reliability(figures)}\n\n{_calibration(figures)}",
        "Language": tables.languages(figures.languages),
        "Latency": tables.latency(figures.latency),
        "Judged": tables.judged(values_of(figures), thresholds),
    }
    return "\n\n".join(f"{heading}\n\n{body}" for heading, body in sections.items() if body)


def _calibration(figures: Figures) -> str:
    """The calibration errors and the exponents, a sentence each."""
    return (
        f"Calibration error: {tables.calibration(figures)}.\n"
        f"The quick head settles {figures.quick.percent:.1f} % in cross-validation.\n"
        f"Its sharpness: {_sharpness(figures.quick.sharpness)}\n"
        f"The other heads': {_sharpness(figures.sharpness)}"
    )


def _sharpness(found: Sharpness) -> str:
    return (
        f"{found.configured:g} configured (log loss {found.log_loss:.3f}), "
        f"{found.best:g} best in cross-validation (log loss {found.best_log_loss:.3f})."
    )
