"""Accounts at the carrier: their secrets, and whether a webhook is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from backend.db.tables import CarrierAccount, Institution, OptOutHandledBy
from backend.domain.errors import NotAllowed
from backend.services.desk import Desk
from backend.services.ports import CarrierCredentials


def authenticate(
    desk: Desk, account_sid: str, url: str, form: Sequence[tuple[str, str]], signature: str
) -> int:
    """Check that a webhook was signed by the carrier account it names.

    Returns the row number of the institution whose account it is. Raises `NotAllowed`.
    """
    with desk.db.read() as session:
        account = session.scalar(
            select(CarrierAccount).where(CarrierAccount.account_sid == account_sid)
        )
        if account is None:
            raise NotAllowed("This webhook names no carrier account of ours.")
        secrets, institution_id = credentials(desk, account), account.institution_id
    if not desk.carrier.is_authentic(secrets, url, form, signature):
        raise NotAllowed("This webhook's signature does not fit.")
    return institution_id


def credentials(desk: Desk, account: CarrierAccount) -> CarrierCredentials:
    """An account with its secrets opened, for one call."""
    previous = account.previous_auth_token_sealed
    return CarrierCredentials(
        account_sid=account.account_sid,
        auth_token=desk.cipher.decrypt(account.auth_token_sealed),
        previous_auth_token=desk.cipher.decrypt(previous) if previous else None,
    )


def keep(
    desk: Desk,
    institution_slug: str,
    opt_out_handled_by: OptOutHandledBy,
    account_sid: str,
    auth_token: str,
    messaging_service_sid: str,
) -> None:
    """Make an institution's carrier account what the settings say; without a SID or a token the
    account stays the one it is. An empty `messaging_service_sid` is none.

    A changed token becomes the current one and the old one stays as the previous, so that
    webhooks signed before the change still verify.
    """
    with desk.db.write() as session:
        account = session.scalars(
            select(CarrierAccount)
            .join(Institution, Institution.id == CarrierAccount.institution_id)
            .where(Institution.slug == institution_slug)
        ).one()
        account.opt_out_handled_by = opt_out_handled_by
        account.messaging_service_sid = messaging_service_sid or None
        if not account_sid or not auth_token:
            return
        if account.account_sid != account_sid:  # another account: its old token means nothing
            account.account_sid = account_sid
            account.previous_auth_token_sealed = None
            account.texts_listed_to = None  # what it had before is not ours
            account.auth_token_sealed = desk.cipher.encrypt(auth_token)
        elif desk.cipher.decrypt(account.auth_token_sealed) != auth_token:
            account.previous_auth_token_sealed = account.auth_token_sealed
            account.auth_token_sealed = desk.cipher.encrypt(auth_token)
