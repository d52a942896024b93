"""Is it alive, is it ready, how much has it done."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from backend.services import figures
from backend.services.desk import Desk
from backend.web.session import desk

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Alive: this process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: each part named; 503 when one is missing."""
    checks: dict[str, Callable[[], bool]] = current_app.extensions["readiness"]
    parts = {name: _holds(check) for name, check in checks.items()}
    return jsonify(ready=all(parts.values()), parts=parts), 200 if all(parts.values()) else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus figures, counted from the rows so that every process tells the same."""
    registry = CollectorRegistry()
    registry.register(_Rows(desk()))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 — a part that breaks its own check is not ready
        return False


class _Rows(Collector):
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in figures.read(self._desk):
            family = GaugeMetricFamily(
                f"numberdesk_{figure.name}", figure.meaning, labels=[figure.label]
            )
            for value, count in figure.counts.items():
                family.add_metric([value], count)
            yield family
