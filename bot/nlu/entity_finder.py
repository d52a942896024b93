"""Rasa component: what a message names, found by the functions in ``bot/nlu/entities``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import entities
from bot.nlu.entities.area_codes import find_area_codes
from bot.nlu.entities.carriers import find_carriers
from bot.nlu.entities.cities import find_cities
from bot.nlu.entities.dates import find_dates
from bot.nlu.entities.folded_text import FoldedText, fold
from bot.nlu.entities.mention import Mention, without_overlaps
from bot.nlu.entities.offices import find_offices
from bot.nlu.entities.phone_numbers import find_phone_numbers
from bot.nlu.entities.places import Places, installed_versions, places_of_packages
from bot.nlu.entities.several_answers import find_several_answers
from bot.nlu.entities.turned_down import is_turned_down
from bot.nlu.entities.zip_codes import find_zip_codes

# The first number and the first letters for a number take 70 ms, which no person need wait for.
_WARM_UP = "Port 316-555-0123 and 1-800-FLOWERS from Cox in Wichita, KS 67260 by March 3"


def _today_here() -> date:
    return datetime.now(timezone.utc).astimezone().date()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EntityFinder(EntityExtractorMixin, GraphComponent):
    """Adds to ``entities``: phone_number, area_code, city, zip_code, date, duration, carrier,
    office and inbox, none on another.

    Each has Rasa's entity, start, end, value and extractor, the ``text`` as typed, and ``details``
    where its finder gives some. Nothing is learned: training only puts the packages' places into
    the model, so that a loaded model has them in a millisecond or two.
    """

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        places: Places,
        today: Callable[[], date] = _today_here,
    ) -> None:
        """``today`` says which day dates are seen from: this machine's unless told otherwise."""
        self._model_storage = model_storage
        self._resource = resource
        self._places = places
        self._today = today

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EntityFinder:
        """The component as training has it."""
        return cls(model_storage, resource, places_of_packages())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> EntityFinder:
        """With the places that the model holds; a model without them is an error."""
        with model_storage.read_from(resource) as folder:
            finder = cls(model_storage, resource, Places.load(folder))
        finder.process([Message.build(_WARM_UP)])
        return finder

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Other packages or other finders are other entities: Rasa's training cache has to know."""
        files = sorted(Path(entities.__path__[0]).glob("*.py"))
        finders = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        return f"{finders} {installed_versions()}"

    def train(self, training_data: TrainingData) -> Resource:
        """Put the places into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            self._places.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Training examples keep what their authors marked."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add each message's entities to those it has."""
        for message in messages:
            mentions = find_mentions(str(message.get(TEXT) or ""), self._places, self._today())
            found = [*message.get(ENTITIES, []), *map(self._entity, mentions)]
            message.set(ENTITIES, found, add_to_output=True)
        return messages

    def _entity(self, mention: Mention) -> dict[str, Any]:
        entity: dict[str, Any] = {
            "entity": mention.kind,
            "start": mention.start,
            "end": mention.end,
            "value": mention.value,
            "text": mention.text,
            "extractor": self.name,
        }
        return {**entity, "details": dict(mention.details)} if mention.details else entity


def find_mentions(text: str, places: Places, today: date) -> list[Mention]:
    """All that a message names, in its order; of two that lie on each other one stays, and what
    is named only to be turned down is not among them.
    """
    mentions = without_overlaps(_all_mentions(text, places, today))
    return [mention for mention in mentions if not is_turned_down(mention, text)]


def _all_mentions(text: str, places: Places, today: date) -> Iterator[Mention]:
    folded = fold(text)

    def answers(part: FoldedText) -> list[Mention]:
        return without_overlaps(_offices_and_places(part, places))

    yield from find_phone_numbers(folded)
    yield from find_dates(folded, today)
    yield from find_carriers(folded)
    yield from _offices_and_places(folded, places)
    yield from find_several_answers(folded, answers)


def _offices_and_places(folded: FoldedText, places: Places) -> Iterator[Mention]:
    yield from find_area_codes(folded, places.area_codes)
    yield from find_zip_codes(folded, places.zip_codes)
    yield from find_cities(folded, places.cities)
    yield from find_offices(folded)
