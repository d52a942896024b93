"""What is past its time is deleted, for each institution as its settings say.

Never touched: what is still to be sent, what the assistant is answering, conversations that are
urgent, wait for a person or are with one, the opening messages of campaigns that are not long
archived, and the texts that are evidence of consent. The rows are the list of what is to be done:
a run that breaks off is taken up by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.db.tables import (
    Campaign,
    CampaignContact,
    ConsentEvent,
    Contact,
    ContractLimits,
    Conversation,
    ConversationEvent,
    Institution,
    Message,
    OwnedByInstitution,
    ParticipantKind,
    Turn,
    TurnState,
    UnroutedText,
)
from backend.domain.campaigns import CampaignState
from backend.domain.errors import BotUnavailable, NotFound
from backend.domain.messages import NOT_HANDED_OVER
from backend.domain.quotas import period_start
from backend.services import audit, removal
from backend.services.desk import Desk
from backend.services.hand_over import LOOKS_BACK, SUMMARY

log = structlog.get_logger()

SOME: Final = 200
TO_BE_SENT: Final = (*NOT_HANDED_OVER, "sending")
UNDER_WAY: Final = (TurnState.WAITING, TurnState.RUNNING)
ACTION: Final = "retention.run"


@dataclass(frozen=True)
class PastTime:
    """How much of a kind is past its time; `oldest` is when the oldest of it came."""

    count: int
    oldest: datetime | None = None


@dataclass
class Report:
    """What is past its time at an institution, or was deleted, by kind; only what there is any of.

    `assistant_is_away`: its memory could not be looked at, so what must be forgotten there first
    stays until the next run.
    """

    institution: str
    found: dict[str, PastTime] = field(default_factory=dict)
    assistant_is_away: bool = False

    def add(self, kind: str, count: int, oldest: datetime | None = None) -> None:
        """Count some more of a kind."""
        if count:
            before = self.found.get(kind, PastTime(0))
            days = [day for day in (before.oldest, oldest) if day is not None]
            self.found[kind] = PastTime(before.count + count, min(days, default=None))


@dataclass(frozen=True)
class _Limits:
    """Until when messages, media and trackers are past their time; None where they are kept.

    `counted_since` is when the contract period began by which contacts are counted.
    """

    messages: datetime | None
    media: datetime | None
    trackers: datetime | None
    counted_since: datetime | None


@dataclass(frozen=True)
class _Kind:
    """One kind of rows that go: what of them is past its time, and how some of them are taken out
    (their row numbers; how many).
    """

    name: str
    table: type[OwnedByInstitution]
    at: InstrumentedAttribute[Any]
    is_past: ColumnElement[bool]
    remove: Callable[[Session, Sequence[int]], int]
    after_forgetting: bool = True


def look(desk: Desk, slug: str | None = None) -> tuple[Report, ...]:
    """What a run would delete now, of every institution or of one; nothing is changed.

    Raises `NotFound`.
    """
    return tuple(_look(desk, *institution) for institution in _institutions(desk, slug))


def run(desk: Desk, slug: str | None = None) -> tuple[Report, ...]:
    """Delete what is past its time, some rows at a time; on record where there was any.

    Safe to break off, to repeat and to run twice at once. Raises `NotFound`.
    """
    return tuple(_run(desk, *institution) for institution in _institutions(desk, slug))


def _institutions(desk: Desk, slug: str | None) -> Sequence[tuple[int, str]]:
    with desk.db.read() as session:
        query = select(Institution.id, Institution.slug).order_by(Institution.id)
        if slug is not None:
            query = query.where(Institution.slug == slug)
        found = [(row_id, name) for row_id, name in session.execute(query)]
    if slug is not None and not found:
        raise NotFound(f"There is no institution {slug}.")
    return found


def _look(desk: Desk, institution_id: int, slug: str) -> Report:
    report = Report(slug)
    with desk.db.read(institution_id) as session:
        limits = _limits(session, desk.clock.now())
        for kind in _kinds(limits):
            count, oldest = session.execute(
                select(func.count(kind.table.id), func.min(kind.at)).where(kind.is_past)
            ).one()
            report.add(kind.name, count, oldest)
        remembered = _to_forget(session, limits)
    try:
        for some in batched(remembered, SOME):
            report.add("trackers", len(desk.bot.remembered(some)))
    except BotUnavailable:
        report.assistant_is_away = True
    return report


def _run(desk: Desk, institution_id: int, slug: str) -> Report:
    report = Report(slug)
    with desk.db.read(institution_id) as session:
        limits = _limits(session, desk.clock.now())
        remembered = _to_forget(session, limits)
    kinds = _kinds(limits)
    _take_out(desk, institution_id, (k for k in kinds if not k.after_forgetting), report)
    try:
        # First, since it holds copies of what is deleted next, and only the rows tell of whom.
        for some in batched(remembered, SOME):
            report.add("trackers", len(desk.bot.forget(some)))
    except BotUnavailable:
        report.assistant_is_away = True
        log.warning("retention.waits_for_assistant", institution=slug)
    else:
        _take_out(desk, institution_id, (k for k in kinds if k.after_forgetting), report)
    if report.found:
        _put_on_record(desk, institution_id, report)
    return report


def _take_out(desk: Desk, institution_id: int, kinds: Iterable[_Kind], report: Report) -> None:
    def take_some(session: Session, kind: _Kind) -> tuple[int, datetime | None]:
        rows = session.execute(
            select(kind.table.id, kind.at).where(kind.is_past).order_by(kind.table.id).limit(SOME)
        ).all()
        removed = kind.remove(session, [row_id for row_id, _ in rows]) if rows else 0
        return removed, min((at for _, at in rows if at is not None), default=None)

    for kind in kinds:
        while True:
            count, oldest = desk.db.transact(partial(take_some, kind=kind), institution_id)
            report.add(kind.name, count, oldest)
            if not count:
                break


def _put_on_record(desk: Desk, institution_id: int, report: Report) -> None:
    said = ", ".join(f"{found.count:,} {kind}" for kind, found in report.found.items())
    with desk.db.write(institution_id) as session:
        audit.record(
            session,
            ACTION,
            by=None,
            via=audit.DESK,
            outcome=f"{audit.DONE}: {said}",
            at=desk.clock.now(),
            institution_id=institution_id,
        )


def _limits(session: Session, now: datetime) -> _Limits:
    institution = session.scalars(select(Institution)).one()

    def before(kept_days: int | None) -> datetime | None:
        return None if kept_days is None else now - timedelta(days=kept_days)

    zone = ZoneInfo(institution.time_zone)
    starts_on = session.scalar(
        select(func.max(ContractLimits.starts_on)).where(
            ContractLimits.starts_on <= now.astimezone(zone).date()
        )
    )
    return _Limits(
        messages=before(institution.messages_kept_days),
        media=before(institution.media_kept_days),
        trackers=before(institution.trackers_kept_days),
        counted_since=None if starts_on is None else period_start(starts_on, zone),
    )


def _kinds(limits: _Limits) -> list[_Kind]:
    """In the order in which they are taken out: what points before what is pointed at."""
    kinds = []
    if limits.media is not None:
        has_any = cast(Message.media, Text) != "[]"
        is_past = and_(has_any, Message.created_at < limits.media, _is_done_with())
        kinds.append(
            _Kind(
                "texts’ pictures",
                Message,
                Message.created_at,
                is_past,
                _remove_pictures,
                after_forgetting=False,
            )
        )
    if limits.messages is not None:
        kinds += _kinds_of_words(limits.messages, limits.counted_since)
    return kinds


def _kinds_of_words(before: datetime, counted_since: datetime | None) -> list[_Kind]:
    messages = _is_past_message(before)
    lines = _is_past_line(before, messages)
    conversations = _is_past_conversation(before, messages, lines)
    memberships = _is_past_membership(before, counted_since)
    contacts = and_(
        Contact.created_at < before,
        _no(ConsentEvent, ConsentEvent.contact_id == Contact.id),
        _no(Conversation, Conversation.contact_id == Contact.id, ~conversations),
        _no(CampaignContact, CampaignContact.contact_id == Contact.id, ~memberships),
    )
    return [
        _Kind(
            "unrouted texts",
            UnroutedText,
            UnroutedText.received_at,
            UnroutedText.received_at < before,
            _delete_from(UnroutedText),
            after_forgetting=False,
        ),
        _Kind("messages", Message, Message.created_at, messages, removal.remove_messages),
        _Kind(
            "timeline lines",
            ConversationEvent,
            ConversationEvent.at,
            lines,
            _delete_from(ConversationEvent),
        ),
        _Kind(
            "conversations",
            Conversation,
            Conversation.created_at,
            conversations,
            removal.remove_conversations,
        ),
        _Kind(
            "campaign contacts",
            CampaignContact,
            CampaignContact.targeted_at,
            memberships,
            _delete_from(CampaignContact),
        ),
        _Kind("contacts", Contact, Contact.created_at, contacts, removal.remove_contacts),
    ]


def _is_past_line(before: datetime, messages: ColumnElement[bool]) -> ColumnElement[bool]:
    is_past = and_(
        ConversationEvent.at < before,
        or_(
            ConversationEvent.message_id.is_(None),
            ConversationEvent.message_id.in_(select(Message.id).where(messages).correlate(None)),
        ),
    )
    # A summary goes with the first of the words that it quotes.
    is_past_summary = and_(
        ConversationEvent.kind == SUMMARY, ConversationEvent.at < before + LOOKS_BACK
    )
    return and_(ConversationEvent.conversation_id.in_(_quiet()), or_(is_past, is_past_summary))


def _is_past_conversation(
    before: datetime, messages: ColumnElement[bool], lines: ColumnElement[bool]
) -> ColumnElement[bool]:
    return and_(
        Conversation.last_message_at < before,
        Conversation.created_at < before,
        # Those of visitors wait for the assistant to forget them (`personal_data`).
        Conversation.participant_kind != ParticipantKind.VISITOR,
        Conversation.id.in_(_quiet()),
        _no(Message, Message.conversation_id == Conversation.id, ~messages),
        _no(ConversationEvent, ConversationEvent.conversation_id == Conversation.id, ~lines),
    )


def _quiet() -> Select[int]:
    """Conversations in which nothing is left for a person to do."""
    return (
        select(Conversation.id)
        .where(~Conversation.with_person, ~Conversation.needs_attention, ~Conversation.is_urgent)
        .correlate(None)
    )


def _is_done_with() -> ColumnElement[bool]:
    """Whether a message was sent or answered, in a conversation that waits for nobody."""
    under_way = select(Turn.message_id).where(Turn.state.in_(UNDER_WAY)).correlate(None)
    return and_(
        Message.status.not_in(TO_BE_SENT),
        Message.id.not_in(under_way),
        Message.conversation_id.in_(_quiet()),
    )


def _is_past_message(before: datetime) -> ColumnElement[bool]:
    evidence = select(ConsentEvent.message_id).where(ConsentEvent.message_id.is_not(None))
    return and_(
        Message.created_at < before,
        _is_done_with(),
        Message.id.not_in(evidence.correlate(None)),
        or_(Message.campaign_id.is_(None), Message.campaign_id.in_(_long_archived(before))),
    )


def _is_past_membership(before: datetime, counted_since: datetime | None) -> ColumnElement[bool]:
    """Whether a contact's line in a long archived campaign counts in no contract any more."""
    past_messages = select(Message.id).where(_is_past_message(before)).correlate(None)
    is_past = and_(
        CampaignContact.campaign_id.in_(_long_archived(before)),
        or_(CampaignContact.message_id.is_(None), CampaignContact.message_id.in_(past_messages)),
    )
    if counted_since is None:
        return is_past
    targeted_at = CampaignContact.targeted_at
    return and_(is_past, or_(targeted_at.is_(None), targeted_at < counted_since))


def _long_archived(before: datetime) -> Select[int]:
    return (
        select(Campaign.id)
        .where(Campaign.state == CampaignState.ARCHIVED, Campaign.archived_at < before)
        .correlate(None)
    )


def _no(table: type[OwnedByInstitution], *those: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a table has none of those rows; what else they name belongs to the query around."""
    return ~select(table.id).where(*those).correlate_except(table).exists()


def _to_forget(session: Session, limits: _Limits) -> Sequence[str]:
    """Conversations of which the assistant may remember something that is past its time."""
    is_past = []
    if limits.trackers is not None:
        is_past.append(Conversation.last_message_at < limits.trackers)
    if limits.messages is not None:
        old = select(Message.conversation_id).where(_is_past_message(limits.messages))
        is_past.append(Conversation.id.in_(old.correlate(None)))
    if not is_past:
        return ()
    answered = select(Turn.conversation_id).correlate(None)
    return session.scalars(
        select(Conversation.public_id)
        .where(or_(*is_past), Conversation.id.in_(answered))
        .order_by(Conversation.id)
    ).all()


def _remove_pictures(session: Session, message_ids: Sequence[int]) -> int:
    for message in session.scalars(select(Message).where(Message.id.in_(message_ids))):
        message.media = []
    return len(message_ids)


def _delete_from(table: type[OwnedByInstitution]) -> Callable[[Session, Sequence[int]], int]:
    def remove(session: Session, row_ids: Sequence[int]) -> int:
        for row in session.scalars(select(table).where(table.id.in_(row_ids))):
            session.delete(row)
        return len(row_ids)

    return remove
