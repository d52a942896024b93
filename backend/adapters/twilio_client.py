"""Twilio's own library, kept on a short lead: whose account, which hosts, whose errors."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import (  # type: ignore[import-untyped]  # Twilio ships no types
    TwilioException,
)
from twilio.base.version import Version  # type: ignore[import-untyped]  # Twilio ships no types
from twilio.http.http_client import (  # type: ignore[import-untyped]  # Twilio ships no types
    TwilioHttpClient,
)
from twilio.http.response import Response  # type: ignore[import-untyped]  # Twilio ships no types
from twilio.rest import Client  # type: ignore[import-untyped]  # Twilio ships no types
from urllib3.exceptions import NewConnectionError

from backend.adapters.loopback import is_loopback
from backend.domain.carrier_refusals import (
    Attempt,
    lost_answer,
    refused,
    unreachable,
    unwritable,
)
from backend.domain.errors import CarrierError
from backend.services.ports import CarrierCredentials

TWILIO_HOSTS: Final = frozenset(
    {"api.twilio.com", "lookups.twilio.com", "messaging.twilio.com", "numbers.twilio.com"}
)

# Twilio's client logs URLs and response headers, which may hold phone numbers.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.disabled = True

# Twilio's client fills missing credentials from os.environ: another institution's account.
_NO_ENVIRONMENT: Final = {"": ""}


class TwilioClient:
    """The way to Twilio; `api_base` sends every call to a test server on this machine instead.

    `timeout_s` limits connecting and each wait for an answer. Raises `ValueError` for an
    `api_base` that is not on the loopback interface.
    """

    def __init__(self, api_base: str | None = None, timeout_s: float = 10) -> None:
        self._http = (
            TwilioHttpClient(timeout=timeout_s, logger=_SILENT)
            if api_base is None
            else LoopbackHttpClient(api_base, timeout_s)
        )

    @contextmanager
    def calling(self, account: CarrierCredentials, attempt: Attempt) -> Iterator[Client]:
        """Twilio's client for an account; whatever it raises inside becomes `CarrierError`."""
        if not (account.account_sid and account.auth_token):
            raise refused(20003, attempt=attempt)
        client = Client(
            account.account_sid,
            account.auth_token,
            http_client=self._http,
            environment=_NO_ENVIRONMENT,
        )
        try:
            yield client
        except (
            TwilioException,
            requests.RequestException,
            json.JSONDecodeError,
            UnicodeEncodeError,
        ) as error:
            # `from None`: Twilio's words quote the phone number and would reach the logs.
            raise _translated(error, attempt) from None


class LoopbackHttpClient(TwilioHttpClient):  # type: ignore[misc]  # its base has no types
    """Twilio's HTTP client, pointed at a test server: twilio-python has no base-URL setting."""

    def __init__(self, api_base: str, timeout_s: float) -> None:
        if not is_loopback(api_base):
            raise ValueError("The Twilio test server's address must be http://127.0.0.1:PORT.")
        super().__init__(timeout=timeout_s, logger=_SILENT)
        self.session.trust_env = False  # no proxy between us and ourselves
        self._api_base = api_base.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Send a request to the test server, `RuntimeError` for a host it does not stand for."""
        asked = urlsplit(url)
        if asked.hostname not in TWILIO_HOSTS:
            raise RuntimeError(f"No test server stands for the host {asked.hostname}.")
        path = url.split(asked.netloc, 1)[1]
        return super().request(method, self._api_base + path, *args, **kwargs)


def _translated(error: Exception, attempt: Attempt) -> CarrierError:
    """The one place where what Twilio's library raises becomes ours."""
    if isinstance(error, UnicodeEncodeError):
        return unwritable()
    error = _with_status(error)
    status = getattr(error, "status", None)
    if status is not None:
        code = getattr(error, "code", None)
        if code == status:  # Twilio's library, for an answer without Twilio's number
            code = 20404 if status == 404 else None
        return refused(code, status, attempt)
    if isinstance(error, requests.RequestException) and _never_connected(error):
        return unreachable(attempt)
    return lost_answer(attempt)


def _with_status(error: Exception) -> Exception:
    """Twilio's library wraps the answer to a refused list in an exception without its status."""
    answer = error.args[-1] if error.args else None
    if not isinstance(answer, Response):
        return error
    told: Exception = Version.exception("GET", "", answer, "")
    return told


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
