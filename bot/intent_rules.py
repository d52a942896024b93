"""Rasa's rule policy for rules that begin with an intent: fewer looks at the rules."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IntentRulePolicy(RulePolicy):
    """RulePolicy without two looks that find nothing.

    There are no rules on a message's very words; and a turn that came before the longest rule's
    beginning is compared with none.
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
        longest = max((len(self._rule_key_to_state(key)) for key in lookup), default=0)
        found: set[str] = super()._get_possible_keys(lookup, states[-longest:])
        return found
