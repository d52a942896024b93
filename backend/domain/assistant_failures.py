"""When the assistant has failed a student, and when it must stop trying."""

from __future__ import annotations

from typing import Final

# The second time in a row a person takes over.
MOST_IN_ROW: Final = 2
# The button behind "a person"; the assistant's own name for asking for one.
PERSON: Final = "/human_handoff"
# Neither help nor failure: whoever says "hello?" or "yes" after a failure still waits for help.
_BETWEEN: Final = frozenset({"greet", "affirm", "deny", "cancel", "bot_challenge"})
_WISHES: Final = {
    "en": frozenset(
        {
            *("person", "a person", "real person", "a real person", "live person", "human"),
            *("a human", "real human", "agent", "an agent", "live agent", "representative"),
            *("a representative", "operator", "someone", "somebody"),
        }
    ),
    "es": frozenset(
        {
            *("persona", "una persona", "persona real", "una persona real", "humano"),
            *("un humano", "humana", "ser humano", "agente", "un agente", "representante"),
            *("un representante", "operador", "operadora", "alguien", "asesor", "asesora"),
            *("un asesor", "una asesora"),
        }
    ),
}
_POLITE: Final = frozenset({"please", "pls", "plz", "por", "favor", "porfa", "now", "ahora"})


def in_row(so_far: int, *, has_failed: bool, intent: str) -> int:
    """How often in a row the assistant has failed, after one more answer to what was understood
    as `intent`.
    """
    if has_failed:
        return so_far + 1
    return so_far if intent in _BETWEEN else 0


def wish_for_a_person(folded_text: str) -> str | None:
    """The language in which a whole message asks for a person, with a please at most; None when
    it says anything else.
    """
    words = " ".join(word for word in folded_text.split() if word not in _POLITE)
    return next((language for language, wishes in _WISHES.items() if words in wishes), None)
