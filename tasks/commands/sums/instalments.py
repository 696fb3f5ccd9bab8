"""Create a grant's instalments as its programme gives them, with the conditions of each."""

from collections.abc import Sequence
from datetime import date

from models.events import GrantEvent
from models.programme.instalment import InstalmentRule
from models.programme.language.each import read_each
from models.programme.step_names import pick, template_key, which_of
from models.reading.fields import PREVIOUS
from models.rules.dates.periods import list_periods
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import OUT, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork

# After every instalment of the programme: those that a later decision added.
ADDED = 10**6


def period_labels(work: GrantAtWork, rule: InstalmentRule) -> tuple[str | None, ...]:
    """Return the labels of the rule's periods, or None alone for a whole instalment."""
    if rule.each is None:
        return (None,)
    first = work.grant.period_start_on
    last = work.grant.period_end_on
    if first is None or last is None:
        return ()
    keys = read_each(rule.each).keys
    given = {
        key: date.fromisoformat(decision.dates[key]["on"])
        for key in keys
        for decision in work.decisions
        if key in decision.dates
    }
    return tuple(period.label for period in list_periods(rule, first, last, given))


def create_instalments(work: GrantAtWork) -> None:
    """Add the missing instalments that the programme gives for the grant's time."""
    wanted = [(rule, period_labels(work, rule)) for rule in work.programme.instalments]
    # Unconditional parts come before the withheld last one: none is made before the grant's periods are known.
    has_period = None not in (work.grant.period_start_on, work.grant.period_end_on)
    if any(
        not periods and (not has_period or (rule.each and read_each(rule.each).listed))
        for rule, periods in wanted
    ):
        return
    there = {(row.rule, row.period): row for row in work.instalments}
    for rule, periods in wanted:
        each = [key for key in rule.needs if work.programme.step(template_key(key)).each]
        grows = bool(each or rule.last_needs)
        for period in periods:
            row = there.get((rule.number, period))
            needs = rule.needs_of(period, periods) if row is None or grows else ()
            if row is None:
                row = _create(work, rule.text, bool(needs), rule.number, period)
            if needs and row.status not in OUT:
                # A shorter grant's last period waits for the conditions of the last instalment.
                row.conditional = True
            if row.conditional:
                add_conditions(work, row, needs, rule.each)
    for row in work.instalments:
        if row.rule is None:
            _add_last_conditions(work, row)
    _link_steps(work)


def _create(
    work: GrantAtWork, share: str, conditional: bool, rule: int | None = None, period: str | None = None
) -> Instalment:
    number = len(work.instalments) + 1
    values = {
        "grant_id": work.grant_id,
        "number": number,
        "share": share,
        "rule": rule,
        "period": period,
        "conditional": conditional,
    }
    (row,) = work.add(Instalment, [values])
    work.instalments.append(row)
    return row


def add_conditions(
    work: GrantAtWork, row: Instalment, needs: Sequence[tuple[str, str | None]], each: str | None
) -> None:
    """Add the instalment's approvals: of the period that each need names, or of every period."""
    if not needs or row.status in OUT:
        return
    work.add_conditions(row, condition_steps(work, needs, each))


def condition_steps(
    work: GrantAtWork, needs: Sequence[tuple[str, str | None]], each: str | None
) -> list[Step]:
    """Return the grant's steps that the needs of an instalment name."""
    steps_found = []
    for key, period in needs:
        rule = work.programme.step(template_key(key))
        steps = [step for step in work.steps.values() if step.template_key == rule.key]
        if which := which_of(key):
            steps = [step for step in steps if step.status is not StepStatus.CANCELLED]
            steps.sort(key=lambda step: step.position)
            steps = [*pick(steps, which)]
        elif each is not None and rule.each is not None:
            steps = [step for step in steps if step.period == period]
            folded = [step for step in work.steps.values() if step.template_key == rule.fold_last_into]
            steps = steps or [step for step in folded if step.period == period]
        steps_found += steps
    return steps_found


def _link_steps(work: GrantAtWork) -> None:
    """Let each claim and payment know the number of its instalment."""
    numbers = {(row.rule, row.period): row.number for row in work.instalments if row.rule is not None}
    for step in work.steps.values():
        if step.instalment is None and step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            rule = work.record.rule_of(step)
            if rule is not None:
                period = step.period if rule.each else None
                step.instalment = numbers.get((rule.instalment or 0, period))


def add_instalment(work: GrantAtWork) -> Instalment:
    """Add an instalment for money decided after the last one was released, under the last one's condition."""
    row = _create(work, "rest", bool(_last_conditions(work)))
    _add_last_conditions(work, row)
    work.add_event(GrantEvent.INSTALMENT_ADDED, instalment=row.number)
    return row


def _add_last_conditions(work: GrantAtWork, row: Instalment) -> None:
    """Let an added instalment wait for everything that the programme's last one waits for, in every period."""
    if row.status in OUT:
        return
    steps = _last_conditions(work)
    row.conditional = row.conditional or bool(steps)
    work.add_conditions(row, steps)


def _last_conditions(work: GrantAtWork) -> list[Step]:
    needs = work.programme.instalments[-1].every_need
    return condition_steps(work, [(key.removesuffix(PREVIOUS), None) for key in needs], None)


def added_instalments(work: GrantAtWork) -> dict[int, int]:
    """Return the instalments that later decisions added, by number, each with the sum of those before it."""
    before = 0
    sums_before = {}
    for row in sorted(work.instalments, key=lambda row: (row.rule or ADDED, row.number)):
        if row.rule is None:
            sums_before[row.number] = before
        before += row.amount_minor or 0
    return sums_before
