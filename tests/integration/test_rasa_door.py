"""The adapter at Rasa’s door about memory: a hundred conversations at a time, and each failure."""

from __future__ import annotations

import json

import httpx
import pytest

from backend.adapters.rasa import RasaBot
from backend.domain.errors import BotUnavailable


def bot_with(respond: httpx.MockTransport) -> RasaBot:
    """The adapter with another end to its wire."""
    bot = RasaBot("http://127.0.0.1:5005", "a channel secret")
    bot._client = httpx.Client(
        base_url="http://127.0.0.1:5005", headers=bot._client.headers, transport=respond
    )
    return bot


def test_many_conversations_are_named_a_hundred_at_a_time() -> None:
    """As many as the door takes; what it says of each is put together."""
    asked: list[tuple[str, int]] = []

    def door(request: httpx.Request) -> httpx.Response:
        conversations = json.loads(request.content)["conversations"]
        assert request.headers["Authorization"] == "Bearer a channel secret"
        asked.append((request.url.path, len(conversations)))
        return httpx.Response(200, json={"conversations": conversations[:1]})

    bot = bot_with(httpx.MockTransport(door))
    ids = [f"cnv_{each}" for each in range(250)]

    assert bot.forget(ids) == {"cnv_0", "cnv_100", "cnv_200"}
    assert bot.remembered(ids[:1]) == {"cnv_0"}
    assert bot.forget([]) == frozenset()
    assert asked == [
        *(("/webhooks/backend/forget", size) for size in (100, 100, 50)),
        ("/webhooks/backend/remembered", 1),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, json={"error": "busy"}),
        httpx.Response(401, json={}),
        httpx.Response(200, json={}),
        httpx.Response(200, text="no JSON"),
        httpx.ConnectError("away"),
    ],
)
def test_whatever_fails_is_the_assistant_away(answer: httpx.Response | Exception) -> None:
    """So that it is tried again, and nothing is taken for forgotten."""

    def door(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    with pytest.raises(BotUnavailable):
        bot_with(httpx.MockTransport(door)).forget(["cnv_1"])
