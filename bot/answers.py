"""Which of an answer's variations a person gets.

Answers are data: ``data/answers/*.yml``. What a rule ends in is Rasa's ``responses:``; what an
action or this module says stands under ``sayings:``, of the same shape, because Rasa's validator
takes a response without a rule for a mistake. Rasa's schema knows no keys of ours, so they stand
under a variation's ``metadata``: ``audience`` and ``language`` (required), ``channel``,
``institution``, ``office``, ``source``, ``link``, ``hand_off``. ``bot.answer_check`` refuses files
that break this.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.tracker_store import TOKEN

Variation = Mapping[str, Any]

# What is said when no variation of the answer is for this person.
FALLBACKS = {"student": "utter_pass_to_person", "staff": "utter_unsure"}
# Asked instead of the fallback when the message names what it may have meant.
UNSURE, ASK_BACK = "utter_unsure", "utter_did_you_mean"
# "Yes" and "no" say too little where two or three things were offered.
CHOOSE, _YES_OR_NO = "utter_choose", ("utter_affirm", "utter_deny")
_CHOICE = "utter_choice_{intent}"
# Why the backend said no, by its name for the reason.
_WHY = "utter_why_{why}"
# What a button begins is worth offering only to those with this right; the backend decides all the
# same. A message that doesn't tell its writer's rights hides nothing.
_RIGHTS_TO = {
    "create_reusable_number": "numbers",
    "transfer_number": "numbers",
    "change_unsolicited_response": "numbers",
    "archive_campaign": "campaigns",
    "check_quota": "limits",
}
_INTENT_PRESSED = re.compile(r"/(\w+)")
# Of two requests in one message the second, offered with the answer to the first. The answer that
# a job begins with is none yet: the job offers it when it is done.
SECOND, _BEGINS_A_JOB = "utter_second_request", "utter_human_handoff"
_PERSON = "human_handoff"
_FEWEST_CHOICES = 2
# Later beats earlier: an answer of the person's office is closer than one of the institution.
_NARROWING = ("channel", "institution", "office")
_SAYINGS = re.compile(r"^sayings:", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SOURCE_LINE = {
    "en": "Source: {article}, “{section}”, modified {modified}.",
    "es": "Fuente: {article}, “{section}”, modificado {modified}.",
}


@dataclass(frozen=True)
class Reader:
    """For whom an answer is picked; read from the latest message's metadata and nothing else."""

    audience: str
    language: str
    channel: str | None
    institution: str | None
    office: str | None
    rights: frozenset[str] | None = None

    @classmethod
    def of(cls, metadata: Mapping[str, Any], language: str | None) -> "Reader | None":
        """None without a known audience: then nothing is said, to nobody."""
        audience = metadata.get("audience")
        if audience not in FALLBACKS:
            return None
        rights = metadata.get("rights")
        return cls(
            audience=audience,
            language=language or metadata.get("language") or "en",
            channel=metadata.get("channel"),
            institution=metadata.get("institution"),
            office=metadata.get("office"),
            rights=None if rights is None else frozenset(rights),
        )

    def may_press(self, button: Mapping[str, str]) -> bool:
        """Whether a button is worth showing: what it begins is not refused for want of a right."""
        pressed = _INTENT_PRESSED.match(button["payload"])
        right = _RIGHTS_TO.get(pressed[1]) if pressed else None
        return right is None or self.rights is None or right in self.rights


class AnswerPicker(TemplatedNaturalLanguageGenerator):
    """Rasa's NLG (endpoints.yml ``nlg: type``): deterministic, and never the other audience's.

    Rasa makes it before there is a domain, and hands ``responses`` to templated generators only
    once the model is loaded: hence the parent. ``nlg: sayings`` is the folder of the sayings.
    """

    def __init__(self, endpoint_config: EndpointConfig | None, domain: Domain) -> None:
        super().__init__(domain.responses)
        folder = endpoint_config.kwargs.get("sayings") if endpoint_config else None
        self._sayings = read_sayings(Path(folder)) if folder else {}

    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """``{"text", "buttons", "metadata": {audience, language, source, link, hand_off}}``.

        None when nothing may be said: no audience in the metadata, or no variation and no
        fallback for it. An action may name the ``language``.
        """
        message = tracker.latest_message
        if message is None:
            return None
        metadata = message.metadata or {}
        reader = Reader.of(metadata, kwargs.get("language") or _language(message, tracker))
        if reader is None:
            return None
        values = self._with_choice(reader, _values(metadata, tracker.current_slot_values(), kwargs))
        values = self._with_reason(reader, values)
        question = self._question_back(utter_action, reader, tracker, values)
        if question is not None:
            return question
        for name in (utter_action, FALLBACKS[reader.audience]):
            chosen = pick(self._variations(name), reader, values)
            if chosen is not None:
                answer = render(chosen, values)
                if name != SECOND:  # what somebody has asked for is refused with a reason
                    answer["buttons"] = list(filter(reader.may_press, answer["buttons"]))
                return self._and_second(utter_action, reader, message, answer)
        return None

    def _with_choice(self, reader: Reader, values: dict[str, str]) -> dict[str, str]:
        """Where ``choice_of`` is an intent: ``choice``, what this reader is offered it as."""
        name = _CHOICE.format(intent=values.get("choice_of"))
        chosen = pick(self._variations(name), reader, values)
        return values if chosen is None else {**values, "choice": render(chosen, values)["text"]}

    def _with_reason(self, reader: Reader, values: dict[str, str]) -> dict[str, str]:
        """Where ``why`` is the backend's name for a reason: ``why_in_words``, if there are any."""
        chosen = pick(self._variations(_WHY.format(why=values.get("why"))), reader, values)
        if chosen is None or chosen["metadata"]["language"] != reader.language:
            return values
        return {**values, "why_in_words": render(chosen, values)["text"]}

    def _and_second(
        self, utter_action: str, reader: Reader, message: UserUttered, answer: dict[str, Any]
    ) -> dict[str, Any]:
        """A rule's answer to staff, with the message's second request as a last button."""
        also = (message.parse_data or {}).get("also")
        is_answer = utter_action == f"utter_{message.intent.get('name')}" != _BEGINS_A_JOB
        if not also or not is_answer or reader.audience != "staff":
            return answer
        values = self._with_choice(reader, {"choice_of": also["intent"], "payload": _payload(also)})
        offered = pick(self._variations(SECOND), reader, values)
        if offered is not None:
            second = render(offered, values)
            answer["text"] = f"{answer['text']}\n\n{second['text']}"
            answer["buttons"] = [*answer["buttons"], *second["buttons"]]
        return answer

    def _variations(self, name: str) -> Sequence[Variation]:
        return self._sayings.get(name) or self.responses.get(name, ())

    def _question_back(
        self,
        utter_action: str,
        reader: Reader,
        tracker: DialogueStateTracker,
        values: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """Which of some things was meant, where that is the answer; nobody is asked twice."""
        before = _said_last(tracker)
        if before is None or not _about(before).get("asked_back"):
            if utter_action != UNSURE:
                return None
            return self._did_you_mean(reader, tracker.latest_message, values)
        again = pick(self._variations(CHOOSE), reader, values)
        if again is None or utter_action not in _YES_OR_NO:
            return None
        return _asking(render(again, values), before.data.get("buttons") or [])

    def _did_you_mean(
        self, reader: Reader, message: UserUttered, values: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Which of some intents was meant, each with what the message names; None with fewer than
        two to offer this reader. Students are offered a person last.
        """
        intents = list((message.parse_data or {}).get("choices") or ())
        if reader.audience == "student":
            intents = [intent for intent in intents if intent != _PERSON] + [_PERSON]
        buttons = []
        for intent in intents:
            name = pick(self._variations(_CHOICE.format(intent=intent)), reader, values)
            if name is not None:
                payload = _payload({"intent": intent, "entities": message.entities})
                buttons.append({"title": render(name, values)["text"], "payload": payload})
        if len(buttons) < _FEWEST_CHOICES:
            return None
        asked = pick(self._variations(ASK_BACK), reader, values)
        return None if asked is None else _asking(render(asked, values), buttons)


def _payload(asked: Mapping[str, Any]) -> str:
    """A request as a button says it: its intent, and the first of each kind that it names."""
    named: dict[str, Any] = {}
    for entity in asked.get("entities") or ():
        named.setdefault(entity["entity"], entity["value"])
    return f"/{asked['intent']}" + (json.dumps(named, ensure_ascii=False) if named else "")


def _asking(question: dict[str, Any], buttons: list[dict[str, str]]) -> dict[str, Any]:
    """A question back, marked as one, with its choices."""
    question["buttons"] = buttons
    question["metadata"]["asked_back"] = True
    return question


def read_sayings(folder: Path) -> dict[str, list[Variation]]:
    """Every file's ``sayings:`` under a folder, by name; FileNotFoundError without any."""
    found: dict[str, list[Variation]] = {}
    for path in sorted(folder.rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if _SAYINGS.search(text):  # the examples' files are large and hold none
            found |= yaml.safe_load(text)["sayings"]
    if not found:
        raise FileNotFoundError(f"No file under {folder} holds sayings (endpoints.yml, nlg).")
    return found


def _language(message: UserUttered, tracker: DialogueStateTracker) -> str | None:
    """The question's; of a button or a word that both languages have, the last answer's."""
    asked_in = (message.parse_data or {}).get("language")
    before = _said_last(tracker)
    return asked_in or (_about(before).get("language") if before else None)


def _said_last(tracker: DialogueStateTracker) -> BotUttered | None:
    """The last answer; None before the first."""
    said = (event for event in reversed(tracker.events) if isinstance(event, BotUttered))
    return next(said, None)


def _about(said: BotUttered) -> Mapping[str, Any]:
    return said.metadata.get("metadata") or {}


def pick(
    variations: Iterable[Variation], reader: Reader, values: Mapping[str, str]
) -> Variation | None:
    """The best variation for a reader, or None.

    Only those for the reader's audience (or everyone), naming no other institution, office or
    channel, in the question's language or English, with every placeholder known. Of these: the
    question's language first, then the most specific, then the first in the file.
    """
    fitting = [one for one in variations if _fits(one, reader) and _can_be_filled(one, values)]
    return max(fitting, key=lambda one: _closeness(one, reader), default=None)


def render(variation: Variation, values: Mapping[str, str]) -> dict[str, Any]:
    """A variation with its placeholders filled and its source, if any, as the last line."""
    about = dict(variation.get("metadata") or {})
    text = _fill(str(variation.get("text", "")).strip(), values)
    if about.get("source"):
        text = f"{text}\n\n{source_line(about['source'], about['language'])}"
    if about.get("link"):
        about["link"] = _filled(about["link"], values)
    return {
        "text": text,
        "buttons": [_filled(button, values) for button in variation.get("buttons") or ()],
        "metadata": {
            name: about[name]
            for name in ("audience", "language", "source", "link", "hand_off")
            if about.get(name) is not None
        },
    }


def source_line(source: Mapping[str, str], language: str) -> str:
    """Where an answer comes from: article, section, date as the article itself gives it."""
    return _SOURCE_LINE[language].format(**source)


def _fits(variation: Variation, reader: Reader) -> bool:
    about = variation.get("metadata") or {}
    return (
        about.get("audience") in (reader.audience, "everyone")
        and about.get("language") in (reader.language, "en")
        and all(about.get(name) in (None, getattr(reader, name)) for name in _NARROWING)
    )


def _can_be_filled(variation: Variation, values: Mapping[str, str]) -> bool:
    link = (variation.get("metadata") or {}).get("link") or {}
    parts = (variation, link, *(variation.get("buttons") or ()))
    texts = (text for part in parts for text in part.values() if isinstance(text, str))
    return all(set(_PLACEHOLDER.findall(text)) <= set(values) for text in texts)


def _closeness(variation: Variation, reader: Reader) -> tuple[bool, int, bool]:
    about = variation["metadata"]
    narrowed = sum(2**rank for rank, name in enumerate(_NARROWING) if about.get(name))
    return about["language"] == reader.language, narrowed, about["audience"] == reader.audience


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], text)


def _filled(part: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """A button or a link with its placeholders filled."""
    return {name: _fill(str(text), values) for name, text in part.items()}


def _values(*layers: Mapping[str, Any]) -> dict[str, str]:
    """Placeholders' values (a later layer wins); only plain values, and never the turn token."""
    return {
        name: str(value)
        for layer in layers
        for name, value in layer.items()
        if isinstance(value, (str, int, float)) and name != TOKEN
    }
