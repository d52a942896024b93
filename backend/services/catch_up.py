"""What the carrier received while nobody listened is fetched from its own list.

A webhook is brought twice at most. So each account's list is read in turn: from where it was read
last, with an overlap, to half a minute ago, since what is younger may still be on its way. Each
student's text on it that we do not have is taken in as a webhook would be, once for each
MessageSid; and the texts that we sent are held against ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.db.tables import CarrierAccount, Contact, Message, PhoneNumber, UnroutedText
from backend.domain.errors import CarrierError, DatabaseBusy, NumbersError
from backend.domain.provisioned_numbers import NumberState
from backend.services import contacts, inbound, personal_data, text_reconcile
from backend.services.carrier_accounts import credentials
from backend.services.desk import Desk
from backend.services.inbound import IncomingText, Receipt
from backend.services.ports import CarriedText, CarrierCredentials

log = structlog.get_logger()

# Longer than the carrier takes for both its tries at a webhook.
STILL_UNDER_WAY: Final = timedelta(seconds=30)
# Read once more each time: what the carrier listed late, and how texts have come along.
OVERLAP: Final = timedelta(minutes=10)
STEP: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class _Account:
    id: int
    public_id: str
    institution_id: int
    listed_to: datetime | None
    secrets: CarrierCredentials


def catch_up(desk: Desk) -> int:
    """Fetch what each carrier account received since its list was last read; how many texts were
    new to us.

    The first time it only marks the moment: what came before is not ours to read. An account
    whose carrier fails keeps its mark, and is read from there the next time. Safe to repeat, and
    in several workers at once.
    """
    fetched = 0
    for account in _accounts(desk):
        try:
            fetched += _read_list(desk, account)
        except CarrierError as error:
            log.warning("texts.not_listed", account=account.public_id, why=str(error))
    return fetched


def keep_in_step(desk: Desk) -> None:
    """All that keeps our texts and the carrier's the same, in and out."""
    catch_up(desk)
    text_reconcile.settle(desk)
    text_reconcile.ask_for_reports(desk)


def _read_list(desk: Desk, account: _Account) -> int:
    now = desk.clock.now()
    if account.listed_to is None:
        _mark(desk, account, now)
        return 0
    fetched, since, end = 0, account.listed_to, now - STILL_UNDER_WAY
    while since < end:
        until = min(since + STEP, end)
        texts = desk.carrier.texts_in(account.secrets, since, until)
        fetched += _take_in(desk, account, texts)
        _mark(desk, account, min(until, end - OVERLAP))
        since = until
    if fetched:
        log.warning("texts.fetched", account=account.public_id, count=fetched)
    return fetched


def _take_in(desk: Desk, account: _Account, texts: Iterable[CarriedText]) -> int:
    with desk.db.read(account.institution_id) as session:
        numbers = _numbers(session, account)
        ours = [text for text in texts if _our_number(text) in numbers]
        received = [text for text in ours if text.direction == "inbound"]
        known = _known(session, [text.sid for text in received])
        missing = [
            text
            for text in received
            if text.sid not in known and not _is_erased(session, desk, text)
        ]
    sent = [text for text in ours if text.direction == "outbound"]
    text_reconcile.hear_of(desk, account.institution_id, sent)
    return sum(_receive(desk, account, text) for text in missing)


def _receive(desk: Desk, account: _Account, text: CarriedText) -> bool:
    """Whether it was new. One that cannot be taken in does not keep the others out."""
    try:
        media = desk.carrier.media_of(account.secrets, text.sid) if text.media_count else ()
        receipt = inbound.receive(
            desk,
            account.institution_id,
            IncomingText(
                message_sid=text.sid,
                from_number=text.from_number,
                to_number=text.to_number,
                body=text.body,
                media=media,
                received_at=text.at,
            ),
        )
    except (CarrierError, DatabaseBusy):
        raise
    except NumbersError as error:
        log.error("texts.not_taken_in", sid=text.sid, why=error.code)
        return False
    return receipt is not Receipt.SEEN_BEFORE


def _is_erased(session: Session, desk: Desk, text: CarriedText) -> bool:
    """Whether the text was among what was deleted with all that its sender had, who may have
    texted again since.
    """
    numbers = contacts.as_written(session, desk.cipher, [text.from_number])
    known = select(Contact).where(Contact.e164.in_(numbers))
    return any(
        personal_data.was_erased_since(session, contact, text.at)
        for contact in session.scalars(known)
    )


def _our_number(text: CarriedText) -> str:
    return text.to_number if text.direction == "inbound" else text.from_number


def _numbers(session: Session, account: _Account) -> frozenset[str]:
    """The account's numbers on this desk, also those given back: it may serve others too, whose
    texts are none of our business.
    """
    query = select(PhoneNumber.e164).where(
        PhoneNumber.carrier_account_id == account.id, PhoneNumber.state != NumberState.ORDERING
    )
    return frozenset(session.scalars(query))


def _known(session: Session, sids: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(sids), 500):
        some = sids[start : start + 500]
        for column in (Message.carrier_sid, UnroutedText.carrier_sid):
            found = session.scalars(select(column).where(column.in_(some)))
            known |= {sid for sid in found if sid is not None}
    return known


def _mark(desk: Desk, account: _Account, moment: datetime) -> None:
    """Only ever forward; one that was exchanged meanwhile (its mark is None) stays unmarked."""
    is_first = account.listed_to is None
    mark = CarrierAccount.texts_listed_to
    with desk.db.write(account.institution_id) as session:
        session.execute(
            update(CarrierAccount)
            .where(CarrierAccount.id == account.id, mark.is_(None) if is_first else mark < moment)
            .values(texts_listed_to=moment)
        )


def _accounts(desk: Desk) -> list[_Account]:
    with desk.db.read() as session:
        rows = session.scalars(select(CarrierAccount).order_by(CarrierAccount.id))
        return [
            _Account(
                row.id,
                row.public_id,
                row.institution_id,
                row.texts_listed_to,
                credentials(desk, row),
            )
            for row in rows
        ]
