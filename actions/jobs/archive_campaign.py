"""Archive a campaign, which can't be undone."""

import re

from actions.jobs.asides import without_day
from actions.jobs.hearing import Heard, Said
from actions.jobs.job import Facts, Job, Words
from actions.languages import about_number, thousands, who_answers

_ARTICLES = r"(?:(?:the|our|my|this|that|an?|la|el|mi|nuestra|esta|una)\s+)*"
_NAMED = (
    re.compile(
        r"\b(?:archive|archiving|close|end|finish|retire|stop|wrap up|shut down)\s+"
        + _ARTICLES
        + r"(?P<name>\S.{0,120}?)\s+campaign\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:campaign|campa[ñn]a)\s+(?:(?:called|named|llamada|de nombre|de)\s+)?"
        + _ARTICLES
        + r"(?P<name>\S[^.?!\n]{0,120})",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:archive|archiv(?:a|ar|e|en|emos))\s+" + _ARTICLES + r"(?P<name>\S[^.?!\n]{0,120})",
        re.IGNORECASE,
    ),
)
_NO_NAME = re.compile(
    r"\W*(?:(?:campaign|campa[ñn]a|one|it|them|an?|una?|the|la|el|my|our|mi|nuestra|now|ahora"
    r"|please|por favor|for me|todo|eso|esa|ya|that|this|is|est[aá]|over|done"
    r"|finished|termin\w+|ended|acab\w+|reusable|single-use|number|n[uú]mero)\b\W*)*",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\W*\b(?:please|now|por favor|ahora|ya)\W*$", re.IGNORECASE)
# One message that has not gone out yet, and several.
_UNSENT = {
    "en": (
        " 1 message that has not gone out yet won't be sent.",
        " {count} messages that have not gone out yet won't be sent.",
    ),
    "es": (
        " 1 mensaje que aún no ha salido no se enviará.",
        " {count} mensajes que aún no han salido no se enviarán.",
    ),
}


def read(heard: Heard) -> Said:
    """The campaign, by what stands in quotation marks or where a name would."""
    pressed = heard.pressed("campaign")
    if heard.is_button:
        return {"campaign": pressed} if pressed else {}
    name = heard.quoted() or next(filter(None, (_name(heard, form) for form in _NAMED)), None)
    return {"campaign": name} if name else {}


def _name(heard: Heard, form: re.Pattern[str]) -> str | None:
    found = form.search(heard.text)
    if found is None or _NO_NAME.fullmatch(found["name"]):
        return None
    name = without_day(heard, found.start("name"), found["name"])
    return _POLITE.sub("", name).strip(" ,;:") or None


def plan(facts: Facts, language: str) -> Words:
    """What will happen to the number decides what is said."""
    return f"utter_archive_campaign_plan_{facts['after']}", _values(facts, language)


def receipt(facts: Facts, language: str) -> Words:
    """The same, done."""
    return f"utter_archive_campaign_receipt_{facts['after']}", _values(facts, language)


def _values(facts: Facts, language: str) -> dict[str, str]:
    values = {
        "campaign": facts["campaign"],
        "campaign_id": facts["campaign_id"],
        "unsent": _unsent(facts["unsent"], language),
    }
    if facts["number"]:
        values |= about_number(facts["number"])
    if facts["response"]:
        values["answers"] = who_answers(facts, language)
    return values


def _unsent(count: int, language: str) -> str:
    if not count:
        return ""
    one, several = _UNSENT[language]
    return one if count == 1 else several.format(count=thousands(count))


JOB = Job(
    name="archive_campaign",
    fields={"campaign": lambda heard: heard.text},
    read=read,
    plan=plan,
    receipt=receipt,
    guessed=("campaign",),
)
