"""Rasa's rule policy for rules that begin with an intent: fewer looks at the rules."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import SHOULD_NOT_BE_SET, USER
from rasa.shared.nlu.constants import INTENT


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IntentRulePolicy(RulePolicy):
    """RulePolicy without three looks that find nothing.

    There are no rules on a message's very words; of the rules on other intents none fits; and a
    turn that came before the longest rule's beginning is compared with none.
    """

    def _find_action_from_rules(
        self, tracker: Any, domain: Any, use_text_for_last_user_input: bool
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found

    def _get_possible_keys(self, lookup: dict[str, str], states: list[dict[str, Any]]) -> set[str]:
        """The rules that fit a conversation's states, the latest state last."""
        fitting = (None, SHOULD_NOT_BE_SET, _intent(states[-1]))
        likely = {key: lookup[key] for key in lookup if _last_intent(key) in fitting}
        longest = max((len(self._rule_key_to_state(key)) for key in likely), default=0)
        found: set[str] = super()._get_possible_keys(likely, states[-longest:])
        return found


@lru_cache(maxsize=1000)
def _last_intent(rule_key: str) -> str | None:
    """The intent of a rule's last state; None where any fits."""
    return _intent(RulePolicy._rule_key_to_state(rule_key)[-1])


def _intent(state: dict[str, Any]) -> str | None:
    intent: str | None = state.get(USER, {}).get(INTENT)
    return intent
