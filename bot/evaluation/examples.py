"""The training examples and the settings, read as ``make train`` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.evaluation.faults import Unreadable
from bot.evaluation.phrases import LANGUAGES, Phrase, group_of
from bot.nlu.certainty import Bands
from bot.nlu.intent_model import Temper

_READER = "bot.nlu.intent_reader.IntentReader"


@dataclass(frozen=True)
class Settings:
    """What config.yml says about the intent's component."""

    bands: Bands
    temper: Temper


def read_examples(root: Path) -> list[Phrase]:
    """Every example of data/ in Rasa's order, its entities' marks taken off.

    Raises Unreadable for one without a language.
    """
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_nlu_importer_from_config(
        str(root / "config.yml"), str(root / "domain.yml"), [str(root / "data")]
    )
    messages = importer.get_nlu_data().intent_examples
    return [_example(message.data) for message in messages]


def read_settings(config: Path) -> Settings:
    """The component's settings; raises Unreadable."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8")).get("pipeline") or ()
    entries = [entry for entry in pipeline if entry.get("name") == _READER]
    if len(entries) != 1:
        raise Unreadable(f"{config.name} must name {_READER} once, not {len(entries)} times.")
    return Settings(Bands.of(entries[0]), Temper.of(entries[0]))


def _example(data: dict[str, Any]) -> Phrase:
    text, intent = data["text"], data["intent"]
    language = ((data.get("metadata") or {}).get("intent") or {}).get("language")
    if language not in LANGUAGES:
        raise Unreadable(f"data/: an example of {intent} has no language under metadata: {text}")
    return Phrase(text, intent, language, group_of(intent))
