"""How tests talk a plan through: each turn is a real one, and an action asks within it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.db.tables import AuditEvent, Plan, Turn, TurnState
from backend.services import staff_chat, turns
from backend.services.ports import BotReply, BotTurn, Button
from backend.services.staff import Who, token_hash
from tests.integration.conftest import World


@dataclass
class Talk:
    """One person's web chat in which the assistant's action makes the calls a test says."""

    world: World
    internal: Flask
    who: Who
    conversation: str | None = None
    buttons: dict[str, str] = field(default_factory=dict)

    def call(
        self, path: str, body: dict[str, Any], *, words: str = "please", button: str | None = None
    ) -> TestResponse:
        """One turn in which the action posts to the internal listener; the plan that comes of it
        is shown with its button.
        """
        answers: list[TestResponse] = []
        client = self.internal.test_client()

        def act(turn: BotTurn) -> None:
            headers = {"Authorization": f"Bearer {turn.turn_token}"}
            answers.append(client.post(path, headers=headers, json=body))
            self.world.bot.replies = (_reply(answers[-1]),)

        self.world.bot.while_thinking = act
        said = staff_chat.ask(
            self.world.desk,
            self.who,
            text="" if button else words,
            conversation=self.conversation,
            button=button,
        )
        self.world.bot.while_thinking = lambda _turn: None
        self.conversation = said.conversation
        for reply in said.replies:
            for shown in reply.buttons:
                self.buttons[shown.title] = shown.payload
        return answers[0]

    def say(self, words: str = "something else") -> None:
        """A turn in which nothing is asked of the desk."""
        self.world.bot.replies = (BotReply("All right."),)
        self.conversation = staff_chat.ask(
            self.world.desk, self.who, text=words, conversation=self.conversation
        ).conversation

    def propose(self, job: str, change: str | None = None, **said: str) -> dict[str, Any]:
        """What the desk makes of what was said for a job."""
        answer = self.call(f"/internal/jobs/{job}", {"said": said, "change": change})
        body: dict[str, Any] = answer.get_json()
        return {**body, "status": answer.status_code}

    def plan(self, job: str, **said: str) -> str:
        """The id of a plan that is shown now."""
        proposed = self.propose(job, **said)
        assert proposed.get("plan"), proposed
        plan_id: str = proposed["plan"]["id"]
        return plan_id

    def press(self, plan_id: str) -> dict[str, Any]:
        """Press the plan's own button."""
        path = f"/internal/plans/{plan_id}/confirm"
        answer = self.call(path, {}, button=self.buttons[f"Confirm {plan_id}"])
        return {**answer.get_json(), "status": answer.status_code}

    def confirm(self, plan_id: str, words: str = "yes") -> dict[str, Any]:
        """Type a yes that the action takes for this plan's."""
        answer = self.call(f"/internal/plans/{plan_id}/confirm", {}, words=words)
        return {**answer.get_json(), "status": answer.status_code}


def _reply(answer: TestResponse) -> BotReply:
    plan = (answer.get_json() or {}).get("plan")
    if not plan:
        return BotReply("All right.")
    payload = f"/affirm{json.dumps({'plan': plan['id']})}"
    return BotReply("This is the plan.", buttons=(Button(f"Confirm {plan['id']}", payload),))


def speaker_of(world: World, talk: Talk, plan: str) -> turns.Speaker:
    """The person of a running turn that pressed the plan's button."""
    with world.desk.db.write(talk.who.institution_id) as session:
        turn = session.scalars(select(Turn).order_by(Turn.id.desc()).limit(1)).one()
        turn.state = TurnState.RUNNING
        turn.token_hash = token_hash("a running turn")
        turn.lease_until = world.clock.now() + turns.LEASE
    payload = f"/affirm{json.dumps({'plan': plan})}"
    return replace(turns.speaker(world.desk, "a running turn"), payload=payload)


def plans(world: World) -> list[Plan]:
    """Northern's plans, oldest first."""
    with world.desk.db.read(world.alice.institution_id) as session:
        return list(session.scalars(select(Plan).order_by(Plan.id)))


def audited(world: World, action: str) -> list[str]:
    """What the audit of Northern says came of an action, oldest first."""
    with world.desk.db.read(world.alice.institution_id) as session:
        rows = session.scalars(
            select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)
        )
        return [row.outcome for row in rows]
