"""Name the claim and the payment of a part that a later decision added: its steps follow the last part's rules."""

from models.programme.expand.words import added_part, made_for
from models.programme.step import StepRule


def named_for(rule: StepRule, key: str) -> StepRule:
    """Return a step's rule with the step's own name, by its key: an added part's steps are called by its number."""
    number = key.removeprefix(f"{rule.key}-")
    if rule.instalment is None or rule.each or not number.isdecimal():
        return rule
    words = made_for(str(rule.kind), added_part(int(number)))
    return rule.model_copy(update={"title": words.title, "definite": words.definite})
