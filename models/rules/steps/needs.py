"""Find which steps a step waits for or approves, and which reports go to the funder."""

from collections.abc import Iterable, Mapping

from models.programme.plan import Programme
from models.programme.step import StepRule
from models.programme.step_names import pick, template_key, which_of
from models.reading.fields import PREVIOUS
from models.vocabulary import Phase, StepKind

Places = Mapping[str, tuple[str, str | None]]


def expand_needs(rule: StepRule, period: str | None, steps: Places, programme: Programme) -> tuple[str, ...]:
    """Return the keys of the grant's steps that a step of the rule, of that period, waits for.

    `steps` maps each of the grant's step keys to its programme step and period. A need for a step
    that comes once a period means the step of the same period, or with `previous` of the one
    before. If the two steps have different periods it means all of them. `.first`, `.last` or a
    number means that one. If another step reports the last period in its place, that step is meant.
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

    An approval of a period approves the report of that period, or the step that reports the last
    period in its place. An approval without periods approves all reports.
    """
    return find_named([rule.approves], rule, (period, steps), programme) if rule.approves else ()


def find_named(
    wanted: Iterable[str], rule: StepRule, place: tuple[str | None, Places], programme: Programme
) -> tuple[str, ...]:
    """Return the keys of the grant's steps that the names mean in a step of the rule, of that period."""
    period, steps = place
    together = {step.key: step for step in programme.steps if rule.each and step.each == rule.each}
    named: set[str] = set()
    for name in wanted:
        named |= _find_one_named(name, period, steps, together)
    return tuple(key for key in steps if key in named)


def _find_one_named(
    name: str, period: str | None, steps: Places, together: Mapping[str, StepRule]
) -> set[str]:
    """Return the keys that one name means; `together` are the rules that come in the same periods."""
    template = template_key(name)
    of_template = [key for key, (of, _) in steps.items() if of == template]
    if which := which_of(name):
        return set(pick(of_template, which))
    if template not in together:
        return set(of_template)
    label = _label_before(period, steps, together) if name.endswith(PREVIOUS) else period
    own = {key for key, place in steps.items() if place == (template, label)}
    if own:
        return own
    folded = (together[template].fold_last_into or "", label)
    return {key for key, place in steps.items() if place == folded}


def _label_before(period: str | None, steps: Places, together: Mapping[str, StepRule]) -> str | None:
    """Return the period before, among those that the steps share; an empty text for the first."""
    labels = list(dict.fromkeys(label for of, label in steps.values() if of in together))
    place = labels.index(period)
    return labels[place - 1] if place else ""


# A step of a later phase, such as the closing, sends no report.
_SENDING = (Phase.APPLICATION, Phase.FOLLOW_UP, Phase.FINAL_REPORT)


def goes_to_funder(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is a report to the funder, not one that stays inside the house.

    A report that a body here approves stays inside the house until another report sends it, or its
    approval does.
    """
    return _is_for_funder(rule, programme) and not _approvals_here(rule, programme)


def goes_when_approved(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is an approval here after which the report goes to the funder.

    It is, if the funder approves that same report, or if no other report waits for the approval.
    Such a report would send it, or be made of it.
    """
    if rule.kind is not StepKind.APPROVAL or rule.with_funder or is_read_first(rule, programme):
        return False
    report = next(step for step in programme.steps if step.key == rule.approves)
    if _funder_approves(report, programme):
        return True
    approvals = _approvals_here(report, programme)
    later = (
        step
        for step in programme.steps
        if step.kind is StepKind.REPORT and step.phase in _SENDING and step.key != report.key
    )
    waited_for = {template_key(name) for step in later for name in step.awaits}
    return _is_for_funder(report, programme) and not approvals & waited_for


def is_read_first(rule: StepRule, programme: Programme) -> bool:
    """Return whether a step of the rule is a reading before another approval here of the same report."""
    return any(
        step.approves == rule.approves and not step.with_funder and rule.key in step.needs
        for step in programme.steps
    )


def _is_for_funder(rule: StepRule, programme: Programme) -> bool:
    """Return whether the funder reads it: not if the final report or a repayment is made of it instead."""
    if rule.kind is not StepKind.REPORT or rule.phase not in _SENDING:
        return False
    if _funder_approves(rule, programme):
        return True
    made_of = {
        template_key(name)
        for step in programme.steps
        if step.kind is StepKind.REPAYMENT
        or (step.kind is StepKind.REPORT and step.phase is Phase.FINAL_REPORT)
        for name in step.awaits
    }
    return rule.phase is Phase.FINAL_REPORT or rule.key not in made_of


def _funder_approves(rule: StepRule, programme: Programme) -> bool:
    return any(step.approves == rule.key and step.with_funder for step in programme.steps)


def _approvals_here(rule: StepRule, programme: Programme) -> set[str]:
    """Return the keys of the report's approvals by bodies of the recipient."""
    return {step.key for step in programme.steps if step.approves == rule.key and not step.with_funder}
