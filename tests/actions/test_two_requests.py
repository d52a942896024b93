"""Two requests in one message: where it is cut, what of it is believed; with the trained model."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.clauses import MOST_CUTS, cuts_of
from bot.nlu.entities.folded_text import fold
from bot.nlu.intent_reader import READ_ALONE
from bot.nlu.two_requests import ALSO, TwoRequests
from bot.nlu.understanding import Reading
from bot.serve import newest_model
from bot.settings import ROOT, SettingsFault

# A message, its first request, its second, and the second one's words.
TWO = [
    (
        "create a number for Housing in 316 and archive the Fall campaign",
        "create_reusable_number",
        "archive_campaign",
        "archive the Fall campaign",
    ),
    (
        "what's our quota? also how long does porting take",
        "check_quota",
        "faq_port_time",
        "how long does porting take",
    ),
    (
        "What's our quota, and which numbers does Admissions have?",
        "check_quota",
        "list_numbers",
        "which numbers does Admissions have?",
    ),
    (
        "Move 316-555-0101 to Housing. Who answers 316-555-0102?",
        "transfer_number",
        "check_who_answers",
        "Who answers 316-555-0102?",
    ),
    (
        "archive the spring campaign, then create a new number for the Registrar",
        "archive_campaign",
        "create_reusable_number",
        "create a new number for the Registrar",
    ),
    (
        "Can a student text back after I archive? And can another school use our number?",
        "faq_text_back_after_archive",
        "faq_another_school",
        "can another school use our number?",
    ),
    ("show me our numbers and check our quota", "list_numbers", "check_quota", "check our quota"),
    (
        "How long does a port take? I'd like to talk to a person.",
        "faq_port_time",
        "human_handoff",
        "I'd like to talk to a person.",
    ),
    (
        "what do you need from us to port and how long does it take to port a number",
        "faq_port_requirements",
        "faq_port_time",
        "how long does it take to port a number",
    ),
    (
        "hi, can you move 316-555-0123 to Admissions, and also show me our quota please",
        "transfer_number",
        "check_quota",
        "show me our quota please",
    ),
    (
        "who answers 316-555-0101 right now and how is our port going",
        "check_who_answers",
        "check_port_status",
        "how is our port going",
    ),
    (
        "set 316-555-0101 to the inbox and move 316-555-0102 to Housing",
        "change_unsolicited_response",
        "transfer_number",
        "move 316-555-0102 to Housing",
    ),
    (
        "turn off the assistant on 316-555-0101. Also archive the Welcome Week campaign.",
        "change_unsolicited_response",
        "archive_campaign",
        "archive the Welcome Week campaign.",
    ),
    ("what is an LOA? what is a CSR?", "faq_req_loa", "faq_req_csr", "what is a CSR?"),
    (
        "can the service address be a PO box and how recent does the phone bill have to be?",
        "faq_req_service_address",
        "faq_req_phone_bill",
        "how recent does the phone bill have to be?",
    ),
    (
        "Create a number for Housing in 316. By the way, what does Number is Unportable mean?",
        "create_reusable_number",
        "faq_reject_unportable",
        "what does Number is Unportable mean?",
    ),
    (
        "create a number for Housing in 316 and turn the assistant off on 316-555-0101",
        "create_reusable_number",
        "change_unsolicited_response",
        "turn the assistant off on 316-555-0101",
    ),
    (
        "list our numbers; then archive the fall orientation campaign",
        "list_numbers",
        "archive_campaign",
        "archive the fall orientation campaign",
    ),
    (
        "whats our quota and whats the status of our port",
        "check_quota",
        "check_port_status",
        "whats the status of our port",
    ),
    (
        "do i need a campaign to get unsolicited texts? oh and who answers 316-555-0144 now",
        "faq_unsolicited_without_campaign",
        "check_who_answers",
        "who answers 316-555-0144 now",
    ),
    (
        "archive the Spring Visit campaign & check our quota",
        "archive_campaign",
        "check_quota",
        "check our quota",
    ),
    (
        "Check our quota - then create a number for Advising in Wichita",
        "check_quota",
        "create_reusable_number",
        "create a number for Advising in Wichita",
    ),
    (
        "crea un número para Vivienda en el 316 y archiva la campaña de otoño",
        "create_reusable_number",
        "archive_campaign",
        "archiva la campaña de otoño",
    ),
    (
        "¿Cuál es nuestra cuota? Además, ¿cuánto tarda portar un número?",
        "check_quota",
        "faq_port_time",
        "¿cuánto tarda portar un número?",
    ),
    (
        "mueve el 316-555-0101 a Vivienda y también muéstrame nuestros números",
        "transfer_number",
        "list_numbers",
        "muéstrame nuestros números",
    ),
    (
        "archive la campaña de primavera y además cree un número reutilizable para Registro",
        "archive_campaign",
        "create_reusable_number",
        "cree un número reutilizable para Registro",
    ),
    (
        "¿Quién contesta el 316-555-0101? ¿Y cómo va nuestra portabilidad?",
        "check_who_answers",
        "check_port_status",
        "cómo va nuestra portabilidad?",
    ),
    (
        "¿Cuánto tarda una portabilidad? Quiero hablar con una persona.",
        "faq_port_time",
        "human_handoff",
        "Quiero hablar con una persona.",
    ),
    ("qué es una LOA y qué es un CSR", "faq_req_loa", "faq_req_csr", "qué es un CSR"),
    (
        "muéstrame la cuota, luego archiva la campaña de bienvenida",
        "check_quota",
        "archive_campaign",
        "archiva la campaña de bienvenida",
    ),
    (
        "¿Otra escuela puede usar nuestro número? También quiero saber cuánta cuota nos queda",
        "faq_another_school",
        "check_quota",
        "quiero saber cuánta cuota nos queda",
    ),
    (
        "Hola, pase el 316-555-0123 a Admisiones y apague el asistente en el 316-555-0102",
        "transfer_number",
        "change_unsolicited_response",
        "apague el asistente en el 316-555-0102",
    ),
    (
        "qué números tiene Admisiones y cuánto tarda portar un número",
        "list_numbers",
        "faq_port_time",
        "cuánto tarda portar un número",
    ),
    (
        "que papeles necesitan para portar? y cuanto tarda la portabilidad",
        "faq_port_requirements",
        "faq_port_time",
        "cuanto tarda la portabilidad",
    ),
    (
        "Apaga el asistente en el 316-555-0101. Por cierto, ¿qué números tenemos?",
        "change_unsolicited_response",
        "list_numbers",
        "¿qué números tenemos?",
    ),
]
# One request each, however many sentences, commas and joining words it has.
ONE = [
    "create a number for Housing and Dining in 316 and have the assistant answer",
    "move 316-555-0101 from Admissions and Records to Housing",
    "create a number for Financial Aid in 316, name it Aid, and send texts to the fin aid inbox",
    "Create a number for Housing in 316. Have the assistant answer.",
    "Create a number for Housing in 316. The inbox should answer.",
    "I need a new number for the Registrar in Wichita and I want the inbox to answer it",
    "can you get Housing a number in 316 or 620, please, and let the bot answer it",
    "order a number for Advising, area code 785, and turn the assistant on for it",
    "set up a number for the Career Center and make sure a person answers",
    "What's our quota for numbers and contacts?",
    "how many numbers and contacts do we have left",
    "how many contacts have we used and how many are left",
    "show me the numbers of Admissions and Financial Aid",
    "list our numbers and who has them",
    "which numbers do Housing and Dining have, and which of them are unused?",
    "Archive the Fall Welcome and Move-In campaign",
    "archive the fall campaign and the spring campaign",
    "We're done with the Fall Welcome campaign. Please archive it.",
    "We archived the fall campaign. Can students still text us back?",
    "If I archive the campaign and a student texts back, who answers?",
    "Can I move a number to another office and keep its campaigns?",
    "Can I transfer a reusable number? It was used last fall.",
    "I want to port 316-555-0123 and 316-555-0124 from Cox",
    "I want to port our number. The carrier is Cox and we signed the LOA.",
    "what is an LOA and who signs it",
    "what is a CSR, and how do I get one?",
    "which bill do you need and how old can it be",
    "Our port was rejected. They say the address doesn't match. What do we do?",
    "Why was our port rejected? The carrier says the PIN is wrong.",
    "my port got rejected for address mismatch and zip mismatch",
    "what does unsatisfactory business relationship mean and how do I fix it",
    "How long does porting take, and is there anything I can do to speed it up?",
    "how do I unlock Google Voice? do I have to pay?",
    "talk to a person please, this isn't helping and I want somebody now",
    "I want to talk to a person and not to a bot",
    "Hi there, how are you? Can you show me our quota?",
    "Hello. What's our quota? Thank you!",
    "thanks, and what's our quota?",
    "who answers 316-555-0101 and 316-555-0102?",
    "who answers texts to the front desk, the assistant or the inbox?",
    "is the bot or the inbox answering 555-0102, and which inbox?",
    "turn off the bot on 316-555-0101 and send texts to the Advising inbox",
    "have texts to 316-555-0101 and 316-555-0102 go to the inbox",
    "The bot gives wrong answers. Turn it off on our number, please.",
    "What's the status of our port? Has it been submitted and did the carrier answer?",
    "Is our port done? We sent everything on Monday.",
    "Move 316-555-0101 to Student Success and Advising, please. It has never been used.",
    "I moved to Housing last week. Can you move 316-555-0101 to Housing?",
    "no, change the office and the area code",
    "yes, go ahead and create it",
    "cancel that and start over",
    "do we have numbers in Wichita and Kansas City",
    "Do you need the LOA, the CSR and the phone bill?",
    "what do you need before porting? documents, names, an address?",
    "crea un número para Vivienda y Comedor en el 316 y que conteste el asistente",
    "mueve el 316-555-0101 de Admisiones y Registro a Vivienda",
    "Necesito un número nuevo para Becas en el 316. Que conteste la bandeja.",
    "¿Cuántos números y contactos nos quedan?",
    "muéstrame los números de Admisiones y de Becas",
    "archiva la campaña de otoño y la de primavera",
    "Ya terminamos la campaña de otoño. Archívela, por favor.",
    "Si archivo la campaña y un estudiante escribe, ¿quién contesta?",
    "quiero portar el 316-555-0123 y el 316-555-0124 de Cox",
    "¿qué es una LOA y quién la firma?",
    "Rechazaron nuestra portabilidad. Dicen que la dirección no coincide. ¿Qué hacemos?",
    "apaga el bot en el 316-555-0101 y manda los textos a la bandeja de Consejería",
    "¿quién contesta el 316-555-0101 y el 316-555-0102?",
    "Hola, ¿cómo está? ¿Me muestra la cuota?",
    "quiero hablar con una persona y no con un robot",
    "sí, adelante y créelo",
    "¿Cuánto tarda la portabilidad y por qué tanto?",
    "pase el 316-555-0101 a Vida Estudiantil y Vivienda, nunca se ha usado",
]
# What each clause means to the reader of the tests that need no model.
MEANINGS = {
    "show our quota": "check_quota",
    "archive the Fall campaign": "archive_campaign",
    "create a number for Housing": "create_reusable_number",
    "have the inbox answer": "change_unsolicited_response",
    "have the inbox answer 316-555-0102": "change_unsolicited_response",
    "move 316-555-0101 to Housing": "transfer_number",
    "can a number be moved": "faq_transfer_number",
    "why was the port rejected": "faq_port_rejection_reasons",
    "what is an inactive number": "faq_reject_inactive",
    "who is this": "student_who_is_this",
    "stop this form": "cancel",
}


@pytest.fixture(scope="module")
def trained() -> Agent:
    """The model that `make train` made."""
    try:
        model = newest_model(ROOT / "models")
    except SettingsFault as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    return Agent.load(model)


class Reader:
    """Reads what it was told to, as sure as it was told to be, and lists what it read."""

    def __init__(self, sure: float = 1.0) -> None:
        self.sure = sure
        self.read: list[str] = []

    def __call__(self, text: str, language: str | None) -> Reading:
        self.read.append(text)
        intent = MEANINGS.get(text.rstrip(".?"), "out_of_scope")
        return Reading(((intent, self.sure), ("greet", 0.0)), text)


def apart(
    text: str, reader: Callable[[str, str | None], Reading], entities: Sequence[dict[str, Any]] = ()
) -> Message:
    """A message as the component leaves it."""
    data = {"text": text, "entities": [*entities], "intent": {"name": "whole"}, READ_ALONE: reader}
    (message,) = TwoRequests({"sure": 0.7}).process([Message(data)])
    return message


def named(text: str, kind: str, value: str) -> dict[str, Any]:
    """An entity where it stands in a text."""
    start = text.index(value)
    return {"entity": kind, "start": start, "end": start + len(value), "value": value}


# --- the trained model ------------------------------------------------------------------


@pytest.mark.parametrize(("text", "first", "second", "words"), TWO)
async def test_two_requests_are_told_apart(
    trained: Agent, text: str, first: str, second: str, words: str
) -> None:
    """The message means its first request; the second goes with it, in its own words."""
    parsed = await trained.parse_message(text)
    also = parsed.get(ALSO) or {}

    assert (parsed["intent"]["name"], also.get("intent")) == (first, second)
    assert also["text"] == words
    assert text.startswith(also["first"])
    assert parsed["intent_ranking"][0] == parsed["intent"]


@pytest.mark.parametrize("text", ONE)
async def test_one_request_stays_whole(trained: Agent, text: str) -> None:
    """Details, lists and what happened before belong to the one request."""
    parsed = await trained.parse_message(text)

    assert ALSO not in parsed


async def test_each_request_keeps_what_it_names(trained: Agent) -> None:
    """The office and the area code are the first one's, the number is the second one's."""
    parsed = await trained.parse_message(
        "create a number for Housing in 620 and set 316-555-0101 to the Advising inbox"
    )
    also = parsed[ALSO]

    assert [one["value"] for one in parsed["entities"]] == ["Housing", "620"]
    assert [one["value"] for one in also["entities"]] == ["+13165550101", "Advising inbox"]
    assert all(also["text"][one["start"] : one["end"]] == one["text"] for one in also["entities"])


async def test_a_button_is_no_two_requests(trained: Agent) -> None:
    """A payload is one intent, whatever stands in its values."""
    parsed = await trained.parse_message(
        '/check_quota{"name": "show our quota and archive the Fall campaign"}'
    )

    assert parsed["intent"]["name"] == "check_quota"
    assert ALSO not in parsed


# --- the component ----------------------------------------------------------------------


def test_what_is_set_for_the_second_request() -> None:
    """Intent, words and entities of the second, the words of the first, and nothing to choose."""
    text = "move 316-555-0101 to Housing. Also, archive the Fall campaign."
    entities = [named(text, "phone_number", "316-555-0101"), named(text, "campaign", "Fall")]
    parsed = apart(text, Reader(), entities).as_dict(only_output_properties=True)

    assert parsed["intent"] == {"name": "transfer_number", "confidence": 1.0}
    assert parsed["choices"] == []
    assert parsed["entities"] == [entities[0]]
    assert parsed[ALSO] == {
        "intent": "archive_campaign",
        "text": "archive the Fall campaign.",
        "entities": [{"entity": "campaign", "start": 12, "end": 16, "value": "Fall"}],
        "first": "move 316-555-0101 to Housing.",
    }
    assert READ_ALONE not in parsed


@pytest.mark.parametrize(
    "text",
    [
        "show our quota, thanks",
        "show our quota and who is this",
        "show our quota and stop this form",
        "show our quota and show our quota",
        "show our quota and what about the weather",
        "quota and archive the Fall campaign",
        "create a number for Housing and have the inbox answer",
        "can a number be moved? move 316-555-0101 to Housing",
        "why was the port rejected? what is an inactive number?",
        "we archive the Fall campaign and show our quota",
    ],
)
def test_what_is_not_two_things_that_staff_ask(text: str) -> None:
    """Talk, students' questions, details, one matter twice and words beside: nothing changes."""
    message = apart(text, Reader())

    assert message.get(ALSO) is None
    assert message.get("intent") == {"name": "whole"}


def test_a_detail_that_names_another_number_is_a_request() -> None:
    """Who answers another number is no question of the number that is being created."""
    text = "create a number for Housing and have the inbox answer 316-555-0102"
    message = apart(text, Reader(), [named(text, "phone_number", "316-555-0102")])

    assert message.get(ALSO)["intent"] == "change_unsolicited_response"


@pytest.mark.parametrize(("sure", "is_two"), [(0.69, False), (0.7, True)])
def test_both_must_be_sure(sure: float, is_two: bool) -> None:
    """Below the confidence of config.yml the message stays as it was read."""
    message = apart("show our quota and archive the Fall campaign", Reader(sure))

    assert (message.get(ALSO) is not None) == is_two


def test_a_name_is_never_cut() -> None:
    """An entity that lies across a cut speaks against it."""
    text = "show our quota and archive the Fall campaign"
    message = apart(text, Reader(), [named(text, "office", "quota and archive")])

    assert message.get(ALSO) is None


@pytest.mark.parametrize(
    "text",
    ["", "👍", "quota", "show our quota", "Admissions and Records", "yes, and thanks a lot", None],
)
def test_nothing_is_read_without_a_cut(text: str | None) -> None:
    """Most messages cost nothing: they have no place where a second request could begin."""
    reader = Reader()
    apart(text, reader)  # type: ignore[arg-type]

    assert reader.read == []


def test_places_are_in_the_message_as_typed() -> None:
    """Accents of their own and characters that nobody sees don't shift a word."""
    text = "¿co\u0301mo va? show our\u200b quota and archive the Fall campaign\u200b"
    message = apart(text.removeprefix("¿co\u0301mo va? "), Reader())

    assert [text[cut.start :] for cut in cuts_of(fold("¿co\u0301mo va? show our quota"))]
    assert message.get(ALSO) is None or message.get(ALSO)["text"].startswith("archive the Fall")


@pytest.mark.parametrize(
    "text",
    [
        "show it, " * 900,
        "what? " * 900,
        " " * 5000 + "show it and show it",
        "¿" * 5000,
        "and " * 900,
    ],
    ids=["commas", "questions", "blanks", "marks", "joints"],
)
def test_a_long_text_is_cut_a_few_times_and_quickly(text: str) -> None:
    """However often somebody asks, few clauses are read, and no time is lost in looking."""
    reader = Reader()
    started = time.perf_counter()
    apart(text, reader)

    assert len(reader.read) <= 2 * MOST_CUTS
    assert time.perf_counter() - started < 0.5


def test_the_fingerprint_tells_of_the_code() -> None:
    """Rasa's cache never keeps a component that cuts otherwise."""
    assert len(TwoRequests.fingerprint_addon({})) == 64
