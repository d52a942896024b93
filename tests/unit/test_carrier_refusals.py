"""Twilio's error numbers: what is final, what may be tried again, what may have happened."""

from __future__ import annotations

import pytest

from backend.domain.carrier_refusals import (
    ASKING,
    BUYING,
    CHANGING,
    REFUSALS,
    RELEASING,
    SENDING,
    Attempt,
    lost_answer,
    refused,
    unreachable,
)
from backend.domain.messages import RANK, SPOKEN, spoken


@pytest.mark.parametrize(
    "code",
    [
        *(21211, 21610, 21408, 21612, 21614, 30003, 30005, 30006, 30007, 30034, 20003, 20404),
        *(21619, 21620, 21623, 30002, 30004, 30008, 30019, 30022, 30023, 30027, 30032, 30033),
        *(21421, 21422, 21452, 21613, 21615, 21631, 21649, 21651, 21701, 21712, 21714),
    ],
)
def test_final_refusals_are_permanent(code: int) -> None:
    """What can never go through, or a number that can never be had, is not tried again."""
    error = refused(code)

    assert (error.permanent, error.may_have_happened, error.carrier_code) == (True, False, code)


@pytest.mark.parametrize(
    ("code", "status"), [(20429, 429), (21611, 400), (30001, 400), (None, 429), (None, 503)]
)
def test_a_busy_carrier_did_not_send(code: int | None, status: int) -> None:
    """Throttling and full queues did not process the text: it may be sent again later."""
    error = refused(code, status)

    assert (error.permanent, error.may_have_happened) == (False, False)


@pytest.mark.parametrize(("code", "status"), [(20003, 401), (None, 401), (20003, 403)])
def test_wrong_credentials_say_so(code: int | None, status: int) -> None:
    """Whoever reads the error learns that our own credentials are the fault."""
    error = refused(code, status)

    assert error.permanent
    assert "credentials" in str(error)


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_broken_carrier_may_have_sent(status: int) -> None:
    """After a server error nobody knows, so the text is not sent again blindly."""
    error = refused(None, status)

    assert (error.permanent, error.may_have_happened) == (False, True)


def test_an_unknown_refusal_names_its_number() -> None:
    """A code outside the table is permanent and can be looked up."""

    assert str(refused(21999)) == "The carrier refused the text (error 21999)."
    assert str(refused(None, 422)) == "The carrier refused the text (HTTP 422)."
    assert refused(21999).permanent


@pytest.mark.parametrize(
    ("attempt", "busy", "lost"),
    [
        (
            SENDING,
            "The carrier is busy; the text was not sent.",
            "The carrier did not answer in time; the text may have gone out.",
        ),
        (
            BUYING,
            "The carrier is busy; no number was bought.",
            "The carrier did not answer in time; the number may have been bought.",
        ),
        (
            CHANGING,
            "The carrier is busy; nothing was changed.",
            "The carrier did not answer in time; the number may have been changed.",
        ),
        (
            RELEASING,
            "The carrier is busy; the number was not given back.",
            "The carrier did not answer in time; the number may have been given back.",
        ),
        (
            ASKING,
            "The carrier is busy; try again in a moment.",
            "The carrier did not answer in time; try again in a moment.",
        ),
    ],
)
def test_the_error_speaks_of_what_was_attempted(attempt: Attempt, busy: str, lost: str) -> None:
    """Nobody who buys a number reads about a text."""

    assert str(refused(20429, 429, attempt)) == busy
    assert str(unreachable(attempt)) == busy.replace("is busy", "could not be reached")
    assert str(lost_answer(attempt)) == lost


def test_a_mere_question_never_happens() -> None:
    """It may be asked again whatever became of it."""

    assert not lost_answer(ASKING).may_have_happened
    assert not refused(None, 500, ASKING).may_have_happened
    assert refused(None, 500, BUYING).may_have_happened


def test_every_reason_is_a_sentence() -> None:
    """People read these reasons in the inbox."""

    assert all(refusal.reason.endswith(".") for refusal in REFUSALS.values())


def test_every_state_of_a_text_has_a_word() -> None:
    """Nobody reads `partially_delivered`; a state of tomorrow's is shown as it is."""
    assert set(SPOKEN) == {*RANK, "received"}
    assert spoken("partially_delivered") == "Delivered in part"
    assert spoken("newly_invented") == "Newly invented"
