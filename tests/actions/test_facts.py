"""What is said of the asker's own numbers: lists, who answers, facts after the FAQ's answers.

Actions ask a real HTTP server; their answers are worded by the bot's own picker from data/answers.
"""

from typing import Any

import pytest
from conftest import ROOT, BackendDouble
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.numbers import ActionListNumbers, ActionWhoAnswers
from actions.own_facts import FACTS, ActionOwnFacts
from bot.answers import AnswerPicker

STAFF = {
    "turn_token": "turn-1",
    "audience": "staff",
    "language": "en",
    "channel": "web",
    "institution": "demo",
    "institution_name": "Demo State University",
    "office": "financial-aid",
    "office_name": "Financial Aid",
}
NUMBERS, NUMBER, QUOTA = "/internal/numbers", "/internal/number", "/internal/quota"
FRONT_DESK: dict[str, Any] = {
    "id": "num_1",
    "phone_number": "(316) 555-0101",
    "name": "Front desk",
    "kind": "reusable",
    "state": "active",
    "explanation": None,
    "office": "Financial Aid",
    "unsolicited": {"response": "assistant", "inbox": "Financial Aid inbox"},
    "campaign": None,
    "first_use": None,
    "may_move": True,
    "why_not": None,
    "effective": {"responder": "assistant", "inbox": "Financial Aid inbox", "steps": []},
}
WELCOME = {
    **FRONT_DESK,
    "id": "num_2",
    "phone_number": "(316) 555-0102",
    "name": "Welcome line",
    "office": "Admissions",
    "unsolicited": {"response": "inbox", "inbox": "Admissions inbox"},
    "campaign": "Fall visit",
    "first_use": {"how": "received_text", "at": "2026-10-03"},
    "may_move": False,
    "why_not": "Once a number has been used it cannot move.",
    "effective": {"responder": "inbox", "inbox": "Visits inbox", "steps": []},
}
SINGLE = {
    **WELCOME,
    "id": "num_3",
    "phone_number": "(620) 555-0104",
    "name": "Orientation",
    "kind": "single_use",
    "campaign": "Orientation",
}
REGISTERING = {**FRONT_DESK, "id": "num_4", "state": "registering"}
ORDERING = {**FRONT_DESK, "state": "ordering", "may_move": False, "effective": None}
RELEASING = {**ORDERING, "state": "releasing"}
FIGURES = {
    "contacts": {"limit": 25000, "used": 12345},
    "numbers": {"limit": 1500, "used": 7, "reserved": 1},
    "by_office": [],
    "period": {"starts_on": "2026-07-01", "ends_on": "2027-06-30"},
}

_PICKER = AnswerPicker(EndpointConfig(sayings=str(ROOT / "data")), Domain.empty())


def listed(*numbers: dict[str, Any], more: int = 0, **about: Any) -> dict[str, Any]:
    """The backend's answer to a wish for numbers."""
    found = {"office": None, "candidates": [], "numbers": numbers, "more": more}
    return {**found, "url": "https://desk.example/numbers", **about}


def wanted(office: str | None = None, area_code: str | None = None, unused: bool = False) -> Any:
    """A wish for numbers as it is sent to the backend."""
    return NUMBERS, {"office": office, "area_code": area_code, "unused": unused}


def meant(number: dict[str, Any] | None, *candidates: dict[str, Any]) -> dict[str, Any]:
    """The backend's answer to the mention of a number."""
    return {"match": number, "candidates": candidates}


def heard(
    intent: str,
    language: str = "en",
    audience: str = "staff",
    words: str = "",
    slots: dict[str, Any] | None = None,
    **named: str,
) -> tuple[Tracker, DialogueStateTracker]:
    """A message with its entities, as the action server and as Rasa have it; a button where it
    names a number's id.
    """
    metadata = {**STAFF, "audience": audience}
    entities = [
        {"entity": kind, "value": value, "start": at, "end": at + len(value)}
        for kind, value in named.items()
        for at in [max(words.find(value), 0)]
    ]
    parsed = {"intent": {"name": intent}, "language": language, "entities": entities}
    text = f"/{intent}" if "number" in named else words
    latest = {**parsed, "metadata": metadata, "text": text}
    ours = Tracker("cnv_1", slots or {}, latest, [], False, None, {}, "action_listen")
    uttered = UserUttered("?", parse_data=parsed, metadata=metadata)
    return ours, DialogueStateTracker.from_events("cnv_1", [uttered])


async def answers(
    action: Any, intent: str, language: str = "en", audience: str = "staff", **named: Any
) -> list[dict[str, Any]]:
    """What somebody reads after a message: text, buttons, link."""
    ours, theirs = heard(intent, language, audience, **named)
    dispatcher = CollectingDispatcher()
    events = await action.run(dispatcher, ours, {})
    assert [event["name"] for event in events] in ([], ["number_in_talk"])
    read = []
    for said in dispatcher.messages:
        values = {name: value for name, value in said.items() if name != "response"}
        worded = await _PICKER.generate(said["response"], theirs, "backend", **values)
        assert worded is not None
        buttons = [*worded["buttons"], *said["buttons"]]
        about = worded["metadata"]
        assert (about["audience"], about["language"]) == (audience, language)
        read.append({"text": worded["text"], "buttons": buttons, "link": about.get("link")})
    return read


async def answer(
    action: Any, intent: str, language: str = "en", audience: str = "staff", **named: Any
) -> dict[str, Any]:
    """The only thing that is said."""
    (only,) = await answers(action, intent, language, audience, **named)
    return only


async def fact(intent: str, language: str = "en", **named: Any) -> str | None:
    """The fact that follows an answer of the FAQ; None where nothing does."""
    said = await answers(ActionOwnFacts(), intent, language, **named)
    return said[0]["text"] if said else None


# --- lists


async def test_numbers_are_listed_with_who_answers(backend: BackendDouble) -> None:
    """A line a number: number, name, office, kind, who answers, state; a link to them all."""
    backend.answers[NUMBERS] = listed(FRONT_DESK, WELCOME, SINGLE, REGISTERING, RELEASING, more=3)
    said = await answer(ActionListNumbers(), "list_numbers")

    assert backend.sent == [wanted()]
    assert said["text"].splitlines() == [
        "Your numbers:",
        "• (316) 555-0101 “Front desk”, Financial Aid: the assistant answers, and what needs a "
        "person goes to the inbox “Financial Aid inbox”",
        "• (316) 555-0102 “Welcome line”, Admissions: the campaign “Fall visit” is active on it "
        "and decides who answers",
        "• (620) 555-0104 “Orientation”, Admissions (single-use): the campaign “Orientation” is "
        "active on it and decides who answers",
        "• (316) 555-0101 “Front desk”, Financial Aid: the assistant answers, and what needs a "
        "person goes to the inbox “Financial Aid inbox”; the mobile carriers are still registering "
        "it: texts come in, and answers wait until it is registered",
        "• (316) 555-0101 “Front desk”, Financial Aid: it is on its way back to the carrier",
        "",
        "And 3 more.",
    ]
    assert said["link"] == {"title": "Open the Numbers page", "url": "https://desk.example/numbers"}


async def test_an_offices_numbers_are_listed_in_spanish(backend: BackendDouble) -> None:
    """The office is passed on as it was said, and named as it is."""
    backend.answers[NUMBERS] = listed(WELCOME, office={"value": "off_1", "name": "Admissions"})
    said = await answer(ActionListNumbers(), "list_numbers", "es", office="admisions")

    assert backend.sent == [wanted("admisions")]
    assert said["text"] == (
        "Números de Admissions:\n• (316) 555-0102 “Welcome line”: la campaña “Fall visit” "
        "está activa en él y decide quién contesta"
    )


async def test_an_office_that_is_not_clear_is_asked_for(backend: BackendDouble) -> None:
    """With a button each, whose payload names the office by its id."""
    candidates = [{"value": "off_1", "name": "Admissions"}, {"value": "off_2", "name": "Advising"}]
    backend.answers |= {NUMBERS: listed(candidates=candidates), NUMBER: meant(None)}
    said = await answer(ActionListNumbers(), "list_numbers", office="ad")

    assert "“ad”" in said["text"]
    assert said["buttons"] == [
        {"title": "Admissions", "payload": '/list_numbers{"office": "off_1"}'},
        {"title": "Advising", "payload": '/list_numbers{"office": "off_2"}'},
    ]


@pytest.mark.parametrize(
    ("language", "office", "text", "payload"),
    [
        ("en", None, "I don't see any number among", "/create_reusable_number"),
        ("en", "Housing", "I don't see any number of Housing among", "/list_numbers"),
        ("es", None, "No veo ningún número entre", "/create_reusable_number"),
        ("es", "Housing", "No veo ningún número de Housing entre", "/list_numbers"),
    ],
)
async def test_no_numbers_is_said_kindly(
    backend: BackendDouble, language: str, office: str | None, text: str, payload: str
) -> None:
    """With a way on."""
    found = {"value": "off_3", "name": office} if office else None
    backend.answers[NUMBERS] = listed(office=found)
    named = {"office": office} if office else {}
    said = await answer(ActionListNumbers(), "list_numbers", language, **named)

    assert said["text"].startswith(text)
    assert [button["payload"] for button in said["buttons"]] == [payload]


async def test_a_number_is_found(backend: BackendDouble) -> None:
    """By its digits, and offered to ask further about."""
    backend.answers[NUMBER] = meant(FRONT_DESK)
    said = await answer(ActionListNumbers(), "list_numbers", phone_number="+13165550101")

    assert backend.sent == [(NUMBER, {"said": "+13165550101"})]
    assert "(316) 555-0101 “Front desk”" in said["text"]
    assert said["buttons"][0]["payload"] == '/check_who_answers{"number": "num_1"}'


@pytest.mark.parametrize("action", [ActionListNumbers(), ActionWhoAnswers()])
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I don't see (316) 555-0199 among the numbers you may see."),
        ("es", "No veo el (316) 555-0199 entre los números que usted puede ver."),
    ],
)
async def test_a_number_that_is_not_seen(
    backend: BackendDouble, action: Any, language: str, text: str
) -> None:
    """Hidden or not there: the backend tells no difference, and neither is told."""
    backend.answers[NUMBER] = meant(None)
    said = await answer(action, "list_numbers", language, phone_number="+13165550199")

    assert (said["text"], said["buttons"]) == (text, [])


async def test_the_button_of_a_number_that_has_gone(backend: BackendDouble) -> None:
    """People are never shown an id."""
    backend.answers[NUMBER] = meant(None)
    said = await answer(ActionWhoAnswers(), "check_who_answers", number="num_9")

    assert said["text"] == "I don't see that number among those you may see."


async def test_the_end_of_a_number_may_be_several(backend: BackendDouble) -> None:
    """Then it is asked which."""
    candidates = [
        {"value": "num_1", "name": "(316) 555-0101 Front desk"},
        {"value": "num_5", "name": "(620) 555-0101 Porch"},
    ]
    backend.answers[NUMBER] = meant(None, *candidates)
    said = await answer(ActionListNumbers(), "list_numbers", phone_number="5550101")

    assert [button["payload"] for button in said["buttons"]] == [
        '/list_numbers{"number": "num_1"}',
        '/list_numbers{"number": "num_5"}',
    ]


@pytest.mark.parametrize(
    ("language", "words", "named", "sent", "text"),
    [
        (
            "en",
            "list all numbers in 316",
            {"area_code": "316"},
            (None, "316", False),
            "Your numbers with the area code 316:",
        ),
        (
            "en",
            "which numbers are unused?",
            {},
            (None, None, True),
            "Your numbers that were never used:",
        ),
        (
            "es",
            "¿qué números del 316 no se han usado?",
            {"area_code": "316"},
            (None, "316", True),
            "Sus números con el código de área 316 que nunca se han usado:",
        ),
        (
            "en",
            "which numbers does Admissions have that haven't been used?",
            {"office": "Admissions"},
            ("Admissions", None, True),
            "Your numbers that were never used:",
        ),
        (
            "en",
            "wich numbers dose admisions hav?",
            {},
            ("admisions", None, False),
            "Your numbers:",
        ),
        ("en", "which numbers do we have?", {}, (None, None, False), "Your numbers:"),
        ("es", "¿qué números tiene admisiones?", {}, ("admisiones", None, False), "Sus números:"),
    ],
)
async def test_a_list_can_be_narrowed(
    backend: BackendDouble,
    language: str,
    words: str,
    named: dict[str, str],
    sent: tuple[str | None, str | None, bool],
    text: str,
) -> None:
    """By office, area code, and whether they were used; the list says by which."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, WELCOME), NUMBER: meant(None)}
    if sent[0]:
        backend.answers[NUMBERS]["office"] = {"value": "off_1", "name": "Admissions"}
        text = text.replace("Your numbers", "Numbers of Admissions")
        text = text.replace("Sus números", "Números de Admissions")
    said = await answer(ActionListNumbers(), "list_numbers", language, words=words, **named)

    assert backend.sent == [wanted(*sent)]
    assert said["text"].splitlines()[0] == text


@pytest.mark.parametrize(
    ("language", "words", "named", "text"),
    [
        ("en", "numbers in Wichita", {"city": "Wichita"}, "but not by “Wichita”"),
        ("en", "list the single-use numbers", {}, "but not by “single-use”"),
        ("es", "números de Wichita", {"city": "Wichita"}, "pero no por “Wichita”"),
    ],
)
async def test_what_a_list_can_not_be_narrowed_by_is_said(
    backend: BackendDouble, language: str, words: str, named: dict[str, str], text: str
) -> None:
    """The whole list follows."""
    backend.answers[NUMBERS] = listed(FRONT_DESK)
    first, second = await answers(
        ActionListNumbers(), "list_numbers", language, words=words, **named
    )

    assert text in first["text"]
    assert "(316) 555-0101" in second["text"]


async def test_no_number_of_that_sort_is_said(backend: BackendDouble) -> None:
    """With what was looked for."""
    backend.answers[NUMBERS] = listed()
    said = await answer(ActionListNumbers(), "list_numbers", area_code="620")

    assert said["text"] == (
        "I don't see any number with the area code 620 among those you may see."
    )


@pytest.mark.parametrize(
    ("action", "words", "office"),
    [
        (ActionListNumbers(), "find Financial Aid front desk", "Financial Aid front desk"),
        (ActionListNumbers(), "find the front desk line", "front desk"),
        (ActionWhoAnswers(), "who answers the front desk line?", "front desk"),
        (ActionWhoAnswers(), "who answers front desk?", "front desk"),
    ],
)
async def test_a_numbers_name_may_sound_like_an_offices(
    backend: BackendDouble, action: Any, words: str, office: str
) -> None:
    """Where no office is meant the number of that name is."""
    candidates = [{"value": "off_1", "name": "Admissions"}]
    backend.answers |= {NUMBERS: listed(candidates=candidates), NUMBER: meant(FRONT_DESK)}
    said = await answer(action, "list_numbers", words=words, office=office)

    assert "(316) 555-0101" in said["text"]


async def test_who_answers_a_number_by_its_end(backend: BackendDouble) -> None:
    """The last digits will do."""
    backend.answers[NUMBER] = meant(WELCOME)
    words = "who answers the number ending in 0102?"
    said = await answer(ActionWhoAnswers(), "check_who_answers", words=words)

    assert backend.sent == [(NUMBER, {"said": "0102"})]
    assert "(316) 555-0102" in said["text"]


# --- who answers


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (
            FRONT_DESK,
            "en",
            "Right now the assistant would answer a new student's text to (316) 555-0101; what "
            "needs a person would go to the inbox “Financial Aid inbox”.\n\nWhy: no campaign is "
            "active on this number, so its own setting for unsolicited texts decides.",
        ),
        (
            WELCOME,
            "en",
            "Right now a new student's text to (316) 555-0102 would go to the inbox “Visits "
            "inbox”, where a person answers.\n\nWhy: the campaign “Fall visit” is active on this "
            "number, and an active campaign decides. Without one, texts go to the inbox "
            "“Admissions inbox”, where a person answers.",
        ),
        (
            SINGLE,
            "en",
            "Right now a new student's text to (620) 555-0104 would go to the inbox “Visits "
            "inbox”, where a person answers.\n\nWhy: the number serves the campaign “Orientation” "
            "only, which decides.",
        ),
        (
            REGISTERING,
            "es",
            "Ahora mismo el asistente contestaría a un estudiante nuevo que escriba al (316) "
            "555-0101; lo que necesite a una persona iría a la bandeja “Financial Aid inbox”.\n\n"
            "Por qué: ninguna campaña está activa en este número, así que decide su propia "
            "configuración de mensajes no solicitados.\nAdemás: los operadores móviles todavía lo "
            "están registrando: los mensajes llegan y las respuestas esperan hasta entonces.",
        ),
        (
            WELCOME,
            "es",
            "Ahora mismo el mensaje de un estudiante nuevo al (316) 555-0102 iría a la bandeja "
            "“Visits inbox”, donde contesta una persona.\n\nPor qué: la campaña “Fall visit” está "
            "activa en este número, y una campaña activa decide. Sin ninguna, los mensajes van a "
            "la bandeja “Admissions inbox”, donde contesta una persona.",
        ),
        (
            ORDERING,
            "en",
            "Nobody would answer a text to (316) 555-0101 now: it is being bought, and the "
            "carrier has not confirmed it yet.",
        ),
        (
            RELEASING,
            "es",
            "Nadie contestaría ahora un mensaje al (316) 555-0101: está en camino de vuelta al "
            "operador.",
        ),
    ],
)
async def test_who_answers_and_why(
    backend: BackendDouble, number: dict[str, Any], language: str, text: str
) -> None:
    """Who, where to, and the reason, in the asker's language."""
    backend.answers[NUMBER] = meant(number)
    said = await answer(
        ActionWhoAnswers(), "check_who_answers", language, phone_number="+13165550101"
    )

    assert said["text"] == text


async def test_the_only_number_need_not_be_named(backend: BackendDouble) -> None:
    """One call finds it and who answers; one on its way back doesn't count."""
    backend.answers[NUMBERS] = listed(FRONT_DESK, RELEASING)
    said = await answer(ActionWhoAnswers(), "check_who_answers")

    assert "(316) 555-0101" in said["text"]
    assert len(backend.asked) == 1


async def test_of_several_numbers_one_is_asked_for(backend: BackendDouble) -> None:
    """Up to six are offered, of the office that is named."""
    backend.answers[NUMBERS] = listed(
        *[WELCOME] * 7, office={"value": "off_1", "name": "Admissions"}
    )
    said = await answer(ActionWhoAnswers(), "check_who_answers", "es", office="Admissions")

    assert backend.sent == [wanted("Admissions")]
    assert said["text"].startswith("¿Qué número?")
    assert (
        said["buttons"]
        == [
            {
                "title": "(316) 555-0102 Welcome line",
                "payload": '/check_who_answers{"number": "num_2"}',
            }
        ]
        * 6
    )


# --- facts


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "As of now, 7 of your 1,500 numbers are used and 1 reserved; 12,345 of 25,000 contacts "
            "have been targeted since July 1, 2026.",
        ),
        (
            "es",
            "En este momento, de sus 1,500 números van 7 en uso y 1 en reserva; desde el 1 de "
            "julio de 2026 se ha escrito a 12,345 de 25,000 contactos.",
        ),
    ],
)
async def test_the_figures_for_who_may_see_them(
    backend: BackendDouble, language: str, text: str
) -> None:
    """The rule first, then the fact."""
    backend.answers[QUOTA] = FIGURES

    assert await fact("faq_provisioned_count", language) == text


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (
            FRONT_DESK,
            "en",
            "(316) 555-0101 has never been used, so it can still move to another office.",
        ),
        (
            FRONT_DESK,
            "es",
            "El (316) 555-0101 nunca se ha usado, así que todavía puede pasar a otra oficina.",
        ),
        (
            WELCOME,
            "en",
            "(316) 555-0102 was first used on October 3, 2026, when a text came in, so it can't "
            "move.",
        ),
        (
            {**WELCOME, "first_use": {"how": "campaign", "at": "2026-10-03"}},
            "es",
            "El (316) 555-0102 se usó por primera vez el 3 de octubre de 2026, en una campaña, así "
            "que no puede pasar a otra oficina.",
        ),
        (
            {**WELCOME, "first_use": {"how": "sent_text", "at": "2026-10-03T23:59:59+00:00"}},
            "en",
            "(316) 555-0102 was first used on October 3, 2026, when a text was sent, so it can't "
            "move.",
        ),
        (
            SINGLE,
            "en",
            "(620) 555-0104 is a single-use number: it belongs to its campaign, so it can't move.",
        ),
        (
            ORDERING,
            "en",
            "(316) 555-0101 isn't in service: it is being bought, and the carrier has not "
            "confirmed it yet.",
        ),
        (
            RELEASING,
            "es",
            "El (316) 555-0101 no está en servicio: está en camino de vuelta al operador.",
        ),
    ],
)
async def test_whether_a_number_can_move(
    backend: BackendDouble, number: dict[str, Any], language: str, text: str
) -> None:
    """Its first use, or that there was none."""
    backend.answers[NUMBER] = meant(number)
    said = await fact("faq_transfer_number", language, phone_number="+13165550101")

    assert said == text


async def test_an_unused_number_can_be_moved_at_once(backend: BackendDouble) -> None:
    """A button begins the job with the number known."""
    backend.answers[NUMBER] = meant(FRONT_DESK)
    said = await answer(ActionOwnFacts(), "faq_transfer_number", phone_number="+13165550101")

    assert said["buttons"] == [
        {"title": "Move (316) 555-0101", "payload": '/transfer_number{"number": "num_1"}'}
    ]


@pytest.mark.parametrize(
    "intent", ["faq_text_back_after_archive", "faq_unsolicited_without_campaign"]
)
@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (
            FRONT_DESK,
            "en",
            "No campaign is active on (316) 555-0101, so its own setting decides: the assistant "
            "answers, and what needs a person goes to the inbox “Financial Aid inbox”.",
        ),
        (
            WELCOME,
            "en",
            "On (316) 555-0102 the campaign “Fall visit” decides as long as it is active. After "
            "that the number's own setting does: texts go to the inbox “Admissions inbox”, where "
            "a person answers.",
        ),
        (
            WELCOME,
            "es",
            "En el (316) 555-0102 decide la campaña “Fall visit” mientras esté activa. Después "
            "decide la configuración del propio número: los mensajes van a la bandeja “Admissions "
            "inbox”, donde contesta una persona.",
        ),
        (
            SINGLE,
            "en",
            "That holds for reusable numbers. (620) 555-0104 is a single-use number: once its "
            "campaign is archived it goes back to the carrier, and texts to it no longer reach "
            "your school.",
        ),
        (
            ORDERING,
            "es",
            "El (316) 555-0101 no está en servicio: se está comprando y el operador aún no lo ha "
            "confirmado.",
        ),
    ],
)
async def test_what_happens_to_texts_without_a_campaign(
    backend: BackendDouble, number: dict[str, Any], language: str, text: str, intent: str
) -> None:
    """Its own setting decides, once no campaign does; a single-use number is gone."""
    backend.answers[NUMBER] = meant(number)

    assert await fact(intent, language, phone_number="+13165550101") == text


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (
            FRONT_DESK,
            "en",
            "(316) 555-0101 is reusable: it stays with your school, for one campaign after "
            "another.",
        ),
        (
            SINGLE,
            "es",
            "El (620) 555-0104 es de un solo uso: cuando su campaña se archive, su escuela ya no "
            "podrá usarlo.",
        ),
        (RELEASING, "en", "(316) 555-0101 isn't in service: it is on its way back to the carrier."),
    ],
)
async def test_whose_a_number_is(
    backend: BackendDouble, number: dict[str, Any], language: str, text: str
) -> None:
    """A reusable number stays; a single-use one does not."""
    backend.answers[NUMBER] = meant(number)

    assert await fact("faq_another_school", language, phone_number="+13165550101") == text


async def test_another_school_without_a_number_asks_nothing(backend: BackendDouble) -> None:
    """There is no fact to look up."""
    said = await fact("faq_another_school")

    assert (said, backend.asked) == (None, [])


@pytest.mark.parametrize(
    "intent",
    ["faq_transfer_number", "faq_text_back_after_archive", "faq_unsolicited_without_campaign"],
)
async def test_the_only_reusable_number_is_meant(backend: BackendDouble, intent: str) -> None:
    """Nobody has to name the only one; a single-use number is no rival to it."""
    backend.answers[NUMBERS] = listed(FRONT_DESK, SINGLE)

    assert "(316) 555-0101" in (await fact(intent) or "")


@pytest.mark.parametrize("intent", ["faq_provisioned_count", "faq_same_number_all_campaigns"])
@pytest.mark.parametrize(
    "numbers", [listed(*[FRONT_DESK] * 6), listed(FRONT_DESK, more=1), listed(SINGLE, more=2)]
)
async def test_of_many_numbers_none_is_spoken_of(
    backend: BackendDouble, intent: str, numbers: dict[str, Any]
) -> None:
    """The answer stays short."""
    backend.answers[NUMBERS] = numbers
    backend.answers[QUOTA] = b"no"

    assert await fact(intent) is None


@pytest.mark.parametrize(
    "intent",
    ["faq_transfer_number", "faq_text_back_after_archive", "faq_unsolicited_without_campaign"],
)
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I can tell you exactly for one of your numbers; choose it here"),
        ("es", "De uno de sus números puedo decírselo con exactitud; elíjalo aquí"),
    ],
)
async def test_where_several_numbers_fit_they_are_offered(
    backend: BackendDouble, intent: str, language: str, text: str
) -> None:
    """The reusable ones in service, six at the most; a button asks the same of one."""
    backend.answers[NUMBERS] = listed(SINGLE, RELEASING, *[FRONT_DESK] * 7, more=3)
    said = await answer(ActionOwnFacts(), intent, language)
    button = {"title": "(316) 555-0101 Front desk", "payload": f'/{intent}{{"number": "num_1"}}'}

    assert said["text"].startswith(text)
    assert said["buttons"] == [button] * 6


@pytest.mark.parametrize("intent", ["faq_transfer_number", "faq_another_school"])
@pytest.mark.parametrize(
    ("language", "words", "office", "asked"),
    [
        ("en", "Can I transfer Admissions' number?", "Admissions", "Admissions"),
        ("en", "Can I transfer the Registrar texts number?", "Registrar", "Registrar texts"),
        ("en", "Can I transfer the welcome line?", "?", "welcome"),
        ("en", "What about the number for Student Life?", "Student Life", "Student Life"),
        ("en", 'Can I transfer "Welcome line"?', "?", "Welcome line"),
        ("en", "Can I transfer the number ending in 0102?", "?", "0102"),
        ("es", "¿Puedo transferir el número de Admisiones?", "Admisiones", "Admisiones"),
        ("es", "¿Puedo transferir la línea Welcome ahora?", "?", "Welcome"),
    ],
)
async def test_a_number_is_known_by_name_or_office(
    backend: BackendDouble, intent: str, language: str, words: str, office: str, asked: str
) -> None:
    """The backend is asked with the words that stand where a number's name does."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, WELCOME), NUMBER: meant(WELCOME)}
    said = await fact(intent, language, words=words, office=office)

    assert "(316) 555-0102" in (said or "")
    assert backend.sent[-1] == (NUMBER, {"said": asked})


async def test_words_that_name_no_number_are_not_blamed(backend: BackendDouble) -> None:
    """What only stood where a name does is passed over, and numbers are offered."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, WELCOME), NUMBER: meant(None)}
    said = await answer(ActionOwnFacts(), "faq_transfer_number", words="Can I move a pink number?")

    assert [button["title"] for button in said["buttons"]] == [
        "(316) 555-0101 Front desk",
        "(316) 555-0102 Welcome line",
    ]


async def test_a_campaign_says_which_number(backend: BackendDouble) -> None:
    """The number that an active campaign uses is meant by the campaign's name, in any case."""
    backend.answers[NUMBERS] = listed(FRONT_DESK, WELCOME, SINGLE)
    said = await fact(
        "faq_text_back_after_archive",
        words="Can students text back after I archive orientation?",
    )

    assert said is not None and said.startswith("That holds for reusable numbers. (620) 555-0104")


@pytest.mark.parametrize(
    "intent",
    [
        "faq_transfer_number",
        "faq_text_back_after_archive",
        "faq_unsolicited_without_campaign",
        "faq_another_school",
    ],
)
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I don't see (316) 555-0199 among the numbers you may see."),
        ("es", "No veo el (316) 555-0199 entre los números que usted puede ver."),
    ],
)
async def test_no_fact_about_a_number_that_is_not_seen(
    backend: BackendDouble, intent: str, language: str, text: str
) -> None:
    """It is the same sentence whichever fact was wanted, and whether the number is there or not."""
    backend.answers[NUMBER] = meant(None)

    assert await fact(intent, language, phone_number="+13165550199") == text


async def test_the_end_of_several_numbers_is_asked_about(backend: BackendDouble) -> None:
    """It would be wrong to say that none is seen."""
    backend.answers[NUMBER] = meant(
        None, {"value": "num_1", "name": "One"}, {"value": "num_2", "name": "Two"}
    )
    said = await answer(ActionOwnFacts(), "faq_transfer_number", phone_number="5550101")

    assert [button["payload"] for button in said["buttons"]] == [
        '/faq_transfer_number{"number": "num_1"}',
        '/faq_transfer_number{"number": "num_2"}',
    ]


async def test_a_campaign_that_is_not_listed_may_lend_its_number_its_name(
    backend: BackendDouble,
) -> None:
    """A list ends after some numbers; the backend finds a single-use one by its campaign's name."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, more=30), NUMBER: meant(SINGLE)}
    words = "Can students text back after I archive Orientation?"
    said = await fact("faq_text_back_after_archive", words=words)

    assert backend.sent[-1] == (NUMBER, {"said": "Orientation"})
    assert "(620) 555-0104" in (said or "")


# --- the number in talk


@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (ActionListNumbers(), "list_numbers"),
        (ActionWhoAnswers(), "check_who_answers"),
        (ActionOwnFacts(), "faq_transfer_number"),
        (ActionOwnFacts(), "faq_text_back_after_archive"),
        (ActionOwnFacts(), "faq_another_school"),
    ],
)
@pytest.mark.parametrize(
    ("found", "kept"),
    [(meant(FRONT_DESK), [("number_in_talk", "num_1")]), (meant(None), []), ((403, {}), [])],
)
async def test_the_number_that_was_spoken_of_is_kept(
    backend: BackendDouble, action: Any, intent: str, found: Any, kept: list[Any]
) -> None:
    """Its id and no more, and only of one that the backend let its asker see."""
    backend.answers[NUMBER] = found
    ours, _ = heard(intent, phone_number="+13165550101")
    events = await action.run(CollectingDispatcher(), ours, {})

    assert [(event["name"], event["value"]) for event in events] == kept


@pytest.mark.parametrize(
    "words",
    [
        *("Can I transfer it?", "Can I transfer this number?", "is it still unused?"),
        *("and that one?", "who answers its texts?", "¿puedo transferirlo?", "pásalo ya"),
        *("¿Lo puedo transferir?", "¿puedo mover ese número?", "who answers this line"),
    ],
)
@pytest.mark.parametrize(
    ("action", "intent"),
    [
        (ActionOwnFacts(), "faq_transfer_number"),
        (ActionWhoAnswers(), "check_who_answers"),
        (ActionListNumbers(), "list_numbers"),
    ],
)
async def test_it_is_the_number_spoken_of_last(
    backend: BackendDouble, action: Any, intent: str, words: str
) -> None:
    """The backend is asked again, with its id."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, WELCOME), NUMBER: meant(FRONT_DESK)}
    said = await answer(action, intent, words=words, slots={"number_in_talk": "num_1"})

    assert backend.sent == [(NUMBER, {"said": "num_1"})]
    assert "(316) 555-0101" in said["text"]


@pytest.mark.parametrize(
    ("words", "office"),
    [
        ("Is it possible to move a number?", "?"),
        ("Can I move a number to another office?", "?"),
        ("Can I move the Admissions number when it is archived?", "Admissions"),
    ],
)
async def test_another_number_is_not_the_one_in_talk(
    backend: BackendDouble, words: str, office: str
) -> None:
    """Nor is "it" where it stands for something else, or a number is named."""
    backend.answers |= {NUMBERS: listed(FRONT_DESK, WELCOME), NUMBER: meant(WELCOME)}
    slots = {"number_in_talk": "num_1"}
    await fact("faq_transfer_number", words=words, office=office, slots=slots)

    assert (NUMBER, {"said": "num_1"}) not in backend.sent


async def test_it_is_the_number_of_the_job_in_hand(backend: BackendDouble) -> None:
    """What is being done is nearer than what was spoken of before."""
    backend.answers[NUMBER] = meant(WELCOME)
    job = {"name": "transfer_number", "said": {"number": "num_2"}}
    slots = {"number_in_talk": "num_1", "job": job}
    await answer(ActionWhoAnswers(), "check_who_answers", words="who answers it?", slots=slots)

    assert backend.sent == [(NUMBER, {"said": "num_2"})]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "Reusable numbers you have now:\n• (316) 555-0101 “Front desk”, Financial Aid\n"
            "• (316) 555-0102 “Welcome line”, Admissions",
        ),
        (
            "es",
            "Números reutilizables que tiene ahora:\n• (316) 555-0101 “Front desk”, Financial Aid\n"
            "• (316) 555-0102 “Welcome line”, Admissions",
        ),
    ],
)
async def test_the_reusable_numbers_are_named(
    backend: BackendDouble, language: str, text: str
) -> None:
    """Those that any campaign can use; what is on its way back is not among them."""
    backend.answers[NUMBERS] = listed(FRONT_DESK, SINGLE, WELCOME, RELEASING)

    assert await fact("faq_same_number_all_campaigns", language) == text


@pytest.mark.parametrize("language", ["en", "es"])
async def test_who_has_no_reusable_number_can_create_one(
    backend: BackendDouble, language: str
) -> None:
    """A button begins the job."""
    backend.answers[NUMBERS] = listed(SINGLE)
    said = await answer(ActionOwnFacts(), "faq_same_number_all_campaigns", language)

    assert [button["payload"] for button in said["buttons"]] == ["/create_reusable_number"]


# --- nothing to those who may not, and nothing that breaks an answer


@pytest.mark.parametrize("intent", FACTS)
@pytest.mark.parametrize(
    ("status", "content"),
    [(403, {"code": "not_allowed", "detail": "No."}), (401, {"code": "turn_closed"}), (500, b"")],
)
async def test_an_answer_stands_alone_without_its_fact(
    backend: BackendDouble, intent: str, status: int, content: Any
) -> None:
    """A refusal and a fault of the backend are no part of an FAQ answer."""
    backend.status, backend.content = status, content

    assert await fact(intent, phone_number="+13165550101") is None


async def test_an_answer_stands_alone_when_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """No backend at all: no fact."""
    monkeypatch.setenv("INTERNAL_URL", "http://127.0.0.1:9")

    assert await fact("faq_provisioned_count") is None


@pytest.mark.parametrize("intent", FACTS)
async def test_a_student_gets_no_fact(backend: BackendDouble, intent: str) -> None:
    """Nothing is said and nothing is asked."""
    named = {"phone_number": "+13165550101"}
    said = await answers(ActionOwnFacts(), intent, "en", "student", **named)

    assert (said, backend.asked) == ([], [])


@pytest.mark.parametrize("action", [ActionListNumbers(), ActionWhoAnswers()])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_student_who_asks_for_numbers_reaches_a_person(
    backend: BackendDouble, action: Any, language: str
) -> None:
    """Nothing is asked of the backend."""
    ours, theirs = heard("list_numbers", language, "student", phone_number="+13165550101")
    dispatcher = CollectingDispatcher()
    await action.run(dispatcher, ours, {})
    worded = await _PICKER.generate(dispatcher.messages[0]["response"], theirs, "backend")

    assert worded is not None and worded["metadata"]["hand_off"] is True
    assert backend.asked == []


@pytest.mark.parametrize("action", [ActionListNumbers(), ActionWhoAnswers()])
@pytest.mark.parametrize(
    ("status", "content", "text"),
    [
        (403, {"code": "not_allowed", "detail": "Only staff can see this."}, "Sorry, I can't show"),
        (401, {"code": "turn_closed"}, "That question has waited too long"),
        (503, {}, "I couldn't reach the number desk"),
    ],
)
async def test_what_could_not_be_looked_up_is_said(
    backend: BackendDouble, action: Any, status: int, content: Any, text: str
) -> None:
    """In words; what may work later has a button that asks it again."""
    backend.status, backend.content = status, content
    said = await answer(action, "check_who_answers", number="num_1")
    again = [button["payload"] for button in said["buttons"]]

    assert said["text"].startswith(text)
    assert again == ([] if status == 403 else ['/check_who_answers{"number": "num_1"}'])


async def test_what_failed_has_a_reference(backend: BackendDouble) -> None:
    """The message's id, where the message says it; without one the sentence does without."""
    ours, theirs = heard("list_numbers")
    backend.status = 500
    dispatcher = CollectingDispatcher()
    await ActionListNumbers().run(dispatcher, ours, {})
    name = dispatcher.messages[0]["response"]
    without = await _PICKER.generate(name, theirs, "backend")
    theirs.latest_message.metadata["message_id"] = "msg_7"
    with_one = await _PICKER.generate(name, theirs, "backend")

    assert without is not None and "reference" not in without["text"]
    assert with_one is not None and with_one["text"].endswith("this reference: msg_7.")
