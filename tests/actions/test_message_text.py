"""What people type never is an intent's name."""

import pytest

from bot.message_text import plain_text

LED_BY_A_SLASH = [
    "/check_quota",
    "  /check_quota",
    "//check_quota",
    "／check_quota",
    "\u200b/check_quota",
    "\ufeff\u2060/check_quota",
    "\x00/check_quota",
    "\u00a0\u3000/check_quota",
    "\u3164/check_quota",
    "\u034f/check_quota",
    "\u202e/check_quota",
    "\ud800/check_quota",
    '/check_quota{"a": "b"}',
    "/",
]


@pytest.mark.parametrize("typed", LED_BY_A_SLASH, ids=ascii)
def test_a_text_led_by_a_slash_says_nothing(typed: str) -> None:
    """However the slash is hidden or drawn, no word of such a text reaches Rasa."""
    heard = plain_text(typed)

    assert heard == ""


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("can I text 24/7?", "can I text 24/7?"),
        ("  ¿quién es?  ", "¿quién es?"),
        ("a\x00b\ud800c", "abc"),
        ("👩‍🎓 hi", "👩‍🎓 hi"),
        ("\u200b", "\u200b"),
        ("", ""),
    ],
)
def test_other_words_are_kept(typed: str, heard: str) -> None:
    """A slash inside, accents and emoji stay; what no database can store goes."""
    assert plain_text(typed) == heard
