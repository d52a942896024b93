"""The rules, without anything around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.consent import (
    Consent,
    ConsentKind,
    ConsentScope,
    Keyword,
    is_opted_out,
    keyword,
)
from backend.domain.conversations import (
    Answerer,
    Reason,
    Responder,
    is_too_late_for_assistant,
    steps,
    who_answers,
)
from backend.domain.crisis import is_crisis
from backend.domain.errors import InvalidRequest, NotAllowed
from backend.domain.messages import RANK, moves_forward
from backend.domain.phone_numbers import hidden, spoken, to_e164
from backend.domain.plain_yes import is_plain_yes
from backend.domain.sms import frugal, segments
from backend.domain.staff import Right, Role, has_right, require
from backend.domain.words import clean, folded

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("ñ", "GSM-7", 1, 1),
        ("á" * 70, "UCS-2", 70, 1),
        ("á" * 71, "UCS-2", 71, 2),
        ("á" * 134, "UCS-2", 134, 2),
        ("🎓", "UCS-2", 2, 1),
        ("don’t", "UCS-2", 5, 1),
    ],
)
def test_segments(text: str, encoding: str, units: int, count: int) -> None:
    """Lengths at the edges count as Twilio counts them."""
    counted = segments(text)

    assert (counted.encoding, counted.units, counted.count) == (encoding, units, count)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("á" * 134, "á" * 134),
        ("á" * 135, "a" * 135),
        ("ñ" * 300, "ñ" * 300),
        ("don’t " + "x" * 140, "don't " + "x" * 140),
        ("🎓" * 70, "🎓" * 70),
    ],
)
def test_accents_give_way_before_a_third_segment(text: str, expected: str) -> None:
    """A text of more than two segments is made plain if that helps, and never otherwise."""
    assert frugal(text) == expected


@pytest.mark.parametrize(
    ("text", "opted_out", "expected"),
    [
        ("STOP", False, Keyword.STOP),
        (" stop. ", False, Keyword.STOP),
        ("Stop!!! 🛑", False, Keyword.STOP),
        ("opt-out", False, Keyword.STOP),
        ("CANCEL", False, Keyword.STOP),
        ("s\u200btop", False, Keyword.STOP),
        ("ＳＴＯＰ", False, Keyword.STOP),
        ("baja", False, Keyword.STOP),
        ("start", False, Keyword.START),
        ("yes", True, Keyword.START),
        ("sí", True, Keyword.START),
        ("yes", False, None),
        ("help", False, Keyword.HELP),
        ("help me", False, None),
        ("We have got to STOP this bill", False, None),
        ("can I cancel my class?", False, None),
        ("", False, None),
    ],
)
def test_keyword_is_the_whole_message(text: str, opted_out: bool, expected: Keyword | None) -> None:
    """A keyword counts alone, however it is dressed, and never inside a sentence."""
    assert keyword(text, is_opted_out=opted_out) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I want to kill myself", True),
        ("im gonna kill my self tonight", True),
        ("i don't want to live anymore", True),
        ("thinking about SUICIDE", True),
        ("no quiero vivir", True),
        ("quiero hacerme daño", True),
        ("me quiero matar", True),
        ("pienso en el suicidio", True),
        ("se quiere suicidar", True),
        ("I keep thinking of taking my own life", True),
        ("I want to end it", True),
        ("i dont wanna live anymore", True),
        ("I’d rather be dead", True),
        ("I don't want to be here anymore", True),
        ("kms", True),
        ("killmyself", True),
        ("I took all the pills", True),
        ("my roommate is going to kill herself", True),
        ("someone has a gun on campus", True),
        ("I want to end my enrollment", False),
        ("when does my class end", False),
        ("how do I cut down on fees", False),
        ("this homework is killing me", False),
        ("when is the deadline to apply", False),
        ("I live off campus", False),
    ],
)
def test_crisis_words(text: str, expected: bool) -> None:
    """Words of suicide and self-harm are seen anywhere, in both languages."""
    assert is_crisis(text) is expected


def consent(kind: ConsentKind, scope: ConsentScope, scope_id: int, minute: int) -> Consent:
    """A consent event some minutes after noon."""
    return Consent(kind, scope, scope_id, NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], False),
        ([consent(ConsentKind.OPT_OUT, ConsentScope.NUMBER, 1, 0)], True),
        ([consent(ConsentKind.OPT_OUT, ConsentScope.NUMBER, 2, 0)], False),
        ([consent(ConsentKind.OPT_OUT, ConsentScope.INSTITUTION, 3, 0)], True),
        (
            [
                consent(ConsentKind.OPT_IN, ConsentScope.NUMBER, 1, 5),
                consent(ConsentKind.OPT_OUT, ConsentScope.NUMBER, 1, 0),
            ],
            False,
        ),
        (
            [
                consent(ConsentKind.OPT_OUT, ConsentScope.OFFICE, 2, 0),
                consent(ConsentKind.OPT_IN, ConsentScope.NUMBER, 1, 5),
            ],
            True,
        ),
    ],
)
def test_the_latest_word_of_each_scope_counts(events: list[Consent], expected: bool) -> None:
    """Scopes are apart; one opt-out that reaches the number is enough."""
    assert is_opted_out(events, number_id=1, office_id=2, institution_id=3) is expected


def test_campaign_wins_while_active() -> None:
    """FAQ: while a campaign is active its behaviour wins, then the number's own returns."""

    def decide(campaign: Responder | None) -> Answerer:
        return who_answers(
            opted_out=False,
            with_a_person=False,
            has_words=True,
            campaign=campaign,
            unsolicited=Responder.INBOX,
        )

    assert decide(Responder.ASSISTANT) == Answerer(Responder.ASSISTANT, Reason.CAMPAIGN)
    assert decide(None) == Answerer(Responder.INBOX, Reason.UNSOLICITED)


@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, *Responder]),
    st.sampled_from(list(Responder)),
)
def test_assistant_never_answers_past_a_person_or_an_opt_out(
    opted_out: bool,
    with_a_person: bool,
    has_words: bool,
    campaign: Responder | None,
    unsolicited: Responder,
) -> None:
    """In every combination an opt-out or a person silences the assistant."""
    answerer = who_answers(
        opted_out=opted_out,
        with_a_person=with_a_person,
        has_words=has_words,
        campaign=campaign,
        unsolicited=unsolicited,
    )

    assert answerer.responder is Responder.INBOX or not (opted_out or with_a_person)


def test_ten_minutes_are_enough_waiting() -> None:
    """Ten minutes to the second are still in time."""
    assert not is_too_late_for_assistant(NOON, NOON + timedelta(minutes=10))
    assert is_too_late_for_assistant(NOON, NOON + timedelta(minutes=10, seconds=1))


def test_only_administrators_see_contract_limits() -> None:
    """FAQ: only Administrators have access to the contract limits."""
    assert [role for role in Role if has_right(role, Right.SEE_CONTRACT_LIMITS)] == [
        Role.ADMINISTRATOR
    ]
    with pytest.raises(NotAllowed, match="Only Administrators"):
        require(Role.AGENT, Right.SEE_CONTRACT_LIMITS)


@given(st.sampled_from(sorted(RANK)), st.sampled_from(sorted(RANK)))
def test_no_two_statuses_move_back_and_forth(one: str, other: str) -> None:
    """Of two statuses at most one follows the other."""
    assert not (moves_forward(one, other) and moves_forward(other, one))


def test_unknown_status_changes_nothing() -> None:
    """A word that is no status of Twilio's is ignored."""
    assert not moves_forward("queued", "teleported")


@pytest.mark.parametrize("written", ["316-555-0123", "(316) 555 0123", "+1 316.555.0123"])
def test_phone_numbers_in_any_spelling(written: str) -> None:
    """However it is written it is one number."""
    assert to_e164(written) == "+13165550123"


def test_phone_number_for_people_and_for_logs() -> None:
    """People get it spelled, logs get the last digits only."""
    assert spoken("+13165550123") == "(316) 555-0123"
    assert hidden("+13165550123") == "…23"


@pytest.mark.parametrize("written", ["(316) 555-0123 ext. 5", "3165550123x12"])
def test_an_extension_is_not_left_out(written: str) -> None:
    """The text would reach somebody else."""
    with pytest.raises(InvalidRequest, match="extension"):
        to_e164(written)


@pytest.mark.parametrize("written", ["", "12", "hello", "+1" + "9" * 30, "555-0123"])
def test_what_is_no_phone_number_says_so(written: str) -> None:
    """The fault names its field and gives an example."""
    with pytest.raises(InvalidRequest, match="Give a phone number"):
        to_e164(written)


@given(st.text())
def test_cleaning_is_final_and_folding_never_fails(text: str) -> None:
    """Any text at all can be cleaned once and compared."""
    assert clean(clean(text)) == clean(text)
    assert "\0" not in clean(text)
    assert folded(text) == folded(text).strip()


@given(st.none() | st.sampled_from(Responder), st.sampled_from(Responder))
def test_the_steps_tell_what_is_decided(campaign: Responder | None, unsolicited: Responder) -> None:
    """Exactly one step decides, and names whom `who_answers` names."""
    told = steps(campaign=campaign, campaign_name="Spring aid", unsolicited=unsolicited)
    decided = who_answers(
        opted_out=False,
        with_a_person=False,
        has_words=True,
        campaign=campaign,
        unsolicited=unsolicited,
    )
    (deciding,) = (step for step in told if step.decides)

    assert deciding.found.endswith(f": {decided.responder}.")


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "Yes!", "YES PLEASE", "yep", "ok", "okay, go ahead", "sure, do it", "confirm"),
        *("I confirm", "go ahead please", "buy it", "yes, move it", "sounds good", "yes yes yes"),
        *("sí", "Sí, por favor", "claro que sí".replace(" que", ""), "adelante", "de acuerdo"),
        *("confirmo", "hágalo", "sí, está bien", "dale", "👍", "✅", "that's fine", "of course"),
    ],
)
def test_a_plain_yes(text: str) -> None:
    """Yes in its usual words, and politeness."""
    assert is_plain_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        *("yes but keep the number", "is that ok?", "I confirm that you should not do it"),
        *("yes to 0101", "yes to the inbox", "ok wait", "vale, espera", "alright stop"),
        *("what if I say yes?", "should I confirm?", "wait, is that correct", "yes, on Monday"),
        *("sure, no", "yes yes no", "keep it", "do that again", "confirm what?", "yes or no?"),
        *("right?", "sure?", "do it?", "¿está bien?", "looks good, do it tomorrow", "ok hold on"),
        *("unconfirm", "perhaps yes", "yeah right but", "no yes", "correct the name", "", "   "),
        *("if you think so", "yes when it is over", "no", "the plan", "it", "now", "please"),
        *(
            "sí, pero no ese",
            "si no hay otro",
            "yes " * 500 + "no",
            "yes for 316",
            "change it to 620",
        ),
        *("yes except the office", "ok only in 620", "move it to Housing", "да"),
    ],
)
def test_no_plain_yes(text: str) -> None:
    """Questions, conditions, corrections and anything else beside."""
    assert not is_plain_yes(text)
