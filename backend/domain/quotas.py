"""Contract limits: what an institution may use, and what it has used.

FAQ, "How many provisioned phone numbers do I have for Two-Way Messaging?": unique contacts
targeted and total provisioned numbers are counted; a number counts to the office that created
the campaign or the reusable number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
