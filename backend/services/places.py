"""Where a ZIP code is, by the package `zipcodes`."""

from __future__ import annotations

import re

import zipcodes

from backend.services.ports import Place


def of_zip(zip_code: str) -> Place | None:
    """A five-digit US ZIP code's place; None for one that does not exist."""
    if not re.fullmatch(r"[0-9]{5}", zip_code):
        return None
    for found in zipcodes.matching(zip_code):  # type: ignore[no-untyped-call]  # it has no types
        if found["country"] == "US":
            return Place(float(found["lat"]), float(found["long"]), tuple(found["area_codes"]))
    return None
