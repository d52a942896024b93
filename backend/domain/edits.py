"""Two people change the same settings: each changes only what they meant to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from backend.domain.errors import InvalidRequest, Problem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MEANWHILE: Final = "changed_meanwhile"


def merged[Settings: DataclassInstance](
    current: Settings, changes: Mapping[str, Any], seen: Settings | None
) -> Settings:
    """The settings as they are now, with somebody's changes (field to new value).

    `seen` is what that person had before them: what is still the same is no change of theirs.
    None is to take every change. Raises `InvalidRequest` for each field that somebody else has
    changed since, to something else.
    """
    if seen is not None:
        changes = {
            field: value for field, value in changes.items() if value != getattr(seen, field)
        }
    problems = [
        Problem(field, MEANWHILE, "Somebody else has changed this meanwhile.")
        for field, value in changes.items()
        if seen is not None and getattr(current, field) not in (getattr(seen, field), value)
    ]
    if problems:
        raise InvalidRequest(*problems)
    return replace(current, **changes)


def told(before: DataclassInstance, after: DataclassInstance) -> str:
    """What has changed, for the audit: numbers and choices as they were and are, of anything
    longer only that it has.
    """
    differing = [field for field, value in vars(after).items() if getattr(before, field) != value]
    return "; ".join(_told(field, vars(before)[field], vars(after)[field]) for field in differing)


def _told(field: str, before: object, after: object) -> str:
    are_short = all(isinstance(value, int | None) or _is_choice(value) for value in (before, after))
    return f"{field} {before} to {after}" if are_short else field


def _is_choice(value: object) -> bool:
    return isinstance(value, str) and type(value) is not str
