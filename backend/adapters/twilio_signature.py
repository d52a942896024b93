"""Who signed a webhook: X-Twilio-Signature over a URL and a form.

https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twilio.request_validator import (  # type: ignore[import-untyped]  # Twilio ships no types
    RequestValidator,
)

from backend.services.ports import CarrierCredentials

Form = Sequence[tuple[str, str]]


class _RepeatedKeys:
    """A form as Twilio's validator reads it: it takes every value of a key only via `getlist`."""

    def __init__(self, form: Form) -> None:
        self._form = tuple(form)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._form)

    def __len__(self) -> int:
        return len(self._form)

    def getlist(self, name: str) -> list[str]:
        """Every value of a key; an unknown key has none."""
        return [value for key, value in self._form if key == name]


def sign(auth_token: str, url: str, form: Form) -> str:
    """The signature Twilio would send with `form` posted to `url`: base64 HMAC-SHA1."""
    signature: str = RequestValidator(auth_token).compute_signature(url, _RepeatedKeys(form))
    return signature


def is_authentic(account: CarrierCredentials, url: str, form: Form, signature: str) -> bool:
    """Whether `signature` fits `url` and `form` under the account's current or previous token.

    The comparison takes the same time wherever a wrong signature differs. Twilio signs an https
    URL with or without its port: both fit. Whatever comes in, nothing is raised: a URL or a form
    that cannot be signed is not authentic. A URL with `bodySHA256` is signed over a JSON body,
    not over a form, so no form makes it authentic.
    """
    if not signature or "bodySHA256=" in url:
        return False
    tokens = (account.auth_token, account.previous_auth_token)
    return any(_fits(token, url, form, signature) for token in tokens if token)


def _fits(token: str, url: str, form: Form, signature: str) -> bool:
    try:
        return bool(RequestValidator(token).validate(url, _RepeatedKeys(form), signature))
    except ValueError:  # a port that is no number, a lone surrogate
        return False
