"""Secrets at rest under Fernet keys: the first encrypts, every one decrypts.

Put a new key first to rotate: https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
"""

from __future__ import annotations

from cryptography.fernet import Fernet, MultiFernet

from backend.services.ports import Cipher


class FernetCipher(Cipher):
    """Encrypts with `cryptography`'s MultiFernet."""

    def __init__(self, keys: str) -> None:
        """Take keys, newest first, parted by commas. Raises `ValueError` on a malformed one."""
        self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])

    def encrypt(self, secret: str) -> bytes:
        """Encrypt under the newest key."""
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, sealed: bytes) -> str:
        """Decrypt with whichever key fits."""
        return self._fernet.decrypt(sealed).decode()
