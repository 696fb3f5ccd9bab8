"""Move a running grant to an amended programme: answered steps stay, and no condition of money is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import col, select

from models.errors import BadInput, Refused
from models.events import GrantEvent
from models.programme.instalment import InstalmentRule
from models.programme.plan import Programme, RungRule
from models.programme.step import StepRule
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import find_rung_day
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import OUT, UNSETTLED, GrantStatus, Role
from tasks.commands.at_work.grant import GrantAtWork, tell_handed_over
from tasks.commands.command_faults import Refusal
from tasks.commands.replan.plan_rows import follow_plan
from tasks.commands.sums.instalments import add_conditions
from tasks.people.drafts import pass_drafts
from tasks.store.programmes import record_programme


def bring_under(
    work: GrantAtWork, programme: Programme, by_id: int | None, now: datetime, versions: Mapping[str, str]
) -> str:
    """Bring the grant under the programme, for the caller to plan; return why its dates move.

    `versions` says for the journal which version it comes from and goes to. Raises Refused for a
    grant that is over, or whose money would wait for less than before.
    """
    _check(work, programme)
    needed = [instalment.every_need for instalment in work.programme.instalments]
    before = work.programme.ladders
    after = programme.ladders
    work.bring_under(record_programme(work.session.connection(), programme, now), programme)
    for step in work.steps.values():
        if step.status not in UNSETTLED:
            continue
        old_ladder = before[step.ladder]
        rule = next((rule for rule in programme.steps if rule.key == step.template_key), None)
        if rule is not None:
            _follow_rule(work, step, rule, named=work.record.is_given_by_name(step))
        elif step.ladder not in after:
            step.ladder = next(iter(programme.ladders))
        _renumber_told(work, step, old_ladder, after[step.ladder])
    for row in work.instalments:
        if row.rule is not None:
            row.share = programme.instalments[row.rule - 1].text
    if [instalment.every_need for instalment in work.programme.instalments] != needed:
        follow_plan(work)  # no money may leave before it has its conditions
        _add_conditions(work)
    work.add_event(GrantEvent.PROGRAMME_UPGRADED, None, by_id, **versions)
    return programme.source


def _check(work: GrantAtWork, programme: Programme) -> None:
    grant = work.grant
    if grant.status is not GrantStatus.OPEN:
        raise Refused(Refusal.GRANT_IS(grant=grant.reference, status=grant.status))
    for name, rule in programme.dates.items():
        if rule.given_by == "grant" and rule.required and name not in grant.dates:
            raise BadInput(Refusal.DATE_MISSING(grant=grant.reference, date=name, title=rule.title))
    old = work.programme.instalments
    new = programme.instalments
    if programme.currency != grant.currency or [rule.each for rule in old] != [rule.each for rule in new]:
        raise Refused(Refusal.OTHER_MONEY(grant=grant.reference))
    for was, now in zip(old, new, strict=True):
        _check_conditions(work, was, now)
    kinds = {rule.key: rule.kind for rule in programme.steps}
    for step in work.steps.values():
        kind = kinds.get(step.template_key, step.kind)
        if kind is not step.kind:
            raise Refused(Refusal.OTHER_KIND(grant=grant.reference, step=step.key, kind=step.kind))


def _check_conditions(work: GrantAtWork, was: InstalmentRule, now: InstalmentRule) -> None:
    """Refuse to let unreleased money wait for less than before; more conditions are safe."""
    waiting = [row for row in work.instalments if row.rule == was.number and row.status not in OUT]
    dropped = [*(set(was.needs) - set(now.needs)), *(set(was.last_needs) - set(now.every_need))]
    if waiting and dropped:
        raise Refused(
            Refusal.FEWER_CONDITIONS(
                grant=work.grant.reference, number=was.number, steps=", ".join(sorted(dropped))
            )
        )


def _labels(work: GrantAtWork, rule: InstalmentRule) -> list[str | None]:
    """Return the periods of the rule's instalments, in order."""
    return [
        row.period for row in sorted(work.instalments, key=lambda row: row.number) if row.rule == rule.number
    ]


def _add_conditions(work: GrantAtWork) -> None:
    """Give unreleased money the programme's new conditions too; the grant has the steps already."""
    for row in work.instalments:
        if row.rule is None or row.status in OUT:
            continue
        rule = work.programme.instalments[row.rule - 1]
        needs = rule.needs_of(row.period, _labels(work, rule))
        before = {step.key for step in work.conditions_of(row)}
        row.conditional = row.conditional or bool(needs)
        add_conditions(work, row, needs, rule.each)
        if added := [step.key for step in work.conditions_of(row) if step.key not in before]:
            work.add_event(GrantEvent.INSTALMENT_CONDITION_ADDED, instalment=row.number, steps=added)


def _follow_rule(work: GrantAtWork, step: Step, rule: StepRule, *, named: bool) -> None:
    """Change an unsettled step to what the programme says now; its dates are planned afterwards."""
    step.phase = rule.phase
    step.with_funder = rule.with_funder
    step.ladder = rule.ladder
    if step.owner_role == rule.owner:
        return
    step.owner_role = rule.owner
    holder = work.roles.get(rule.owner) or work.roles.get(Role.COORDINATOR)
    if named or holder is None or holder == step.owner_id:
        return
    hand_step(work, step, holder)


def hand_step(work: GrantAtWork, step: Step, to_id: int, by_id: int | None = None) -> None:
    """Give the step to another owner; both are told if it has a date, unless it is who does it, `by_id`."""
    before = step.owner_id
    step.owner_id = to_id
    step.owner_since_on = work.today
    step.version += 1
    if before is not None and step.id is not None:
        pass_drafts(work.session.connection(), before, [step.id], to_id)
    work.add_event(GrantEvent.STEP_HANDED_OVER, step, to_id, **{"from": before})
    if step.due_on is not None:
        tell_handed_over(work, step, before, to_id, by_id)


def _renumber_told(work: GrantAtWork, step: Step, old: Sequence[RungRule], new: Sequence[RungRule]) -> None:
    """Count notices of the old ladder on the corresponding rung of the new one.

    That is the rung of the same name, or else the last that comes no later: nobody is told the same
    twice.
    """
    before = [(rung.position, rung.key) for rung in old]
    now = [(rung.position, rung.key) for rung in new]
    if step.due_on is None or before == now:
        return
    work.record.batch.forget("told")
    facts = replace(work.record.ladder_facts(step), promised_on=None)
    calendar = calendar_of(work.programme)
    positions = {rung.key: rung.position for rung in new}
    notices = work.session.exec(
        select(Notice).where(
            Notice.step_id == step.id, Notice.due_on == step.due_on, col(Notice.position) > 0
        )
    )
    for notice in notices:
        passed = [r.position for r in new if find_rung_day(r, facts, calendar) <= notice.told_on]
        notice.position = positions.get(notice.rung, max(passed, default=0))
