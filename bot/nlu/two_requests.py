"""Rasa component: two requests in one message, read each by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clauses import Cut, cuts_of
from bot.nlu.entities.folded_text import FoldedText, fold
from bot.nlu.intent_reader import CHOICES, READ_ALONE, in_rasas_words
from bot.nlu.language import LANGUAGE
from bot.nlu.understanding import Reading

# The second request, in the parse result beside ``intent``.
ALSO = "also"
_STAFF_KINDS = ("faq_", "check_")
_JOBS = frozenset(
    {
        "create_reusable_number",
        "open_port_request",
        "transfer_number",
        "change_unsolicited_response",
        "list_numbers",
        "archive_campaign",
        "human_handoff",
    }
)
# A question and an order about one matter: who says both wants one thing.
_ONE_MATTER = (
    frozenset({"transfer_number", "faq_transfer_number"}),
    frozenset({"open_port_request", "faq_port_number"}),
    frozenset({"check_quota", "faq_provisioned_count"}),
    frozenset({"create_reusable_number", "faq_same_number_all_campaigns"}),
    frozenset({"faq_req_loa", "faq_reject_unauthorized_signature"}),
    frozenset({"faq_req_authorized_user", "faq_reject_unauthorized_signature"}),
)
# "Why was it rejected? It says that the number is inactive": the rejection is the matter.
_IN_GENERAL = frozenset({"faq_port_number", "faq_port_rejection_reasons"})
_REJECTION = "faq_reject_"
# What is asked about a number that is being ordered belongs to the order, unless another is named.
_DETAILS = {
    "create_reusable_number": frozenset(
        {"change_unsolicited_response", "check_who_answers", "transfer_number"}
    )
}
_NAMES_A_NUMBER = "phone_number"

_Entity = dict[str, Any]


@dataclass(frozen=True)
class _Clause:
    text: str
    entities: list[_Entity]
    reading: Reading

    @property
    def intent(self) -> str:
        return self.reading.intent or ""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TwoRequests(GraphComponent):
    """Sets ``also`` where a message holds two requests: ``intent``, ``text`` and ``entities`` of
    the second (their places being in that text), and ``first``, the first one's text. Intent,
    ranking and entities of the message are then those of the first. Any other message stays as it
    is and has no ``also``.

    A clause counts when it is read as something that staff ask with a confidence of ``sure``.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._sure = float(config["sure"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TwoRequests:
        """As config.yml says."""
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Other code cuts otherwise: Rasa's training cache has to know."""
        files = (Path(__file__), Path(__file__).with_name("clauses.py"))
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing is learned from two requests."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Take apart what holds two requests."""
        for message in messages:
            both = self._two_requests(message)
            if both is not None:
                _set_apart(message, *both)
        return messages

    def _two_requests(self, message: Message) -> tuple[_Clause, _Clause] | None:
        """The surest pair of clauses that are two requests."""
        text = fold(str(message.get(TEXT) or ""))
        pairs = [self._read(message, text, cut) for cut in cuts_of(text)]
        return max((pair for pair in pairs if pair), key=_sureness, default=None)

    def _read(self, message: Message, text: FoldedText, cut: Cut) -> tuple[_Clause, _Clause] | None:
        end, start = text.place(0, cut.end)[1], text.place(cut.start, len(text.folded))[0]
        whole, entities = text.original, message.get(ENTITIES, [])
        if any(one["start"] < start and one["end"] > end for one in entities):
            return None
        before = [one for one in entities if one["end"] <= end]
        after = [
            {**one, "start": one["start"] - start, "end": one["end"] - start}
            for one in entities
            if one["start"] >= start
        ]
        first = self._clause(message, whole[:end].strip(" ,;-"), before)
        if first is None:
            return None
        second = self._clause(message, whole[start:].rstrip(), after)
        return (first, second) if second and _are_two(first, second) else None

    def _clause(self, message: Message, text: str, entities: list[_Entity]) -> _Clause | None:
        """A clause that by itself is surely something that staff ask."""
        read_alone: Callable[[str, str | None], Reading] = message.get(READ_ALONE)
        clause = _Clause(text, entities, read_alone(text, message.get(LANGUAGE)))
        is_sure = clause.reading.confidence >= self._sure
        return clause if is_sure and _is_asked_by_staff(clause.intent) else None


def _is_asked_by_staff(intent: str) -> bool:
    return intent.startswith(_STAFF_KINDS) or intent in _JOBS


def _are_two(first: _Clause, second: _Clause) -> bool:
    """Whether two clauses ask for two things, and not one thing with its details."""
    intents = {first.intent, second.intent}
    if len(intents) == 1 or any(intents <= matter for matter in _ONE_MATTER):
        return False
    if intents & _IN_GENERAL and any(intent.startswith(_REJECTION) for intent in intents):
        return False
    if second.intent in _DETAILS.get(first.intent, ()):
        return any(one["entity"] == _NAMES_A_NUMBER for one in second.entities)
    return True


def _sureness(pair: tuple[_Clause, _Clause]) -> float:
    return min(clause.reading.confidence for clause in pair)


def _set_apart(message: Message, first: _Clause, second: _Clause) -> None:
    intent, ranking = in_rasas_words(first.reading)
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    message.set(CHOICES, [], add_to_output=True)
    message.set(ENTITIES, first.entities, add_to_output=True)
    also = {
        "intent": second.intent,
        "text": second.text,
        "entities": second.entities,
        "first": first.text,
    }
    message.set(ALSO, also, add_to_output=True)
