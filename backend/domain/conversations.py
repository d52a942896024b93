"""Who answers a student's text, and when an answer comes too late.

FAQ, "Can a student still text me back on a reusable phone number after I archive a Campaign?":
the number's unsolicited setting decides between the assistant and an agent's inbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

STUDENT_ANSWER_WINDOW: Final = timedelta(minutes=10)


class Responder(StrEnum):
    """Who a number's texts go to."""

    ASSISTANT = "assistant"
    INBOX = "inbox"


class Reason(StrEnum):
    """Why a conversation came to its answerer; stands on the conversation's timeline."""

    CRISIS = "The message may be about a crisis, so a person must answer."
    OPTED_OUT = "The student has opted out, so nothing is sent automatically."
    WITH_A_PERSON = "The conversation is already with a person."
    TAKEN = "An agent has taken the conversation."
    CAMPAIGN = "The number's active campaign decides it."
    UNSOLICITED = "The number's unsolicited setting decides it."
    TOO_LATE = "The assistant could not answer within 10 minutes."
    ASSISTANT_PASSED_ON = "The assistant was not sure, or the student asked for a person."
    STAFF_ASKED = "A staff member has asked for a person."
    PERSON_ANSWERED = "A person has answered meanwhile."
    FAILED_TWICE = "The assistant could not help twice in a row."
    TOO_MANY_REPLIES = "The assistant has written as often as it may in an hour."
    LOOP = "It looks like another machine answers, so the assistant stays silent."
    UNCLEAR_CONSENT = "The student may want no more texts; it is not clear."
    MEDIA_ONLY = "The message has no words for the assistant to read."
    ON_CALL = "It comes from a person on call who was told of an urgent conversation."


@dataclass(frozen=True)
class Answerer:
    """Who answers now, and why."""

    responder: Responder
    reason: Reason


# Reasons for which nothing at all is sent by itself, a note that the office is closed included.
UNANSWERED: Final = frozenset({Reason.OPTED_OUT, Reason.LOOP, Reason.ON_CALL})


def who_answers(
    *,
    opted_out: bool,
    with_a_person: bool,
    has_words: bool,
    campaign: Responder | None,
    unsolicited: Responder,
    in_crisis: bool = False,
    taken: bool = False,
    silenced: Reason | None = None,
) -> Answerer:
    """Decide who answers a student's text, in the product's fixed order: a crisis, an opt-out,
    a person who has it (an agent who has `taken` it is named before one who was only asked), the
    active campaign, the number's own setting.

    `campaign` is the active campaign's behaviour, None without one: while a campaign is
    active it wins over the number's own unsolicited setting. `silenced` is why the assistant may
    not write now (a loop, its cap, a person on call who writes back), None when it may. Whether
    the office is open changes nothing about who answers: see `domain.office_hours`.
    """
    if in_crisis:
        return Answerer(Responder.INBOX, Reason.CRISIS)
    if opted_out:
        return Answerer(Responder.INBOX, Reason.OPTED_OUT)
    if with_a_person or taken:
        return Answerer(Responder.INBOX, Reason.TAKEN if taken else Reason.WITH_A_PERSON)
    chosen = (
        Answerer(campaign, Reason.CAMPAIGN)
        if campaign is not None
        else Answerer(unsolicited, Reason.UNSOLICITED)
    )
    if chosen.responder is Responder.ASSISTANT and not has_words:
        return Answerer(Responder.INBOX, Reason.MEDIA_ONLY)
    if chosen.responder is Responder.ASSISTANT and silenced is not None:
        return Answerer(Responder.INBOX, silenced)
    return chosen


@dataclass(frozen=True)
class Step:
    """One thing that is asked about a number; `decides` is true of the one that settles it."""

    rule: str
    found: str
    decides: bool


def steps(
    *, campaign: Responder | None, campaign_name: str | None, unsolicited: Responder
) -> tuple[Step, ...]:
    """How it is decided who answers a new student's text: `who_answers`, told step by step."""
    asked = "A campaign that is active on the number decides."
    own = "Without one the number’s own setting for unsolicited texts decides."
    if campaign is not None:
        return (
            Step(asked, f"“{campaign_name}” is active: {campaign}.", decides=True),
            Step(own, f"It would be: {unsolicited}.", decides=False),
        )
    return (
        Step(asked, "None is active.", decides=False),
        Step(own, f"It is: {unsolicited}.", decides=True),
    )


def is_too_late_for_assistant(received_at: datetime, now: datetime) -> bool:
    """Whether a student has waited so long that a person should answer instead."""
    return now - received_at > STUDENT_ANSWER_WINDOW
