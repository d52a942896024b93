"""The only file that speaks HTTP: asks the backend's internal listener for a turn's person.

    BackendFault
    ├── BackendRefused(reason, code)   the backend said no and why, in a sentence for people
    └── BackendUnreachable             no usable answer: down, slow, or a fault of its own

Rights are the turn token's: the backend looks them up afresh on every call.
"""

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from rasa_sdk import Tracker

from actions.settings import read_settings

TIMEOUT_SECONDS = 10.0
# For refusals whose problem document has no sentence of its own.
_SENTENCES = {
    "turn_closed": "This question has waited too long. Please ask it again.",
    "not_allowed": "You are not allowed to see this.",
}
_PLAIN_REFUSAL = "That can't be shown here."


class BackendFault(Exception):
    """The backend did not give what was asked."""


class BackendRefused(BackendFault):
    """The backend said no; ``reason`` is a sentence for people, ``code`` its short name.

    ``why`` names the reason and ``facts`` what the sentence tells of it, to word it in another
    language; None and {} where nothing more is known.
    """

    def __init__(
        self, reason: str, code: str, why: str | None = None, facts: dict[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.reason = reason
        self.code = code
        self.why = why
        self.facts = facts or {}


class BackendUnreachable(BackendFault):
    """The backend is down, too slow, or answered with a fault of its own (5xx, no JSON)."""


@dataclass(frozen=True)
class Backend:
    """The backend as one turn may use it."""

    url: str
    turn_token: str
    timeout: float = TIMEOUT_SECONDS

    @classmethod
    def of_turn(cls, tracker: Tracker) -> "Backend":
        """With the token of the latest message's metadata, and of no older event.

        BackendRefused when the message carries none.
        """
        metadata = tracker.latest_message.get("metadata") or {}
        token = metadata.get("turn_token")
        if not isinstance(token, str) or not token:
            raise BackendRefused(_SENTENCES["turn_closed"], "turn_closed")
        return cls(read_settings().internal_url, token)

    async def quota(self) -> dict[str, Any]:
        """``GET /internal/quota``: contacts, numbers, by_office, period."""
        return await self._ask("GET", "/internal/quota")

    async def office(self) -> dict[str, Any]:
        """``GET /internal/office``: name, hours, place, phone, web_page of the person's office."""
        return await self._ask("GET", "/internal/office")

    async def job(
        self, name: str, said: dict[str, str], change: str | None = None
    ) -> dict[str, Any]:
        """``POST /internal/jobs/NAME``: known, and the question or the plan; ``change`` is a field
        to be asked for anew.
        """
        return await self._ask("POST", f"/internal/jobs/{name}", {"said": said, "change": change})

    async def confirm(self, plan: str) -> dict[str, Any]:
        """``POST /internal/plans/ID/confirm``: outcome, job, again, plan, receipt."""
        return await self._ask("POST", f"/internal/plans/{quote(plan, safe='')}/confirm", {})

    async def withdraw(self, plan: str) -> dict[str, Any]:
        """``POST /internal/plans/ID/withdraw``: outcome (withdrawn: it can't be confirmed any more;
        done, pending: it was before), job, receipt.
        """
        return await self._ask("POST", f"/internal/plans/{quote(plan, safe='')}/withdraw", {})

    async def numbers(
        self, office: str | None = None, area_code: str | None = None, unused: bool = False
    ) -> dict[str, Any]:
        """``POST /internal/numbers``: office, candidates, numbers, more, url."""
        wanted = {"office": office, "area_code": area_code, "unused": unused}
        return await self._ask("POST", "/internal/numbers", wanted)

    async def number(self, said: str) -> dict[str, Any]:
        """``POST /internal/number``: match, candidates."""
        return await self._ask("POST", "/internal/number", {"said": said})

    async def _ask(
        self, method: str, path: str, content: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.turn_token}"}
        try:
            async with httpx.AsyncClient(
                timeout=self.timeout, trust_env=False, verify=certificates()
            ) as client:
                response = await client.request(
                    method, self.url + path, headers=headers, json=content
                )
        except httpx.HTTPError as fault:
            raise BackendUnreachable(type(fault).__name__) from None
        return _content(response)


@cache
def certificates() -> ssl.SSLContext:
    """Read once: httpx reads the certificates of the world anew for each client, for 20 ms."""
    return httpx.create_ssl_context()


def _content(response: httpx.Response) -> dict[str, Any]:
    document = _json_object(response)
    if response.status_code == httpx.codes.OK:
        return document
    if 400 <= response.status_code < 500 or document.get("code") == "carrier_error":
        raise _refusal(document)
    raise BackendUnreachable(f"status {response.status_code}")


def _refusal(problem: dict[str, Any]) -> BackendRefused:
    """The problem document (RFC 9457) as a sentence; this is the one place that does it."""
    code = str(problem.get("code") or "refused")
    if code == "turn_closed":
        return BackendRefused(_SENTENCES[code], code)
    reason = problem.get("detail") or _SENTENCES.get(code) or _PLAIN_REFUSAL
    return BackendRefused(str(reason), code, problem.get("why"), problem.get("facts"))


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        raise BackendUnreachable(f"status {response.status_code} without JSON") from None
    if not isinstance(document, dict):
        raise BackendUnreachable(f"status {response.status_code} without a JSON object")
    return document
