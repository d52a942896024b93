"""Who is speaking: sign-in, sessions and bearer tokens."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from backend.db.tables import AccessToken, BrowserSession, StaffMember
from backend.domain.errors import NotAllowed, NotFound
from backend.domain.staff import Role
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


def create_access_token(desk: Desk, email: str, life: timedelta) -> str:
    """A new bearer token for a staff member; shown once, kept as a hash. Raises `NotFound`."""
    token = f"nd_{secrets.token_urlsafe(32)}"
    now = desk.clock.now()
    with desk.db.write() as session:
        member = _active(session, StaffMember.email == email.strip().casefold())
        if member is None:
            raise NotFound(f"There is no active staff member with the e-mail {email}.")
        session.add(
            AccessToken(
                institution_id=member.institution_id,
                staff_id=member.id,
                token_hash=token_hash(token),
                created_at=now,
                expires_at=now + life,
            )
        )
    return token


def by_access_token(desk: Desk, token: str) -> Who | None:
    """The staff member a bearer token belongs to, if it is in force."""
    with desk.db.read() as session:
        row = session.scalar(
            select(AccessToken).where(
                AccessToken.token_hash == token_hash(token),
                AccessToken.expires_at > desk.clock.now(),
            )
        )
        if row is None or not row.staff.is_active:
            return None
        return who(row.staff)


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


def _active(session: Session, condition: ColumnElement[bool]) -> StaffMember | None:
    return session.scalar(select(StaffMember).where(condition, StaffMember.is_active))
