"""Bring a grant's steps and instalments up to date with what is known, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, col, select

from models.grant import Decision, Grant, GrantRole
from models.instalment import Instalment, InstalmentCondition
from models.letter import Notice
from models.programme import Programme
from models.rules.due import KnownDate, Receipt
from models.rules.gate import missing_conditions
from models.rules.ladder import StepFacts, Told, next_action_on
from models.rules.planner import (
    PlanFacts,
    PlannedStep,
    calendar_of,
    decide_step_status,
    expand_needs,
    plan_steps,
)
from models.rules.reach import person_in_role
from models.rules.shares import add_up_award, split_award
from models.step import Step
from models.vocabulary import (
    SETTLED,
    UNSETTLED,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Phase,
    Role,
    StepKind,
    StepStatus,
)
from tasks.journal_book import Happened
from tasks.notices import Draft
from tasks.people_lookup import load_people
from tasks.programme_versions import load_ladders, load_programme


@dataclass(slots=True)
class GrantAtWork:
    """A grant with everything a change to it touches, and what the change comes to: events and notices."""

    session: Session
    grant: Grant
    programme: Programme
    steps: dict[str, Step]
    roles: dict[str, int]
    decisions: list[Decision]
    instalments: list[Instalment]
    today: date
    events: list[Happened] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)

    @property
    def grant_id(self) -> int:
        """The grant's id; it has one once it is in the database."""
        if self.grant.id is None:
            raise ValueError("the grant is not in the database yet")
        return self.grant.id

    def happened(
        self, event: str, step: Step | None = None, person_id: int | None = None, **detail: object
    ) -> None:
        """Note an event for the journal."""
        self.events.append(Happened(event, self.grant_id, step.id if step else None, person_id, detail))

    def needs_of(self, step: Step) -> list[Step]:
        """Return the steps that must be settled before this one can be answered."""
        if step.template_key not in {rule.key for rule in self.programme.steps}:
            return []
        rule = self.programme.step(step.template_key)
        keys = expand_needs(rule, {key: other.template_key for key, other in self.steps.items()})
        return [self.steps[key] for key in keys]

    def conditions_of(self, instalment: Instalment) -> list[Step]:
        """Return the steps that must stand approved before the instalment is released."""
        ids = set(
            self.session.exec(
                select(InstalmentCondition.step_id).where(InstalmentCondition.instalment_id == instalment.id)
            )
        )
        return [step for step in self.steps.values() if step.id in ids]


def load_grant(session: Session, grant: Grant, today: date) -> GrantAtWork:
    """Return the grant with its steps, roles, decisions and instalments."""
    programme = load_programme(session.connection(), grant.programme_id)
    steps = session.exec(select(Step).where(Step.grant_id == grant.id).order_by(col(Step.position)))
    roles = session.exec(select(GrantRole).where(GrantRole.grant_id == grant.id))
    decisions = session.exec(
        select(Decision)
        .where(Decision.grant_id == grant.id)
        .order_by(col(Decision.decided_on), col(Decision.id))
    )
    instalments = session.exec(
        select(Instalment).where(Instalment.grant_id == grant.id).order_by(col(Instalment.number))
    )
    return GrantAtWork(
        session,
        grant,
        programme,
        {step.key: step for step in steps},
        {role.role: role.person_id for role in roles},
        list(decisions),
        list(instalments),
        today,
    )


def replan(work: GrantAtWork) -> None:
    """Plan the grant again: new steps, due dates, statuses, instalments, next looks; close it when all is settled."""
    planned = plan_steps(work.programme, _facts(work))
    for one in planned:
        if one.key in work.steps:
            _update_step(work, one)
        else:
            _add_step(work, one)
    work.session.flush()
    _settle_statuses(work)
    settle_instalments(work)
    _plan_looks(work)
    _close_when_settled(work)
    work.session.flush()


def _facts(work: GrantAtWork) -> PlanFacts:
    dates: dict[str, KnownDate] = {name: _known(value) for name, value in work.grant.dates.items()}
    for decision in work.decisions:
        if decision.kind in (DecisionKind.AWARD, DecisionKind.SUPPLEMENT):
            dates["decided_on"] = KnownDate(decision.decided_on, decision.source)
        dates |= {name: _known(value) for name, value in decision.dates.items()}
    steps = work.steps.values()
    return PlanFacts(
        dates,
        work.grant.period_start_on,
        work.grant.period_end_on,
        {step.key: step.done_on for step in steps if step.done_on and step.status in SETTLED},
        {
            step.key: (step.fixed_due_on, step.fixed_due_source or "")
            for step in steps
            if step.fixed_due_on is not None
        },
    )


def _known(value: Mapping[str, object]) -> KnownDate:
    return KnownDate(
        date.fromisoformat(str(value["on"])), str(value.get("source", "")), bool(value.get("choice"))
    )


def _due(work: GrantAtWork, one: PlannedStep) -> tuple[date | None, Receipt]:
    """Return the planned due date; a claim has none before the sum is known."""
    if one.rule.kind is StepKind.CLAIM and work.grant.award_minor is None and one.due_on is not None:
        waiting = Receipt(one.receipt.rule, "waits for the sum of the award", form="waits", anchor="award")
        return None, waiting
    return one.due_on, one.receipt


def _add_step(work: GrantAtWork, one: PlannedStep) -> None:
    due_on, receipt = _due(work, one)
    owner_id = work.roles.get(one.rule.owner) or work.roles.get(Role.COORDINATOR)
    step = Step(
        grant_id=work.grant_id,
        key=one.key,
        phase=one.rule.phase,
        kind=one.rule.kind,
        with_funder=one.rule.with_funder,
        position=one.position,
        template_key=one.rule.key,
        period=one.period.label if one.period else None,
        period_start_on=one.period.start_on if one.period else None,
        period_end_on=one.period.end_on if one.period else None,
        opens_on=one.opens_on,
        due_on=due_on,
        ladder=one.rule.ladder,
        owner_role=one.rule.owner,
        owner_id=owner_id,
        owner_since_on=work.today,
        status=StepStatus.WAITING,
        receipt=receipt.as_json(),
    )
    work.session.add(step)
    work.session.flush()
    work.steps[one.key] = step
    work.happened("step_planned", step, due_on=due_on.isoformat() if due_on else None)


def _update_step(work: GrantAtWork, one: PlannedStep) -> None:
    step = work.steps[one.key]
    step.position = one.position
    if step.status not in UNSETTLED:
        return
    due_on, receipt = _due(work, one)
    step.opens_on = one.opens_on
    step.period = one.period.label if one.period else None
    step.period_start_on = one.period.start_on if one.period else None
    step.period_end_on = one.period.end_on if one.period else None
    if step.receipt != receipt.as_json():
        step.receipt = receipt.as_json()
    if step.due_on != due_on:
        before, step.due_on = step.due_on, due_on
        step.version += 1
        event = "due_date_set" if before is None else "due_date_moved"
        was, now = (day.isoformat() if day else None for day in (before, due_on))
        work.happened(event, step, was=was, now=now)


def _settle_statuses(work: GrantAtWork) -> None:
    for step in work.steps.values():
        status = decide_step_status(step.status, step.due_on, [need.status for need in work.needs_of(step)])
        if status is not step.status:
            step.status = status
            if status is StepStatus.OPEN:
                step.owner_since_on = step.owner_since_on or work.today
                work.happened("step_opened", step)


def settle_instalments(work: GrantAtWork) -> None:
    """Create, size and move the instalments as far as the rules alone may: never to released past a condition."""
    if not work.instalments:
        _create_instalments(work)
    _size_instalments(work)
    for instalment in work.instalments:
        if instalment.amount_minor is None or instalment.status in _OUT:
            continue
        before = instalment.status
        if not instalment.conditional:
            decided = [d.decided_on for d in work.decisions if d.kind is not DecisionKind.AMENDMENT]
            instalment.released_on = max(decided)
            instalment.status = InstalmentStatus.RELEASED
        elif missing_conditions(work.conditions_of(instalment)):
            instalment.status = InstalmentStatus.WITHHELD
            instalment.requested_by_id = instalment.requested_on = None
        else:
            instalment.status = InstalmentStatus.RELEASABLE
        if instalment.status is not before:
            work.happened(f"instalment_{instalment.status}", instalment=instalment.number, was=str(before))
            if instalment.status is InstalmentStatus.RELEASABLE:
                ask_for_release(work, instalment)


_OUT = (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)


def _create_instalments(work: GrantAtWork) -> None:
    for rule in work.programme.instalments:
        row = Instalment(
            grant_id=work.grant_id, number=rule.number, share=rule.share, conditional=bool(rule.needs)
        )
        work.session.add(row)
        work.session.flush()
        for key in rule.needs:
            work.session.add(InstalmentCondition(instalment_id=row.id or 0, step_id=work.steps[key].id or 0))
        work.instalments.append(row)
    work.session.flush()


def _size_instalments(work: GrantAtWork) -> None:
    """Set award and sums; what is released keeps its sum, and the last instalment takes the remainder."""
    award = add_up_award(work.decisions)
    refused = any(d.kind in (DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL) for d in work.decisions)
    if award is None or (award == work.grant.award_minor and not refused):
        return
    fixed = {row.number: row.amount_minor or 0 for row in work.instalments if row.status in _OUT}
    sums = list(split_award(award, [row.share for row in work.instalments]))
    for index, row in enumerate(work.instalments[:-1]):
        sums[index] = fixed.get(row.number, sums[index])
    sums[-1] = award - sum(sums[:-1])
    changing = [row for row in work.instalments if row.number not in fixed]
    # The database refuses a sum over the award at every moment: empty the parts, set the award, fill them again.
    for row in changing:
        row.amount_minor = None
    work.session.flush()
    work.grant.award_minor = award
    work.session.flush()
    for row in changing:
        row.amount_minor = sums[row.number - 1]
    work.session.flush()
    work.happened("award_set", award_minor=award, instalments=sums)


def ask_for_release(work: GrantAtWork, instalment: Instalment) -> None:
    """Draft the letter that asks for the next of two people: the claim's owner first, then the controller."""
    claim = claim_step(work, instalment)
    if claim is None:
        return
    if instalment.requested_by_id is None:
        asked, turn = [claim.owner_id], "first"
    else:
        second = [
            work.roles.get(role) for role in (Role.CONTROLLER, Role.UNIT_MANAGER, Role.HEAD_OF_DEPARTMENT)
        ]
        asked, turn = [one for one in second if one != instalment.requested_by_id], "second"
    person_id = next((one for one in asked if one is not None), None)
    if person_id is not None:
        rung = f"confirm-{instalment.number}-{claim.version}-{turn}"
        detail = money_detail(work, instalment)
        add_draft(work, claim, NoticeKind.CONFIRM_RELEASE, rung, person_id, **detail)


def claim_step(work: GrantAtWork, instalment: Instalment, kind: StepKind = StepKind.CLAIM) -> Step | None:
    """Return the step that claims (or, by kind, is paid) the instalment."""
    for rule in work.programme.steps:
        if rule.kind is kind and rule.instalment == instalment.number:
            return work.steps.get(rule.key)
    return None


def money_detail(work: GrantAtWork, instalment: Instalment) -> dict[str, object]:
    """Return what a money letter needs to know."""
    return {
        "instalment": instalment.number,
        "amount_minor": instalment.amount_minor,
        "currency": work.grant.currency,
        "requested_by": instalment.requested_by_id,
    }


def add_draft(
    work: GrantAtWork, step: Step, kind: NoticeKind, rung: str, person_id: int, **detail: object
) -> None:
    """Draft a notice that no ladder gives: something happened that the person must know."""
    work.drafts.append(
        Draft(
            step.id or 0,
            work.grant_id,
            step.version,
            step.due_on or work.today,
            rung,
            kind,
            person_id,
            str(kind),
            detail=detail,
        )
    )


def _plan_looks(work: GrantAtWork) -> None:
    """Set the day on which the round looks at each step again."""
    ladders = load_ladders(work.session.connection(), work.grant.programme_id)
    calendar = calendar_of(work.programme)
    told = _told(work)
    for step in work.steps.values():
        if step.status not in UNSETTLED or work.grant.status is not GrantStatus.OPEN:
            step.next_action_on = None
            continue
        facts = StepFacts(step.due_on, step.opens_on)
        at_due = told.get((step.id or 0, step.due_on), [])
        step.next_action_on = next_action_on(facts, ladders[step.ladder], at_due, work.today, calendar)


def _told(work: GrantAtWork) -> dict[tuple[int, date | None], list[Told]]:
    ids = [step.id for step in work.steps.values()]
    found: dict[tuple[int, date | None], list[Told]] = {}
    for notice in work.session.exec(select(Notice).where(col(Notice.step_id).in_(ids))):
        told = Told(notice.position, notice.person_id, notice.told_on, notice.instead_of_id)
        found.setdefault((notice.step_id, notice.due_on), []).append(told)
    return found


def _close_when_settled(work: GrantAtWork) -> None:
    if work.grant.status is GrantStatus.OPEN and all(s.status in SETTLED for s in work.steps.values()):
        work.grant.status = GrantStatus.CLOSED
        work.grant.closed_on = work.today
        work.happened("grant_closed")


def open_recovery(work: GrantAtWork, instalment: Instalment, reason: str) -> None:
    """Open the step that follows an approval withdrawn after its money was released."""
    key = f"recovery-{instalment.number}-{work.today.isoformat()}"
    owner_id = work.roles.get(Role.COORDINATOR)
    rule = f"the approval of instalment {instalment.number}'s condition was withdrawn after its release"
    receipt = Receipt(rule, f"opened on {work.today.isoformat()}", source=reason)
    step = Step(
        grant_id=work.grant_id,
        key=key,
        phase=Phase.RELEASE,
        kind=StepKind.RECOVERY,
        position=len(work.steps) + 1,
        template_key="recovery",
        due_on=work.today,
        ladder=next(iter(work.programme.ladders)),
        owner_role=Role.COORDINATOR,
        owner_id=owner_id,
        owner_since_on=work.today,
        status=StepStatus.OPEN,
        receipt=receipt.as_json(),
        next_action_on=work.today,
    )
    work.session.add(step)
    work.session.flush()
    work.steps[key] = step
    work.happened("recovery_opened", step, instalment=instalment.number)


def reachable_owner(work: GrantAtWork, role: str) -> int | None:
    """Return who holds a role in the grant, counted up the coordinator's line if it names no one."""
    coordinator = work.roles.get(Role.COORDINATOR)
    if coordinator is None:
        return None
    people = load_people(work.session.connection(), [coordinator], work.today)
    return person_in_role(role, work.roles, coordinator, people)


def unsettled(steps: Sequence[Step]) -> list[str]:
    """Return the keys of the steps that are not settled."""
    return [step.key for step in steps if step.status not in SETTLED]
