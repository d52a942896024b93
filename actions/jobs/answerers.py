"""Who shall answer: the assistant, or people in an inbox, in the words people have for them."""

import re

from actions.jobs.hearing import Heard, Said

ASSISTANT, INBOX = "assistant", "inbox"
# "Not the assistant", "from the inbox", "no el asistente", "en vez del asistente".
_CHOSEN = (
    r"(?<!\bnot )(?<!\bnot the )(?<!\bnot an )(?<!\binstead of )(?<!\binstead of the )"
    r"(?<!\binstead of an )(?<!\bfrom the )(?<!\bno el )(?<!\bno la )(?<!\bno una )(?<!\bdel )"
    r"(?<!\ben vez de la )(?<!\ben vez de una )(?<!\bvirtual )"
)
_THE_ASSISTANT = (
    r"\b(?:(?:virtual |automated |automatic )?assistant|(?:chat)?bot|AI|VA|robot|automatically"
    r"|asistente(?: virtual)?|autom[aá]ticamente)\b"
)
_PEOPLE = (
    r"\b(?:inbox(?:es)?|mailbox|persons?|people|humans?|(?:live )?agents?|staff"
    r"|bandeja(?: de entrada)?|buz[oó]n|personas?|gente|humanos?|agentes?|personal)\b"
)
_HALF = re.IGNORECASE
_ASSISTANT = re.compile(_CHOSEN + _THE_ASSISTANT, _HALF)
_INBOX = re.compile(_CHOSEN + _PEOPLE, _HALF)
# Says "people" only where nothing else was asked.
_SOMEBODY = re.compile(
    r"\b(?:office|team|someone|somebody|us|we|me|oficina|equipo|alguien|nosotr[oa]s|yo)\b", _HALF
)
# "Admissions", "our team please": more words than these say something else beside.
_FEW_WORDS = 4
_ANSWERING = re.compile(
    r"\b(?:answer|respond|repl(?:y|ies)|respons|go(?:es)? to|sen[dt]|handle|land|switch|change|set"
    r"|contest|respond|respuest|conteste|atiend|vay?a|lleg|mand|cambi|pon)",
    _HALF,
)
_SWITCHED_OFF = re.compile(
    r"\b(?:(?:turn|switch) off|(?:turn|switch)(?:ing)? (?:the )?(?:\w+ ){0,3}off|stop|disable"
    r"|deactivate|without|no more|apag\w+|desactiv\w+|quit[ea]\w*|sin)\b",
    _HALF,
)
_NOT_LET = re.compile(
    r"\b(?:do\s?n['’]?t|do not|should\s?n['’]?t|should not|no (?:quiero|deje|debe|conteste))\b",
    _HALF,
)
_AUTOMATIC = re.compile(
    r"\b(?:auto(?:matic|mated)?[- ]?(?:repl(?:y|ies)|responses?|answers?|respond\w*)"
    r"|respuestas? autom[aá]ticas?)\b",
    _HALF,
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
    """`assistant` or `inbox` where just that was asked; None where a message says neither."""
    pressed = heard.pressed("response")
    if pressed is not None or heard.is_button:
        return pressed
    said = _response(heard.text)
    if said is None and heard.other_words() <= _FEW_WORDS:
        is_somebody = heard.value("inbox", "office") or _SOMEBODY.search(heard.text)
        return INBOX if is_somebody else None
    return said


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
