"""Phone numbers as text: E.164, and how people read them."""

from __future__ import annotations

import re

import phonenumbers

from backend.domain.errors import InvalidRequest, Problem


def to_e164(written: str, *, field: str = "phone_number") -> str:
    """The E.164 form of a number written in any way, US when it names no country.

    Raises `InvalidRequest` when it cannot be a phone number.
    """
    try:
        number = phonenumbers.parse(written, "US")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _is_whole(number):
        raise InvalidRequest(
            Problem(field, "invalid_number", "Give a phone number, such as +1 316 555 0123.")
        )
    if number.extension:
        fix = "An extension cannot be texted. Give a number that has none."
        raise InvalidRequest(Problem(field, "invalid_number", fix))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_whole(number: phonenumbers.PhoneNumber) -> bool:
    # Without its area code a number is "possible" to libphonenumber, but cannot be texted.
    found = phonenumbers.is_possible_number_with_reason(number)
    return bool(found == phonenumbers.ValidationResult.IS_POSSIBLE)


def searched_digits(written: str) -> tuple[str, ...]:
    """What to look for within E.164 numbers when somebody writes (a part of) one in any way:
    `(316) 555` is `316555`. Empty where there are letters or fewer than three digits.
    """
    digits = phonenumbers.normalize_digits_only(written).lstrip("0")
    if len(digits) < 3 or any(char.isalpha() for char in written):
        return ()
    try:
        whole = to_e164(written)
    except InvalidRequest:
        return (digits,)
    return (digits, whole)


def why_not_orderable(area_code: str, field: str) -> Problem | None:
    """What is wrong with an area code to order a local US number in; None when nothing is.

    Which area codes there are is libphonenumber's knowledge of the North American plan.
    """
    if not re.fullmatch("[0-9]{3}", area_code):
        return Problem(field, "invalid_area_code", "Give an area code of three digits, as in 316.")
    number = phonenumbers.parse(f"+1{area_code}2345678")
    kind = phonenumbers.number_type(number)
    region = phonenumbers.region_code_for_number(number)
    if kind == phonenumbers.PhoneNumberType.TOLL_FREE:
        fix = f"{area_code} is toll-free. Give the area code of a place in the United States."
        return Problem(field, "toll_free", fix)
    if region is None or kind != phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE:
        fix = f"There is no area code {area_code}. Check it, or give a ZIP code instead."
        return Problem(field, "unknown_area_code", fix)
    if region != "US":
        fix = f"Area code {area_code} is not in the 50 states or Washington, D.C. Give one that is."
        return Problem(field, "not_us", fix)
    return None


def spoken(e164: str) -> str:
    """A number as people in its country write it: `+13165550123` is `(316) 555-0123`."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def is_toll_free(e164: str) -> bool:
    """Whether whoever calls or texts this number pays nothing, as with 800 numbers."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.TOLL_FREE)


def hidden(e164: str) -> str:
    """A number for logs: the last two digits only."""
    return f"…{e164[-2:]}"
