"""What the inbox decides without a database: canned replies, numbers as somebody types them,
which numbers a conversation can begin from.
"""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.canned_replies import filled_in
from backend.domain.errors import Conflict
from backend.domain.phone_numbers import searched_digits
from backend.domain.provisioned_numbers import (
    HOW_USED,
    IN_SERVICE,
    NumberKind,
    NumberState,
    ProvisionedNumber,
    Use,
    require_one_to_one,
)

US_NUMBERS = st.from_regex(r"\A\+1316[2-9][0-9]{6}\Z")
SPELLINGS = (
    lambda e164: e164,
    lambda e164: e164[1:],
    lambda e164: e164[2:],
    lambda e164: f"({e164[2:5]}) {e164[5:8]}-{e164[8:]}",
    lambda e164: f"1.{e164[2:5]}.{e164[5:8]}.{e164[8:]}",
    lambda e164: f"001 {e164[2:5]} {e164[5:8]} {e164[8:]}",
    lambda e164: e164[5:],
    lambda e164: f"…{e164[-4:]}",
)


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("Hi {name}, {office} here.", "Maria", "Hi Maria, Financial Aid here."),
        ("Hi {name}, {office} here.", None, "Hi, Financial Aid here."),
        ("{name}, we got it.", None, "we got it."),
        ("{name}, we got it.", "Maria", "Maria, we got it."),
        ("Bring {form} {0} {} {name", "Maria", "Bring {form} {0} {} {name"),
        ("{name}", "{office} \\1", "{office} \\1"),
    ],
)
def test_canned_replies_are_filled_in(body: str, name: str | None, expected: str) -> None:
    """Names and offices in their places, once; what is unknown leaves no hole."""
    assert filled_in(body, name=name, office="Financial Aid") == expected


@given(e164=US_NUMBERS, spell=st.sampled_from(SPELLINGS))
def test_a_number_is_found_in_any_spelling(e164: str, spell: object) -> None:
    """However it is written, whole or in part, its digits stand in the number."""
    digits = searched_digits(spell(e164))  # type: ignore[operator]

    assert any(each in e164 for each in digits)


@given(e164=US_NUMBERS, other=US_NUMBERS)
def test_a_whole_number_finds_no_other(e164: str, other: str) -> None:
    """The person with another number is somebody else."""
    spoken = phonenumbers.format_number(
        phonenumbers.parse(other), phonenumbers.PhoneNumberFormat.NATIONAL
    )

    assert any(each in e164 for each in searched_digits(spoken)) == (e164 == other)


@pytest.mark.parametrize("written", ["", "Maria", "12", "room 316", "%_%", "()-"])
def test_what_is_no_number_is_not_sought_as_one(written: str) -> None:
    """Words with digits among them are words."""
    assert searched_digits(written) == ()


@pytest.mark.parametrize("state", NumberState)
@pytest.mark.parametrize("kind", NumberKind)
def test_only_reusable_numbers_in_service_begin_conversations(
    kind: NumberKind, state: NumberState
) -> None:
    """Every other is refused with the reason."""
    number = ProvisionedNumber(kind, state, office=1, counts_for=1)
    if kind is NumberKind.REUSABLE and state in IN_SERVICE:
        require_one_to_one(number)
        return
    with pytest.raises(Conflict) as refused:
        require_one_to_one(number)
    assert str(refused.value).endswith(".")


def test_every_use_has_its_words() -> None:
    """A number's page can say of each how it was used first."""
    assert set(HOW_USED) == set(Use)
