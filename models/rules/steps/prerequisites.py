"""Decide which steps a step waits for."""

from collections.abc import Iterable, Mapping

from models.programme.plan import Programme, rules_of
from models.programme.step import StepRule
from models.rules.steps.needs import expand_needs
from models.tables.step import Step
from models.vocabulary import StepStatus


def waits_for(step: Step, steps: Iterable[Step], programme: Programme) -> list[Step]:
    """Return the steps that must be settled before this one can be answered, settled or not.

    `steps` are all of the grant's steps, as settled ones also decide which period is the first or
    came before.
    """
    return _waits_among(step, rules_of(programme), _still_there(steps), programme)


def list_all_waits(steps: Iterable[Step], programme: Programme) -> dict[str, list[Step]]:
    """Return the steps that each of a grant's steps waits for, by its key, as `waits_for` does."""
    given = tuple(steps)
    rules = rules_of(programme)
    there = _still_there(given)
    return {step.key: _waits_among(step, rules, there, programme) for step in given}


def _still_there(steps: Iterable[Step]) -> dict[str, Step]:
    """Return the steps by key without the cancelled ones, whose periods the grant no longer has."""
    return {step.key: step for step in steps if step.status is not StepStatus.CANCELLED}


def _waits_among(
    step: Step, rules: Mapping[str, StepRule], there: Mapping[str, Step], programme: Programme
) -> list[Step]:
    rule = rules.get(step.template_key)
    if rule is None or step.key not in there:
        return []
    places = {key: (step.template_key, step.period) for key, step in there.items()}
    needs = (there[key] for key in expand_needs(rule, step.period, places, programme))
    # A payment waits for the claim of its own instalment, not for that of an added one.
    return [need for need in needs if step.instalment is None or need.instalment in (None, step.instalment)]
