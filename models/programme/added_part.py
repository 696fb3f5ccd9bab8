"""Name the claim and the payment of a part that a later decision added: its steps follow the last part's rules."""

from collections.abc import Mapping

from models.programme.expand.words import added_part, made_for
from models.programme.step import StepRule


def named_for(rule: StepRule, key: str) -> StepRule:
    """Return a step's rule with the step's own name, by its key: an added part's steps are called by its number."""
    number = key.removeprefix(f"{rule.key}-")
    if rule.instalment is None or rule.each or not number.isdecimal():
        return rule
    words = made_for(str(rule.kind), added_part(int(number)))
    return rule.model_copy(update={"title": words.title, "definite": words.definite})


def rule_of_step(rules: Mapping[str, StepRule], template_key: str, key: str) -> StepRule | None:
    """Return a step's rule with the step's own name; None if no programme gives it (a recovery)."""
    rule = rules.get(template_key)
    return named_for(rule, key) if rule is not None else None
