"""A campaign's life: drafted, active, archived.

FAQ, "Is there a way to use the same phone number in all my campaigns?": with a reusable number, one
campaign after another.
FAQ, "Can another school use the same provisioned number?": a single-use number is bought for one
campaign.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.domain.errors import Conflict, InvalidRequest, Problem
from backend.domain.provisioned_numbers import (
    EXPLANATIONS,
    IN_SERVICE,
    NumberKind,
    NumberState,
    ProvisionedNumber,
)
from backend.domain.sms import LONGEST_TEXT

LONGEST_NAME: Final = 120


class CampaignState(StrEnum):
    """A campaign's way; what is archived stays so."""

    DRAFT = "draft"
    ACTIVE = "active"
    ARCHIVED = "archived"


class Skipped(StrEnum):
    """Why a contact of an active campaign got no opening message."""

    OPTED_OUT = "opted_out"
    DELETED = "deleted"


WHY_SKIPPED: Final[dict[Skipped, str]] = {
    Skipped.OPTED_OUT: "This person has opted out, so no text is sent.",
    Skipped.DELETED: "What was kept about this text has been deleted.",
}


@dataclass(frozen=True)
class Readiness:
    """What is looked at before a campaign starts. Offices are ids; without a number
    `number_office` is None; `is_importing` is true while contacts are still being brought in.
    """

    state: CampaignState
    opening_text: str
    contacts: int
    office: int
    number_office: int | None
    is_importing: bool = False


def require_ready(campaign: Readiness) -> None:
    """Let a draft start that lacks nothing.

    Raises `Conflict` for one that is archived, `InvalidRequest` with everything that is missing.
    """
    if campaign.state is CampaignState.ARCHIVED:
        raise Conflict("An archived campaign cannot start again. Make a new one.")
    problems = tuple(_lacking(campaign))
    if problems:
        raise InvalidRequest(*problems)
    if campaign.is_importing:
        raise Conflict("Contacts are still being imported. Start it when they are all there.")


def require_draft(state: CampaignState, what: str) -> None:
    """Only a draft can be changed; `what` is what somebody wants to do. Raises `Conflict`."""
    if state is CampaignState.ACTIVE:
        raise Conflict(f"The campaign is active. You can {what} only while it is a draft.")
    if state is CampaignState.ARCHIVED:
        raise Conflict(f"The campaign is archived. Make a new one to {what}.")


def faults_of_words(name: str, opening_text: str) -> Iterator[Problem]:
    """What is wrong with a campaign's name and opening message; a draft needs no message yet."""
    if not name.strip():
        yield Problem("name", "missing", "Give the campaign a name, such as “Spring orientation”.")
    elif len(name) > LONGEST_NAME:
        yield Problem("name", "too_long", f"Keep the name within {LONGEST_NAME} characters.")
    if len(opening_text) > LONGEST_TEXT:
        yield _opening_too_long()


def fault_of_number(
    number: ProvisionedNumber, office: int, *, is_of_another_campaign: bool
) -> Problem | None:
    """Why a campaign of an office cannot choose a number; None when it can.

    `is_of_another_campaign` says that another campaign, archived ones too, has chosen it.
    """
    if number.office != office:
        fix = "This number belongs to another office. Choose one of the campaign's own office."
        return Problem("number", "other_office", fix)
    if number.kind is NumberKind.SINGLE_USE and is_of_another_campaign:
        fix = (
            "This number was bought for another campaign. Choose a reusable number, or order a "
            "new single-use number."
        )
        return Problem("number", "single_use", fix)
    if number.state not in IN_SERVICE and number.state is not NumberState.ORDERING:
        fix = f"{EXPLANATIONS[number.state]} Choose another number."
        return Problem("number", "not_in_service", fix)
    return None


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
        yield _opening_too_long()


def _opening_too_long() -> Problem:
    fix = f"Keep the opening message within {LONGEST_TEXT:,} characters."
    return Problem("opening_text", "too_long", fix)
