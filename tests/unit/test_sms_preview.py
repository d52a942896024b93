"""What a text takes to send, and the characters that make it dearer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.sms import GSM_7_BASIC, GSM_7_EXTENSION, preview, segments, segments_to_send

GSM_7 = "".join(sorted(GSM_7_BASIC | GSM_7_EXTENSION))


@pytest.mark.parametrize(
    ("text", "encoding", "count", "room"),
    [
        ("", "GSM-7", 1, 160),
        ("a" * 160, "GSM-7", 1, 0),
        ("a" * 161, "GSM-7", 2, 2 * 153 - 161),
        ("€" * 80, "GSM-7", 1, 0),
        ("’" * 70, "UCS-2", 1, 0),
        ("’" * 71, "UCS-2", 2, 2 * 67 - 71),
        ("🎓" * 35, "UCS-2", 1, 0),
    ],
)
def test_segments_and_the_room_that_is_left(
    text: str, encoding: str, count: int, room: int
) -> None:
    """160 and 153 septets, or 70 and 67 units."""
    found = preview(text)

    assert (found.encoding, found.segments, found.room) == (encoding, count, room)


def test_no_character_is_cut_in_two() -> None:
    """One of two units that no longer fits begins the next segment."""
    assert segments("a" * 152 + "€" + "a" * 152).count == 3  # 306 units, which would fit in two
    assert segments("é’" * 33 + "🎓" + "’" * 66).count == 3


@given(st.text(max_size=400))
def test_a_text_fits_its_segments(text: str) -> None:
    """Units, segments and room belong together, and the count is the one that is stored."""
    found = preview(text)
    single, joined = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    size = single if found.segments == 1 else joined

    assert found.segments == segments(text).count
    assert 0 <= found.room <= size
    # Each full segment may leave one unit, where a character of two did not fit.
    assert 0 <= found.segments * size - found.room - found.units <= found.segments - 1


@given(st.text(alphabet=GSM_7, max_size=400))
def test_nothing_is_odd_about_plain_text(text: str) -> None:
    """Every character of the alphabet is cheap."""
    assert preview(text).odd == () and preview(text).advice == ""


@given(st.text(max_size=200))
def test_following_the_advice_makes_it_cheap(text: str) -> None:
    """Every odd character is named with its place; without them the text is GSM-7."""
    found = preview(text)
    plain = list(text)
    for each in found.odd:
        assert text[each.position - 1] == each.character
        plain[each.position - 1] = each.plain or ""

    assert preview("".join(plain)).encoding == "GSM-7"
    assert bool(found.advice) == (segments("".join(plain)).count < found.segments)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "You don’t pay" + "." * 70,
            "One character (’ at 8) makes this 2 texts instead of 1. Use ' instead.",
        ),
        (
            "Hooray 🎓" + "." * 70,
            "One character (🎓 at 8) makes this 2 texts instead of 1. Leave it out.",
        ),
        (
            "“Sí” 🎓" + "." * 70,
            "4 characters (“ at 1, í at 3, ” at 4, 🎓 at 6) make this 2 texts instead of 1. "
            'Use " for “, i for í, " for ”, and leave the rest out.',
        ),
        (
            "a\u00a0b" + "." * 70,
            "One character (no-break space at 2) makes this 2 texts instead of 1. "
            "Use a space instead.",
        ),
        ("You don’t", ""),  # one text either way
    ],
)
def test_the_dear_character_is_pointed_out(text: str, advice: str) -> None:
    """With its place, and what to write instead."""
    assert preview(text).advice == advice


def test_odd_characters_have_names() -> None:
    """So that what cannot be seen can be found, and what can be seen be talked about."""
    named = {each.character: (each.name, each.plain) for each in preview("’🎓\u200bñí—").odd}

    assert named == {
        "’": ("curly apostrophe", "'"),
        "🎓": ("graduation cap", None),
        "\u200b": ("invisible space", None),
        "í": ("latin small letter i with acute", "i"),
        "—": ("long dash", "-"),
    }


def test_a_text_with_pictures_is_one_message() -> None:
    """MMS knows no segments."""
    assert segments_to_send("a" * 500, ()) == 4
    assert segments_to_send("a" * 500, ("https://media.example/1",)) == 1
