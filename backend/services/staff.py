"""Who is speaking: sign-in, sessions and bearer tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from backend.db.tables import AccessToken, BrowserSession, StaffMember
from backend.domain.errors import NotAllowed, NotFound
from backend.domain.staff import Role, Scope
from backend.services import passwords
from backend.services.desk import Desk

SESSION_LIFE = timedelta(hours=12)
# Checked when the e-mail is unknown, so that the time taken does not tell which ones exist.
_NOBODYS_HASH = passwords.hashed("nobody")


@dataclass(frozen=True)
class Who:
    """A staff member as a channel proved them; ids are row numbers for use inside."""

    id: int
    public_id: str
    name: str
    email: str
    role: Role
    institution_id: int
    institution_name: str
    office_id: int
    office_name: str


def sign_in(desk: Desk, email: str, password: str) -> Who:
    """Prove a staff member by e-mail and password. Raises `NotAllowed`, never saying which
    of the two was wrong.
    """
    with desk.db.read() as session:
        member = _active(session, StaffMember.email == email.strip().casefold())
        known_hash = member.password_hash if member else _NOBODYS_HASH
        if not passwords.fits(known_hash, password) or member is None:
            raise NotAllowed("That e-mail and password do not go together. Please try again.")
        return who(member)


def by_email(desk: Desk, email: str) -> Who:
    """The active staff member of that e-mail, for who rules this machine. Raises `NotFound`."""
    with desk.db.read() as session:
        return who(_by_email(session, email))


def open_session(desk: Desk, who: Who) -> str:
    """Sign a browser in; returns the key for its cookie, kept here as a hash."""
    key = secrets.token_urlsafe(32)
    now = desk.clock.now()
    with desk.db.write(who.institution_id) as session:
        session.execute(delete(BrowserSession).where(BrowserSession.expires_at < now))
        session.add(
            BrowserSession(staff_id=who.id, key_hash=token_hash(key), expires_at=now + SESSION_LIFE)
        )
    return key


def by_session(desk: Desk, key: str) -> Who | None:
    """The staff member whose browser holds this key, if both are still good."""
    with desk.db.read() as session:
        row = session.scalar(
            select(BrowserSession).where(
                BrowserSession.key_hash == token_hash(key),
                BrowserSession.expires_at > desk.clock.now(),
            )
        )
        if row is None or not row.staff.is_active:
            return None
        return who(row.staff)


def close_session(desk: Desk, key: str) -> None:
    """Sign a browser out: its key is worth nothing from here on, wherever it was copied to."""
    with desk.db.write() as session:
        session.execute(delete(BrowserSession).where(BrowserSession.key_hash == token_hash(key)))


@dataclass(frozen=True)
class Bearer:
    """Who a bearer token speaks for, and what for; `scopes` None is all that they may do."""

    who: Who
    scopes: frozenset[Scope] | None


@dataclass(frozen=True)
class TokenListed:
    """A bearer token as it can be shown: never itself."""

    id: str
    staff: str
    scopes: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime


def create_access_token(
    desk: Desk, email: str, life: timedelta, scopes: Sequence[Scope] | None = None
) -> str:
    """A new bearer token for a staff member; shown once, kept as a hash. Raises `NotFound`."""
    token = f"nd_{secrets.token_urlsafe(32)}"
    now = desk.clock.now()
    with desk.db.write() as session:
        member = _by_email(session, email)
        session.add(
            AccessToken(
                institution_id=member.institution_id,
                staff_id=member.id,
                token_hash=token_hash(token),
                scopes=None if scopes is None else sorted(set(scopes)),
                created_at=now,
                expires_at=now + life,
            )
        )
    return token


def access_tokens(desk: Desk) -> tuple[TokenListed, ...]:
    """The bearer tokens that are in force, oldest first."""
    with desk.db.read() as session:
        rows = session.scalars(
            select(AccessToken).where(_in_force(desk.clock.now())).order_by(AccessToken.id)
        )
        return tuple(
            TokenListed(
                id=row.public_id,
                staff=row.staff.email,
                scopes=None if row.scopes is None else tuple(row.scopes),
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
            for row in rows
        )


def revoke_access_token(desk: Desk, token_id: str) -> None:
    """End a bearer token at once, by its id. Raises `NotFound`."""
    now = desk.clock.now()
    with desk.db.write() as session:
        row = session.scalar(
            select(AccessToken).where(AccessToken.public_id == token_id, _in_force(now))
        )
        if row is None:
            raise NotFound(f"There is no token {token_id} in force.")
        row.revoked_at = now


def _in_force(now: datetime) -> ColumnElement[bool]:
    return AccessToken.revoked_at.is_(None) & (AccessToken.expires_at > now)


def by_access_token(desk: Desk, token: str) -> Bearer | None:
    """Who a bearer token speaks for, if it is in force."""
    with desk.db.read() as session:
        row = session.scalar(
            select(AccessToken).where(
                AccessToken.token_hash == token_hash(token), _in_force(desk.clock.now())
            )
        )
        if row is None or not row.staff.is_active:
            return None
        scopes = None if row.scopes is None else frozenset(Scope(each) for each in row.scopes)
        return Bearer(who(row.staff), scopes)


def token_hash(token: str) -> str:
    """How tokens are kept: SHA-256; they are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def who(member: StaffMember) -> Who:
    """A staff row as the use cases pass it around."""
    return Who(
        id=member.id,
        public_id=member.public_id,
        name=member.name,
        email=member.email,
        role=member.role,
        institution_id=member.institution_id,
        institution_name=member.institution.name,
        office_id=member.office_id,
        office_name=member.office.name,
    )


def _by_email(session: Session, email: str) -> StaffMember:
    member = _active(session, StaffMember.email == email.strip().casefold())
    if member is None:
        raise NotFound(f"There is no active staff member with the e-mail {email}.")
    return member


def _active(session: Session, condition: ColumnElement[bool]) -> StaffMember | None:
    return session.scalar(select(StaffMember).where(condition, StaffMember.is_active))
