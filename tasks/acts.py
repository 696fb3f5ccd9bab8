"""What people do to a grant: decide, answer, approve, extend, release, claim, pay; each in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.errors import (
    AnswerRefused,
    BadInput,
    NotAllowed,
    Refused,
    ReleaseRefused,
    UnknownInstalment,
    UnknownPerson,
    UnknownReference,
    UnknownStep,
)
from models.grant import Decision, Grant
from models.instalment import Instalment
from models.people import Person
from models.programme import StepRule
from models.rules.acceptance import Asked, Verdict, accept_answer, check_data
from models.rules.gate import GateReason, may_release
from models.rules.planner import calendar_of
from models.rules.reach import LADDER_ROLES
from models.step import Answer, Step
from models.vocabulary import (
    SETTLED,
    UNSETTLED,
    AnswerKind,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Role,
    StepKind,
    StepStatus,
)
from tasks.database import dry_run, unit_of_work
from tasks.documents import FileInput, keep_document
from tasks.journal_book import write_journal
from tasks.notices import Draft, gone_letters, queue_drafts
from tasks.people_lookup import load_people
from tasks.replanning import (
    GrantAtWork,
    add_draft,
    ask_for_release,
    claim_step,
    load_grant,
    money_detail,
    open_recovery,
    reachable_owner,
    replan,
    unsettled,
)


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A funder's decision as a person reports it; `dates` are named dates that it sets."""

    kind: DecisionKind
    decided_on: date
    amount_minor: int | None = None
    total_minor: int | None = None
    purpose: str = ""
    conditions: str = ""
    dates: Mapping[str, date] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """What a person says about a step; `data` answers its questions by key, `colleague` goes with "not me"."""

    kind: AnswerKind
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    expected_on: date | None = None
    colleague: str | None = None
    step_version: int | None = None
    files: tuple[FileInput, ...] = ()


def find_person(session: Session, email: str) -> Person:
    """Return the person with the address; UnknownPerson if there is none."""
    person = session.exec(select(Person).where(Person.email == email.strip().lower())).first()
    if person is None:
        raise UnknownPerson(f"'{email}' is not known; import the person first")
    return person


@contextmanager
def _grant_at_work(engine: Engine, reference: str, today: date, now: datetime) -> Iterator[GrantAtWork]:
    """Load a grant for a change; at the end of the block replan it and write notices, letters and journal."""
    with unit_of_work(engine) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference).with_for_update()).first()
        if grant is None:
            raise UnknownReference(f"'{reference}'; 'grants status' lists the ones there are")
        work = load_grant(session, grant, today)
        yield work
        finish(work, now)


def finish(work: GrantAtWork, now: datetime) -> None:
    """Replan, queue the drafted notices and write the journal, inside the open transaction."""
    replan(work)
    connection = work.session.connection()
    calendar = calendar_of(work.programme)
    events = list(work.events)
    waiting = list(work.drafts)
    letter_on = calendar.on_or_after(work.today)
    while waiting:
        # Letters of a day that have left take nothing more: the notice goes with the next working day's.
        gone = gone_letters(connection, {draft.letter_key(letter_on) for draft in waiting})
        ready: list[Draft] = [draft for draft in waiting if draft.letter_key(letter_on) not in gone]
        leave_at = now + timedelta(days=(letter_on - work.today).days)
        events += queue_drafts(connection, ready, letter_on=letter_on, now=now, leave_at=leave_at)
        waiting = [draft for draft in waiting if draft.letter_key(letter_on) in gone]
        letter_on = calendar.add(letter_on, 1)
    write_journal(connection, work.today, now, events)
    work.drafts.clear()
    work.events.clear()


def record_decision(
    engine: Engine,
    reference: str,
    decision: DecisionInput,
    *,
    by_email: str | None,
    today: date,
    now: datetime,
) -> None:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    with _grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email) if by_email else None
        apply_decision(work, decision, person.id if person else None, now)
        owner = work.roles.get(Role.COORDINATOR)
        told = next((s for s in work.steps.values() if s.kind is StepKind.FUNDER), None)
        if owner is not None and told is not None:
            rung = f"decided-{decision.kind}-{decision.decided_on.isoformat()}"
            amount = decision.amount_minor if decision.amount_minor is not None else decision.total_minor
            detail = {
                "decision": str(decision.kind),
                "amount_minor": amount,
                "currency": work.grant.currency,
                "purpose": decision.purpose,
            }
            add_draft(work, told, NoticeKind.DECIDED, rung, owner, **detail)


def apply_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime) -> None:
    """Add the decision to the grant; the caller replans."""
    _check_decision(work, decision)
    dates = {
        name: {"on": on.isoformat(), "source": decision.source or f"decision of {decision.decided_on}"}
        for name, on in decision.dates.items()
    }
    row = Decision(
        grant_id=work.grant_id,
        kind=decision.kind,
        decided_on=decision.decided_on,
        amount_minor=decision.amount_minor,
        total_minor=decision.total_minor,
        purpose=decision.purpose,
        conditions=decision.conditions,
        dates=dates,
        source=decision.source,
        recorded_by_id=by_id,
        recorded_at=now,
    )
    work.session.add(row)
    work.session.flush()
    work.decisions.append(row)
    work.happened(
        "decision_recorded",
        person_id=by_id,
        kind=str(decision.kind),
        decided_on=decision.decided_on.isoformat(),
        amount_minor=decision.amount_minor,
        total_minor=decision.total_minor,
    )
    if decision.kind in (DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL):
        _end_without_money(work, decision)
        return
    if decision.kind is DecisionKind.AWARD:
        _settle_by_decision(work, decision, by_id)


def _check_decision(work: GrantAtWork, decision: DecisionInput) -> None:
    if work.grant.status is not GrantStatus.OPEN:
        raise Refused(f"grant {work.grant.reference} is {work.grant.status}")
    unknown = [name for name in decision.dates if name not in work.programme.dates]
    if unknown:
        known = ", ".join(sorted(work.programme.dates)) or "none"
        raise BadInput(f"the programme has no date '{unknown[0]}'; it has: {known}")
    same = [d for d in work.decisions if (d.kind, d.decided_on) == (decision.kind, decision.decided_on)]
    if same:
        raise Refused(f"the {decision.kind} of {decision.decided_on} is recorded already")
    awarded = any(d.kind is DecisionKind.AWARD for d in work.decisions)
    if decision.kind is DecisionKind.AWARD and awarded:
        raise Refused("the grant has an award already; record a supplement or an amendment")
    if decision.kind in (DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT) and not awarded:
        raise Refused(f"a {decision.kind} needs an award first")
    out = sum(row.amount_minor or 0 for row in work.instalments if row.status in _OUT)
    total = decision.total_minor
    if total is None:
        total = (work.grant.award_minor or 0) + (decision.amount_minor or 0)
    if total < out:
        raise Refused(f"the award would become smaller than what is released ({out} in minor units)")


_OUT = (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)


def _settle_by_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None) -> None:
    for step in work.steps.values():
        rule = rule_of(work, step)
        if rule is not None and rule.settled_by_decision and step.status in UNSETTLED:
            step.status = StepStatus.DONE
            step.done_on = decision.decided_on
            step.done_by_id = by_id
            step.version += 1
            work.happened("step_settled_by_decision", step, by_id)


def _end_without_money(work: GrantAtWork, decision: DecisionInput) -> None:
    refused = decision.kind is DecisionKind.REFUSAL
    work.grant.status = GrantStatus.REFUSED if refused else GrantStatus.WITHDRAWN
    work.grant.closed_on = work.today
    for step in work.steps.values():
        if step.status in UNSETTLED:
            step.status = StepStatus.CANCELLED
            step.version += 1
            work.happened("step_cancelled", step)
    work.happened(f"grant_{work.grant.status}")


def rule_of(work: GrantAtWork, step: Step) -> StepRule | None:
    """Return the programme's rule for the step; None for one that no programme gives (a recovery)."""
    return next((rule for rule in work.programme.steps if rule.key == step.template_key), None)


def answer_step(
    engine: Engine,
    reference: str,
    step_key: str,
    answer: AnswerInput,
    *,
    by_email: str,
    today: date,
    now: datetime,
) -> StepStatus:
    """Take a person's answer to a step; return the step's new status.

    Raises AnswerRefused or NotAllowed with the reason when the rules do not accept it.
    """
    with _grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email)
        step = find_step(work, step_key, answer.kind)
        if answer.step_version is not None and answer.step_version != step.version:
            raise AnswerRefused(f"{step.key} has changed since the page was opened; open it again")
        values = _judge(work, step, answer, person)
        record_answer(work, step, answer, values, person, now)
        return step.status


def find_step(work: GrantAtWork, key: str, kind: AnswerKind | None = None) -> Step:
    """Return the step with that key; for an approval the step it approves may be named instead."""
    if work.grant.status is GrantStatus.WITHDRAWN or work.grant.status is GrantStatus.REFUSED:
        raise Refused(f"grant {work.grant.reference} is {work.grant.status}")
    about_approval = kind in (AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN)
    step = work.steps.get(key)
    if step is not None and about_approval and step.kind is not StepKind.APPROVAL:
        rules = [rule.key for rule in work.programme.steps if rule.approves == step.template_key]
        step = work.steps.get(rules[0]) if rules else step
    if step is None:
        raise UnknownStep(f"'{key}' in {work.grant.reference}; it has: {', '.join(work.steps)}")
    return step


def _judge(work: GrantAtWork, step: Step, answer: AnswerInput, person: Person) -> dict[str, Any]:
    rule = rule_of(work, step)
    values: dict[str, Any] = {}
    if answer.kind is AnswerKind.DONE and rule is not None:
        values, problems = check_data(rule.questions, answer.data)
        if problems and step.status in UNSETTLED:
            raise AnswerRefused("; ".join(problems))
    if step.kind in (StepKind.CLAIM, StepKind.PAYMENT) and answer.kind is AnswerKind.DONE:
        raise AnswerRefused(f"{step.key} is settled by 'grants {step.kind}' on its instalment")
    reporter = work.steps.get(rule.approves) if rule and rule.approves else None
    asked = Asked(
        answer.kind,
        person.id or 0,
        work.today,
        allowed_people(work, step),
        unsettled(work.needs_of(step)),
        reporter.done_by_id if reporter else None,
        answer.note,
    )
    verdict = accept_answer(step, asked)
    if verdict.accepted:
        return values
    if verdict.verdict is Verdict.NO_ROLE:
        raise NotAllowed(f"{person.email} has no part in {step.key} of {work.grant.reference}")
    raise AnswerRefused(
        f"{step.key}: {VERDICTS[verdict.verdict]}{f': {verdict.detail}' if verdict.detail else ''}"
    )


VERDICTS = {
    Verdict.ALREADY_DONE: "it is settled already",
    Verdict.OWN_REPORT: "whoever made the report cannot approve it",
    Verdict.NEEDS_FIRST: "it waits for",
    Verdict.NOT_YET_OPEN: "it cannot be answered yet",
    Verdict.NOT_DATED: "it has no date yet",
    Verdict.WRONG_KIND: "it takes another kind of answer",
    Verdict.NO_REASON: "say why (--note)",
    Verdict.NOT_APPROVED: "there is no approval to take back",
}


def allowed_people(work: GrantAtWork, step: Step) -> set[int]:
    """Return who may answer the step: everyone with a role in the grant, the owner and their deputies, admins."""
    allowed = set(work.roles.values())
    if step.owner_id is not None:
        people = load_people(work.session.connection(), [step.owner_id], work.today)
        deputy = people[step.owner_id].deputy_id
        allowed |= {step.owner_id, *([deputy] if deputy else [])}
    allowed |= {above for role in LADDER_ROLES if (above := reachable_owner(work, role)) is not None}
    allowed |= {i for i in work.session.exec(select(Person.id).where(col(Person.is_admin))) if i is not None}
    return allowed


def record_answer(
    work: GrantAtWork, step: Step, answer: AnswerInput, values: dict[str, Any], person: Person, now: datetime
) -> None:
    """Write the answer down and let it act on the step; the caller replans."""
    colleague = find_person(work.session, answer.colleague) if answer.colleague else None
    by_id = person.id or 0
    work.session.add(
        Answer(
            step_id=step.id or 0,
            step_version=step.version,
            kind=answer.kind,
            by_id=by_id,
            answered_on=work.today,
            answered_at=now,
            data=values,
            note=answer.note,
            expected_on=answer.expected_on,
            colleague_id=colleague.id if colleague else None,
        )
    )
    for file in answer.files:
        digest = keep_document(work.session, step, file, by_id, now)
        work.happened("document_added", step, by_id, sha256=digest)
    step.version += 1
    match answer.kind:
        case AnswerKind.DONE | AnswerKind.APPROVED:
            step.status = StepStatus.APPROVED if answer.kind is AnswerKind.APPROVED else StepStatus.DONE
            step.done_on, step.done_by_id = work.today, by_id
            work.happened("step_approved" if answer.kind is AnswerKind.APPROVED else "step_done", step, by_id)
            if answer.kind is AnswerKind.APPROVED:
                _tell_approved(work, step, by_id, answer.note)
        case AnswerKind.NOT_YET:
            step.expected_on = answer.expected_on
            expected = answer.expected_on.isoformat() if answer.expected_on else None
            work.happened("step_put_off", step, by_id, expected_on=expected)
        case AnswerKind.NOT_ME:
            _pass_to(work, step, by_id, colleague)
        case AnswerKind.RETURNED:
            _return_report(work, step, by_id, answer.note)
        case AnswerKind.WITHDRAWN:
            _withdraw_approval(work, step, by_id, answer.note)


def _tell_approved(work: GrantAtWork, step: Step, by_id: int, note: str) -> None:
    owner = work.roles.get(Role.COORDINATOR)
    if owner is not None and owner != by_id:
        add_draft(work, step, NoticeKind.APPROVED, f"approved-{step.version}", owner, by=by_id, note=note)


def _pass_to(work: GrantAtWork, step: Step, by_id: int, colleague: Person | None) -> None:
    """Hand the step to the named colleague, or to the owner's manager to place."""
    to_id = colleague.id if colleague else reachable_owner(work, Role.UNIT_MANAGER)
    if to_id is None or to_id == step.owner_id:
        raise AnswerRefused(f"{step.key}: name a colleague who takes it over")
    before, step.owner_id, step.owner_since_on = step.owner_id, to_id, work.today
    work.happened("step_handed_over", step, to_id, **{"from": before, "by": by_id})
    rung = f"handed-over-{step.version}"
    add_draft(work, step, NoticeKind.HANDED_OVER, rung, to_id, **{"from": before, "by": by_id})


def _return_report(work: GrantAtWork, approval: Step, by_id: int, note: str) -> None:
    """Reopen the report that the approval is about, with its ladder."""
    rule = rule_of(work, approval)
    report = work.steps[rule.approves] if rule and rule.approves else approval
    approval.status = StepStatus.WAITING
    report.status = StepStatus.OPEN
    report.done_on = report.done_by_id = None
    report.returned_count += 1
    report.version += 1
    report.fixed_due_on = _time_to_mend(work, approval, report)
    report.fixed_due_source = f"the return on {work.today.isoformat()}"
    work.happened("report_returned", report, by_id, times=report.returned_count)
    # The letter names the new due date.
    replan(work)
    if report.owner_id is not None:
        rung = f"returned-{report.returned_count}"
        add_draft(work, report, NoticeKind.RETURNED, rung, report.owner_id, by=by_id, note=note)


def _time_to_mend(work: GrantAtWork, approval: Step, report: Step) -> date:
    """Return when a returned report is due again: in some working days, but a day before its approval is due.

    It never comes earlier than it was, nor before the next working day.
    """
    calendar = calendar_of(work.programme)
    again = calendar.add(work.today, work.programme.mend_working_days)
    if approval.due_on is not None:
        again = min(again, calendar.add(approval.due_on, -1))
    return max(again, calendar.add(work.today, 1), report.due_on or work.today)


def _withdraw_approval(work: GrantAtWork, approval: Step, by_id: int, note: str) -> None:
    """Take an approval back: before the release it blocks it, after it a recovery step opens."""
    approval.status = StepStatus.OPEN
    approval.done_on = approval.done_by_id = None
    work.happened("approval_withdrawn", approval, by_id)
    for instalment in work.instalments:
        if instalment.status in _OUT and approval in work.conditions_of(instalment):
            open_recovery(work, instalment, note)
    for role in (Role.COORDINATOR, Role.CONTROLLER, Role.UNIT_MANAGER):
        person_id = work.roles.get(role)
        if person_id is not None and person_id != by_id:
            rung = f"withdrawn-{approval.version}"
            add_draft(work, approval, NoticeKind.WITHDRAWN, rung, person_id, by=by_id, note=note)


@dataclass(frozen=True, slots=True)
class Moved:
    """A due date that an extension moves."""

    key: str
    from_on: date | None
    to_on: date | None


def extend_step(
    engine: Engine,
    reference: str,
    step_key: str,
    *,
    to_on: date,
    reason: str,
    by_email: str,
    today: date,
    now: datetime,
    apply: bool,
) -> list[Moved]:
    """Move a step's due date; return every date that moves. Nothing is kept unless `apply` is true."""
    with _grant_at_work(engine if apply else dry_run(engine), reference, today, now) as work:
        return _extend(work, step_key, to_on, reason, by_email)


def _extend(work: GrantAtWork, step_key: str, to_on: date, reason: str, by_email: str) -> list[Moved]:
    person = find_person(work.session, by_email)
    step = find_step(work, step_key)
    if step.status in SETTLED:
        raise Refused(f"{step.key} is {step.status}; there is nothing to extend")
    if person.id not in allowed_people(work, step):
        raise NotAllowed(f"{person.email} has no part in {work.grant.reference}")
    if not reason.strip():
        raise BadInput("say why the date moves (--reason)")
    before = {key: other.due_on for key, other in work.steps.items()}
    owners = {key: other.owner_id for key, other in work.steps.items()}
    step.fixed_due_on, step.fixed_due_source = to_on, reason
    work.happened("step_extended", step, person.id, to=to_on.isoformat(), reason=reason)
    replan(work)
    moved = [
        Moved(key, before[key], other.due_on)
        for key, other in work.steps.items()
        if key in before and other.due_on != before[key]
    ]
    for one in moved:
        owner_id, other = owners[one.key], work.steps[one.key]
        if owner_id is not None and one.from_on and one.to_on:
            dates = {"from": one.from_on.isoformat(), "to": one.to_on.isoformat()}
            rung = f"moved-{other.version}"
            add_draft(work, other, NoticeKind.MOVED, rung, owner_id, by=person.id, note=reason, **dates)
    return moved


def release_instalment(
    engine: Engine,
    reference: str,
    number: int,
    *,
    by_email: str,
    today: date,
    now: datetime,
    first_only: bool = False,
) -> GateReason:
    """Ask for, or as the second person confirm, the release of a withheld instalment; return which it was.

    `first_only` is for a form that cannot know who presses its button: it asks, and never confirms.
    Raises ReleaseRefused, saying what is missing, when the gate stays shut. The gate is decided on rows read in
    the transaction that releases, and the database decides it once more.
    """
    with _grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email)
        instalment = find_instalment(work, number)
        conditions = work.conditions_of(instalment)
        claim = claim_step(work, instalment)
        allowed = allowed_people(work, claim) if claim else set(work.roles.values())
        decision = may_release(instalment, conditions, by_id=person.id or 0, allowed_ids=allowed)
        if not decision.accepted:
            missing = f": {', '.join(decision.missing)}" if decision.missing else ""
            raise ReleaseRefused(f"instalment {number} of {reference}: {GATES[decision.reason]}{missing}")
        if first_only and decision.reason is GateReason.CONFIRMED:
            asked = f"instalment {number} of {reference} was asked for on {instalment.requested_on}"
            raise ReleaseRefused(f"{asked}; the second person confirms by their own link or 'grants release'")
        if decision.reason is GateReason.REQUESTED:
            instalment.requested_by_id, instalment.requested_on = person.id, today
            work.happened("release_requested", person_id=person.id, instalment=number)
            ask_for_release(work, instalment)
        else:
            _release(work, instalment, person.id or 0)
        return decision.reason


GATES = {
    GateReason.CONDITION_MISSING: "its condition is not approved",
    GateReason.SAME_PERSON: "the person who asked for the release cannot confirm it; a second person must",
    GateReason.NO_ROLE: "that person has no role in the grant",
    GateReason.NO_SUM: "its sum is not known: no decision states one",
    GateReason.ALREADY_RELEASED: "it is released already",
    GateReason.NO_CONDITION: "it has no condition: the funder's decision releases it",
    GateReason.REQUESTED: "a second person must confirm it",
    GateReason.CONFIRMED: "released",
}


def _release(work: GrantAtWork, instalment: Instalment, by_id: int) -> None:
    instalment.status = InstalmentStatus.RELEASED
    instalment.confirmed_by_id, instalment.released_on = by_id, work.today
    work.session.flush()
    work.happened(
        "instalment_released",
        person_id=by_id,
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        requested_by=instalment.requested_by_id,
    )
    claim = claim_step(work, instalment)
    if claim is not None and claim.owner_id is not None:
        rung = f"released-{instalment.number}"
        add_draft(work, claim, NoticeKind.RELEASED, rung, claim.owner_id, **money_detail(work, instalment))


def find_instalment(work: GrantAtWork, number: int) -> Instalment:
    """Return the grant's instalment; UnknownInstalment if it has none with that number."""
    for instalment in work.instalments:
        if instalment.number == number:
            return instalment
    numbers = ", ".join(str(row.number) for row in work.instalments) or "none yet"
    raise UnknownInstalment(f"{number} in {work.grant.reference}; it has: {numbers}")


def claim_instalment(
    engine: Engine, reference: str, number: int, *, by_email: str, today: date, now: datetime
) -> None:
    """Record that the claim of a released instalment was sent to the funder."""
    with _grant_at_work(engine, reference, today, now) as work:
        person, instalment = find_person(work.session, by_email), find_instalment(work, number)
        step = claim_step(work, instalment)
        _check_part(work, step, person)
        if instalment.status is not InstalmentStatus.RELEASED:
            raise ReleaseRefused(_why_not(work, instalment, "claimed", InstalmentStatus.RELEASED))
        instalment.status, instalment.claimed_on = InstalmentStatus.CLAIMED, today
        work.happened("instalment_claimed", step, person.id, instalment=number)
        _settle(work, step, person)


def record_payment(
    engine: Engine,
    reference: str,
    number: int,
    *,
    by_email: str,
    today: date,
    now: datetime,
    amount_minor: int | None = None,
) -> None:
    """Record that the funder paid a claimed instalment, whole unless a sum is given."""
    with _grant_at_work(engine, reference, today, now) as work:
        person, instalment = find_person(work.session, by_email), find_instalment(work, number)
        step = claim_step(work, instalment, StepKind.PAYMENT)
        _check_part(work, step, person)
        if instalment.status is not InstalmentStatus.CLAIMED:
            raise ReleaseRefused(_why_not(work, instalment, "paid", InstalmentStatus.CLAIMED))
        paid = instalment.amount_minor if amount_minor is None else amount_minor
        if paid is None or paid < 0 or paid > (instalment.amount_minor or 0):
            raise BadInput(f"the payment ({paid}) is more than the instalment ({instalment.amount_minor})")
        instalment.status, instalment.paid_on, instalment.paid_minor = InstalmentStatus.PAID, today, paid
        work.happened("instalment_paid", step, person.id, instalment=number, paid_minor=paid)
        _settle(work, step, person)
        owner = work.roles.get(Role.COORDINATOR)
        if step is not None and owner is not None and owner != person.id:
            add_draft(work, step, NoticeKind.PAID, f"paid-{number}", owner, **money_detail(work, instalment))


def _why_not(work: GrantAtWork, instalment: Instalment, wanted: str, needs: InstalmentStatus) -> str:
    text = f"instalment {instalment.number} of {work.grant.reference} is {instalment.status}, not {needs}"
    missing = [step.key for step in work.conditions_of(instalment) if step.status is not StepStatus.APPROVED]
    waits = f"; it waits for {', '.join(missing)}" if missing else ""
    return f"{text}, so it cannot be {wanted}{waits}"


def _check_part(work: GrantAtWork, step: Step | None, person: Person) -> None:
    allowed = allowed_people(work, step) if step else set(work.roles.values())
    if person.id not in allowed:
        raise NotAllowed(f"{person.email} has no role in {work.grant.reference}")


def _settle(work: GrantAtWork, step: Step | None, person: Person) -> None:
    if step is not None and step.status in UNSETTLED:
        step.status = StepStatus.DONE
        step.done_on, step.done_by_id = work.today, person.id
        step.version += 1
        work.happened("step_done", step, person.id)
