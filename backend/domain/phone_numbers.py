"""Phone numbers as text: E.164, and how people read them."""

from __future__ import annotations

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
    if number is None or not phonenumbers.is_possible_number(number):
        raise InvalidRequest(
            Problem(field, "invalid_number", "Give a phone number, such as +1 316 555 0123.")
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken(e164: str) -> str:
    """A number as people in its country write it: `+13165550123` is `(316) 555-0123`."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def hidden(e164: str) -> str:
    """A number for logs: the last two digits only."""
    return f"…{e164[-2:]}"
