"""Find what a grant's step waits for or approves: which of its steps a programme's keys stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from models.programme.names import pick, template_key, which_of
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.reading.fields import PREVIOUS

Places = Mapping[str, tuple[str, str | None]]


def expand_needs(rule: StepRule, period: str | None, steps: Places, programme: Programme) -> tuple[str, ...]:
    """Return the keys of the grant's steps that a step of the rule, of that period, waits for.

    `steps` maps each of the grant's step keys to its programme step and period. A need for a step that comes once a
    period is a need for that of the same period, or of the one before, where the two come together, and for all of
    them otherwise; with `.first`, `.last` or a number, for that one. One whose last period is asked for in another step
    is that step there.
    """
    labels = [label for template, label in steps.values() if template == rule.key]
    wanted = rule.awaits
    if rule.first is not None and period in labels[:1]:
        wanted += rule.first.needs
    if rule.last is not None and period in labels[-1:]:
        wanted += rule.last.needs
    return find_named(wanted, rule, (period, steps), programme)


def find_approved(rule: StepRule, period: str | None, steps: Places, programme: Programme) -> tuple[str, ...]:
    """Return the keys of the reports that an approval of the rule, of that period, is about.

    It is that of the same period, or where the last period is asked for in another step, that step; all of them where
    the approval comes once for all.
    """
    return find_named([rule.approves], rule, (period, steps), programme) if rule.approves else ()


def find_named(
    wanted: Iterable[str], rule: StepRule, place: tuple[str | None, Places], programme: Programme
) -> tuple[str, ...]:
    """Return the keys of the grant's steps that names stand for in a step of the rule, of that period."""
    period, steps = place
    together = {one.key: one for one in programme.steps if rule.each and one.each == rule.each}
    found: set[str] = set()
    for name in set(wanted):
        template = template_key(name)
        if which := which_of(name):
            found.update(pick([key for key, (one, _) in steps.items() if one == template], which))
            continue
        if template not in together:
            found |= {key for key, (one, _) in steps.items() if one == template}
            continue
        label = _label_before(period, steps, together) if name.endswith(PREVIOUS) else period
        here = {key for key, place in steps.items() if place == (template, label)}
        folded = (together[template].fold_last_into or "", label)
        found |= here or {key for key, place in steps.items() if place == folded}
    return tuple(key for key in steps if key in found)


def _label_before(period: str | None, steps: Places, together: Mapping[str, StepRule]) -> str | None:
    """Return the period before, of those that the steps together have; an empty text for the first."""
    labels = list(dict.fromkeys(label for one, label in steps.values() if one in together))
    place = labels.index(period)
    return labels[place - 1] if place else ""
