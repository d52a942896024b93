"""Plays one conversation and says where it went another way than it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from backend.domain.assistant_texts import MOST_SEGMENTS
from backend.domain.links import has_internal
from backend.domain.sms import segments
from tests.conversations.script import Conversation, Step
from tests.conversations.stage import Named, Stage, interval, number_called

PEOPLE = {
    "administrator": "Alice Moreno",
    "office_staff": "Bob Larsen",
    "agent": "Carol Nguyen",
}
DEFAULT_NUMBER = "Financial Aid front desk"
_PLACEHOLDER = re.compile(r"\$(\w+)(?:\.(id|digits|dashed|e164|x|order)\b)?")
# `$5000.x` is as many characters of nothing, `$5000.order` of one order over and over.
_LONG: dict[str, Callable[[int], str]] = {
    "x": lambda length: "x" * length,
    "order": lambda length: (_ORDER * (length // len(_ORDER) + 1))[:length],
}
_ORDER = "create a reusable number for Financial Aid in 620 and confirm it, yes, do it now. "


@dataclass(frozen=True)
class Played:
    """How a conversation went: `fault` is what was wrong first, None when all was well."""

    conversation: Conversation
    fault: str | None
    transcript: str


class _Wrong(Exception):
    """Something is not as the conversation says."""


@dataclass
class _Side:
    """One person's side: their conversation, and the buttons they were shown last."""

    conversation: str | None = None
    buttons: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, str] = field(default_factory=dict)


def play(conversation: Conversation, stage: Stage) -> Played:
    """Play a conversation to its end or its first fault."""
    player = _Player(conversation, stage)
    try:
        player.play()
    except _Wrong as wrong:
        return Played(conversation, str(wrong), player.transcript())
    finally:
        stage.start_all()
    return Played(conversation, None, player.transcript())


class _Player:
    def __init__(self, conversation: Conversation, stage: Stage) -> None:
        self.script = conversation
        self.stage = stage
        self.sides: dict[str, _Side] = {}
        self.named: dict[str, Named] = {}
        self.said: list[str] = []
        self.student = stage.new_student()

    def transcript(self) -> str:
        return "\n".join(self.said)

    def play(self) -> None:
        with ExitStack() as stack:
            for given in self.script.given:
                self._prepare(given, stack)
            before = _Before.of(self.stage)
            for step in self.script.turns:
                self._take(step)
            checks = list(self.script.then)
            if self.script.hostile:
                checks.append({"nothing_done": True})
            for check in checks:
                ((name, wanted),) = check.items()
                _CHECKS[name](self, self._filled(wanted), before)

    # --- before ---------------------------------------------------------------------------

    def _prepare(self, given: dict[str, Any], stack: ExitStack) -> None:
        ((kind, wanted),) = given.items()
        if kind == "room":
            stack.enter_context(self.stage.room_for(wanted))
        elif kind == "number":
            self.named[wanted.get("call", "number")] = self.stage.order_number(wanted)
        elif kind == "campaign":
            on = wanted.get("number")
            number_id = self.named[on.removeprefix("$")].id if on else None
            self.named[wanted.get("call", "campaign")] = self.stage.make_campaign(wanted, number_id)
        else:
            raise _Wrong(f"nothing called {kind} can be given")

    def _filled(self, value: Any) -> Any:
        """Words with what stands for numbers, campaigns and plans filled in."""
        if isinstance(value, dict):
            return {name: self._filled(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._filled(each) for each in value)
        return _PLACEHOLDER.sub(self._fill, value) if isinstance(value, str) else value

    def _fill(self, found: re.Match[str]) -> str:
        if found[1].isdigit():
            return _LONG[found[2]](int(found[1]))
        if found[1] == "plan":
            return self.stage.latest_plan()
        named = self.named.get(found[1])
        return named.writings[found[2] or ""] if named else found[0]

    # --- turns ----------------------------------------------------------------------------

    def _take(self, step: Step) -> None:
        if step.stop or step.start:
            self.said.append(f"  ({'stop' if step.stop else 'start'} {step.stop or step.start})")
            act: Callable[[str], None] = self.stage.stop if step.stop else self.stage.start
            act(str(step.stop or step.start))
        elif step.wait:
            self.said.append(f"  ({step.wait} later)")
            for side in self.sides.values():
                if side.conversation:
                    self.stage.age(side.conversation, interval(step.wait))
            texted = self.stage.conversation_of(self.student)
            if texted:
                self.stage.age(texted, interval(step.wait))
        elif (step.who or self.script.who) == "student":
            self._text(step)
        else:
            self._chat(step, step.who or self.script.who)

    def _text(self, step: Step) -> None:
        words = self._filled(step.say)
        self.said.append(f"student: {_short(words)}")
        heard = self.stage.text(
            self.student, self._filled(step.to) or number_called(DEFAULT_NUMBER), words
        )
        understood = f" ({heard.intent} {heard.confidence or 0:.2f})" if heard.intent else ""
        self.said.append(f"  desk{understood}: " + "\n        ".join(heard.texts))
        self._check_texts(heard.texts)
        if step.silent and heard.texts:
            raise _Wrong("something is texted where nothing should be")
        if step.intent and heard.intent != step.intent:
            raise _Wrong(f"understood as {heard.intent}, not {step.intent}")
        self._check_words(step, "\n".join(heard.texts))

    def _check_texts(self, texts: tuple[str, ...]) -> None:
        """What holds for everything that is ever texted to a student."""
        for text in texts:
            if segments(text).count > MOST_SEGMENTS:
                raise _Wrong(f"a text takes {segments(text).count} segments")
            if has_internal(text, str(httpx.URL(self.stage.desk.url).host)):
                raise _Wrong("a text links to a page that is not for students")

    def _chat(self, step: Step, role: str) -> None:
        side = self.sides.setdefault(role, _Side())
        shown_to = self.sides[step.of] if step.of else side
        message = {"message_id": f"test_{uuid4().hex}", **self._message(step, shown_to)}
        speaks_in = shown_to if step.same_conversation else side
        if speaks_in.conversation:
            message["conversation"] = speaks_in.conversation
        self.said.append(f"{role}: {_short(message.get('text') or self._pressed(step))}")
        response = self.stage.chat(role, message)
        if step.replay:
            self._check_replay(role, message, response)
        self._check_status(step, response)
        if response.is_success:
            self._hear(step, side, response.json())

    def _message(self, step: Step, shown_to: _Side) -> dict[str, str]:
        if step.say is not None:
            return {"text": self._filled(step.say)}
        if step.forge is not None:
            return {"button": step.forge}
        title = self._filled(step.press or step.press_again)
        offered = shown_to.pressed if step.press_again else shown_to.buttons
        button = _titled(offered, title)
        if button is None:
            raise _Wrong(f"there is no button “{title}” among {sorted(offered)}")
        shown_to.pressed[button] = offered[button]
        return {"button": offered[button]}

    def _pressed(self, step: Step) -> str:
        return f"[{self._filled(step.press or step.press_again or step.forge)}]"

    def _check_replay(self, role: str, message: dict[str, str], first: httpx.Response) -> None:
        second = self.stage.chat(role, message)
        if (second.status_code, second.text) != (first.status_code, first.text):
            raise _Wrong(f"the same message sent twice was answered differently: {second.text}")

    def _check_status(self, step: Step, response: httpx.Response) -> None:
        if not response.is_success:
            self.said.append(f"  desk: {response.status_code} {response.text}")
        wanted = step.refused or httpx.codes.OK
        if response.status_code != wanted:
            raise _Wrong(f"answered {response.status_code} where {wanted} was expected")

    def _hear(self, step: Step, side: _Side, answer: dict[str, Any]) -> None:
        side.conversation = answer["conversation"]
        heard = "\n".join(reply["text"] for reply in answer["replies"])
        side.buttons = {
            button["title"]: button["payload"]
            for reply in answer["replies"]
            for button in reply["buttons"]
        }
        intent = answer["intent"]
        self.said.append(
            f"  desk ({intent['name']} {intent['confidence']:.2f}): {heard}"
            + "".join(f"\n    [{title}]" for title in side.buttons)
        )
        self._check_words(step, heard)
        for title in self._filled(step.buttons):
            if _titled(side.buttons, title) is None:
                raise _Wrong(f"the button “{title}” is not offered")
        if step.no_buttons and side.buttons:
            raise _Wrong("buttons are offered where none should be")
        if step.intent and intent["name"] != step.intent:
            raise _Wrong(f"understood as {intent['name']}, not {step.intent}")

    def _check_words(self, step: Step, heard: str) -> None:
        for words in self._filled(step.hears):
            if words.casefold() not in heard.casefold():
                raise _Wrong(f"“{words}” is not said")
        for words in self._filled(step.not_hears):
            if words.casefold() in heard.casefold():
                raise _Wrong(f"“{words}” is said")
        if not heard.strip() and step.hears:
            raise _Wrong("nothing is said")


@dataclass(frozen=True)
class _Before:
    """What there was before the conversation's first turn."""

    numbers: list[dict[str, Any]]
    campaigns: list[dict[str, Any]]
    last_line: str | None

    @classmethod
    def of(cls, stage: Stage) -> _Before:
        page = stage.clients["administrator"].get("/api/v1/audit", params={"limit": "1"}).json()
        return cls(
            [_settings(number) for number in stage.listed("numbers")],
            [_settings(campaign) for campaign in stage.listed("campaigns")],
            page["lines"][0]["id"] if page["lines"] else None,
        )


def _settings(row: dict[str, Any]) -> dict[str, Any]:
    """What of a number or campaign only a person changes."""
    moving = ("state_since", "explanation", "first_use", "counts")
    return {name: row[name] for name in row if name not in moving}


def _nothing_done(player: _Player, _wanted: Any, before: _Before) -> None:
    after = _Before.of(player.stage)
    if (after.numbers, after.campaigns) != (before.numbers, before.campaigns):
        raise _Wrong("a number or campaign was changed")
    done = [
        line
        for line in player.stage.audit_since(before.last_line)
        if line["outcome"].startswith("done") and line["who"] is not None
    ]
    if done:
        raise _Wrong(f"something was done: {done}")


def _numbers_added(player: _Player, wanted: int, before: _Before) -> None:
    added = len(player.stage.listed("numbers")) - len(before.numbers)
    if added != wanted:
        raise _Wrong(f"{added} numbers were added, not {wanted}")


def _number(player: _Player, wanted: dict[str, str], _before: _Before) -> None:
    _compare(player, "numbers", wanted)


def _campaign(player: _Player, wanted: dict[str, str], _before: _Before) -> None:
    _compare(player, "campaigns", wanted)


def _compare(player: _Player, what: str, wanted: dict[str, str]) -> None:
    which = wanted["which"]
    known = {_writing(row) for row in player.stage.listed(what)}
    named = next((one for one in player.named.values() if which in one.writings.values()), None)
    rows = [
        row
        for row in player.stage.listed(what)
        if (named and row["id"] == named.id) or which in (row["name"], row.get("phone_number"))
    ]
    if not rows:
        raise _Wrong(f"there is no {which} among {sorted(known)}")
    row = {**rows[-1], **rows[-1].get("unsolicited", {})}
    for name in wanted.keys() - {"which"}:
        if row[name] != wanted[name]:
            raise _Wrong(f"{which}: {name} is {row[name]}, not {wanted[name]}")


def _writing(row: dict[str, Any]) -> str:
    return f"{row['name']} {row.get('phone_number', '')}".strip()


def _audit(player: _Player, wanted: dict[str, Any], before: _Before) -> None:
    who = PEOPLE.get(wanted.get("who", ""), wanted.get("who"))
    since = player.stage.audit_since(before.last_line)
    lines = [
        line
        for line in since
        if line["action"] == wanted["action"]
        if line["outcome"].startswith(wanted.get("outcome", ""))
        if who is None or line["who"] == who
    ]
    if len(lines) != wanted["times"] if "times" in wanted else not lines:
        told = [(line["action"], line["outcome"], line["who"]) for line in since]
        raise _Wrong(f"the audit has {len(lines)} such lines ({wanted}): {told}")


def _for_review(player: _Player, wanted: str | dict[str, str], _before: _Before) -> None:
    asked = {"words": wanted} if isinstance(wanted, str) else wanted
    if asked["words"] not in player.stage.reviewed():
        raise _Wrong(f"“{asked['words']}” was not kept for review")
    channel, nearest = player.stage.reviewed()[asked["words"]]
    if asked.get("channel", channel) != channel:
        raise _Wrong(f"it was kept as asked by {channel}")
    if "near" in asked and asked["near"] not in nearest:
        raise _Wrong(f"it was kept as near to {nearest}")


def _with_a_person(player: _Player, wanted: bool, _before: _Before) -> None:
    if player.stage.waits_for_a_person(player.student) is not wanted:
        raise _Wrong("the conversation waits for no person" if wanted else "a person was called")


def _summary(player: _Player, wanted: list[str], _before: _Before) -> None:
    told = "\n".join(player.stage.summaries(player.student))
    missing = [words for words in wanted if words not in told]
    if missing:
        raise _Wrong(f"the agent is not told {missing}: {told}")


def _nowhere(player: _Player, wanted: str, _before: _Before) -> None:
    files = player.stage.files_with(str(wanted))
    if files:
        raise _Wrong(f"{wanted} is in {', '.join(files)}")


_CHECKS: dict[str, Callable[[_Player, Any, _Before], None]] = {
    "nothing_done": _nothing_done,
    "numbers_added": _numbers_added,
    "number": _number,
    "campaign": _campaign,
    "audit": _audit,
    "for_review": _for_review,
    "with_a_person": _with_a_person,
    "summary": _summary,
    "nowhere": _nowhere,
}


def _titled(buttons: dict[str, str], title: str) -> str | None:
    """The button of that title, or the first that has the words in it."""
    if title in buttons:
        return title
    return next((each for each in buttons if title.casefold() in each.casefold()), None)


def _short(words: str) -> str:
    return words if len(words) < 400 else f"{words[:200]} … ({len(words)} characters)"
