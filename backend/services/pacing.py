"""What staff start leaves a number at its pace, within the hours in which students are texted.

Texts that wait have the status `waiting`; each number's are let go one after another. Whoever
moves a number's clock while texts wait sees to it that somebody looks again when it has come that
far; so nobody else need. What waits for longer than a minute, and whatever lost its errand in a
crash, is found by the sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from backend.db.tables import Campaign, Conversation, Institution, Message, Paced, PhoneNumber
from backend.domain import pace, quiet_hours
from backend.domain.messages import WAITING
from backend.domain.pace import Pace, Progress
from backend.domain.provisioned_numbers import NumberState
from backend.domain.quiet_hours import QuietHours
from backend.services import routing
from backend.services.desk import Desk
from backend.services.ports import Errand

# What has to wait for longer is left to the sweep.
NEAR: Final = timedelta(minutes=1)
# Sent in one go, so that the number's row is not kept from others.
MOST_AT_ONCE: Final = 50


class Due(NamedTuple):
    """An errand and when to run it."""

    errand: Errand
    at: datetime


@dataclass(frozen=True)
class _Clocks:
    """A number, the campaign that is active on it, and today where they are."""

    number: PhoneNumber
    campaign: Campaign | None
    today: date


def wait_for_turn(message: Message, conversation: Conversation, now: datetime) -> None:
    """Have a text wait for its turn, from now on if it is day where its reader is, else from when
    it is, with the reason.
    """
    _, contact = routing.texting(conversation)
    message.status = WAITING
    message.not_before, message.error_reason = _by_day(conversation.institution, contact.e164, now)


def has_missed_its_turn(message: Message, now: datetime) -> bool:
    """Whether a text that was let go was not sent while it was its turn."""
    return message.not_before is not None and message.not_before + NEAR < now


def let_go(desk: Desk, number_id: str, *, asked_by: str | None = None) -> None:
    """Let those texts go whose turn it is on a number, and see to the next. Ids are public;
    `asked_by` is a text that has just begun to wait.

    Safe to run at any time and in several workers: the number's row is locked.
    """
    now = desk.clock.now()
    for due in desk.db.transact(lambda session: _let_go(session, number_id, now, asked_by)):
        enqueue(desk, due, now)


def enqueue(desk: Desk, due: Due, now: datetime) -> None:
    """Queue an errand for its moment."""
    desk.queue.enqueue(due.errand, delay_s=max(0.0, (due.at - now).total_seconds()))


def count(session: Session, number: PhoneNumber, segments: int, now: datetime) -> Due | None:
    """Count a text that goes at once, whoever's turn it is; when to look at the waiting again.

    Locks the number's row: nobody else moves its clock meanwhile.
    """
    session.flush()
    session.refresh(number, with_for_update={"key_share": True})
    _keep(
        number, pace.counted(_progress(number), pace_of(number), segments, now, _today(number, now))
    )
    if session.scalar(_waiting_on(number).limit(1)) is None or number.next_text_at is None:
        return None
    return _look(number, number.next_text_at)


def sweep(session: Session, now: datetime) -> list[Errand]:
    """Numbers with texts whose time has come."""
    due = (
        select(PhoneNumber.public_id)
        .join(Conversation, Conversation.number_id == PhoneNumber.id)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.status == WAITING, Message.not_before <= now)
        .distinct()
    )
    return [Errand("let_texts_go", public_id) for public_id in session.scalars(due)]


def pace_of(row: PhoneNumber | Campaign) -> Pace:
    """What a number or campaign may send: its own settings, then the default."""
    if isinstance(row, PhoneNumber):
        return pace.pace_of_number(row.e164, row.segments_per_minute, row.segments_per_day)
    return Pace(row.segments_per_minute, row.segments_per_day)


def _let_go(session: Session, number_id: str, now: datetime, asked_by: str | None) -> list[Due]:
    # The campaign before the number, here as when one starts or ends, so that nobody waits for
    # somebody who waits for them.
    found = session.scalar(select(PhoneNumber).where(PhoneNumber.public_id == number_id))
    if found is None:
        return []
    active = routing.active_campaign(session, found)
    if active is not None:
        session.refresh(active, with_for_update={"key_share": True})
    session.refresh(found, with_for_update={"key_share": True})
    clocks = _Clocks(found, active, _today(found, now))
    if found.state is not NumberState.ACTIVE:
        return _let_all_go(session, found, now)
    errands: list[Due] = []
    while len(errands) < MOST_AT_ONCE and pace.may_go(_progress(found), now):
        message = _next(session, clocks, now)
        if message is None:
            break
        if not _is_put_off(session, clocks, message, now):
            _count_start(clocks, message, now)
            errands.append(Due(_granted(message, now), now))
    _drop_reasons(session, found, now)
    if errands:
        return [*errands, *_next_look(session, clocks, now)]
    return _look_again_for(session, clocks, now, asked_by)


def _drop_reasons(session: Session, number: PhoneNumber, now: datetime) -> None:
    """Whatever it waited for has come: what is still there waits for its turn alone."""
    due = _waiting_on(number).where(Message.not_before <= now, Message.error_reason.is_not(None))
    session.execute(
        update(Message)
        .where(Message.id.in_(due.with_only_columns(Message.id)))
        .values(error_reason=None)
        .execution_options(synchronize_session="fetch")
    )


def _let_all_go(session: Session, number: PhoneNumber, now: datetime) -> list[Due]:
    """From a number that cannot send nothing goes at any pace: sending says why."""
    waiting = session.scalars(_waiting_on(number).where(Message.not_before <= now).limit(500))
    return [Due(_granted(message, now), now) for message in waiting]


def _granted(message: Message, now: datetime) -> Errand:
    message.status = "pending"
    message.not_before = now
    message.error_reason = None
    return Errand("send", message.public_id)


def _next(session: Session, clocks: _Clocks, now: datetime) -> Message | None:
    """Whose turn it is."""
    due = _due(clocks.number, now)
    campaign = clocks.campaign
    if campaign is not None and not pace.may_go(_progress(campaign), now):
        due = due.where(Message.campaign_id.is_distinct_from(campaign.id))
    session.flush()
    return session.scalar(due.limit(1))


def _is_put_off(session: Session, clocks: _Clocks, message: Message, now: datetime) -> bool:
    """Whether a text cannot go today, or not at this hour; then it has its new time and reason."""
    institution, (_, contact) = (
        message.conversation.institution,
        routing.texting(message.conversation),
    )
    by_day, reason = _by_day(institution, contact.e164, now)
    if by_day > now:
        message.not_before, message.error_reason = by_day, reason
        return True
    segments = message.segments or 1
    if not pace.has_room(_progress(clocks.number), pace_of(clocks.number), segments, clocks.today):
        _put_off_to_tomorrow(session, clocks, now, "number")
        return True
    campaign = clocks.campaign
    if (
        campaign is not None
        and message.campaign_id == campaign.id
        and not pace.has_room(_progress(campaign), pace_of(campaign), segments, clocks.today)
    ):
        _put_off_to_tomorrow(session, clocks, now, "campaign")
        return True
    return False


def _put_off_to_tomorrow(session: Session, clocks: _Clocks, now: datetime, whose: str) -> None:
    """Every text whose time has come, of the number or only of the campaign."""
    zone = ZoneInfo(clocks.number.institution.time_zone)
    tomorrow = datetime.combine(clocks.today + timedelta(days=1), datetime.min.time(), zone)
    capped = clocks.campaign if whose == "campaign" and clocks.campaign else clocks.number
    due = _waiting_on(clocks.number).where(Message.not_before <= now)
    if isinstance(capped, Campaign):
        due = due.where(Message.campaign_id == capped.id)
    reason = pace.cap_reached(whose, pace_of(capped).per_day or 0)
    session.execute(
        update(Message)
        .where(Message.id.in_(due.with_only_columns(Message.id)))
        .values(not_before=tomorrow, error_reason=reason)
        .execution_options(synchronize_session="fetch")
    )


def _count_start(clocks: _Clocks, message: Message, now: datetime) -> None:
    rows: Sequence[PhoneNumber | Campaign] = [clocks.number]
    if clocks.campaign is not None and message.campaign_id == clocks.campaign.id:
        rows = [clocks.number, clocks.campaign]
    for row in rows:
        segments = message.segments or 1
        _keep(row, pace.counted(_progress(row), pace_of(row), segments, now, clocks.today))


def _look_again_for(
    session: Session, clocks: _Clocks, now: datetime, asked_by: str | None
) -> list[Due]:
    """A text that is the first to wait has to ask for another look; else somebody has done so."""
    first = session.scalar(_due(clocks.number, now).limit(1)) if asked_by else None
    if first is None or first.public_id != asked_by:
        return []
    rows = (clocks.number, clocks.campaign) if first.campaign_id else (clocks.number,)
    moments = [row.next_text_at for row in rows if row is not None and row.next_text_at]
    at = max(moments, default=now)
    return [_look(clocks.number, at)] if now < at <= now + NEAR else []


def _next_look(session: Session, clocks: _Clocks, now: datetime) -> list[Due]:
    """When to look again after the clock was moved, if anything waits that may go soon."""
    waiting = _waiting_on(clocks.number).with_only_columns(func.min(Message.not_before))
    first = session.scalar(waiting)
    if first is None or clocks.number.next_text_at is None:
        return []
    at = max(first, clocks.number.next_text_at)
    campaign = clocks.campaign
    if campaign is not None and campaign.next_text_at and _next(session, clocks, now) is None:
        at = max(at, campaign.next_text_at)
    return [_look(clocks.number, at)] if at <= now + NEAR else []


def _look(number: PhoneNumber, at: datetime) -> Due:
    return Due(Errand("let_texts_go", number.public_id), at)


def _due(number: PhoneNumber, now: datetime) -> Select[Message]:
    """What a person starts with one student goes before a campaign, then who waits longest."""
    return (
        _waiting_on(number)
        .where(Message.not_before <= now)
        .order_by(Message.campaign_id.is_not(None), Message.not_before, Message.id)
    )


def _waiting_on(number: PhoneNumber) -> Select[Message]:
    return (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.status == WAITING, Conversation.number_id == number.id)
    )


def _by_day(institution: Institution, e164: str, now: datetime) -> tuple[datetime, str | None]:
    """The first moment from now on when a reader may be texted, and the reason if it is later."""
    quiet = QuietHours(institution.quiet_from_hour, institution.quiet_until_hour)
    zones = quiet_hours.zones_of_reader(e164, institution.time_zone)
    at = quiet_hours.earliest(now, zones, institution.time_zone, quiet)
    return at, quiet_hours.waits_until(at, zones, quiet) if at > now else None


def _today(number: PhoneNumber, now: datetime) -> date:
    return now.astimezone(ZoneInfo(number.institution.time_zone)).date()


def _progress(row: Paced) -> Progress:
    return Progress(row.next_text_at, row.counted_on, row.segments_counted)


def _keep(row: Paced, progress: Progress) -> None:
    row.next_text_at = progress.next_at
    row.counted_on = progress.counted_on
    row.segments_counted = progress.counted
