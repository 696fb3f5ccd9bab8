"""Share what queries need: the SQL conditions that are named like rules, and rows read as values."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields
from datetime import date
from operator import attrgetter
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Label,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
    union,
)
from sqlmodel import Session, SQLModel, col
from sqlmodel import select as select_model
from sqlmodel.sql.expression import SelectOfScalar

from models.notice_kinds import LAPSING
from models.rules.dates.committee import TAKEN, UNKNOWN
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.letter import Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Absence, Person
from models.tables.step import Answer, Document, Step
from models.vocabulary import AnswerKind, GrantStatus, Phase, StepKind, StepStatus
from tasks.store.lateness import has_passed, is_unsettled, written_out


class Dataclass(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


Model = TypeVar("Model")
Shape = TypeVar("Shape", bound=Dataclass)


def load_models(
    connection: Connection, query: SelectOfScalar[Model], given: Mapping[str, object] | None = None
) -> list[Model]:
    """Return the rows of a query for one whole table, to be read and not changed."""
    with Session(connection) as session:
        return list(session.exec(query, params=dict(given or {})))


def columns_of(
    shape: type[Dataclass], *tables: FromClause, **named: ColumnElement[Any]
) -> list[Label[object]]:
    """Return the columns that fill a shape's fields: from the first table that has each, or as named."""
    by_field = {field.name: named.get(field.name) for field in fields(shape)}
    return [
        (next(table.c[name] for table in tables if name in table.c) if column is None else column).label(name)
        for name, column in by_field.items()
    ]


def shape_rows(shape: type[Shape], rows: Iterable[object]) -> list[Shape]:
    """Return rows as frozen dataclasses with the columns as fields; AttributeError for a missing one."""
    pick = attrgetter(*(field.name for field in fields(shape)))
    return [shape(*pick(row)) for row in rows]


def set_values(row: SQLModel, values: Mapping[str, object]) -> bool:
    """Set the values that differ; return whether any did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


_GRANT, _STEP, _PERSON, _DECISION, _DOCUMENT = (
    table_of(model) for model in (Grant, Step, Person, Decision, Document)
)
_INSTALMENT = table_of(Instalment)
_CONDITION = table_of(InstalmentCondition)
_ABSENCE = table_of(Absence)
_NOTICE = table_of(Notice)
_LATER = _DECISION.alias("later_decision")

# Decisions that no later row corrects, and that were not annulled.
HOLDS = and_(not_(_DECISION.c.annulled), not_(exists().where(_LATER.c.corrects_id == _DECISION.c.id)))

# Documents of a draft, and those that came with an answer or moved a date.
IN_DRAFT = and_(_DOCUMENT.c.answer_id.is_(None), _DOCUMENT.c.evidence_on.is_(None))
HANDED_IN = not_(IN_DRAFT)


OPEN_APPROVAL = (_STEP.c.kind == written_out(StepKind.APPROVAL), _STEP.c.done_on.is_(None))
IS_UNSETTLED = is_unsettled(_STEP)
# Said so that SQLite begins with the steps and not with the open grants, which takes twice as long.
IS_RUNNING = _GRANT.c.status.not_in([one for one in GrantStatus if one is not GrantStatus.OPEN])
_FIT = _STEP.c.receipt["meeting", "fit"].as_string()
# Named like models.rules.dates.planned_meeting: PlannedMeeting.is_unknown.
IS_MEETING_UNKNOWN = _FIT.in_(UNKNOWN)


def is_here(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on people that they have not left by a day."""
    return or_(_PERSON.c.departed_on.is_(None), _PERSON.c.departed_on > today)


def is_away(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on absences that cover a day, like PersonFacts.is_away."""
    return and_(_ABSENCE.c.from_on <= today, _ABSENCE.c.to_on >= today)


def away_until(person_id: ColumnElement[Any], today: date | BindParameter[date]) -> ScalarSelect[date | None]:
    """Return the last day of a person's absence, like models.rules.notices.recipients.find_last_day_away."""
    away = (_ABSENCE.c.person_id == person_id, is_away(today))
    return select(func.max(_ABSENCE.c.to_on)).where(*away).scalar_subquery()


def steps_stood_in(
    person_id: int | BindParameter[int], today: date | BindParameter[date]
) -> Select[*tuple[int]]:
    """Return the query for the steps that are a person's today in place of their owner.

    The person was told of them in the owner's place, and the owner is still away or out of reach.
    """
    away = select(_ABSENCE.c.person_id).where(is_away(today))
    out_of_reach = select(_PERSON.c.id).where(or_(_PERSON.c.bounced_at.is_not(None), ~is_here(today)))
    in_place = (_NOTICE.c.step_id == _STEP.c.id) & (_NOTICE.c.instead_of_id == _STEP.c.owner_id)
    return (
        select(_STEP.c.id)
        .join(_NOTICE, in_place)
        .where(
            _STEP.c.owner_id.in_(union(away, out_of_reach)),
            IS_UNSETTLED,
            _NOTICE.c.person_id == person_id,
            _NOTICE.c.kind.in_(LAPSING),
            _NOTICE.c.dropped_at.is_(None),
            _NOTICE.c.revoked_at.is_(None),
        )
    )


def time_has_come() -> ColumnElement[bool]:
    """Return the condition on steps joined with their grants, like models.rules.steps.order.has_come."""
    always = [(phase, kind) for phase in Phase for kind in StepKind if has_come(phase, kind, None)]
    return or_(_GRANT.c.awarded_on.is_not(None), tuple_(_STEP.c.phase, _STEP.c.kind).in_(always))


def pending_steps() -> ColumnElement[bool]:
    """Return the condition on steps joined with their grants, like models.rules.steps.lateness.is_pending."""
    return and_(IS_UNSETTLED, IS_RUNNING, time_has_come())


def late_steps(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on steps joined with their grants, like models.rules.steps.lateness.is_late."""
    return and_(pending_steps(), has_passed(_STEP.c.due_on, today))


def doable_steps(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on steps, like models.rules.steps.order.can_be_done."""
    has_begun = or_(_STEP.c.opens_on.is_(None), _STEP.c.opens_on <= today)
    return and_(_STEP.c.status == StepStatus.OPEN, has_begun)


def has_meeting() -> ColumnElement[bool]:
    """Return the condition on steps that a meeting takes, like models.rules.dates.agenda.find_meeting."""
    return and_(IS_UNSETTLED, _FIT.in_(TAKEN))


def awaits_meeting(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on steps, like models.rules.dates.agenda.awaits_meeting."""
    held_on = _STEP.c.receipt["meeting"]["held_on"].as_string()
    # The promise first: most steps have none, and a receipt is slow to read.
    is_promised = and_(_STEP.c.promised_on > today, _STEP.c.expected_on.is_(None))
    return and_(is_promised, cast(_STEP.c.promised_on, String) == held_on, has_meeting())


def misses_condition() -> ColumnElement[bool]:
    """Return the condition on instalments that miss a condition, like models.rules.money.conditions."""
    is_condition = and_(_CONDITION.c.instalment_id == _INSTALMENT.c.id, _CONDITION.c.step_id == _STEP.c.id)
    left = _STEP.c.status != written_out(StepStatus.CANCELLED)
    open_one = left & (_STEP.c.status != written_out(StepStatus.APPROVED))
    is_lost = exists().where(is_condition) & ~exists().where(is_condition, left)
    return exists().where(is_condition, open_one) | is_lost


_S = TypeVar("_S", bound=Select[*tuple[object, ...]])


@dataclass(frozen=True, slots=True)
class Batch:
    """The grants with ids in a range, both ends included; an open end reaches to the last grant."""

    first: int | None = None
    last: int | None = None

    def __str__(self) -> str:
        """Return the batch as runs show it: "all grants", "grants 1001 to 2000"."""
        if self.first is None and self.last is None:
            return "all grants"
        start = f"from {self.first}" if self.last is None else f"{self.first or 1} to {self.last}"
        return f"grants {start}"


EVERY = Batch()


@dataclass(frozen=True, slots=True)
class GrantSelection:
    """The selected grants: the one with a reference, or those of a batch."""

    grant: str | None = None
    batch: Batch = EVERY

    def of(self, query: _S, grant_id: ColumnElement[int]) -> _S:
        """Return the query for these grants only, by the column of their ids; unchanged for all grants."""
        if self.grant is not None:
            return query.where(grant_id.in_(select(_GRANT.c.id).where(_GRANT.c.reference == self.grant)))
        if self.batch.first is not None:
            query = query.where(grant_id >= self.batch.first)
        if self.batch.last is not None:
            query = query.where(grant_id <= self.batch.last)
        return query


ALL = GrantSelection()

_DECIDED = select_model(col(Answer.step_id)).where(
    col(Answer.step_id).in_(bindparam("steps", expanding=True)),
    col(Answer.kind).in_((AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN)),
)


def decided_before(connection: Connection, step_ids: Iterable[int | None]) -> set[int]:
    """Return the approvals that somebody ever approved, returned or withdrew."""
    return set(connection.execute(_DECIDED, {"steps": list(step_ids)}).scalars())
