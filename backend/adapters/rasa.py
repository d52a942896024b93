"""Rasa, through its one door (`bot/backend_channel.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import batched
from threading import BoundedSemaphore
from typing import Any

import httpx

from backend.domain.errors import BotUnavailable
from backend.services.ports import Bot, BotAnswer, BotReply, BotTurn, Button, Link, Nearest, Source

READY_TIMEOUT_S = 2
PLACE_TIMEOUT_S = 5
# Conversations named in one request; the door takes no more.
MOST_AT_ONCE = 100


class RasaBot(Bot):
    """The assistant over loopback HTTP."""

    def __init__(self, url: str, secret: str, timeout_s: float = 15, at_once: int = 24) -> None:
        """`timeout_s` bounds a whole turn, actions included, and stays under a turn's lease.

        `at_once` bounds the turns of this process, so that a slow assistant cannot take every
        thread from the webhooks.
        """
        self._places = BoundedSemaphore(at_once)
        self._client = httpx.Client(
            base_url=url, timeout=timeout_s, headers={"Authorization": f"Bearer {secret}"}
        )

    def answer(self, turn: BotTurn) -> BotAnswer:
        """Answer one turn. Raises `BotUnavailable` for every way it can fail."""
        if not self._places.acquire(timeout=PLACE_TIMEOUT_S):
            raise BotUnavailable("Too many are asking the assistant at once.")
        try:
            response = self._client.post("/webhooks/backend/turn", json=asdict(turn))
        except httpx.HTTPError as error:
            raise BotUnavailable("The assistant cannot be reached.") from error
        finally:
            self._places.release()
        if response.status_code != httpx.codes.OK:
            raise BotUnavailable(f"The assistant answered {response.status_code}.")
        try:
            return _answer(response.json())
        except (KeyError, TypeError, ValueError) as error:
            raise BotUnavailable("The assistant's answer could not be read.") from error

    def remembered(self, conversations: Sequence[str]) -> frozenset[str]:
        """Which conversations Rasa's tracker store has something of."""
        return self._about("remembered", conversations)

    def forget(self, conversations: Sequence[str]) -> frozenset[str]:
        """Have trackers deleted, each when no turn of its conversation is running."""
        return self._about("forget", conversations)

    def _about(self, door: str, conversations: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        for some in batched(conversations, MOST_AT_ONCE):
            try:
                response = self._client.post(
                    f"/webhooks/backend/{door}", json={"conversations": some}
                )
            except httpx.HTTPError as error:
                raise BotUnavailable("The assistant cannot be reached.") from error
            if response.status_code != httpx.codes.OK:
                raise BotUnavailable(f"The assistant answered {response.status_code}.")
            try:
                found.update(response.json()["conversations"])
            except (KeyError, TypeError, ValueError) as error:
                raise BotUnavailable("The assistant's answer could not be read.") from error
        return frozenset(found)

    def is_ready(self) -> bool:
        """Whether Rasa's door is open."""
        try:
            response = self._client.get("/webhooks/backend/", timeout=READY_TIMEOUT_S)
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK


def _answer(body: dict[str, Any]) -> BotAnswer:
    return BotAnswer(
        replies=tuple(_reply(reply) for reply in body["replies"]),
        intent=str(body["intent"]["name"]),
        confidence=float(body["intent"]["confidence"]),
        language="es" if body["language"] == "es" else "en",
        nearest=tuple(
            Nearest(name=str(one["name"]), confidence=float(one["confidence"]))
            for one in body.get("nearest") or ()
        ),
    )


def _reply(reply: dict[str, Any]) -> BotReply:
    source, link = reply.get("source"), reply.get("link")
    return BotReply(
        text=str(reply["text"]),
        audience=reply.get("audience"),
        buttons=tuple(
            Button(title=button["title"], payload=button["payload"])
            for button in reply.get("buttons") or ()
        ),
        source=Source(**source) if source else None,
        link=Link(**link) if link else None,
        hand_off=bool(reply.get("hand_off")),
    )
