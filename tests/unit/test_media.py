"""The addresses of pictures: which may be sent, which are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain import media


@pytest.mark.parametrize(
    "address",
    [
        "https://media.example/1",
        "https://cdn.northern.edu/maps/campus.png?size=large#top",
        "https://media.example",
        "HTTPS://Media.Example:443/a",
        "https://xn--bcher-kva.example/a.png",
    ],
)
def test_a_public_address_may_be_sent(address: str) -> None:
    """Whatever the carrier can fetch."""
    assert list(media.faults([address])) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://media.example/1",
        "ftp://media.example/1",
        "media.example/1",
        "https://",
        "https://localhost/1",
        "https://desk/1",
        "https://desk.local/1",
        "https://desk.internal./1",
        "https://files.corp/1",
        "https://127.0.0.1/1",
        "https://10.0.0.8/1",
        "https://2130706433/1",
        "https://0x7f.0.0.1/1",
        "https://[::1]/1",
        "https://user:secret@media.example/1",
        "https://media.example:8443/1",
        "https://media.example/a b",
        "https://media.example/\n",
        "https://media.example\\@127.0.0.1/",
        "https://media.example/" + "a" * 2_000,
    ],
)
def test_any_other_address_is_refused(address: str) -> None:
    """Not https, not on the public web, or no address at all."""
    assert [fault.code for fault in media.faults([address])] == ["no_public_address"]


def test_ten_pictures_at_most() -> None:
    """As the carrier takes."""
    ten = [f"https://media.example/{each}" for each in range(10)]

    assert list(media.faults(ten)) == []
    assert [fault.code for fault in media.faults([*ten, ten[0]])] == ["too_many"]


@given(st.lists(st.text(max_size=30) | st.just("https://media.example/1"), max_size=20))
def test_what_came_is_kept_if_it_is_an_address(addresses: list[str]) -> None:
    """At most ten, in their order, on the web, none too long to keep."""
    kept = media.received(addresses)

    assert len(kept) == min(10, sum(each in kept for each in addresses))
    assert all(each.lower().startswith(("http://", "https://")) for each in kept)


def test_a_long_or_strange_address_is_not_kept() -> None:
    """Nothing that a page would have to be afraid of."""
    strange = ["javascript:alert(1)", "https://a/ b", "http://a/" + "b" * 2_000, ""]

    assert media.received([*strange, "http://media.example/1"]) == ("http://media.example/1",)
