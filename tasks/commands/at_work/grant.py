"""The grant that a command changes: its rows, and the events and notices of the change."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from sqlmodel import Session, SQLModel

from models.events import GrantEvent
from models.facts.notice import NewNotice
from models.programme.plan import Programme
from models.rules.dates.committee import MeetingTaken
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.notices.recipients import PersonFacts, decide_reached_in
from models.rules.steps.approvals import find_report_under
from models.rules.steps.order import has_come
from models.rules.steps.prerequisites import list_all_waits, waits_for
from models.rules.watch.tampering import Rows, find_changed_rows, read_held_roles, read_held_rows
from models.tables.columns import id_of
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.step import Answer, Step
from models.vocabulary import NoticeKind
from tasks.grant.records import GrantRecord, ProgrammeFacts
from tasks.people.notices import notice_about
from tasks.store.journal import Event
from tasks.store.new_rows import NewRows
from tasks.store.shared_facts import SharedFacts

Row = TypeVar("Row", bound=SQLModel)

# The tables of the record that are read again after a change has added a row.
_TABLES: Mapping[type[SQLModel], tuple[str, ...]] = {
    Step: ("steps", "steps_by_id"),
    Decision: ("decisions",),
    Instalment: ("instalment_rows", "instalments", "conditions"),
    Answer: ("answers",),
}


@dataclass(frozen=True, slots=True)
class MadePlan:
    """A plan and what it was made from."""

    programme: Programme
    facts: PlanFacts
    steps: Mapping[str, PlannedStep]


@dataclass(slots=True)
class GrantAtWork:
    """A grant's record, the rows that a change may touch, and the change's events and notices.

    `shared` is what it shares with the other grants of the transaction. `opening` holds its rows
    while it is being opened, and is None once they are in the database. `planned_after` is the
    number of events when it was last planned: each change is an event, so the plan holds until
    there are more. `held` is the state of its rows before the change, in the journal's columns, and
    `added` that of new rows that never change. `known_done` are days on which a file says that
    steps were done, also steps that a decision settles. `holds_news` keeps it quiet from the start
    if there is anything to tell. `chosen_meetings` are those that the change lets take approvals,
    by the approvals' keys. Its acts can be undone by one press for as long as `reversible_for`.
    """

    session: Session
    record: GrantRecord
    steps: dict[str, Step]
    roles: dict[str, int]
    decisions: list[Decision]
    instalments: list[Instalment]
    today: date
    shared: SharedFacts
    opening: NewRows | None = None
    plan: MadePlan | None = None
    events: list[Event] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    planned_after: int | None = None
    held: Rows = field(default_factory=dict)
    added: Rows = field(default_factory=dict)
    known_done: Mapping[str, date] = field(default_factory=dict)
    holds_news: bool = False
    chosen_meetings: dict[str, MeetingTaken] = field(default_factory=dict)
    reversible_for: timedelta | None = None

    @property
    def grant(self) -> Grant:
        """The grant's own row."""
        return self.record.grant

    @property
    def programme(self) -> Programme:
        """The programme, in the grant's version."""
        return self.record.programme

    @property
    def given_dates(self) -> set[str]:
        """The names of the dates that the funder's decisions give."""
        return {name for decision in self.decisions for name in decision.dates}

    def bring_under(self, version_id: int, programme: Programme) -> None:
        """Give the grant another version of its programme."""
        self.grant.programme_id = version_id
        self.record = replace(self.record, facts=ProgrammeFacts(programme))

    @property
    def grant_id(self) -> int:
        """The grant's id, once it is in the database."""
        return id_of(self.grant)

    def add_event(
        self, event: GrantEvent, step: Step | None = None, person_id: int | None = None, **detail: object
    ) -> None:
        """Note an event for the journal."""
        self.events.append(Event(event, self.grant_id, step.id if step else None, person_id, detail))

    def add(self, model: type[Row], rows: Iterable[Mapping[str, object]]) -> list[Row]:
        """Add rows of the grant; they have their ids."""
        if self.opening is not None:
            added = [self.opening.add(model, values) for values in rows]
        else:
            added = [model(**values) for values in rows]
            self.session.add_all(added)
            self.session.flush()
            self.record.batch.forget(*_TABLES.get(model, ()))
        if model in (Answer, Decision, InstalmentCondition, Payment):
            self.added |= read_held_rows(model, added)
        return added

    def take_changed(self) -> Rows:
        """Return the columns that the change has changed, and start the next change here."""
        now = (
            read_held_rows(Grant, [self.grant])
            | read_held_roles(self.grant_id, self.roles)
            | read_held_rows(Step, self.steps.values())
            | read_held_rows(Instalment, self.instalments)
        )
        changed = find_changed_rows(self.held, now) | self.added
        self.held = now
        self.added = {}
        return changed

    def flush(self) -> None:
        """Write the changes to the database, so that its triggers see them in this order."""
        if self.opening is None:
            self.session.flush()

    def people(self, *ids: int) -> Mapping[int, PersonFacts]:
        """Return these people, the role holders and everyone up their lines, by id, perhaps with others."""
        return self.shared.people({*self.roles.values(), *ids}, self.today)

    def all_needs(self) -> dict[str, list[Step]]:
        """Return the steps that must be settled before each one can be answered, by its key."""
        return list_all_waits(self.steps.values(), self.programme)

    def needs_of(self, step: Step) -> list[Step]:
        """Return the steps that must be settled before this one can be answered."""
        return waits_for(step, self.steps.values(), self.programme)

    def report_of(self, approval: Step) -> Step | None:
        """Return the report that an approval is about, the last of several; None for any other step."""
        return find_report_under(approval, self.steps.values(), self.programme)

    def conditions_of(self, instalment: Instalment) -> list[Step]:
        """Return the steps that must be approved before the instalment is released."""
        ids = self._condition_ids(instalment)
        return [step for step in self.steps.values() if step.id in ids]

    def add_conditions(self, instalment: Instalment, steps: Iterable[Step]) -> None:
        """Let the instalment wait for these steps too."""
        condition_ids = self._condition_ids(instalment)
        fresh = list(dict.fromkeys(id_of(step) for step in steps if step.id not in condition_ids))
        if fresh:
            rows = [{"instalment_id": instalment.id, "step_id": step_id} for step_id in fresh]
            self.add(InstalmentCondition, rows)
            self.record.batch.conditions[id_of(instalment)] += fresh

    def _condition_ids(self, instalment: Instalment) -> set[int]:
        return set(self.record.batch.conditions[id_of(instalment)])


def add_notice(
    work: GrantAtWork, step: Step, kind: NoticeKind, rung: str, person_id: int, **detail: object
) -> None:
    """Add a notice without a rung: something happened that the person must know.

    A person who gets a step before its time, or puts it off, has nothing to do yet: nobody is told.
    """
    if kind in (NoticeKind.HANDED_OVER, NoticeKind.PUT_OFF) and not step_has_come(work, step):
        return
    work.notices.append(notice_about(step, step.due_on or work.today, kind, rung, person_id, detail=detail))


def tell_handed_over(
    work: GrantAtWork, step: Step, from_id: int | None, to_id: int, by_id: int | None
) -> None:
    """Add notices that a step has a new owner: to them, and to who had it, unless it is who hands it over.

    Whoever stands in for them has nothing to hear: it is no task any more.
    """
    rung, detail = f"handed-over-{step.version}", {"from": from_id, "by": by_id}
    add_notice(work, step, NoticeKind.HANDED_OVER, rung, to_id, **detail)
    if from_id is None or from_id == by_id:
        return
    reached = decide_reached_in(work.roles, from_id, work.people(from_id), work.today)
    if reached is not None and reached.person_id == from_id:
        add_notice(work, step, NoticeKind.HANDED_OVER, rung, from_id, **detail)


def step_has_come(work: GrantAtWork, step: Step) -> bool:
    """Return whether the step's time has come, by rules.steps.order."""
    return has_come(step.phase, step.kind, work.grant.awarded_on)


def money_detail(work: GrantAtWork, instalment: Instalment) -> dict[str, object]:
    """Return the details of a letter about money."""
    return {
        "instalment": instalment.number,
        "amount_minor": instalment.amount_minor,
        "currency": work.grant.currency,
        "requested_by": instalment.requested_by_id,
    }


def paper_detail(work: GrantAtWork, paper_on: date) -> dict[str, str]:
    """Return the paper's day for the journal, if it differs from the day of the record."""
    return {"paper_on": paper_on.isoformat()} if paper_on != work.today else {}
