"""List the steps for whose figures a round asks sources."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, bindparam, select, update

from models.facts.notice import NewNotice
from models.rules.answers.conflicts import TwoAnswers, find_two_answers
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.recipients import decide_reached_in
from models.rules.sources import asked_again_on, lacks_figures
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import GrantStatus, NoticeKind, Phase, StepStatus
from tasks.grant.records import GrantRecord, read_records
from tasks.people.notices import notice_about, queue_in_turn
from tasks.store.database import in_batches, transaction
from tasks.store.journal import write_journal
from tasks.store.people import load_people
from tasks.store.queries import ALL, IS_UNSETTLED, GrantSelection, columns_of, shape_rows

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_PERSON = table_of(Person)


@dataclass(frozen=True, slots=True)
class DueToGather:
    """The steps that a round gathers for: of a phase on a day, of a part of the grants.

    They are the steps that the round looks at, and those for which it has asked outside sources
    before. So a ledger that was corrected, or came after the letter, is read on the next working
    morning and not at the next reminder. Answered steps are included once a week while their grant
    is open, since books are corrected after they were reported.
    """

    phase: Phase
    on: date
    part: GrantSelection = ALL


@dataclass(frozen=True, slots=True)
class StepToFill:
    """A step whose questions a source fills, with its grant."""

    id: int
    grant_id: int
    key: str
    template_key: str
    period: str | None
    period_start_on: date | None
    period_end_on: date | None
    status: StepStatus
    gather_on: date | None
    programme_id: int
    reference: str
    funder_reference: str | None
    currency: str
    figures_file: str | None
    grant_status: GrantStatus
    grant_start_on: date | None
    grant_end_on: date | None
    owner_email: str | None


STEPS_TO_FILL = (
    select(
        *columns_of(
            StepToFill,
            _STEP,
            _GRANT,
            grant_status=_GRANT.c.status,
            grant_start_on=_GRANT.c.period_start_on,
            grant_end_on=_GRANT.c.period_end_on,
            owner_email=_PERSON.c.email,
        )
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
    .order_by(_STEP.c.id)
)


_DUE = STEPS_TO_FILL.where(
    _STEP.c.phase == bindparam("phase"),
    (_STEP.c.next_action_on <= bindparam("on")) | (_STEP.c.gather_on <= bindparam("on")),
)


def find_due(connection: Connection, due: DueToGather) -> tuple[list[StepToFill], list[int]]:
    """Return the steps to gather for, and the ids of those for which sources are no longer asked.

    The latter were skipped, or their grant is over.
    """
    query = due.part.of(_DUE, _STEP.c.grant_id)
    steps = shape_rows(StepToFill, connection.execute(query, {"phase": due.phase, "on": due.on}))
    lacking = [step for step in steps if lacks_figures(step.status, step.grant_status)]
    kept = {step.id for step in lacking}
    over = [step.id for step in steps if step.gather_on is not None and step.id not in kept]
    return lacking, over


def ask_again(engine: Engine, asked: Collection[int], on: date) -> None:
    """Let the next round ask outside sources again for the unsettled ones of these steps, by ids."""
    for ids in in_batches(sorted(asked)):
        unsettled = update(_STEP).where(_STEP.c.id.in_(ids), IS_UNSETTLED)
        with transaction(engine) as connection:
            connection.execute(unsettled.values(gather_on=asked_again_on(on, is_answered=False)))


def ask_no_more(engine: Engine, over: Collection[int]) -> None:
    """Ask sources no longer for the figures of these steps, by ids."""
    for ids in in_batches(sorted(over)):
        with transaction(engine) as connection:
            connection.execute(update(_STEP).where(_STEP.c.id.in_(ids)).values(gather_on=None))


# Locked: an answer or a return at the same time waits.
_ANSWERED = (
    select(_STEP.c.id, _STEP.c.grant_id)
    .where(
        _STEP.c.id.in_(bindparam("ids", expanding=True)),
        _STEP.c.status == StepStatus.DONE,
        _STEP.c.owner_id.is_not(None),
    )
    .order_by(_STEP.c.id)
    .with_for_update(of=_STEP, key_share=True)
)


def tell_of_changes(
    engine: Engine, asked: Collection[int], on: date, now: datetime, calendar: WorkCalendar
) -> None:
    """Tell the owners of answered steps what sources have changed since, in the next letter.

    `asked` are the ids of the steps for which outside sources were asked; the unsettled are left
    out. A value is told once; a value that the owner saw and answered otherwise is not told.
    Sources are asked for the steps again in a week.
    """
    for ids in in_batches(sorted(asked)):
        with transaction(engine) as connection:
            notices = list(_new_notices(connection, ids, on))
            events = queue_in_turn(connection, notices, calendar, on, now, in_round=True)
            these = update(_STEP).where(_STEP.c.id.in_(ids), _STEP.c.status == StepStatus.DONE)
            connection.execute(these.values(gather_on=asked_again_on(on, is_answered=True)))
            write_journal(connection, on, now, events)


def _new_notices(connection: Connection, ids: Sequence[int], on: date) -> Iterator[NewNotice]:
    """Yield a notice for each step whose source has changed its figure since its owner answered."""
    answered = connection.execute(_ANSWERED, {"ids": ids}).all()
    records = read_records(connection, {row.grant_id for row in answered})
    steps = [records.steps_by_id[row.id] for row in answered]
    changed = []
    for step in steps:
        new_figures = _otherwise(records[step.grant_id], step)
        if new_figures:
            changed.append((step, new_figures))
    if not changed:
        return
    holders = {person for held in records.roles.values() for person in held.values()}
    owners = {step.owner_id for step, _ in changed if step.owner_id is not None}
    people = load_people(connection, owners | holders, on)
    for step, new_figures in changed:
        if step.owner_id is None:
            continue
        reached = decide_reached_in(records.roles[step.grant_id], step.owner_id, people, on)
        if reached is not None:
            yield notice_about(
                step,
                step.due_on or step.done_on or on,
                NoticeKind.SOURCE_CHANGED,
                f"source-changed-{_mark(new_figures)}",
                reached.person_id,
                instead_of_id=reached.instead_of_id,
                detail={"from": on.isoformat()},
            )


def _otherwise(record: GrantRecord, step: Step) -> list[TwoAnswers]:
    """Return the questions for which sources gave a new value, other than the answer, since the answer."""
    given = record.last_done(step)
    rule = record.rule_of(step)
    if given is None or rule is None:
        return []
    since: dict[str, tuple[str, str]] = {}
    before = set[tuple[str, str]]()
    for figure in record.figures_of(step):
        value = (figure.question, figure.value)
        if figure.gathered_at > given.answered_at and value not in before:
            since[figure.question] = (figure.value, figure.source)
        before.add(value)
    threshold = record.programme.small_numbers
    return [*find_two_answers(rule.questions, since, given.data, record.grant.currency, threshold)]


def _mark(changed: Sequence[TwoAnswers]) -> str:
    """Return a hash of these values, since no rung may hold an answer; small numbers are left out.

    Anybody who reads the journal could try the few possible small numbers.
    """
    figures = "; ".join(
        f"{figure.question.title.en} {'' if figure.few else figure.gathered}" for figure in changed
    )
    return hashlib.sha256(figures.encode()).hexdigest()[:12]
