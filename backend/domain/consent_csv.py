"""The evidence about consent as a CSV file that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from backend.domain.contacts_csv import BYTE_ORDER_MARK, safe_cell
from backend.domain.phone_numbers import spoken

HEADER: Final = (
    *("place", "at", "phone", "event", "scope", "applies_to", "rule", "message_id"),
    *("message_at", "message_by", "message"),
)


class Evidence(NamedTuple):
    """One event: `place` counts an institution's events from 1, `phone` is the student's number
    (E.164) or None when their data was deleted, `applies_to` names the number, office or
    institution. The message, if it is still kept, is what brought it about: the student's own,
    or (`message_by` is not `contact`) ours that the carrier refused.
    """

    place: int
    at: datetime
    phone: str | None
    event: str
    scope: str
    applies_to: str
    rule: str
    message_id: str | None
    message_at: datetime | None
    message_by: str | None
    message: str | None


def export_csv(events: Iterable[Evidence]) -> bytes:
    """The events as a file, in UTF-8 with its mark, moments in UTC (ISO 8601)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for event in events:
        cells = event._replace(phone=spoken(event.phone) if event.phone else None)
        writer.writerow([safe_cell(_written(cell)) for cell in cells])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def _written(cell: str | int | datetime | None) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat()
    return "" if cell is None else str(cell)
