"""A campaign's life: drafted, active, archived.

FAQ, "Is there a way to use the same phone number in all my campaigns?": with a reusable number, one
campaign after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.domain.errors import Conflict, InvalidRequest, Problem
from backend.domain.sms import LONGEST_TEXT


class CampaignState(StrEnum):
    """A campaign's way; what is archived stays so."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Skipped(StrEnum):
    """Why a contact of an active campaign got no opening message."""

    OPTED_OUT = "opted_out"


WHY_SKIPPED: Final[dict[Skipped, str]] = {
    Skipped.OPTED_OUT: "This person has opted out, so no text is sent.",
}


@dataclass(frozen=True)
class Readiness:
    """What is looked at before a campaign starts. Offices are ids; without a number
    `number_office` is None.
    """

    state: CampaignState
    opening_text: str
    contacts: int
    office: int
    number_office: int | None


def require_ready(campaign: Readiness) -> None:
    """Let a draft start that lacks nothing.

    Raises `Conflict` for one that is archived, `InvalidRequest` with everything that is missing.
    """
    if campaign.state is CampaignState.ARCHIVED:
        raise Conflict("An archived campaign cannot start again. Make a new one.")
    problems = tuple(_lacking(campaign))
    if problems:
        raise InvalidRequest(*problems)


def _lacking(campaign: Readiness) -> Iterator[Problem]:
    if campaign.number_office is None:
        yield Problem("number", "missing", "Choose a number for the campaign first.")
    elif campaign.number_office != campaign.office:
        fix = "The number belongs to another office now. Choose one of the campaign's own office."
        yield Problem("number", "other_office", fix)
    if campaign.contacts == 0:
        yield Problem("contacts", "missing", "Import the contacts first.")
    if not campaign.opening_text.strip():
        yield Problem("opening_text", "missing", "Write the opening message first.")
    elif len(campaign.opening_text) > LONGEST_TEXT:
        fix = f"Keep the opening message within {LONGEST_TEXT:,} characters."
        yield Problem("opening_text", "too_long", fix)
