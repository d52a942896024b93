"""Where ZIP codes and cities are, by the package `zipcodes`."""

from __future__ import annotations

import re
import string
from collections import defaultdict
from dataclasses import dataclass

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


@dataclass(frozen=True)
class City:
    """A US city: its name as in "Wichita, KS", and one of its ZIP codes."""

    name: str
    zip_code: str


def cities(written: str) -> tuple[City, ...]:
    """The cities that a name means, largest first: "Wichita, KS" one, "Springfield" several."""
    name, _, state = (part.strip() for part in written.partition(","))
    wanted = {"city": string.capwords(name), **({"state": state.upper()} if state else {})}
    by_state: dict[str, list[str]] = defaultdict(list)
    for found in zipcodes.filter_by(**wanted):  # type: ignore[no-untyped-call]
        if found["country"] == "US" and found["area_codes"]:
            by_state[found["state"]].append(found["zip_code"])
    largest_first = sorted(by_state.items(), key=lambda item: -len(item[1]))
    return tuple(City(f"{wanted['city']}, {state}", codes[0]) for state, codes in largest_first)
