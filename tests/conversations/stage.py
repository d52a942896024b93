"""Where conversations are played: a running desk, its people, and what there is before."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from backend.app import Workshop
from backend.db.tables import (
    CarrierAccount,
    Contact,
    Conversation,
    ConversationEvent,
    Message,
    Plan,
    Turn,
    TurnState,
    UnansweredQuestion,
)
from backend.domain.phone_numbers import spoken
from backend.services.carrier_accounts import credentials
from backend.services.demo import NUMBERS, SLUG
from backend.services.hand_over import SUMMARY
from tests.running import RunningDesk, running_desk

STAFF_ROLES = ("administrator", "office_staff", "agent")
PATIENCE_S = 30
# So that conversations do not use up the demo's contract; those about limits set their own.
NUMBERS_LIMIT = 900
CONTACTS_LIMIT = 5_000
_STUDENTS = count(100)


@dataclass(frozen=True)
class Named:
    """A number or campaign that a conversation speaks of, and how it is written ("": as usual)."""

    id: str
    writings: dict[str, str]


@dataclass(frozen=True)
class Heard:
    """What the desk texted back to one text, and what the assistant took that for, if it did."""

    texts: tuple[str, ...]
    intent: str | None = None
    confidence: float | None = None


@dataclass
class Stage:
    """A running desk with a hand on its rows, and a client for each of its people."""

    desk: RunningDesk
    workshop: Workshop
    clients: dict[str, httpx.Client]
    stopped: set[str] = field(default_factory=set)

    # --- what people do ---------------------------------------------------------------

    def chat(self, role: str, message: dict[str, str]) -> httpx.Response:
        """One turn of web chat; when told to slow down, it does."""
        while True:
            response = self.clients[role].post("/api/v1/chat", json=message)
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                return response
            time.sleep(float(response.headers.get("Retry-After", 1)))

    def new_student(self) -> str:
        """A phone number that has not texted yet."""
        return f"+1785555{next(_STUDENTS):04}"

    def text(self, student: str, number: str, words: str) -> Heard:
        """A student texts, through the carrier's webhook; returns what the carrier brought back."""
        with self.workshop.desk.db.read() as session:
            account = credentials(self.workshop.desk, session.scalars(select(CarrierAccount)).one())
        before = self._last_message_of(student)
        assert self.workshop.sandbox is not None
        carried = len(self.workshop.sandbox.messages(student, number))
        self.workshop.sandbox.receive(account, student, number, words)
        turn = self._wait_for_answer(student, before)
        texts = self.workshop.sandbox.messages(student, number)[carried:]
        return Heard(
            tuple(text.body for text in texts if text.direction == "outbound"),
            intent=turn.intent if turn else None,
            confidence=turn.confidence if turn else None,
        )

    def _last_message_of(self, student: str) -> int:
        with self.workshop.desk.db.read() as session:
            return session.scalar(_messages_of(student).limit(1)) or 0

    def _wait_for_answer(self, student: str, before: int) -> Turn | None:
        """Until the student's latest text is seen to and every answer to it has left."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with self.workshop.desk.db.read() as session:
                text = session.scalar(_messages_of(student).limit(1)) or 0
                turn = session.scalar(select(Turn).where(Turn.message_id == text))
                if text > before and (turn is None or turn.state in _CLOSED):
                    replies = select(Message.status).where(Message.reply_to_id == text)
                    if _ON_THE_WAY.isdisjoint(session.scalars(replies)):
                        return turn
            time.sleep(0.05)
        raise AssertionError(f"no answer to the text within {PATIENCE_S} s")

    def conversation_of(self, student: str) -> str | None:
        """The id of the student's latest conversation."""
        with self.workshop.desk.db.read() as session:
            return session.scalar(
                select(Conversation.public_id)
                .join(Conversation.contact)
                .where(Contact.e164 == student)
                .order_by(Conversation.id.desc())
                .limit(1)
            )

    def summaries(self, student: str) -> list[str]:
        """What agents are told of the student's conversation with the assistant."""
        with self.workshop.desk.db.read() as session:
            return list(
                session.scalars(
                    select(ConversationEvent.reason)
                    .join(Conversation, Conversation.id == ConversationEvent.conversation_id)
                    .join(Conversation.contact)
                    .where(Contact.e164 == student, ConversationEvent.kind == SUMMARY)
                )
            )

    # --- what there is before ---------------------------------------------------------

    def order_number(self, wanted: dict[str, Any]) -> Named:
        """A reusable number, ordered by the administrator."""
        order = {
            "office": wanted["office"],
            "name": wanted["name"],
            "area_code": str(wanted.get("area_code", "620")),
            "unsolicited": {
                "response": wanted.get("response", "assistant"),
                **({"inbox": wanted["inbox"]} if "inbox" in wanted else {}),
            },
        }
        number = self._made("/api/v1/numbers", order)
        if wanted.get("used"):
            self.text(self.new_student(), number["phone_number"], "who is this?")
        return Named(number["id"], _writings(number["phone_number"], number["id"]))

    def make_campaign(self, wanted: dict[str, Any], number_id: str | None) -> Named:
        """A campaign with one contact, started unless it is to stay a draft."""
        draft = {
            "office": wanted["office"],
            "name": wanted["name"],
            "responder": wanted.get("responder", "assistant"),
            "opening_text": "Hello from us. Reply with any question.",
            "number": {"existing": number_id}
            if number_id
            else {"single_use": {"area_code": "620"}},
        }
        campaign = self._made("/api/v1/campaigns", draft)
        admin, path = self.clients["administrator"], f"/api/v1/campaigns/{campaign['id']}"
        contacts = f"phone\n{self.new_student()}\n"
        started = admin.post(
            f"{path}/contacts", content=contacts, headers={"Content-Type": "text/csv"}
        )
        self._wait_for(started.headers["Location"], "state", "done")
        if not wanted.get("draft"):
            admin.post(f"{path}/activate").raise_for_status()
        return Named(campaign["id"], {"": campaign["name"], "id": campaign["id"]})

    @contextmanager
    def room_for(self, numbers: int | None) -> Iterator[None]:
        """A contract that covers so many more numbers than there are; None leaves it as it is."""
        if numbers is None:
            yield
            return
        used = self.clients["administrator"].get("/api/v1/quota").json()["numbers"]["used"]
        self.set_limits(used + numbers)
        try:
            yield
        finally:
            self.set_limits(NUMBERS_LIMIT)

    def set_limits(self, numbers: int) -> None:
        """Set the contract, for the period that runs now."""
        period = self.clients["administrator"].get("/api/v1/quota").json()["period"]
        self.desk.backend(
            *("limits", "set", "--institution", SLUG),
            *("--from", period["starts_on"], "--to", period["ends_on"]),
            *("--contacts", str(CONTACTS_LIMIT), "--numbers", str(numbers)),
        )

    def _made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = self.clients["administrator"].post(path, json=body)
        assert made.is_success, f"{path} answered {made.status_code}: {made.text}"
        return dict(made.json())

    def _wait_for(self, path: str, name: str, value: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.clients["administrator"].get(path).json()[name] != value:
            assert time.monotonic() < deadline, f"{path}: {name} did not become {value}"
            time.sleep(0.1)

    # --- what is so afterwards ----------------------------------------------------------

    def listed(self, what: str) -> list[dict[str, Any]]:
        """All `numbers` or `campaigns`, as the administrator sees them."""
        rows: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = self.clients["administrator"].get(f"/api/v1/{what}", params=after).json()
            rows += page[what]
            if page["next"] is None:
                return rows
            after = {"after": page["next"]}

    def audit_since(self, line: str | None) -> list[dict[str, Any]]:
        """The lines of the audit after one of them, latest first."""
        lines: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = self.clients["administrator"].get("/api/v1/audit", params=after).json()
            for found in page["lines"]:
                if found["id"] == line:
                    return lines
                lines.append(found)
            if page["next"] is None:
                return lines
            after = {"after": page["next"]}

    def reviewed(self) -> dict[str, tuple[str, list[str]]]:
        """The questions that were kept for review: words, channel, nearest intents."""
        with self.workshop.desk.db.read() as session:
            rows = session.scalars(select(UnansweredQuestion).join(UnansweredQuestion.message))
            return {
                row.message.body: (row.channel, [one["name"] for one in row.nearest])
                for row in rows
            }

    def waits_for_a_person(self, student: str) -> bool:
        """Whether a student's conversation is in an inbox."""
        with self.workshop.desk.db.read() as session:
            return bool(
                session.scalar(
                    select(Conversation.needs_attention)
                    .join(Conversation.contact)
                    .where(Contact.e164 == student)
                )
            )

    def files_with(self, words: str) -> list[str]:
        """The desk's files (databases, queue, logs) that hold the words."""
        return [
            str(file.relative_to(self.desk.folder))
            for file in sorted(self.desk.folder.rglob("*"))
            if file.is_file() and words.encode() in file.read_bytes()
        ]

    def latest_plan(self) -> str:
        """The id of the plan that was made last."""
        with self.workshop.desk.db.read() as session:
            return session.scalar(select(Plan.public_id).order_by(Plan.id.desc()).limit(1)) or ""

    # --- the unusual --------------------------------------------------------------------

    def stop(self, program: str) -> None:
        """End one of the desk's programs."""
        self.desk.stop(program)
        self.stopped.add(program)

    def start(self, program: str) -> None:
        """Start it again, and wait until everything is ready."""
        self.desk.start(program)
        self.desk.wait_until_ready()
        self._wait_for_internal()
        self.stopped.discard(program)

    def _wait_for_internal(self) -> None:
        """Until the action server's own listener answers, which `/readyz` does not speak of."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                httpx.get(f"{self.desk.environment['INTERNAL_URL']}/internal/quota")
            except httpx.HTTPError:
                assert time.monotonic() < deadline, "the internal listener does not answer"
                time.sleep(0.1)
            else:
                return

    def start_all(self) -> None:
        """Start whatever a conversation has left stopped."""
        for program in tuple(self.stopped):
            self.start(program)

    def age(self, conversation: str, by: timedelta) -> None:
        """Make a conversation older, as if all of it had happened that much earlier.

        Nobody can wait half an hour in a test, and the programs have no clock to set; so every
        moment that they keep about the conversation is moved back, in both databases.
        """
        with self.workshop.desk.db.write() as session:
            row = session.scalars(
                select(Conversation).where(Conversation.public_id == conversation)
            ).one()
            row.created_at -= by
            row.last_message_at -= by
            row.introduced_at = row.introduced_at and row.introduced_at - by
            for message in session.scalars(select(Message).filter_by(conversation_id=row.id)):
                message.created_at -= by
            for turn in session.scalars(select(Turn).filter_by(conversation_id=row.id)):
                turn.created_at -= by
                turn.closed_at = turn.closed_at and turn.closed_at - by
            for plan in session.scalars(select(Plan).filter_by(conversation_id=row.id)):
                plan.created_at -= by
                plan.expires_at -= by
        _age_tracker(self.desk.folder / "rasa.db", conversation, by)


def _age_tracker(file: Path, conversation: str, by: timedelta) -> None:
    """Write a conversation's events anew, older: under new ids, so that Rasa reads them again."""
    with sqlite3.connect(file, timeout=PATIENCE_S) as db:
        rows = db.execute(
            "SELECT sender_id, type_name, timestamp, intent_name, action_name, data FROM events"
            " WHERE sender_id = ? ORDER BY id",
            (conversation,),
        ).fetchall()
        ids = [id_ for (id_,) in db.execute("SELECT id FROM events ORDER BY id DESC LIMIT 1")]
        db.execute("DELETE FROM events WHERE sender_id = ?", (conversation,))
        for place, (sender, kind, at, intent, action, data) in enumerate(rows, ids[0] + 1):
            db.execute(
                "INSERT INTO events (id, sender_id, type_name, timestamp, intent_name,"
                " action_name, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (place, sender, kind, at - by.total_seconds(), intent, action, _older(data, by)),
            )
    db.close()


def _older(data: str, by: timedelta) -> str:
    event = json.loads(data)
    event["timestamp"] -= by.total_seconds()
    value = event.get("value")
    if event.get("event") == "slot" and isinstance(value, dict) and "at" in value:
        at = value["at"]
        if isinstance(at, str):
            value["at"] = (datetime.fromisoformat(at) - by).isoformat()
        else:
            value["at"] = at - by.total_seconds()
    return json.dumps(event)


_ON_THE_WAY = frozenset({"pending", "sending"})
_CLOSED = (TurnState.ANSWERED, TurnState.FAILED, TurnState.PASSED_ON)


def _messages_of(student: str) -> Any:
    return (
        select(Message.id)
        .join(Message.conversation)
        .join(Conversation.contact)
        .where(Contact.e164 == student, Message.author == "contact")
        .order_by(Message.id.desc())
    )


def _writings(e164: str, number_id: str) -> dict[str, str]:
    digits = e164.removeprefix("+1")
    return {
        "": spoken(e164),
        "e164": e164,
        "digits": digits,
        "dashed": f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        "id": number_id,
    }


def number_called(name: str) -> str:
    """The demo's number of that name, in E.164."""
    return next(e164 for e164, called, *_ in NUMBERS if called == name)


def interval(words: str) -> timedelta:
    """`31 minutes` as a length of time."""
    much, unit = re.fullmatch(r"(\d+) (second|minute|hour|day)s?", words).groups()  # type: ignore[union-attr]
    return timedelta(**{f"{unit}s": int(much)})


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """A freshly seeded desk with everything running."""
    with running_desk(folder) as desk:
        workshop = desk.workshop()
        clients = {role: desk.client(role) for role in STAFF_ROLES}
        stage = Stage(desk, workshop, clients)
        try:
            stage.set_limits(NUMBERS_LIMIT)
            yield stage
        finally:
            for client in clients.values():
                client.close()
            workshop.desk.db.close()
