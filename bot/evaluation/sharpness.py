"""The exponent of the confidences under which held-out examples are likeliest. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

_LEAST, _MOST = 0.2, 5.0


@dataclass(frozen=True)
class Sharpness:
    """An exponent and its mean log loss, as configured and at its best."""

    configured: float
    log_loss: float
    best: float
    best_log_loss: float


@dataclass(frozen=True)
class Quick:
    """Percent of texts that the quick head settles, and its exponent."""

    percent: float
    sharpness: Sharpness


def measured_sharpness(
    shares: npt.NDArray[np.float32], true: npt.NDArray[np.intp], configured: float
) -> Sharpness:
    """The best exponent (temperature scaling, Guo et al. 2017).

    ``shares``: (texts, intents), made with the exponent ``configured``; ``true``: the column of
    each text's intent.
    """
    logs = np.log(np.maximum(shares, 1e-12)).astype(np.float64) / configured
    bounds = np.log(_LEAST), np.log(_MOST)
    found = minimize_scalar(
        lambda log: log_loss(np.exp(log) * logs, true), bounds=bounds, method="bounded"
    )
    before = log_loss(configured * logs, true)
    return Sharpness(
        configured, round(before, 3), round(float(np.exp(found.x)), 2), round(float(found.fun), 3)
    )


def log_loss(scores: npt.NDArray[np.float64], true: npt.NDArray[np.intp]) -> float:
    """Mean of minus the log share of each row's true column, shares being softmax of scores."""
    return -float(log_softmax(scores, axis=1)[np.arange(len(true)), true].mean())
