"""Which variation of an answer a person gets, and what is asked back."""

from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import create_bot_utterance
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.answers import AnswerPicker, read_sayings

STAFF = {
    "audience": "staff",
    "channel": "web",
    "language": "en",
    "institution": "demo",
    "institution_name": "Demo State University",
    "office": "financial-aid",
    "office_name": "Financial Aid",
    "turn_token": "secret-token",
}
STUDENT = {**STAFF, "audience": "student", "channel": "sms"}


def variation(text: str, audience: str = "staff", language: str = "en", **more: Any) -> Any:
    """One variation as it stands in data/answers."""
    return {"text": text, "metadata": {"audience": audience, "language": language, **more}}


RESPONSES = {
    "utter_hours": [
        variation("plain"),
        variation("sencillo", language="es"),
        variation("of the institution", institution="demo"),
        variation("of the office", office="financial-aid"),
        variation("of another office", office="housing"),
        variation("on slack", channel="slack"),
    ],
    "utter_named": [variation("{office_name} at {institution_name}: {value}", "everyone")],
    "utter_token": [variation("{turn_token}")],
    "utter_linked": [
        {
            **variation("All.", link={"title": "{count} numbers", "url": "{url}"}),
            "buttons": [{"title": "Move {spoken}", "payload": '/move{"number": "{number}"}'}],
        },
        variation("None."),
    ],
    "utter_let_go": [variation("I let go of “{choice}”."), variation("Let go.")],
    "utter_second_request": [
        {
            **variation("Something else too:"),
            "buttons": [{"title": "{choice}", "payload": "{payload}"}],
        }
    ],
    "utter_offering": [
        {
            **variation("What next?"),
            "buttons": [
                {"title": intent, "payload": f"/{intent}{named}"}
                for intent, named in (
                    ("create_reusable_number", ""),
                    ("transfer_number", '{"number": "num_1"}'),
                    ("change_unsolicited_response", ""),
                    ("archive_campaign", ""),
                    ("check_quota", ""),
                    ("list_numbers", ""),
                    ("affirm", '{"plan": "pln_1"}'),
                )
            ],
        }
    ],
    "utter_spanish_only": [variation("sólo", language="es")],
    "utter_pass_to_person": [
        variation("A person will see this.", "student", hand_off=True),
        variation("Una persona lo verá.", "student", "es", hand_off=True),
    ],
    "utter_unsure": [variation("I'm not sure."), variation("Not sure.", "student")],
    "utter_did_you_mean": [
        variation("Which of these?"),
        variation("¿Cuál de estas?", language="es"),
        variation("What do you mean?", "student"),
        variation("¿Qué necesita?", "student", "es"),
    ],
    "utter_affirm": [variation("Nothing waits.")],
    "utter_choose": [variation("Which one?")],
    "utter_choice_hours": [
        variation("Office hours"),
        variation("El horario", language="es"),
        variation("hours", "student"),
        variation("horario", "student", "es"),
    ],
    "utter_choice_place": [
        variation("The place"),
        variation("El lugar", language="es"),
        variation("address", "student"),
        variation("dirección", "student", "es"),
    ],
    "utter_choice_quota": [variation("Limits"), variation("Límites", language="es")],
    "utter_choice_human_handoff": [
        variation("A person"),
        variation("a person", "student"),
        variation("una persona", "student", "es"),
    ],
    "utter_choice_named": [variation("Hours of {office_name}")],
    "utter_choice_fafsa": [variation("FAFSA", "everyone", office="housing")],
}


async def say(
    name: str,
    metadata: dict[str, Any] | None,
    language: str | None = None,
    choices: list[str] | None = None,
    before: list[Event] | None = None,
    understood: dict[str, Any] | None = None,
    answer_in: str | None = None,
    **values: Any,
) -> dict[str, Any] | None:
    """What the picker says to a message with this metadata, understood as in that language."""
    picker = AnswerPicker(None, Domain.from_dict({"responses": RESPONSES}))
    parsed = {"language": language, "choices": choices, **(understood or {})}
    heard = UserUttered(
        "?", parsed.get("intent"), parsed.get("entities"), parse_data=parsed, metadata=metadata
    )
    tracker = DialogueStateTracker.from_events("cnv_1", [*(before or ()), heard])
    if answer_in:
        values["language"] = answer_in
    answer: dict[str, Any] | None = await picker.generate(name, tracker, "backend", **values)
    return answer


async def ask_back(
    metadata: dict[str, Any],
    language: str,
    choices: list[str] | None,
    before: list[Event] | None = None,
) -> dict[str, Any]:
    """What is said to somebody who was not understood for sure."""
    answer = await say("utter_unsure", metadata, language, choices, before)
    assert answer is not None
    return answer


@pytest.mark.parametrize(
    ("metadata", "language", "text"),
    [
        (STAFF, "en", "of the office"),
        (STAFF, "es", "sencillo"),
        ({**STAFF, "office": "bursar"}, "en", "of the institution"),
        ({**STAFF, "office": None, "institution": "other"}, "en", "plain"),
        ({**STAFF, "office": None, "institution": "other", "channel": "slack"}, "en", "on slack"),
        ({**STAFF, "language": "es"}, None, "sencillo"),
        (STUDENT, "en", "A person will see this."),
        (STUDENT, "es", "Una persona lo verá."),
    ],
)
async def test_the_closest_variation_is_said(
    metadata: dict[str, Any], language: str | None, text: str
) -> None:
    """Audience decides, then the question's language, then office, institution, channel."""
    answer = await say("utter_hours", metadata, language)

    assert answer is not None
    assert answer["text"] == text


@pytest.mark.parametrize("metadata", [None, {}, {"audience": "boss"}, {"audience": None}])
async def test_without_an_audience_nothing_is_said(metadata: dict[str, Any] | None) -> None:
    """Nobody known asks: silence, not a guess."""
    answer = await say("utter_hours", metadata)

    assert answer is None


async def test_staff_without_a_variation_are_told_so() -> None:
    """An answer with nothing for staff becomes "I'm not sure", never silence."""
    answer = await say("utter_spanish_only", STAFF, "en")

    assert answer is not None
    assert answer["text"] == "I'm not sure."


async def test_placeholders_are_filled() -> None:
    """Names come from the metadata, values from the action."""
    answer = await say("utter_named", STUDENT, value="8 to 5")

    assert answer is not None
    assert answer["text"] == "Financial Aid at Demo State University: 8 to 5"


async def test_buttons_and_links_have_placeholders_too() -> None:
    """A button can carry what an action has found."""
    values = {"count": 2, "url": "https://desk.example", "spoken": "555-0101", "number": "num_1"}
    answer = await say("utter_linked", STAFF, "en", **values)

    assert answer is not None
    assert answer["buttons"] == [{"title": "Move 555-0101", "payload": '/move{"number": "num_1"}'}]
    assert answer["metadata"]["link"] == {"title": "2 numbers", "url": "https://desk.example"}


async def test_a_button_that_can_not_be_filled_is_not_offered() -> None:
    """Neither is the variation that it belongs to."""
    answer = await say("utter_linked", STAFF, "en", count=2, url="x", spoken="y")

    assert answer is not None
    assert answer["text"] == "None."


@pytest.mark.parametrize(
    ("intent", "text"),
    [("hours", "I let go of “Office hours”."), ("unheard_of", "Let go."), ("{choice}", "Let go.")],
)
async def test_an_answer_can_name_an_intent_as_it_is_offered(intent: str, text: str) -> None:
    """``choice_of`` an intent is filled in as what the person would be offered."""
    answer = await say("utter_let_go", STAFF, choice_of=intent)

    assert answer is not None
    assert answer["text"] == text


async def test_a_choice_keeps_what_the_message_names() -> None:
    """Whoever presses it need not say it again."""
    named = [{"entity": "office", "value": "Housing"}, {"entity": "area_code", "value": "620"}]
    understood = {"choices": ["hours", "quota"], "entities": named}
    answer = await say("utter_unsure", STAFF, "en", understood=understood)

    assert answer is not None
    assert [button["payload"] for button in answer["buttons"]] == [
        '/hours{"office": "Housing", "area_code": "620"}',
        '/quota{"office": "Housing", "area_code": "620"}',
    ]


async def test_an_action_may_name_the_language() -> None:
    """It knows when the words that it was answered with tell nothing about theirs."""
    answer = await say("utter_hours", STAFF, "en", answer_in="es")

    assert answer is not None
    assert answer["text"] == "sencillo"


ALSO = {
    "intent": "quota",
    "entities": [
        {"entity": "office", "value": "Housing"},
        {"entity": "office", "value": "Registrar"},
        {"entity": "city", "value": 'Wich"ita'},
    ],
}


async def test_a_second_request_is_offered_with_the_answer_to_the_first() -> None:
    """As a last button that says what it named: of each kind the first."""
    understood = {"intent": {"name": "hours"}, "also": ALSO}
    answer = await say("utter_hours", STAFF, understood=understood)

    assert answer is not None
    assert answer["text"] == "of the office\n\nSomething else too:"
    assert answer["buttons"] == [
        {"title": "Limits", "payload": '/quota{"office": "Housing", "city": "Wich\\"ita"}'}
    ]


@pytest.mark.parametrize(
    ("rights", "offered"),
    [
        ({"rights": []}, 0b0000011),
        ({"rights": ["numbers"]}, 0b1110011),
        ({"rights": ["numbers", "campaigns"]}, 0b1111011),
        ({"rights": ["limits"]}, 0b0000111),
        ({"rights": ["numbers", "campaigns", "limits"]}, 0b1111111),
        ({"rights": None}, 0b1111111),
        ({}, 0b1111111),
    ],
)
async def test_a_button_that_would_be_refused_is_not_offered(
    rights: dict[str, Any], offered: int
) -> None:
    """Of the seven, in their order, those that begin what the person has the right to."""
    answer = await say("utter_offering", {**STAFF, **rights})
    every = RESPONSES["utter_offering"][0]["buttons"]
    shown = [one for at, one in enumerate(every) if offered & (1 << (6 - at))]

    assert answer["buttons"] == shown


async def test_what_was_asked_for_is_offered_all_the_same() -> None:
    """A second request of somebody without the right to it gets the reason, not silence."""
    metadata = {**STAFF, "rights": []}
    button = {"choice": "Move a number", "payload": "/transfer_number"}
    answer = await say("utter_second_request", metadata, **button)

    assert answer["buttons"] == [{"title": "Move a number", "payload": "/transfer_number"}]


@pytest.mark.parametrize(
    ("metadata", "name", "intent", "second"),
    [
        (STUDENT, "utter_named", "named", "quota"),
        (STAFF, "utter_hours", "other", "quota"),
        (STAFF, "utter_hours", "hours", "unheard_of"),
    ],
)
async def test_a_second_request_is_not_offered(
    metadata: dict[str, Any], name: str, intent: str, second: str
) -> None:
    """To students, by an action (it offers it itself), or without words for it."""
    also = {**ALSO, "intent": second}
    understood = {"intent": {"name": intent}, "also": also}
    answer = await say(name, metadata, understood=understood, value="8 to 5")

    assert answer is not None
    assert (answer["buttons"], "Something else" in answer["text"]) == ([], False)


async def test_braces_are_never_shown() -> None:
    """A variation with an unknown placeholder does not fit."""
    answer = await say("utter_named", {**STUDENT, "office_name": None}, value="8 to 5")

    assert answer is not None
    assert answer["text"] == "A person will see this."


async def test_the_turn_token_is_no_placeholder() -> None:
    """No answer can spell out the token."""
    answer = await say("utter_token", STAFF)

    assert answer is not None
    assert "secret-token" not in answer["text"]


@pytest.mark.parametrize(
    ("language", "text", "titles"),
    [
        ("en", "Which of these?", ["Limits", "Office hours", "The place"]),
        ("es", "¿Cuál de estas?", ["Límites", "El horario", "El lugar"]),
    ],
)
async def test_staff_are_offered_buttons(language: str, text: str, titles: list[str]) -> None:
    """A button for each intent in the ranking's order, named in the question's language."""
    asked = await ask_back(STAFF, language, ["quota", "hours", "place"])

    assert asked["text"] == text
    assert [button["title"] for button in asked["buttons"]] == titles
    assert [button["payload"] for button in asked["buttons"]] == ["/quota", "/hours", "/place"]


@pytest.mark.parametrize(
    ("language", "text", "titles"),
    [
        ("en", "What do you mean?", ["hours", "address", "a person"]),
        ("es", "¿Qué necesita?", ["horario", "dirección", "una persona"]),
    ],
)
async def test_a_student_is_offered_a_person_besides(
    language: str, text: str, titles: list[str]
) -> None:
    """Last, and once: the desk texts the buttons as numbered choices."""
    for choices in (["hours", "place"], ["human_handoff", "hours", "place"]):
        asked = await ask_back(STUDENT, language, choices)

        assert asked["text"] == text
        assert [button["title"] for button in asked["buttons"]] == titles
        assert asked["buttons"][-1]["payload"] == "/human_handoff"


async def test_what_has_no_name_for_the_reader_is_not_offered() -> None:
    """Staff's intents are not named to a student, another office's to nobody."""
    student = await ask_back(STUDENT, "en", ["quota", "hours", "place"])
    staff = await ask_back(STAFF, "en", ["greet", "hours", "fafsa", "quota"])
    housing = await ask_back({**STAFF, "office": "housing"}, "en", ["hours", "fafsa"])

    assert [button["payload"] for button in student["buttons"]] == [
        "/hours", "/place", "/human_handoff"
    ]  # fmt: skip
    assert [button["payload"] for button in staff["buttons"]] == ["/hours", "/quota"]
    assert [button["title"] for button in housing["buttons"]] == ["Office hours", "FAFSA"]


@pytest.mark.parametrize("choices", [None, [], ["hours"], ["hours", "greet"], ["hours", "fafsa"]])
async def test_with_fewer_than_two_to_offer_nothing_is_asked(choices: list[str] | None) -> None:
    """One choice is no question: staff hear that the assistant isn't sure."""
    answer = await ask_back(STAFF, "en", choices)

    assert answer["text"] == "I'm not sure."
    assert answer["buttons"] == []
    assert "asked_back" not in answer["metadata"]


async def test_for_a_student_one_thing_and_a_person_are_two() -> None:
    """One thing that may be meant is offered beside a person; none is no question."""
    one = await ask_back(STUDENT, "en", ["quota", "hours"])
    none = await ask_back(STUDENT, "en", ["quota", "human_handoff"])

    assert [button["title"] for button in one["buttons"]] == ["hours", "a person"]
    assert (none["text"], "asked_back" in none["metadata"]) == ("Not sure.", False)


async def test_a_question_back_is_no_hand_off() -> None:
    """It is marked as a question, for its reader, and wakes no person."""
    asked = await ask_back(STUDENT, "es", ["hours", "place"])

    assert asked["metadata"] == {"audience": "student", "language": "es", "asked_back": True}


@pytest.mark.parametrize("metadata", [STAFF, STUDENT])
async def test_nobody_is_asked_twice_in_a_row(metadata: dict[str, Any]) -> None:
    """The mark survives in the tracker as Rasa keeps it; the next time the plain words are said,
    and after another answer one may ask again.
    """
    choices = ["hours", "place"]
    asked = create_bot_utterance(await ask_back(metadata, "en", choices))
    kept = BotUttered.from_parameters(asked.as_dict())
    second = await ask_back(metadata, "en", choices, [kept])
    told = create_bot_utterance(dict(second))
    third = await ask_back(metadata, "en", choices, [kept, told])

    assert "asked_back" not in second["metadata"]
    assert second["text"] in ("I'm not sure.", "Not sure.")
    assert third["metadata"]["asked_back"] is True


async def test_only_being_unsure_asks_back() -> None:
    """An answer to something understood is never replaced by a question."""
    answer = await say("utter_hours", STAFF, "en", ["hours", "place"])

    assert answer is not None
    assert answer["text"] == "of the office"


async def test_the_names_are_no_place_for_braces() -> None:
    """A choice that would show a placeholder nobody fills is not offered."""
    named = {**STAFF, "office": None, "office_name": None}
    answer = await say("utter_unsure", named, "en", ["named", "hours", "place"])

    assert answer is not None
    assert [button["payload"] for button in answer["buttons"]] == ["/hours", "/place"]


@pytest.mark.parametrize(
    ("last", "text"), [("es", "sencillo"), ("en", "of the office"), (None, "of the office")]
)
async def test_a_button_is_answered_in_the_conversations_language(
    last: str | None, text: str
) -> None:
    """A button and "ok" are in no language: the last answer's counts, before the person's own."""
    said = [BotUttered("?", metadata={"metadata": {"language": last}})] if last else []
    answer = await say("utter_hours", STAFF, None, before=list(said))

    assert answer is not None
    assert answer["text"] == text


def test_sayings_are_read_from_every_file(tmp_path: Path) -> None:
    """What stands under `sayings:` is found, whatever else a file holds."""
    (tmp_path / "offices").mkdir()
    (tmp_path / "offices" / "a.yml").write_text(
        "responses:\n  utter_a: []\nsayings:\n  utter_b:\n  - text: B\n"
    )
    (tmp_path / "b.yml").write_text("sayings:\n  utter_c:\n  - text: C\n")
    (tmp_path / "c.yml").write_text("nlu: []\n")

    assert read_sayings(tmp_path) == {"utter_b": [{"text": "B"}], "utter_c": [{"text": "C"}]}


def test_a_folder_without_sayings_is_a_fault(tmp_path: Path) -> None:
    """A mistyped path in endpoints.yml is told, not met with silence."""
    with pytest.raises(FileNotFoundError, match="sayings"):
        read_sayings(tmp_path / "nowhere")


async def test_a_saying_beats_a_response_of_the_same_name(tmp_path: Path) -> None:
    """The file's words are current; the model's may be older."""
    (tmp_path / "a.yml").write_text(
        "sayings:\n  utter_hours:\n  - text: now\n    metadata: {audience: staff, language: en}\n"
    )
    endpoint = EndpointConfig(sayings=str(tmp_path))
    picker = AnswerPicker(endpoint, Domain.from_dict({"responses": RESPONSES}))
    heard = UserUttered("?", parse_data={}, metadata=STAFF)
    tracker = DialogueStateTracker.from_events("cnv_1", [heard])
    answer = await picker.generate("utter_hours", tracker, "backend")

    assert answer is not None
    assert answer["text"] == "now"


async def test_yes_is_no_answer_to_a_choice() -> None:
    """After "which of these", "yes" is asked which; at any other time nothing waits for it."""
    buttons = [{"title": "The place", "payload": "/place"}]
    about = {"metadata": {"language": "en", "asked_back": True}}
    asked = BotUttered("?", {"buttons": buttons}, about)
    after, at_once = (
        await say("utter_affirm", STAFF, before=[asked]),
        await say("utter_affirm", STAFF),
    )

    assert after is not None and at_once is not None
    assert (after["text"], at_once["text"]) == ("Which one?", "Nothing waits.")
    assert (after["buttons"], at_once["buttons"]) == (buttons, [])
