"""What one message says: by a button, or in somebody's own words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk import Tracker

from actions.mentions import intent_of
from actions.number_in_talk import number_in_talk

# A job's fields, each with what was said for it.
Said = dict[str, str]
Entity = Mapping[str, Any]

# Meant for whatever is in hand, or for nothing that the assistant knows.
NOT_UNDERSTOOD = frozenset({"", "nlu_fallback", "out_of_scope"})
# What only a button says: nothing that people type is taken for one of these.
_FROM_BUTTONS = frozenset(
    {"number", "response", "campaign", "place", "name", "plan", "change", "step"}
)
# Of a message that goes on for pages its beginning is read.
_LONGEST_READ = 1000
# What turns a mention away: "not 316 but 620", "620 instead of 316", "620 en vez de 316".
_TURNED_AWAY = re.compile(
    r"(?:\b(?:not|instead of|rather than|en vez de(?:l| la)?|en lugar de(?:l| la)?|y no|no)\s+)"
    r"(?:(?:for|in|to|the|area code|para|en|a|el|la|al)\s+)*$",
    re.IGNORECASE,
)
_TOWARDS = re.compile(
    r"\b(?:to|into|a|al|hacia|para|por|for|by)\s+(?:(?:the|la|el|los|las)\s+)?$", re.IGNORECASE
)
_ASKING = re.compile(
    r"\W*(?:(?:and|but|so|y|pero|oye|hey|wait|ok|okay)\b\W*)*(?:what|which|how|who|when|where|why"
    r"|can|could|do|does|is|are|will|would|should|qué|cu[aá]l(?:es)?|c[oó]mo|qui[eé]n(?:es)?"
    r"|cu[aá]ndo|cu[aá]nt[oa]s?|d[oó]nde|por qu[eé]|puedo|puede|podemos|hay|tengo|tenemos)\b",
    re.IGNORECASE,
)
_ORDERING = re.compile(
    r"\W*(?:(?:please|now|also|ok|okay|then|por favor|ahora|tambi[eé]n)\W+)*"
    r"(?:transfer|move|reassign|archive|close|create|order|buy|set|list|show|change|switch|turn"
    r"|transf|pas[ae]|muev|archiv|cre[ae]|compr[ae]|cambi[ae]|muestr|list[ae])",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»\n]{1,200})[\"“”»]")
_AGAIN = re.compile(
    r"\W*(?:(?:please|ok|okay|yes|can you|could you|let'?s|s[ií]|por favor)\W+)*"
    r"(?:try (?:it |that )?(?:again|once more)|retry|again"
    r"|(?:int[eé]nt(?:a|e|ar|emos)|reint[eé]nt(?:a|e|ar)|pruebe?a?|trate|trata)(?:lo|la)?"
    r"(?: (?:de nuevo|otra vez|nuevamente))?"
    r"|vuelv[ae] a intentar(?:lo)?|de nuevo|otra vez)(?:\W+(?:please|por favor|now|ahora))?\W*",
    re.IGNORECASE,
)
_ENOUGH = re.compile(
    r"\W*(?:(?:please|ok|no|por favor)\W+)*(?:cancel|stop|never ?mind|forget it|abort|quit"
    r"|cancela|cancelar|cancele|olv[ií]d(?:e|a)lo|d[eé]j(?:e|a)lo)"
    r"(?:\W+(?:it|this|that|please|por favor|eso|todo))?\W*",
    re.IGNORECASE,
)
_DONT = re.compile(
    r"\W*(?:(?:please|pls|no|wait|stop|espere?|por favor)\W+)*"
    r"(?:(?:do\s?n['’]?t|do not|never)\s+(?!i\b|you\b|we\b|they\b)"
    r"|no\s+(?:(?:me|lo|la)\s+)?(?:quiero\s+)?(?:cre(?:e|ar)|transf(?:ie|e)r|pas|m[ou]|archiv"
    r"|compr|p[ei]d|hag))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heard:
    """A message as it was understood.

    `text` is what the person wrote, empty for a button. Of two requests in one message it is the
    first. When the assistant `wavers` between intents, it would ask which was meant.
    `offered` are the titles of the buttons of the answer before it, `in_talk` is the id of the
    number that "it" would mean.
    """

    text: str
    intent: str
    confidence: float
    entities: tuple[Entity, ...]
    is_button: bool
    wavers: bool = False
    offered: tuple[str, ...] = ()
    in_talk: str | None = None

    @classmethod
    def of(cls, tracker: Tracker) -> "Heard":
        """The latest message."""
        message = tracker.latest_message
        also = message.get("also") or {}
        text = str(message.get("text") or "")
        # The door into Rasa lets through a slash for buttons only.
        is_button = text.startswith("/")
        return cls(
            text="" if is_button else str(also.get("first") or text)[:_LONGEST_READ],
            intent=intent_of(tracker),
            confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
            entities=_known(message.get("entities"), is_button),
            is_button=is_button,
            wavers=bool(message.get("choices")),
            offered=_offered_before(tracker),
            in_talk=number_in_talk(tracker),
        )

    @classmethod
    def second(cls, also: Mapping[str, Any]) -> "Heard":
        """The second request of a message that held two."""
        text = str(also.get("text") or "")[:_LONGEST_READ]
        entities = _known(also.get("entities"), False)
        return cls(text, str(also.get("intent") or ""), 1.0, entities, False)

    def pressed(self, kind: str) -> str | None:
        """What a button says of a kind; None for typed words, whatever they say."""
        return self.value(kind) if self.is_button else None

    def value(self, *kinds: str) -> str | None:
        """What is named of the kinds, an earlier kind before a later one.

        Of several of one kind: not one that is turned away ("not 316"), and rather what something
        shall become ("from Housing to Admissions").
        """
        for kind in kinds:
            found = self.named(kind)
            if found:
                towards = [one for one in found if _TOWARDS.search(self.before(one))]
                return str((towards or found)[0]["value"])
        return None

    def value_or_all(self, *kinds: str) -> str:
        """What is named of the kinds, else the whole text."""
        return self.value(*kinds) or self.text

    def named(self, kind: str) -> list[Entity]:
        """The mentions of a kind that are not turned away, unless all of them are."""
        found = [one for one in self.entities if one["entity"] == kind]
        wanted = [one for one in found if not _TURNED_AWAY.search(self.before(one))]
        return wanted or found

    def before(self, entity: Entity) -> str:
        """The words before a mention."""
        return "" if self.is_button else self.text[: int(entity.get("start") or 0)]

    def without(self, start: int, end: int) -> "Heard":
        """The message without what is named between two places of it."""
        kept = tuple(
            one
            for one in self.entities
            if int(one.get("end") or 0) <= start or int(one.get("start") or 0) >= end
        )
        return replace(self, entities=kept)

    def part(self, start: int, end: int) -> "Heard":
        """What stands between two places of the message, as a message."""
        within = tuple(
            {**one, "start": int(one["start"]) - start, "end": int(one["end"]) - start}
            for one in self.entities
            if int(one.get("start") or 0) >= start and start < int(one.get("end") or 0) <= end
        )
        return replace(self, text=self.text[start:end], entities=within)

    def other_words(self) -> int:
        """How many words the message has beside what it names."""
        kept = list(self.text)
        for one in self.entities:
            start, end = int(one.get("start") or 0), int(one.get("end") or 0)
            kept[start:end] = " " * (end - start)
        return len(re.findall(r"\w+", "".join(kept)))

    def quoted(self) -> str | None:
        """What stands in quotation marks."""
        found = _QUOTED.search(self.text)
        return found[1].strip() or None if found else None

    def gives_order(self) -> bool:
        """Whether it begins as a request for something to be done does."""
        return bool(_ORDERING.match(self.text))

    def asks(self) -> bool:
        """Whether it is put as a question."""
        text = self.text.rstrip()
        return text.endswith("?") or "¿" in text or bool(_ASKING.match(text))

    def is_offered(self) -> bool:
        """Whether it says one of the buttons: "Night line" for "(316) 555-0101 Night line"."""
        words = re.findall(r"\w+", self.text.casefold())
        titles = (re.findall(r"\w+", title.casefold()) for title in self.offered)
        return bool(words) and any(
            words == title[start : start + len(words)]
            for title in titles
            for start in range(len(title))
        )

    def says_dont(self) -> bool:
        """Whether it says that something shall not be done: "don't move it"."""
        return bool(_DONT.match(self.text))

    def tries_again(self) -> bool:
        """Whether it says "try again" and nothing else."""
        return self.pressed("step") == "again" or bool(_AGAIN.fullmatch(self.text))

    def has_enough(self) -> bool:
        """Whether it says to stop."""
        return self.intent == "cancel" or bool(_ENOUGH.fullmatch(self.text))


def _offered_before(tracker: Tracker) -> tuple[str, ...]:
    titles: list[str] = []
    messages = 0
    for event in reversed(tracker.events):
        messages += event.get("event") == "user"
        if messages > 1:
            break
        if messages == 1 and event.get("event") == "bot":
            buttons = (event.get("data") or {}).get("buttons") or ()
            titles += [str(button.get("title")) for button in buttons]
    return tuple(titles)


def _known(entities: Any, is_button: bool) -> tuple[Entity, ...]:
    return tuple(
        one
        for one in entities or ()
        if isinstance(one.get("value"), str)
        and one["value"]
        and (is_button or one["entity"] not in _FROM_BUTTONS)
    )
