"""Rasa's rule policy for rules that begin with an intent: one look at the rules, not two."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IntentRulePolicy(RulePolicy):
    """RulePolicy that skips looking for rules on a message's very words, of which there are none.

    That look compares the whole history with every rule, as the one by intent does again.
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
