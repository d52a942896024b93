"""Passwords at rest: Argon2id with the library's own parameters (RFC 9106)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """A salted hash to keep."""
    return _HASHER.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether this is the password behind the hash."""
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False
