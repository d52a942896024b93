"""Reactions: what a phone sends for them, and what a student writes."""

from __future__ import annotations

import pytest

from backend.domain.reactions import is_reaction

OURS = ["Hi. Text STOP to opt out.", "In danger? Call 911.\nOr 988."]


@pytest.mark.parametrize(
    "text",
    [
        "Liked “Hi. Text STOP to opt out.”",
        "Loved “In danger? Call 911. Or 988.”",
        "Emphasized “In danger? Call…”",
        'Laughed at "Hi. Text STOP to opt out."',
        "Removed a heart from “Hi. Text STOP to opt out.”",
        "Reacted 😂 to “Hi. Text…”",
        "👍 to “\u200aHi. Text STOP to opt out.\u200a”",
        "Le encantó “Hi. Text STOP to opt out.”",
    ],
)
def test_reactions(text: str) -> None:
    """They quote what we have written, whole or in part."""
    assert is_reaction(text, OURS)


@pytest.mark.parametrize(
    "text",
    [
        "Liked “I want to die”",
        "Liked “”",
        "What is “Hi. Text STOP to opt out.”",
        "Liked “Hi. Text STOP to opt out.” but when?",
        "I liked it",
        "STOP",
    ],
)
def test_own_words(text: str) -> None:
    """What quotes nothing of ours, or says more, is read like any text."""
    assert not is_reaction(text, OURS)
