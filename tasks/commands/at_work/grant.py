"""The grant that a change works on: its rows, and what the change comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, SQLModel, col, select

from models.errors import Refused, UnknownInstalment, UnknownPerson, UnknownStep
from models.programme.file import Programme
from models.programme.step import StepRule
from models.reading.messages import Reading
from models.reading.suggestion import did_you_mean
from models.rules.dates.plan import PlanBasis, needs_of_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.money.shares import decision_order
from models.rules.notices.ladder import StepFacts
from models.rules.notices.quiet import Start
from models.rules.notices.recipients import PersonFacts
from models.rules.steps.needs import find_approved
from models.rules.steps.order import has_come
from models.rules.watch.rows import Rows, changed_rows, held_roles, held_rows
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED, UNSETTLED, AnswerKind, GrantStatus, NoticeKind, StepKind, StepStatus
from tasks.commands.messages import Refusal
from tasks.people.notices import NewNotice
from tasks.store.decisions import HOLDS
from tasks.store.journal import Happened
from tasks.store.new_rows import NewRows
from tasks.store.people import load_roles
from tasks.store.shared import SharedFacts

Row = TypeVar("Row", bound=SQLModel)
# How many grants are worked on together: enough to share what they share, few enough to hold in memory.
BATCH = 500

# Made once: what a change to one grant pays for is the making of its queries.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_NAMED = (
    select(Grant)
    .where(col(Grant.reference).in_(bindparam("references", expanding=True)))
    .order_by(col(Grant.id))
    .with_for_update(key_share=True)
)
_LOCKED_STEPS = (
    select(Step.id).where(col(Step.grant_id).in_(_IDS)).order_by(col(Step.id)).with_for_update(key_share=True)
)
_STEPS = (
    select(Step)
    .where(col(Step.grant_id).in_(_IDS))
    .order_by(col(Step.grant_id), col(Step.position), col(Step.id))
)
_DECIDED = (
    select(Decision)
    .where(col(Decision.grant_id).in_(_IDS), HOLDS)
    .order_by(col(Decision.decided_on), col(Decision.id))
)
_PARTS = select(Instalment).where(col(Instalment.grant_id).in_(_IDS)).order_by(col(Instalment.number))
_PERSON = select(Person).where(col(Person.email) == bindparam("email"))


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan and what it was made from; `receipts` are those of its steps, as rows keep them.

    `followed` are the keys of the steps that are as the plan says.
    """

    programme: Programme
    facts: PlanFacts
    steps: Mapping[str, PlannedStep]
    receipts: dict[str, dict[str, object]] = field(default_factory=dict)
    followed: set[str] = field(default_factory=set)


@dataclass(slots=True)
class GrantAtWork:
    """A grant with everything a change to it touches, and what the change comes to: events and notices.

    `shared` is what it has in common with the grants that are worked on together with it. `opening` holds its rows
    while it is being opened, and is None once they are in the database. `planned_after` is how many events there
    were when it was last planned: each change is an event, so as long as there are no more the plan still holds.
    `held` is what its rows held before the change, of what the journal says too, and `added` what new rows hold that
    are never changed.
    """

    session: Session
    grant: Grant
    programme: Programme
    steps: dict[str, Step]
    roles: dict[str, int]
    decisions: list[Decision]
    instalments: list[Instalment]
    today: date
    shared: SharedFacts
    opening: NewRows | None = None
    plan: MadePlan | None = None
    events: list[Happened] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    planned_after: int | None = None
    held: Rows = field(default_factory=dict)
    added: Rows = field(default_factory=dict)

    @property
    def start(self) -> Start:
        """How the grant began here: whether it is quiet, and from when its ladders count."""
        return Start(self.grant.quiet, self.grant.late_confirmed_on)

    @property
    def grant_id(self) -> int:
        """The grant's id; it has one once it is in the database."""
        if self.grant.id is None:
            raise ValueError("the grant is not in the database yet")
        return self.grant.id

    @property
    def basis(self) -> PlanBasis:
        """What all plans of its programme have in common."""
        return self.shared.basis(self.programme)

    def happened(
        self, event: str, step: Step | None = None, person_id: int | None = None, **detail: object
    ) -> None:
        """Note an event for the journal."""
        self.events.append(Happened(event, self.grant_id, step.id if step else None, person_id, detail))

    def add(self, model: type[Row], rows: Iterable[Mapping[str, object]]) -> list[Row]:
        """Add rows of the grant; they have their ids."""
        if self.opening is not None:
            added = [self.opening.add(model, values) for values in rows]
        else:
            added = [model(**values) for values in rows]
            self.session.add_all(added)
            self.session.flush()
        if model in (Decision, InstalmentCondition, Payment):
            self.added |= held_rows(model, added)
        return added

    def take_changed(self) -> Rows:
        """Return what the rows hold that they did not before the change, and let the next change begin here."""
        now = (
            held_rows(Grant, [self.grant])
            | held_roles(self.grant_id, self.roles)
            | held_rows(Step, self.steps.values())
            | held_rows(Instalment, self.instalments)
        )
        changed = changed_rows(self.held, now) | self.added
        self.held, self.added = now, {}
        return changed

    def flush(self) -> None:
        """Let the database have what changed, so that its guards see it in this order."""
        if self.opening is None:
            self.session.flush()

    def people(self, *ids: int) -> Mapping[int, PersonFacts]:
        """Return these people, who hold the roles, and everyone up their lines, by id, and perhaps others."""
        return self.shared.people({*self.roles.values(), *ids}, self.today)

    def all_needs(self) -> dict[str, list[Step]]:
        """Return the steps that must be settled before each one can be answered, by its key."""
        # One whose period the grant no longer has is not the last.
        places = {
            key: (step.template_key, step.period)
            for key, step in self.steps.items()
            if step.status is not StepStatus.CANCELLED
        }
        found: dict[str, list[Step]] = {key: [] for key in self.steps}
        for key, needs in needs_of_steps(self.basis, places).items():
            number = self.steps[key].instalment
            found[key] = [
                need
                for need in (self.steps[one] for one in needs)
                # A payment waits for the claim of its own instalment, not for that of an added one.
                if number is None or need.instalment in (None, number)
            ]
        return found

    def needs_of(self, step: Step) -> list[Step]:
        """Return the steps that must be settled before this one can be answered."""
        return self.all_needs()[step.key]

    def conditions_of(self, instalment: Instalment) -> list[Step]:
        """Return the steps that must stand approved before the instalment is released."""
        ids = self.shared.conditions.get(instalment.id or 0, ())
        return [step for step in self.steps.values() if step.id in ids]

    def add_conditions(self, instalment: Instalment, steps: Iterable[Step]) -> None:
        """Let the instalment wait for these steps too."""
        known = self.shared.conditions.setdefault(instalment.id or 0, set())
        fresh = list(dict.fromkeys(step.id or 0 for step in steps if step.id not in known))
        if fresh:
            self.add(InstalmentCondition, [{"instalment_id": instalment.id, "step_id": one} for one in fresh])
            known.update(fresh)


def lock_grant(session: Session, reference: str) -> Grant | None:
    """Return the grant, held with all its steps until the transaction ends; None if there is none."""
    return next(iter(lock_grants(session, [reference])), None)


def lock_grants(session: Session, references: Sequence[str]) -> list[Grant]:
    """Return those of the grants that are there, held with all their steps until the transaction ends.

    Who locks several grants or steps does it in the order of their ids, or two transactions could wait for each
    other: a round, a handover, and a change whose flushes come in an order of their own. `key_share` lets a foreign
    key that somebody else's row needs be looked up meanwhile.
    """
    grants = list(session.exec(_NAMED, params={"references": list(references)}))
    if grants and session.get_bind().dialect.name == "postgresql":
        # SQLite has one writer.
        session.exec(_LOCKED_STEPS, params={"ids": [grant.id for grant in grants]}).all()
    return grants


def load_grant(session: Session, grant: Grant, today: date) -> GrantAtWork:
    """Return the grant with its steps, roles, decisions and instalments."""
    return load_grants(session, [grant], today)[0]


def load_grants(session: Session, grants: Sequence[Grant], today: date) -> list[GrantAtWork]:
    """Return the grants, each with its steps, roles, decisions and instalments."""
    ids = [grant.id for grant in grants if grant.id is not None]
    roles = load_roles(session.connection(), ids)
    shared = SharedFacts(session, ids)
    works = {
        grant.id: GrantAtWork(
            session,
            grant,
            shared.programme(grant.programme_id),
            {},
            roles[grant.id or 0],
            [],
            [],
            today,
            shared,
        )
        for grant in grants
    }
    given = {"ids": ids}
    for step in session.exec(_STEPS, params=given):
        works[step.grant_id].steps[step.key] = step
    for decision in session.exec(_DECIDED, params=given):
        works[decision.grant_id].decisions.append(decision)
    for work in works.values():
        work.decisions.sort(key=decision_order)
    for part in session.exec(_PARTS, params=given):
        works[part.grant_id].instalments.append(part)
    for work in works.values():
        work.take_changed()
    return list(works.values())


def add_notice(
    work: GrantAtWork, step: Step, kind: NoticeKind, rung: str, person_id: int, **detail: object
) -> None:
    """Add a notice that no ladder gives: something happened that the person must know.

    Who gets a step before its time has come, or puts it off, has nothing to do yet, and nobody is told of it.
    """
    if kind in (NoticeKind.HANDED_OVER, NoticeKind.PUT_OFF) and not step_has_come(work, step):
        return
    work.notices.append(
        NewNotice(
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


def rule_of(work: GrantAtWork, step: Step) -> StepRule | None:
    """Return the programme's rule for the step; None for one that no programme gives (a recovery)."""
    return work.basis.rules.get(step.template_key)


def step_has_come(work: GrantAtWork, step: Step) -> bool:
    """Return whether the step's time has come, by rules.steps.order."""
    return has_come(step.phase, step.kind, work.grant.awarded_on)


def ladder_facts(work: GrantAtWork, step: Step) -> StepFacts:
    """Return what the ladder needs to know of the step."""
    return StepFacts(step.due_on, step.opens_on, work.start, step_has_come(work, step))


def find_step(work: GrantAtWork, key: str, kind: AnswerKind | None = None) -> Step:
    """Return the step with that key; for an approval the step it approves may be named instead."""
    check_runs(work)
    about_approval = kind in (AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN)
    step = step_named(work, key)
    if about_approval and step.kind is not StepKind.APPROVAL:
        approvals = approvals_of(work, step)
        if kind is AnswerKind.WITHDRAWN:
            # The last that stands is taken back first.
            standing = [one for one in approvals if one.status is StepStatus.APPROVED]
            return (*approvals[:1], *standing)[-1] if approvals else step
        return next((one for one in approvals if one.status in UNSETTLED), (*approvals, step)[0])
    return step


def approvals_of(work: GrantAtWork, report: Step) -> list[Step]:
    """Return the approvals of a report, in the order in which its bodies take it up."""
    order = {rule.key: place for place, rule in enumerate(work.programme.steps) if rule.approves}
    approvals = [step for step in work.steps.values() if step.template_key in order]
    found = [step for step in approvals if report.key in _approved_by(work, step)]
    return sorted(found, key=lambda step: (order[step.template_key], step.position))


def report_of(work: GrantAtWork, approval: Step) -> Step | None:
    """Return the report that an approval is about, the last of them if it is about several; None for another step."""
    keys = _approved_by(work, approval)
    return work.steps[keys[-1]] if keys else None


def _approved_by(work: GrantAtWork, approval: Step) -> tuple[str, ...]:
    rule = rule_of(work, approval)
    if rule is None or rule.approves is None:
        return ()
    places = {key: (step.template_key, step.period) for key, step in work.steps.items()}
    return find_approved(rule, approval.period, places, work.programme)


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
        person = session.exec(_PERSON, params={"email": who.strip().lower()}).first()
    if person is None:
        raise UnknownPerson(Refusal.NO_SUCH_PERSON(person=who))
    return person


def claim_step(work: GrantAtWork, instalment: Instalment, kind: StepKind = StepKind.CLAIM) -> Step | None:
    """Return the step that claims (or, by kind, is paid) the instalment."""
    for step in work.steps.values():
        if step.kind is kind and step.instalment == instalment.number:
            return step
    return None


def money_detail(work: GrantAtWork, instalment: Instalment) -> dict[str, object]:
    """Return what a money letter needs to know."""
    return {
        "instalment": instalment.number,
        "amount_minor": instalment.amount_minor,
        "currency": work.grant.currency,
        "requested_by": instalment.requested_by_id,
    }


def unsettled(steps: Sequence[Step]) -> list[str]:
    """Return the keys of the steps that are not settled."""
    return [step.key for step in steps if step.status not in SETTLED]
