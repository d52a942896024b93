"""What somebody wants of a job that it can't give: another day, or several at once."""

import re
from collections.abc import Iterator
from datetime import date

from actions.jobs.hearing import Entity, Heard, Said

# What the plan then begins with.
NOT_LATER, ONE_AT_A_TIME = "utter_job_not_later", "utter_job_one_at_a_time"
_WHEN = re.compile(
    r"\b(?:on|by|before|after|from|until|till|starting|beginning|effective|this|next|at"
    r"|el|para el|antes del?|despu[eé]s del?|desde el|a partir del?|este|pr[oó]ximo)"
    r"(?:\s+(?:the|el))?\s*$",
    re.IGNORECASE,
)
_IN_SOME_TIME = re.compile(r"\b(?:in|after|within|en|dentro de|despu[eé]s de)\s*$", re.IGNORECASE)
_SEVERAL = re.compile(
    r"(?<![\w$#(.-])(?:two|three|four|five|six|seven|eight|nine|ten|twelve|a dozen|several|a few"
    r"|both|multiple|all|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|varios|varias"
    r"|ambos|ambas|todos|todas|[2-9]|[1-9]\d)\s+(?:of them\b|more\b(?!\s+than)|m[aá]s\b"
    r"|(?:(?!number|campaign|n[uú]mero|campa)\w[\w-]*\s+){0,3}"
    r"(?:numbers|lines|campaigns|n[uú]meros|l[ií]neas|campa[ñn]as)\b)",
    re.IGNORECASE,
)


def asides_of(heard: Heard, said: Said, today: date) -> tuple[str, ...]:
    """The answers that tell so; none for a button."""
    if heard.is_button:
        return ()
    later = any(True for _ in _later(heard, said, today))
    several = bool(_SEVERAL.search(_without(heard.text, said)))
    return (NOT_LATER,) * later + (ONE_AT_A_TIME,) * several


def without_day(heard: Heard, start: int, name: str) -> str:
    """A name that begins at a place of the message, without "on Friday" after it."""
    for one in heard.named("date"):
        first = int(one.get("start") or 0)
        when = _WHEN.search(heard.before(one))
        if start < first < start + len(name) and when and when.start() > start:
            name = name[: when.start() - start]
    return name.rstrip()


def _later(heard: Heard, said: Said, today: date) -> Iterator[Entity]:
    """The mentions of a time to come, but those within a name."""
    for one in heard.named("date"):
        if one["value"][:10] > today.isoformat() and not _is_in_name(heard, one, said):
            yield one
    for one in heard.named("duration"):
        if _IN_SOME_TIME.search(heard.before(one)):
            yield one


def _is_in_name(heard: Heard, one: Entity, said: Said) -> bool:
    words = heard.text[int(one.get("start") or 0) : int(one.get("end") or 0)]
    return any(words and words in value for value in said.values())


def _without(text: str, said: Said) -> str:
    for value in said.values():
        text = text.replace(value, " ")
    return text
