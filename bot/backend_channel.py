"""The one door into Rasa: messages the backend has authenticated, JSON in and out.

``POST /webhooks/backend/turn`` with ``Authorization: Bearer <RASA_CHANNEL_SECRET>``. The tracker
is the record: what is answered is read back from it, so a message id seen before gets the same
replies again and the dialogue does not advance. Where the turn is kept no longer the door says so
(410), and the dialogue does not advance either: the backend has its own record.

``POST /webhooks/backend/remembered`` and ``/forget`` with ``{"conversations": [ids]}`` say which of
them the tracker store has something of; ``/forget`` deletes it.
"""

import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sqlalchemy.exc import SQLAlchemyError

from bot.message_text import plain_text
from bot.nlu.certainty import FALLBACK
from bot.nlu.understanding import OUT_OF_SCOPE
from bot.tracker_store import TOKEN, DiscreetTrackerStore

logger = logging.getLogger(__name__)

Answer = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_PAYLOAD = re.compile(r"(/[a-z0-9_]{1,64})(\{.*\})?", re.DOTALL)
# Characters; the longest that is made here is a name with its office, place and inbox.
_LONGEST_PAYLOAD = 2000
_CHOICES = {
    "audience": ("staff", "student"),
    "channel": ("web", "sms", "slack"),
    "language": ("en", "es"),
}
_TEXTS = (TOKEN, "institution", "institution_name")
_OPTIONAL_TEXTS = ("office", "office_name")
# How many conversations can be asked about, or forgotten, at once.
_MOST_CONVERSATIONS = 100
# Seconds between two looks at a conversation that is answering another message.
_LOCK_POLL = 0.05

# Intents of messages that nothing was known to say to, and how many guesses go with those.
_UNANSWERED, _NEAREST = (FALLBACK, OUT_OF_SCOPE), 3

_LOCKED = "The secret of the door into Rasa is missing or wrong."


class Malformed(Exception):
    """The body is not a turn: the message names the field and what it must be."""


class NoReply(Exception):
    """Rasa ran the turn but nothing came out (the action server failed)."""


class Forgotten(Exception):
    """The message was answered, so long ago that its turn is kept no longer."""


@dataclass(frozen=True)
class Turn:
    """One message for Rasa; ``text`` is safe (or a button's payload), ``metadata`` is the rest."""

    conversation: str
    message_id: str
    text: str
    metadata: dict[str, Any]


class TrackerIsTheRecord(OutputChannel):
    """Sends nothing: replies are read back from the tracker, where Rasa has put them whole."""

    @classmethod
    def name(cls) -> str:
        return "backend"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Leave the reply where it is recorded."""


class BackendChannel(InputChannel):
    """Rasa's only input channel, named ``backend``."""

    def __init__(self, secret: str) -> None:
        """Refuse to start without a secret, or with one Rasa left unfilled: RasaException."""
        if not secret.strip() or secret.startswith("${"):
            raise RasaException("RASA_CHANNEL_SECRET is empty: the door into Rasa needs a secret.")
        self._secret = secret.strip().encode()

    @classmethod
    def name(cls) -> str:
        return "backend"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "BackendChannel":
        """Built from credentials.yml's ``secret``; a missing one is as bad as an empty one."""
        return cls(str((credentials or {}).get("secret") or ""))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes. Rasa's own callback is not used: it takes the conversation's lock itself,
        and looking for a replay has to happen under that same lock.
        """
        routes = Blueprint("backend_channel")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            if not self._is_backend(request):
                return _refusal(401, _LOCKED)
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return _refusal(503, "The model is not loaded yet.")
            return json_response({"status": "ready"})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not self._is_backend(request):
                return _refusal(401, _LOCKED)
            return await _respond(getattr(request.app.ctx, "agent", None), request.body)

        @routes.post("/remembered")
        async def remembered(request: Request) -> HTTPResponse:
            if not self._is_backend(request):
                return _refusal(401, _LOCKED)
            return await _about(getattr(request.app.ctx, "agent", None), request.body, _remembered)

        @routes.post("/forget")
        async def forget(request: Request) -> HTTPResponse:
            if not self._is_backend(request):
                return _refusal(401, _LOCKED)
            return await _about(getattr(request.app.ctx, "agent", None), request.body, _forget)

        return routes

    def _is_backend(self, request: Request) -> bool:
        scheme, _, token = str(request.headers.get("authorization", "")).partition(" ")
        matches = hmac.compare_digest(token.encode("utf-8", "replace"), self._secret)
        return matches and scheme.lower() == "bearer"


def read_turn(body: bytes) -> Turn:
    """The request's JSON as a Turn; raises Malformed naming the first field that is wrong."""
    fields = _json_object(body)
    text = fields.get("text")
    if not isinstance(text, str):
        raise Malformed("text: must be a string.")
    payload = _payload(fields)
    message_id = _identifier(fields, "message_id")
    return Turn(
        conversation=_identifier(fields, "conversation"),
        message_id=message_id,
        text=plain_text(text) if payload is None else payload,
        metadata={**_metadata(fields), "message_id": message_id},
    )


def read_conversations(body: bytes) -> list[str]:
    """The request's conversation ids; raises Malformed."""
    conversations = _json_object(body).get("conversations")
    if not isinstance(conversations, list) or len(conversations) > _MOST_CONVERSATIONS:
        raise Malformed(f"conversations: must be a list of at most {_MOST_CONVERSATIONS} ids.")
    return [_identifier({"conversations": each}, "conversations") for each in conversations]


async def answer_once(agent: Agent, turn: Turn) -> Answer:
    """The turn's answer; the recorded one, ``replayed``, when its message id was answered before.

    The look and the turn happen under the conversation's lock, so two requests with one message
    id advance the dialogue once. Raises NoReply, Forgotten, LockError, SQLAlchemyError.
    """
    async with agent.lock_store.lock(turn.conversation, wait_time_in_seconds=_LOCK_POLL):
        before = await _recorded_before(agent.tracker_store, turn)
        if before is not None:
            return {**before, "replayed": True}
        await agent.processor.handle_message(_user_message(turn))
        tracker = await agent.tracker_store.retrieve(turn.conversation)
    after = recorded_answer(tracker.events if tracker else (), turn.message_id)
    if after is None:
        raise NoReply
    return {**after, "replayed": False}


def recorded_answer(events: Iterable[Event], message_id: str) -> Answer | None:
    """What a tracker's events say was answered to a message: replies, intent, language.

    None when the message is not there or nothing was said. A message tried twice (the first time
    without a reply) counts by its last try.
    """
    question: UserUttered | None = None
    said: list[BotUttered] = []
    for event in events:
        if isinstance(event, UserUttered):
            if question is not None and question.message_id == message_id and said:
                break
            question, said = event, []
        elif isinstance(event, BotUttered):
            said.append(event)
    if question is None or question.message_id != message_id or not said:
        return None
    return _answer(question, said)


async def _respond(agent: Agent | None, body: bytes) -> HTTPResponse:
    try:
        turn = read_turn(body)
    except Malformed as fault:
        return _refusal(400, str(fault))
    if agent is None or not agent.is_ready():
        return _refusal(503, "The assistant's model is not loaded yet.")
    try:
        return json_response(await answer_once(agent, turn))
    except NoReply:
        return _refusal(503, "The assistant could not answer: an action failed.")
    except Forgotten:
        return _refusal(410, "This message was answered; its replies are kept no longer.")
    except (LockError, SQLAlchemyError) as fault:
        # The class only: the text of a database error holds what people wrote.
        logger.error("turn failed: %s", type(fault).__name__)
        return _refusal(503, "The assistant is busy or its memory is out of reach.")


async def _about(
    agent: Agent | None, body: bytes, does: Callable[[Agent, str], Awaitable[bool]]
) -> HTTPResponse:
    """The conversations of which ``does`` says yes."""
    try:
        conversations = read_conversations(body)
    except Malformed as fault:
        return _refusal(400, str(fault))
    if agent is None:
        return _refusal(503, "The assistant's memory is not open yet.")
    try:
        found = [each for each in conversations if await does(agent, each)]
    except (LockError, SQLAlchemyError) as fault:
        logger.error("memory failed: %s", type(fault).__name__)
        return _refusal(503, "The assistant is busy or its memory is out of reach.")
    return json_response({"conversations": found})


async def _remembered(agent: Agent, conversation: str) -> bool:
    return _store_of(agent).has_any(conversation)


async def _forget(agent: Agent, conversation: str) -> bool:
    """Under the conversation's lock: a turn that is running would save what it has read."""
    async with agent.lock_store.lock(conversation, wait_time_in_seconds=_LOCK_POLL):
        return _store_of(agent).forget(conversation)


def _store_of(agent: Agent) -> DiscreetTrackerStore:
    store = agent.tracker_store  # Rasa wraps the store to make it fail safe
    inner = getattr(store, "_tracker_store", store)
    if not isinstance(inner, DiscreetTrackerStore):
        raise TypeError("The tracker store is not the one that can forget.")
    return inner


async def _recorded_before(store: TrackerStore, turn: Turn) -> Answer | None:
    """What was answered to the message before; None for one that is new, or got no reply."""
    inner = getattr(store, "_tracker_store", store)  # Rasa wraps the store to make it fail safe
    remembers = isinstance(inner, DiscreetTrackerStore)
    # A new message, as nearly all are, is told without loading the conversation.
    if remembers and not inner.has_heard(turn.conversation, turn.message_id):
        return None
    tracker = await store.retrieve_full_tracker(turn.conversation)
    events = tracker.events if tracker else ()
    if remembers and not any(_is_message(event, turn.message_id) for event in events):
        raise Forgotten
    return recorded_answer(events, turn.message_id)


def _is_message(event: Event, message_id: str) -> bool:
    return isinstance(event, UserUttered) and event.message_id == message_id


def _user_message(turn: Turn) -> UserMessage:
    return UserMessage(
        text=turn.text,
        output_channel=TrackerIsTheRecord(),
        sender_id=turn.conversation,
        input_channel=BackendChannel.name(),
        message_id=turn.message_id,
        metadata=turn.metadata,
    )


def _answer(question: UserUttered, said: list[BotUttered]) -> Answer:
    intent = question.intent or {}
    replies = [_reply(event) for event in said]
    return {
        "replies": replies,
        "intent": {
            "name": intent.get("name"),
            "confidence": round(float(intent.get("confidence") or 0.0), 4),
        },
        "language": _language(question, said),
        "nearest": _nearest(question),
    }


def _nearest(question: UserUttered) -> list[dict[str, Any]]:
    """Of a question that was not understood: what it came nearest to, likeliest first."""
    if (question.intent or {}).get("name") not in _UNANSWERED:
        return []
    ranking = (question.parse_data or {}).get("intent_ranking") or ()
    likely = [one for one in ranking if one["name"] not in _UNANSWERED]
    return [
        {"name": one["name"], "confidence": round(float(one["confidence"]), 4)}
        for one in likely[:_NEAREST]
    ]


def _language(question: UserUttered, said: list[BotUttered]) -> str:
    """The one it was answered in; the question's, or the person's, where nothing tells."""
    spoken = [(event.metadata.get("metadata") or {}).get("language") for event in said]
    asked_in = (question.parse_data or {}).get("language")
    known = (question.metadata or {}).get("language", "en")
    return next((one for one in (*spoken, asked_in, known) if one), "en")


def _reply(event: BotUttered) -> dict[str, Any]:
    about = event.metadata.get("metadata") or {}
    return {
        "text": event.text or "",
        "audience": about.get("audience"),
        "buttons": event.data.get("buttons") or [],
        "source": about.get("source"),
        "link": about.get("link"),
        "hand_off": bool(about.get("hand_off")),
    }


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("body: must be JSON.") from None
    if not isinstance(fields, dict):
        raise Malformed("body: must be a JSON object.")
    return fields


def _identifier(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Malformed(f"{name}: must be 1 to 128 letters, digits, '_' or '-'.")
    return value


def _payload(fields: dict[str, Any]) -> str | None:
    """The button's intent and what it names, in the one spelling that Rasa always reads."""
    payload = fields.get("payload")
    if payload is None:
        return None
    if not isinstance(payload, str) or len(payload) > _LONGEST_PAYLOAD:
        raise Malformed(f"payload: must be null or up to {_LONGEST_PAYLOAD} characters.")
    found = _PAYLOAD.fullmatch(payload)
    if found is None:
        raise Malformed("payload: must be null or '/' and an intent's name.")
    intent, named = found.groups()
    return f"{intent}{json.dumps(_named(named), ensure_ascii=False)}" if named else str(intent)


def _named(text: str) -> dict[str, str]:
    try:
        named = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("payload: what follows the intent must be JSON.") from None
    if not all(isinstance(value, str) for value in named.values()):
        raise Malformed("payload: what follows the intent must name words.")
    return dict(named)


def _metadata(fields: dict[str, Any]) -> dict[str, Any]:
    for name, choices in _CHOICES.items():
        if fields.get(name) not in choices:
            raise Malformed(f"{name}: must be one of {', '.join(choices)}.")
    for name in _TEXTS:
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise Malformed(f"{name}: must be a string that is not empty.")
    for name in _OPTIONAL_TEXTS:
        if not isinstance(fields.get(name), (str, type(None))):
            raise Malformed(f"{name}: must be a string or null.")
    rights = fields.get("rights", [])
    if not isinstance(rights, list) or not all(isinstance(right, str) for right in rights):
        raise Malformed("rights: must be a list of strings.")
    texts = {name: fields.get(name) for name in (*_CHOICES, *_TEXTS, *_OPTIONAL_TEXTS)}
    return {**texts, "rights": rights}


def _refusal(status: int, sentence: str) -> HTTPResponse:
    return json_response({"error": sentence}, status=status)
