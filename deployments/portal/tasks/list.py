"""List what a person has to do or was told about, and load what a page shows of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from deployments.portal.login.reader import Reader
from deployments.portal.tasks.missing_dates import StepOfGrant, dates_to_ask
from deployments.portal.tasks.queries import (
    ALL_STEPS,
    LETTER_OF_TODAY,
    RELEASES,
    SOME_STEPS,
    WITH_OTHERS,
    approvals_of,
)
from models.facts.letter import ItemView, LetterRow
from models.facts.money import Payee
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.commands.sums.payees import payees_of
from tasks.outbox.facts.letter import LetterMaker
from tasks.outbox.facts.rows import LetterData, load_around
from tasks.store.queries import shape_rows

# Who takes part in thousands of grants is not told of all that others do.
_GRANTS_OF_OTHERS = 200


@dataclass(frozen=True, slots=True)
class ListedStep(StepOfGrant):
    """A step that a person has to do or was asked about: `mine` is theirs, of a `told` one a notice still asks."""

    status: StepStatus
    opens_on: date | None
    mine: bool
    told: bool

    def is_open(self, today: date) -> bool:
        """Return whether it can be done."""
        return self.status == StepStatus.OPEN and (self.opens_on is None or self.opens_on <= today)


@dataclass(frozen=True, slots=True)
class TaskRow(ListedStep):
    """A step as its card needs it, with its grant."""

    key: str
    step_kind: StepKind
    phase: Phase
    period: str | None
    instalment: int | None
    with_funder: bool
    owner_id: int | None
    version: int
    reference: str
    currency: str
    period_start_on: date | None
    figures_file: str | None


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """An instalment that two people are to release; `mine` says that the reader is to confirm it."""

    id: int
    grant_id: int
    number: int
    amount_minor: int
    requested_by_id: int | None
    requested_on: date | None
    reference: str
    title: str
    currency: str
    programme_id: int
    asked_by: str | None
    claim_due_on: date | None
    mine: bool


@dataclass(frozen=True, slots=True)
class ApprovedStep:
    """A step that an instalment waits for, and who recorded it when."""

    instalment_id: int
    template_key: str
    kind: StepKind
    period: str | None
    done_on: date | None
    name: str | None


@dataclass(frozen=True, slots=True)
class StepOfOther(StepOfGrant):
    """A step that somebody else is at work on, in a grant in which something is still the reader's."""

    kind: StepKind
    period: str | None
    title: str
    name: str | None


@dataclass(frozen=True, slots=True)
class TaskList:
    """All that a person has to see, in few words: `now` what asks for an answer, the reader's own first; `later`
    their own steps that nothing is asked about yet, those with a date and each grant's first without one (a whole
    life of waiting steps would hide what is to be done); `releases` the instalments to release.
    """

    now: Sequence[ListedStep]
    later: Sequence[ListedStep]
    releases: Sequence[ReleaseRow]

    @property
    def grants(self) -> set[int]:
        """The grants in which the person has something to see."""
        steps = {row.grant_id for row in (*self.now, *self.later)}
        return steps | {part.grant_id for part in self.releases}

    @property
    def own(self) -> int:
        """How many things are the person's own to do."""
        return sum(part.mine for part in self.releases) + sum(row.mine for row in self.now)


@dataclass(frozen=True, slots=True)
class PersonTasks:
    """What a page shows: items with the rows they come from by step id, and instalments to release.

    `approvals` are the steps on which those instalments depend, `payees` to which account they come, by their grants'
    ids; `dates` names what a decision should have said of the
    day of undated steps, by their ids.
    """

    items: tuple[ItemView, ...]
    rows: dict[int, TaskRow]
    data: LetterData
    releases: Sequence[ReleaseRow]
    approvals: Sequence[ApprovedStep]
    payees: Mapping[int, Payee]
    dates: Mapping[int, tuple[str, ...]]


def list_tasks(connection: Connection, reader: Reader, today: date) -> TaskList:
    """Return the person's unsettled steps in open grants, and the others that they were told about, by due date.

    What a letter asked about is there to answer, even if it waits for something: page and letter count the same. So is
    what waits for a date that the decision did not say.
    """
    given = {"reader_id": reader.id, "letter_id": reader.letter_id, "today": today}
    rows = shape_rows(ListedStep, connection.execute(ALL_STEPS, given))
    unsaid = dates_to_ask(connection, (row for row in rows if row.mine and row.due_on is None))
    asked, later = [], []
    for row in rows:
        if row.told or row.is_open(today) or row.step_id in unsaid:
            asked.append(row)
        elif row.mine:
            later.append(row)
    undated = {row.grant_id: row.step_id for row in reversed(later) if row.due_on is None}
    return TaskList(
        now=sorted(asked, key=lambda row: not row.mine),
        later=[row for row in later if row.due_on is not None or undated[row.grant_id] == row.step_id],
        releases=_releases(connection, reader.id),
    )


def parts_to_confirm(connection: Connection, person_id: int) -> list[ReleaseRow]:
    """Return the instalments whose condition the person is to confirm."""
    return [part for part in _releases(connection, person_id) if part.mine]


def _releases(connection: Connection, person_id: int) -> list[ReleaseRow]:
    return shape_rows(ReleaseRow, connection.execute(RELEASES, {"reader_id": person_id}))


def with_others(
    connection: Connection, reader: Reader, listed: TaskList, today: date, most: int
) -> list[StepOfOther]:
    """Return what others are at work on in the grants of the reader's next steps, the next due date first."""
    own = [row.grant_id for row in (*listed.now, *listed.later) if row.mine][:_GRANTS_OF_OTHERS]
    asked = {"reader_id": reader.id, "today": today, "most": most, "grants": own}
    return shape_rows(StepOfOther, connection.execute(WITH_OTHERS, asked))


def load_tasks(
    connection: Connection,
    reader: Reader,
    steps: Collection[ListedStep],
    releases: Sequence[ReleaseRow],
    at: tuple[date, datetime],
) -> PersonTasks:
    """Return listed steps and instalments in full, as of a day and time.

    Each step is put together as in a letter of today, so that page and letter say the same.
    """
    today, now = at
    given = {"reader_id": reader.id, "letter_id": reader.letter_id, "today": today, "now": now}
    ids = [row.step_id for row in steps]
    said = connection.execute(SOME_STEPS, {**given, "ids": ids}).all() if steps else []
    rows = shape_rows(TaskRow, said)
    data = LetterData()
    data.letters = {one.id: one for one in shape_rows(LetterRow, connection.execute(LETTER_OF_TODAY, given))}
    data.notices[0] = list(said)
    load_around(connection, data)
    view, _ = LetterMaker(data, today).make(0)
    return PersonTasks(
        items=view.items if view else (),
        rows={row.step_id: row for row in rows},
        data=data,
        releases=releases,
        approvals=_load_approvals(connection, releases),
        payees=payees_of(connection, {part.grant_id for part in releases}),
        dates=dates_to_ask(connection, rows),
    )


def _load_approvals(connection: Connection, releases: Sequence[ReleaseRow]) -> list[ApprovedStep]:
    if not releases:
        return []
    return shape_rows(ApprovedStep, connection.execute(approvals_of([part.id for part in releases])))
