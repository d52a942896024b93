"""Who shall answer: the assistant, or people in an inbox, in the words people have for them."""

import re
from collections.abc import Iterator

from actions.jobs.hearing import Heard, Said

ASSISTANT, INBOX = "assistant", "inbox"
# "Not the assistant", "from the inbox", "no el asistente", "en vez del asistente".
_CHOSEN = (
    r"(?<!\bnot )(?<!\bnot the )(?<!\bnot an )(?<!\binstead of )(?<!\binstead of the )"
    r"(?<!\binstead of an )(?<!\bfrom the )(?<!\bno el )(?<!\bno la )(?<!\bno una )(?<!\bdel )"
    r"(?<!\ben vez de la )(?<!\ben vez de una )(?<!\bvirtual )"
)
_THE_ASSISTANT = (
    r"\b(?:(?:virtual |automated |automatic )?assistant|(?:chat)?bot|AI|(?-i:VA)|robot"
    r"|automatically|asistente(?: virtual)?|autom[aá]ticamente)\b"
)
_PEOPLE = (
    r"\b(?:inbox(?:es)?|mailbox|persons?|people|humans?|(?:live )?agents?|staff"
    r"|bandeja(?: de entrada)?|buz[oó]n|personas?|gente|humanos?|agentes?|personal)\b"
)
_ASSISTANT = re.compile(_CHOSEN + _THE_ASSISTANT, re.IGNORECASE)
_INBOX = re.compile(_CHOSEN + _PEOPLE, re.IGNORECASE)
# Says "people" only where nothing else was asked.
_SOMEBODY = re.compile(
    r"\b(?:office|team|someone|somebody|us|we|me|oficina|equipo|alguien|nosotr[oa]s|yo)\b",
    re.IGNORECASE,
)
# "Admissions", "our team please": more words than these say something else beside.
_FEW_WORDS = 4
_ANSWERING = re.compile(
    r"\b(?:answer|respond|repl(?:y|ies)|respons|go(?:es)? to|sen[dt]|handle|land|switch|change|set"
    r"|contest|respond|respuest|conteste|atiend|vay?a|lleg|mand|cambi|pon)",
    re.IGNORECASE,
)
_ANSWERING_WORDS = re.compile(_ANSWERING.pattern + r"\w*", re.IGNORECASE)
_SWITCHED_OFF = re.compile(
    r"\b(?:(?:turn|switch) off|(?:turn|switch)(?:ing)? (?:the )?(?:\w+ ){0,3}off|stop|disable"
    r"|deactivate|without|no more|apag\w+|desactiv\w+|quit[ea]\w*|sin)\b",
    re.IGNORECASE,
)
_NOT_LET = re.compile(
    r"\b(?:do\s?n['’]?t|do not|should\s?n['’]?t|should not|no (?:quiero|deje|debe|conteste))\b",
    re.IGNORECASE,
)
_AUTOMATIC = re.compile(
    r"\b(?:auto(?:matic|mated)?[- ]?(?:repl(?:y|ies)|responses?|answers?|respond\w*)"
    r"|respuestas? autom[aá]ticas?)\b",
    re.IGNORECASE,
)


def said_for_answering(heard: Heard) -> Said:
    """`response` and `inbox` as far as a message says them, whatever it was asked for."""
    pressed = heard.pressed("response")
    inbox = heard.value("inbox")
    if pressed is not None:
        return {"response": pressed, **({"inbox": inbox} if inbox else {})}
    if inbox is not None:
        return {"response": INBOX, "inbox": inbox}
    if not (_ANSWERING.search(heard.text) or _names_the_assistant(heard.text)):
        return {}
    response = _response(heard.text)
    return {"response": response} if response else {}


def response_as_answer(heard: Heard) -> str | None:
    """`assistant` or `inbox` where just that was asked; None where a message says neither: an
    office by itself is rather another one for the number.
    """
    said = _response(heard.text)
    if said is None and heard.other_words() <= _FEW_WORDS:
        names_somebody = heard.value("inbox") or _SOMEBODY.search(heard.text)
        return INBOX if names_somebody else None
    return said


def response_named(heard: Heard) -> str | None:
    """The same in a few words of a longer message: "people", "the bot"."""
    return _response(heard.text) if heard.other_words() <= _FEW_WORDS else None


def answering_words(text: str) -> Iterator[tuple[int, int]]:
    """Where a text speaks of who answers."""
    for words in (_ASSISTANT, _INBOX, _AUTOMATIC, _ANSWERING_WORDS):
        for found in words.finditer(text):
            yield found.span()


def inbox_as_answer(heard: Heard) -> str:
    """An inbox where just that was asked; that of an office is called as the office is."""
    return heard.value_or_all("inbox", "office")


def _names_the_assistant(text: str) -> bool:
    return bool(_ASSISTANT.search(text) or _AUTOMATIC.search(text))


def _response(text: str) -> str | None:
    """What a text chooses; None where it names both or neither."""
    assistant = _names_the_assistant(text)
    inbox = bool(_INBOX.search(text))
    if assistant and _SWITCHED_OFF.search(text):
        return INBOX
    if assistant == inbox:
        return None
    if _NOT_LET.search(text):
        return INBOX if assistant else ASSISTANT
    return ASSISTANT if assistant else INBOX
