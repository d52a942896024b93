"""A provisioned number's life, from order to release.

FAQ, "Can another school use the same provisioned number?": a single-use number serves one campaign
and goes back to Twilio when that is archived; a reusable one stays with its institution.
FAQ, "Can I transfer a reusable number to another office?": once used in any campaign or 1:1
interaction it cannot be reassigned.
FAQ, "Do I have to have an active campaign to receive unsolicited messages?": no.
FAQ, "How many provisioned phone numbers do I have for Two-Way Messaging?": a number counts for the
office that created it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from backend.domain.errors import Conflict


class NumberKind(StrEnum):
    """Single-use numbers serve one campaign; reusable ones stay with their office."""

    REUSABLE = "reusable"
    SINGLE_USE = "single_use"


class NumberState(StrEnum):
    """A number's way: ordered, bought but not yet cleared to send, in service, given back."""

    ORDERING = "ordering"
    REGISTERING = "registering"
    ACTIVE = "active"
    RELEASING = "releasing"
    RELEASED = "released"


# What the contract limit counts as used; an order is counted as reserved.
PROVISIONED: Final = frozenset({NumberState.REGISTERING, NumberState.ACTIVE, NumberState.RELEASING})
IN_SERVICE: Final = frozenset({NumberState.REGISTERING, NumberState.ACTIVE})

EXPLANATIONS: Final[dict[NumberState, str]] = {
    NumberState.ORDERING: "It is being bought. The carrier has not confirmed it yet.",
    NumberState.REGISTERING: (
        "The mobile carriers are registering it (10DLC), which can take days. It receives texts "
        "already; texts from it wait until then."
    ),
    NumberState.RELEASING: "It is on its way back to the carrier and cannot be used any more.",
    NumberState.RELEASED: (
        "It was given back to Twilio, which puts it into circulation again after a waiting "
        "period. It cannot be used here any more."
    ),
}
REGISTRATION_REFUSED: Final = (
    "The mobile carriers have refused its registration (10DLC). It receives texts; texts from it "
    "wait until an administrator has put the registration right at Twilio."
)


class Use(StrEnum):
    """What a number was used for first."""

    RECEIVED_TEXT = "received_text"
    SENT_TEXT = "sent_text"
    CAMPAIGN = "campaign"
    ONE_TO_ONE = "one_to_one"


@dataclass(frozen=True)
class FirstUse:
    """How and when a number was first used; `reference` is the public id of that text or campaign,
    which may be deleted while this record stays.
    """

    how: Use
    at: datetime
    reference: str


@dataclass(frozen=True)
class ProvisionedNumber:
    """What the rules look at. Offices are ids; `counts_for` is the office that created the number;
    `campaign` names the campaign that is active on it.
    """

    kind: NumberKind
    state: NumberState
    office: int
    counts_for: int
    first_use: FirstUse | None = None
    campaign: str | None = None


def ordered(kind: NumberKind, office: int) -> ProvisionedNumber:
    """A number that an office has just ordered: it counts for that office from here on."""
    return ProvisionedNumber(kind, NumberState.ORDERING, office, counts_for=office)


def bought(number: ProvisionedNumber) -> ProvisionedNumber:
    """The carrier has handed it over: it receives texts, and sends once it is registered."""
    return _moved(number, {NumberState.ORDERING}, NumberState.REGISTERING)


def registered(number: ProvisionedNumber) -> ProvisionedNumber:
    """The mobile carriers have cleared it for sending."""
    return _moved(number, {NumberState.REGISTERING}, NumberState.ACTIVE)


def released(number: ProvisionedNumber) -> ProvisionedNumber:
    """The carrier has taken it back."""
    return _moved(number, {NumberState.RELEASING}, NumberState.RELEASED)


def used(number: ProvisionedNumber, use: FirstUse) -> ProvisionedNumber:
    """Note a use; only the first one is kept, and for good."""
    return number if number.first_use else replace(number, first_use=use)


def transferred(number: ProvisionedNumber, office: int) -> ProvisionedNumber:
    """Move an unused reusable number to another office.

    It still counts for the office that created it. Raises `Conflict` with the reason why not.
    """
    if number.kind is NumberKind.SINGLE_USE:
        sentence = "A single-use number belongs to its campaign and cannot move."
        raise Conflict(sentence, why="single_use_stays")
    if number.state not in IN_SERVICE:
        sentence = f"This number cannot move. {EXPLANATIONS[number.state]}"
        raise Conflict(sentence, why="not_in_service", state=number.state)
    if number.office == office:
        return number
    if number.first_use is not None:
        raise Conflict(
            "Once a number has been used in a campaign or a conversation it cannot move to another "
            f"office. This one was used first on {_day(number.first_use.at)}, "
            f"{HOW_USED[number.first_use.how]}.",
            why="number_used",
            at=number.first_use.at.date().isoformat(),
            how=number.first_use.how,
        )
    return replace(number, office=office)


HOW_USED: Final[dict[Use, str]] = {
    Use.RECEIVED_TEXT: "when a text came in",
    Use.SENT_TEXT: "when a text was sent",
    Use.CAMPAIGN: "by a campaign",
    Use.ONE_TO_ONE: "in a 1:1 conversation",
}


def started(number: ProvisionedNumber, campaign: str, use: FirstUse) -> ProvisionedNumber:
    """Let a campaign begin on a number, which uses it. Raises `Conflict` with the reason why not.

    A single-use number serves the one campaign it was bought for; a reusable one serves any
    number of campaigns, one after another.
    """
    if number.state not in IN_SERVICE:
        raise Conflict(f"The campaign cannot start on this number. {EXPLANATIONS[number.state]}")
    if number.campaign is not None:
        raise Conflict(
            f"The campaign “{number.campaign}” is active on this number. Archive it first, or "
            "choose another number."
        )
    return replace(used(number, use), campaign=campaign)


def archived(number: ProvisionedNumber) -> ProvisionedNumber:
    """What archiving its campaign does to a number: single-use goes back, reusable stays."""
    if number.kind is NumberKind.REUSABLE:
        return replace(number, campaign=None)
    state = NumberState.RELEASED if number.state is NumberState.RELEASED else NumberState.RELEASING
    return replace(number, campaign=None, state=state)


def require_one_to_one(number: ProvisionedNumber) -> None:
    """Only a reusable number in service can begin a conversation with one student; else
    `Conflict` with the reason.
    """
    if number.kind is NumberKind.SINGLE_USE:
        sentence = "A single-use number serves its campaign alone. Choose a reusable one."
        raise Conflict(sentence, why="follows_campaign")
    if number.state not in IN_SERVICE:
        sentence = f"Nobody can be texted from this number. {EXPLANATIONS[number.state]}"
        raise Conflict(sentence, why="not_in_service", state=number.state)


def require_unsolicited(number: ProvisionedNumber) -> None:
    """Only a reusable number in service has a setting for unsolicited texts; else `Conflict`."""
    if number.kind is NumberKind.SINGLE_USE:
        sentence = "A single-use number follows its campaign. Change the campaign instead."
        raise Conflict(sentence, why="follows_campaign")
    if number.state not in IN_SERVICE:
        sentence = f"Nothing can be set on this number. {EXPLANATIONS[number.state]}"
        raise Conflict(sentence, why="not_in_service", state=number.state)


def why_held(state: NumberState) -> str | None:
    """Why texts from a number must wait; None when they may go."""
    if state in (NumberState.ORDERING, NumberState.REGISTERING):
        return f"This text waits for its number. {EXPLANATIONS[state]}"
    return None


def why_never(state: NumberState) -> str | None:
    """Why texts from a number can never go; None when they may or will."""
    if state in (NumberState.RELEASING, NumberState.RELEASED):
        return f"The number was given back before this text was sent. {EXPLANATIONS[state]}"
    return None


def _moved(
    number: ProvisionedNumber, allowed: set[NumberState], state: NumberState
) -> ProvisionedNumber:
    if number.state not in allowed:
        raise Conflict(f"A number that is {number.state} cannot become {state}.")
    return replace(number, state=state)


def _day(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"
