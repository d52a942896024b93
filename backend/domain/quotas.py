"""Contract limits: what an institution may use, and what it has used.

FAQ, "How many provisioned phone numbers do I have for Two-Way Messaging?": unique contacts
targeted and total provisioned numbers are counted; a number counts to the office that created
the campaign or the reusable number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from backend.domain.errors import Figures, OverQuota


@dataclass(frozen=True)
class OfficeNumbers:
    """An office's provisioned numbers, by kind."""

    office: str
    reusable: int
    single_use: int


@dataclass(frozen=True)
class Quota:
    """The figures of one contract period.

    `numbers_reserved` counts orders and open ports, which are spoken for but not yet used.
    """

    starts_on: date
    ends_on: date
    contacts_limit: int
    contacts_used: int
    numbers_limit: int
    numbers_used: int
    numbers_reserved: int
    by_office: tuple[OfficeNumbers, ...]


def period_start(starts_on: date, zone: ZoneInfo) -> datetime:
    """The moment a contract period begins: the first of that day where the institution is.

    Where the clock skips midnight the day begins after the gap.
    """
    return datetime(starts_on.year, starts_on.month, starts_on.day, tzinfo=zone)


def require_numbers(quota: Quota, wanted: int, *, tell: bool) -> None:
    """Let pass an order that the contract covers.

    Raises `OverQuota`, with the figures if `tell`: only Administrators see them.
    """
    figures = Figures(
        "numbers", quota.numbers_limit, quota.numbers_used, quota.numbers_reserved, wanted
    )
    _require(figures, tell=tell)


def require_contacts(quota: Quota, wanted: int, *, tell: bool) -> None:
    """Let pass `wanted` contacts that were not targeted before in this period; as above."""
    figures = Figures("contacts", quota.contacts_limit, quota.contacts_used, 0, wanted)
    _require(figures, tell=tell)


def _require(figures: Figures, *, tell: bool) -> None:
    if figures.wanted and figures.used + figures.reserved + figures.wanted > figures.limit:
        raise OverQuota(figures.what, figures if tell else None)
