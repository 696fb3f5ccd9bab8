"""Find a grant's step, instalment or person by its name."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.errors import Refused, UnknownInstalment, UnknownPerson, UnknownStep
from models.reading.address import as_compared, mailbox_of
from models.reading.value_faults import Reading, did_you_mean
from models.rules.answers.answerers import find_answerers
from models.rules.money.payment import find_step_of
from models.rules.notices.recipients import find_person_in_role
from models.rules.sources import asked_again_on
from models.rules.steps.approvals import find_reports_under
from models.tables.columns import id_of
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import (
    SETTLED,
    UNSETTLED,
    AnswerKind,
    GrantStatus,
    Role,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.command_faults import Refusal

_PERSON = select(Person).where(col(Person.email) == bindparam("email"))


def find_step(work: GrantAtWork, key: str, kind: AnswerKind | None = None) -> Step:
    """Return the step with that key; for an approval the step it approves may be named instead."""
    check_runs(work)
    about_approval = kind in (AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN)
    step = step_named(work, key)
    if about_approval and step.kind is not StepKind.APPROVAL:
        approvals = approvals_of(work, step)
        first = approvals[0] if approvals else step
        if kind is AnswerKind.WITHDRAWN:
            # The last of several approvals is taken back first.
            standing = [approval for approval in approvals if approval.status is StepStatus.APPROVED]
            return standing[-1] if standing else first
        return next((approval for approval in approvals if approval.status in UNSETTLED), first)
    return step


def find_item(work: GrantAtWork, key: str) -> Step:
    """Return the item with the key; Refused for a step that is not before a body."""
    step = find_step(work, key)
    if work.record.body_of(step) is None:
        raise Refused(Refusal.NO_ITEM(step=step.key))
    return step


def days_met(work: GrantAtWork, step: Step) -> tuple[date, ...]:
    """Return the days on which the step's body meets; none for a step that is not before a body."""
    return work.shared.days_met(work.programme, work.grant.recipient_id, work.record.body_of(step))


def approvals_of(work: GrantAtWork, report: Step) -> list[Step]:
    """Return the approvals of a report, in the order in which its bodies take it."""
    order = {rule.key: place for place, rule in enumerate(work.programme.steps) if rule.approves}
    steps = work.steps.values()
    approvals = []
    for step in steps:
        if step.template_key not in order:
            continue
        keys = {under.key for under in find_reports_under(step, steps, work.programme)}
        if report.key in keys:
            approvals.append(step)
    return sorted(approvals, key=lambda step: (order[step.template_key], step.position))


def step_named(work: GrantAtWork, key: str) -> Step:
    """Return the step with that key; UnknownStep if the grant has none."""
    if key not in work.steps:
        near = did_you_mean(key, work.steps)
        raise UnknownStep(Refusal.NO_SUCH_STEP(step=key, grant=work.grant.reference, near=near))
    return work.steps[key]


def check_runs(work: GrantAtWork) -> None:
    """Raise Refused when the funder refused the grant, or it was withdrawn."""
    if work.grant.status in (GrantStatus.WITHDRAWN, GrantStatus.REFUSED):
        raise Refused(Refusal.GRANT_IS(grant=work.grant.reference, status=work.grant.status))


def find_instalment(work: GrantAtWork, number: int) -> Instalment:
    """Return the grant's instalment; UnknownInstalment if it has none with that number."""
    for instalment in work.instalments:
        if instalment.number == number:
            return instalment
    there = ", ".join(str(row.number) for row in work.instalments) or Reading.NONE()
    raise UnknownInstalment(
        Refusal.NO_SUCH_INSTALMENT(number=number, grant=work.grant.reference, there=there)
    )


def find_person(session: Session, who: str | int) -> Person:
    """Return the person with the address, or the id; UnknownPerson if there is none."""
    if isinstance(who, int):
        person = session.get(Person, who)
    else:
        person = session.exec(_PERSON, params={"email": as_compared(who)}).first()
    if person is None:
        raise UnknownPerson(Refusal.NO_SUCH_PERSON(person=who))
    return person


def claim_step(work: GrantAtWork, instalment: Instalment) -> Step | None:
    """Return the step that claims the instalment."""
    return find_step_of(work.steps.values(), instalment.number, StepKind.CLAIM)


def payment_step(work: GrantAtWork, instalment: Instalment) -> Step | None:
    """Return the step of the instalment's payment."""
    return find_step_of(work.steps.values(), instalment.number, StepKind.PAYMENT)


def stands_on(work: GrantAtWork, instalment: Instalment) -> list[Step]:
    """Return the approvals that an instalment's money depends on.

    They are its conditions; if nobody claims it, those that its payment waits for.
    """
    payment = payment_step(work, instalment)
    if payment is None or claim_step(work, instalment) is not None:
        return work.conditions_of(instalment)
    return [need for need in work.needs_of(payment) if need.kind is StepKind.APPROVAL]


def unsettled(steps: Sequence[Step]) -> list[str]:
    """Return the keys of the steps that are not settled."""
    return [step.key for step in steps if step.status not in SETTLED]


def reachable_owner(work: GrantAtWork, role: str) -> int | None:
    """Return the holder of a role, counted up the coordinator's line if the grant names nobody."""
    coordinator = work.roles.get(Role.COORDINATOR)
    if coordinator is None:
        return None
    return find_person_in_role(role, work.roles, coordinator, work.people())


def allowed_people(work: GrantAtWork, step: Step, person: Person) -> Collection[int]:
    """Return who may answer the step; of the administrators only the one who is acting is included."""
    people = work.people(*([step.owner_id] if step.owner_id is not None else []))
    admins = {id_of(person)} if person.is_admin else ()
    return find_answerers(step.owner_id, work.roles, people, work.today, admins)


def same_people(session: Session, person_id: int, email: str, others: Iterable[int | None]) -> set[int]:
    """Return the ids of a person: their own, and those of others who share the mailbox."""
    other_ids = {other for other in others if other is not None}
    people = session.exec(select(Person).where(col(Person.id).in_(other_ids))) if other_ids else ()
    return {person_id} | {id_of(person) for person in people if mailbox_of(person.email) == mailbox_of(email)}


def next_above(work: GrantAtWork, step: Step, by_id: int) -> int | None:
    """Return the next above the step's owner, who is neither the owner nor the actor."""
    above = (reachable_owner(work, role) for role in (Role.UNIT_MANAGER, Role.HEAD_OF_DEPARTMENT))
    return next(
        (
            person_id
            for person_id in above
            if person_id is not None and person_id not in (by_id, step.owner_id)
        ),
        None,
    )


def ask_again_later(work: GrantAtWork, step: Step) -> None:
    """Let a round ask for the step's figures in a week, if an outside source has them and none is planned.

    A report can be handed in before its first reminder, with which gathering begins, and its books
    are corrected later.
    """
    if step.gather_on is None and _asks_outside(work, step):
        step.gather_on = asked_again_on(work.today, is_answered=True)


def _asks_outside(work: GrantAtWork, step: Step) -> bool:
    rule = work.record.rule_of(step)
    has_file = bool(work.grant.figures_file and step.period)
    return rule is not None and any(
        (question.gather is not None and question.gather.source is not None) or (has_file and question.column)
        for question in rule.questions
    )
