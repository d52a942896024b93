"""The benchmark of turns with actions: its relay, its script, its arithmetic; no clock judges."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from conftest import ROOT

from bot.bench.__main__ import _parser
from bot.bench.client import connected, content_length
from bot.bench.processes import free_port
from bot.bench.relay import Heard, relaying
from bot.bench.staff import (
    FAQ,
    INTERRUPTION,
    KINDS,
    PLAN,
    QUESTION,
    QUOTA,
    Said,
    Script,
    Took,
    took,
)
from bot.bench.staff_page import AboutStaff, page
from bot.bench.staff_run import Round, StaffSize, summarise
from bot.bench.summary import EDGE, Unusable
from bot.bench.texts import as_cached

PHRASES = {
    "faq_port_time": ["how long does porting take", "¿cuánto tarda?", "is it quick"],
    "faq_another_school": ["is it only ours", "do others share our number"],
    "check_quota": ["our quota", "how many contacts are left", "the limits please"],
    "greet": ["hello there"],
}
CANCEL = {"title": "Cancel", "payload": '/cancel{"plan": "pln_1"}'}
CONFIRM = {"title": "Confirm", "payload": '/affirm{"plan": "pln_1"}'}
OFFER = {"title": "Create a reusable number", "payload": "/create_reusable_number"}


def answer(intent: str, *buttons: Sequence[dict[str, str]]) -> dict[str, Any]:
    """What Rasa answers: an intent, and for each reply its buttons."""
    replies = [{"text": "So.", "buttons": list(each)} for each in buttons]
    return {"intent": {"name": intent, "confidence": 0.9}, "replies": replies}


def turns(seconds: dict[str, float], times: int = 10) -> list[Took]:
    """Turns of each kind, as long in the chat as three times at the door."""
    return [
        Took(kind, door, door * 3, counts=True)
        for kind, door in seconds.items()
        for _ in "x" * times
    ]


def a_round(**changed: Any) -> Round:
    """A round in which an action takes twice as long as the FAQ, and Rasa's own four times."""
    seconds = dict.fromkeys(KINDS, 0.02) | {FAQ: 0.01}
    parts = {
        "ours": turns(seconds),
        "stock": turns({FAQ: 0.01, QUOTA: 0.04}),
        "long": turns({FAQ: 0.01}, EDGE) + turns({QUOTA: 0.011}, EDGE),
        "after_restart": (Took(FAQ, 0.01, 0.03, True), Took(FAQ, 0.012, 0.03, False)),
    }
    return Round(**{**parts, **changed})


@pytest.mark.parametrize(
    ("kind", "given", "counts"),
    [
        (FAQ, answer("faq_port_time", []), True),
        (FAQ, answer("faq_port_time", [OFFER]), True),
        (FAQ, answer("faq_port_time", [], [CANCEL]), False),
        (FAQ, answer("nlu_fallback", [OFFER]), False),
        (QUOTA, answer("check_quota", []), True),
        (QUOTA, answer("check_quota"), False),
        (QUOTA, answer("greet", []), False),
        (QUESTION, answer("create_reusable_number", [CANCEL]), True),
        (QUESTION, answer("create_reusable_number", [CONFIRM, CANCEL]), False),
        (QUESTION, answer("create_reusable_number", []), False),
        (QUESTION, answer("nlu_fallback", [OFFER]), False),
        (INTERRUPTION, answer("faq_port_time", [], [CANCEL]), True),
        (INTERRUPTION, answer("faq_port_time", []), False),
        (INTERRUPTION, answer("create_reusable_number", [CANCEL]), False),
        (PLAN, answer("create_reusable_number", [CONFIRM, CANCEL]), True),
        (PLAN, answer("create_reusable_number", [CANCEL]), False),
        ("cancel", answer("cancel", []), False),
        (FAQ, {}, False),
    ],
)
def test_a_turn_counts_where_it_was_answered_as_meant(
    kind: str, given: dict[str, Any], counts: bool
) -> None:
    """A question that was asked back is quick or slow for reasons of its own."""
    assert took(kind, [Heard(0.01, given)], 0.02) == Took(kind, 0.01, 0.02, counts)


@pytest.mark.parametrize("heard", [[], [Heard(0.01, answer("faq_port_time", []))] * 2])
def test_a_turn_that_rasa_did_not_hear_once_counts_for_nothing(heard: list[Heard]) -> None:
    """The backend may answer by itself, or ask again."""
    assert not took(FAQ, heard, 0.02).counts


def test_a_script_never_says_a_question_twice() -> None:
    """Each round of turns has each kind once, in new words; the questions are the FAQ's own."""
    script = Script.of(PHRASES, {"faq_port_time", "faq_another_school", "greet"}, seed=1)
    rounds = [script.everything() for _ in range(100)]
    questions = [said.text for one in rounds for said in one if said.kind in (FAQ, INTERRUPTION)]

    assert [said.kind for said in rounds[0]] == [
        FAQ, QUOTA, QUESTION, INTERRUPTION, "cancel", PLAN, "cancel",
    ]  # fmt: skip
    assert len({as_cached(text) for text in questions}) == len(questions)
    assert not any("hello there" in text for text in questions)


def test_the_same_seed_is_the_same_script() -> None:
    """A run can be made again."""
    first, same = (
        [said for _ in range(20) for said in script.everything()]
        for script in (Script.of(PHRASES, {"faq_port_time"}, seed=7) for _ in "12")
    )

    assert first == same
    assert all(isinstance(said, Said) and said.text for said in first)


def test_turns_become_figures() -> None:
    """Milliseconds by kind and place, against the FAQ, against Rasa's own check, and how the end of
    a conversation compares with its beginning.
    """
    figures = summarise(a_round())

    assert figures["door_quota_p50"] == pytest.approx(20)
    assert figures["chat_quota_p99"] == pytest.approx(60)
    assert [figures[f"door_{kind}_over_faq"] for kind in KINDS] == pytest.approx([1, 2, 2, 2, 2])
    assert figures["door_times_faster"] == pytest.approx(2)
    assert figures["door_long_growth"] == pytest.approx(1.1)
    assert (figures["door_restart_short"], figures["door_restart_long"]) == pytest.approx((10, 12))


def test_a_turn_of_another_kind_is_left_out() -> None:
    """One slow misunderstanding among many turns changes no figure of its kind."""
    odd = Took(QUOTA, 9.0, 9.0, counts=False)

    assert summarise(a_round(ours=[*a_round().ours, odd])) == summarise(a_round())


@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_too_few_turns_are_none(kind: str) -> None:
    """Where a kind mostly came out otherwise, the run says so and ends."""
    ours = [Took(turn.kind, turn.door, turn.chat, turn.kind != kind) for turn in a_round().ours]
    with pytest.raises(Unusable, match=f"were no '{kind}' turns"):
        summarise(a_round(ours=ours))


def test_the_page_says_what_is_met() -> None:
    """Each kind of turn against its bound, the machine without its name, the lines no longer than
    elsewhere.
    """
    figures = {key: [value] for key, value in summarise(a_round()).items()}
    figures["door_plan_over_faq"] = [3.2]
    text = page(AboutStaff("2 cores, 8 GB", 0.3, 1), StaffSize(), figures)
    (plan,) = [line for line in text.splitlines() if "3.20" in line]
    quota = next(line for line in text.splitlines() if "the quota's figures" in line)

    assert "no" in plan.split("|")[-2]
    assert "yes" in quota.split("|")[-2]
    assert "One round. Machine: 2 cores, 8 GB;" in " ".join(text.split())
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 100


def test_turns_with_actions_can_be_measured_alone() -> None:
    """Without stock Rasa's gigabytes, by one word."""
    assert _parser().parse_args(["--actions"]).actions
    assert not _parser().parse_args([]).actions


@pytest.mark.parametrize(
    ("head", "length"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n", 12),
        (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\n", 3),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0),
    ],
)
def test_a_heads_length_is_read(head: bytes, length: int) -> None:
    """In any case; without one there is none, or it is a fault."""
    assert content_length(head, without=0) == length
    if length == 0:
        with pytest.raises(ConnectionError, match="how long"):
            content_length(head)


async def test_the_relay_passes_on_and_remembers_turns() -> None:
    """Both sides see what they would without it, several times over one connection, with a body and
    without one; of turns at Rasa's door the answer is kept.
    """
    asked: list[bytes] = []

    async def rasa(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(await reader.readexactly(content_length(head, without=0)))
        body = json.dumps(answer("greet", [])).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        writer.close()

    port = free_port()
    async with (
        await asyncio.start_server(rasa, "127.0.0.1", 0) as server,
        relaying(port, server.sockets[0].getsockname()[1]) as relay,
        connected(port) as connection,
    ):
        health = await connection.get("/webhooks/backend/")
        first = await connection.post("/webhooks/backend/turn", {}, {"text": "ñ"})
        again = await connection.post("/webhooks/backend/turn", {}, {"text": "two"})

    assert health == first == again == answer("greet", [])
    assert [json.loads(body or b"null") for body in asked] == [None, {"text": "ñ"}, {"text": "two"}]
    assert [heard.answer for heard in relay.turns] == [first, again]


def test_rasas_own_check_is_in_the_benchmarks_server_only() -> None:
    """It serves as the product does, with Rasa's check in the place of ours."""
    code = """
import sys
from bot import rasa_server
from bot.bench import stock_validation

def serve():
    from rasa.core.actions.action import RemoteAction
    from bot.rasa_speed import speed_up
    stock = RemoteAction._validate_action_result
    speed_up()
    print(RemoteAction._validate_action_result is stock, "sklearn" in sys.modules)

rasa_server.main = serve
stock_validation.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.stdout.split() == ["True", "True"], done.stderr
