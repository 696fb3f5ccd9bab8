"""List what a person has to do, or was told about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from sqlalchemy import Connection, bindparam, select

from deployments.portal.login.reader import Reader
from deployments.portal.tasks.queries import ALL_STEPS, RELEASES
from models.facts.letter import ItemView
from models.notice_kinds import LAPSING
from models.rules.notices.order import Urgency, can_be_lost, sort_key
from models.rules.steps.lateness import is_late
from models.rules.steps.order import list_awaited_dates, list_wanted_dates
from models.tables.columns import table_of
from models.tables.grant import Decision
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import DecisionKind, NoticeKind
from tasks.grant.notices import SentNotice, load_details
from tasks.grant.records import Records, read_records
from tasks.step_facts.item import make_item, read_around, sort_items
from tasks.step_facts.step import ItemReader, NoticeAtHand
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes
from tasks.store.queries import HOLDS, load_models

# Of how many steps it is read what hangs on them, so that what can be lost stands on the first page.
MOST_READ = 32

_DECISION = table_of(Decision)
_DECIDED = select(_DECISION.c.grant_id, _DECISION.c.kind, _DECISION.c.dates).where(
    _DECISION.c.grant_id.in_(bindparam("grants", expanding=True)), HOLDS
)


@dataclass(frozen=True, slots=True)
class TaskList:
    """All that a person has to see, in few words: `now` what asks for an answer, the reader's own first; `later`
    their own steps that nothing is asked about yet, those with a date and each grant's first without one (a whole
    life of waiting steps would hide what is to be done); `releases` the instalments to release.
    """

    now: Sequence[AnyRow]
    later: Sequence[AnyRow]
    releases: Sequence[Instalment]
    reader_id: int

    @property
    def grants(self) -> set[int]:
        """The grants in which the person has something to see."""
        steps = {row.grant_id for row in (*self.now, *self.later)}
        return steps | {part.grant_id for part in self.releases}

    @property
    def own(self) -> int:
        """How many things are the person's own to do."""
        return sum(part.requested_by_id != self.reader_id for part in self.releases) + sum(
            bool(row.mine) for row in self.now
        )


@dataclass(frozen=True, slots=True)
class PersonTasks:
    """What a page shows: items with the steps that they come from by id, their grants' records, and instalments.

    `releases` are the instalments to release; `dates` names what a decision should have said of the day of undated
    steps, by their ids.
    """

    items: tuple[ItemView, ...]
    steps: Mapping[int, Step]
    records: Records
    releases: Sequence[Instalment]
    dates: Mapping[int, tuple[str, ...]]


def list_tasks(connection: Connection, reader: Reader, today: date) -> TaskList:
    """Return the person's unsettled steps in open grants, and the others that they were told about, by due date.

    What a letter asked about is there to answer, even if it waits for something: page and letter count the same. So is
    what waits for a date that the decision did not say.
    """
    given = {"reader_id": reader.id, "letter_id": reader.letter_id, "today": today}
    asked = list[AnyRow]()
    dated = list[AnyRow]()
    undated = list[AnyRow]()
    rows: Sequence[AnyRow] = connection.execute(ALL_STEPS, given).all()
    # Read in one go: who takes part in every grant has thousands.
    for row in rows:
        _, mine, is_asked, _, _, due_on, _, _ = row
        if is_asked:
            asked.append(row)
        elif mine:
            (undated if due_on is None else dated).append(row)
    unsaid = dates_to_ask(connection, undated)
    first = dict[int, AnyRow]()
    for row in undated:
        if row.step_id in unsaid:
            asked.append(row)
        else:
            first.setdefault(row.grant_id, row)
    return TaskList(
        now=sorted(asked, key=_order),
        later=[*dated, *first.values()],
        releases=_releases(connection, reader.id),
        reader_id=reader.id,
    )


def with_losable_first(connection: Connection, reader: Reader, listed: TaskList, today: date) -> TaskList:
    """Return the list with what can be lost before the rest, in the order that its cards have.

    Of so many as `MOST_READ`, the first to be due, it is read what hangs on them: a list of one page needs it not.
    """
    near = [row for row in listed.now if can_be_lost(holds_money=True, on=row.due_on, today=today)]
    read = [row for row in near if row.mine and not row.with_funder][:MOST_READ]
    items = load_tasks(connection, reader, read, (), today).items
    losable = {
        item.step_id
        for item in items
        if can_be_lost(holds_money=item.holds_money, on=item.asked_on(today), today=today)
    }
    return replace(listed, now=sorted(listed.now, key=partial(_order, losable=losable)))


def _order(row: AnyRow, losable: Collection[int] = ()) -> Urgency:
    """Return the place of a step; on a page of its own its card has the same one, once it is `losable` as there."""
    return sort_key(
        asks=True,
        mine=row.mine,
        with_funder=row.with_funder,
        losable=row.step_id in losable,
        on=row.due_on,
        kind=NoticeKind.REMINDER,
        step_id=row.step_id,
    )


def parts_to_confirm(connection: Connection, person_id: int) -> list[Instalment]:
    """Return the instalments whose condition the person is to confirm: who has asked has done their part."""
    return [part for part in _releases(connection, person_id) if part.requested_by_id != person_id]


def _releases(connection: Connection, person_id: int) -> list[Instalment]:
    return load_models(connection, RELEASES, {"reader_id": person_id})


def load_tasks(
    connection: Connection,
    reader: Reader,
    listed: Collection[AnyRow],
    releases: Sequence[Instalment],
    today: date,
) -> PersonTasks:
    """Return listed steps and instalments in full, as of a day; they end with the connection's transaction.

    Each step is put together as in a letter of today, so that page and letter say the same.
    """
    grants = {row.grant_id for row in listed} | {part.grant_id for part in releases}
    records = read_records(connection, grants)
    notices = _notices(records, reader, [row.step_id for row in listed], today)
    read_around(records, notices)
    item_reader = ItemReader(reader.id, reader.language, today)
    items = (make_item(records, [one], item_reader) for one in notices)
    return PersonTasks(
        items=sort_items(items, today),
        steps={row.step_id: records.steps_by_id[row.step_id] for row in listed},
        records=records,
        releases=releases,
        dates=dates_to_ask(connection, listed),
    )


# What the page says of a step is what was told last, if it is one of these and still holds.
_SPOKEN = (NoticeKind.RETURNED, NoticeKind.HANDED_OVER, NoticeKind.STAND_IN)


def _notices(records: Records, reader: Reader, step_ids: Iterable[int], today: date) -> list[NoticeAtHand]:
    """Return of each step what is said of it today: what the reader was told last, else that it is due or late."""
    told = {step_id: _told_last(records, reader, step_id) for step_id in step_ids}
    current = {
        step_id: one
        for step_id, one in told.items()
        if one is not None and one.step_version == records.steps_by_id[step_id].version
    }
    details = load_details(records.session.connection(), [one.id for one in current.values()])
    found = []
    for step_id, one in told.items():
        step = records.steps_by_id[step_id]
        holds = current.get(step_id)
        late = is_late(step, records[step.grant_id].grant, today)
        kind = NoticeKind.ESCALATION if late else NoticeKind.REMINDER
        stands_in = one is not None and one.instead_of_id == step.owner_id
        found.append(
            NoticeAtHand(
                id=step_id,
                grant_id=step.grant_id,
                step_id=step_id,
                step_version=step.version,
                due_on=step.due_on,
                kind=holds.kind if holds is not None and holds.kind in _SPOKEN else kind,
                person_id=reader.id,
                instead_of_id=step.owner_id if stands_in else None,
                told_on=today,
                detail=details.get(holds.id) if holds is not None else None,
            )
        )
    return found


def _told_last(records: Records, reader: Reader, step_id: int) -> SentNotice | None:
    """Return the last notice that asked the reader about a step while it was theirs."""
    own = (
        one
        for one in records.sent.get(step_id, ())
        if one.reader_id == one.person_id == reader.id and one.kind in LAPSING and one.revoked_at is None
    )
    return max(own, key=lambda one: one.id, default=None)


def dates_to_ask(connection: Connection, rows: Iterable[AnyRow]) -> dict[int, tuple[str, ...]]:
    """Return the names of the dates that undated steps of awarded grants wait for, by the steps' ids."""
    undated = [row for row in rows if row.due_on is None]
    # Once for each programme: who takes part in every grant has thousands of steps.
    programmes = load_programmes(connection, {row.programme_id for row in undated})
    wanted = {version: list_wanted_dates(programme) for version, programme in programmes.items()}
    waiting = [row for row in undated if row.template_key in wanted[row.programme_id]]
    if not waiting:
        return {}
    given: dict[int, set[str]] = {}
    awarded = set()
    for one in connection.execute(_DECIDED, {"grants": list({row.grant_id for row in waiting})}).all():
        given.setdefault(one.grant_id, set()).update(one.dates)
        if one.kind == DecisionKind.AWARD:
            awarded.add(one.grant_id)
    found = {
        row.step_id: list_awaited_dates(row, wanted[row.programme_id], given[row.grant_id])
        for row in waiting
        if row.grant_id in awarded
    }
    return {step: names for step, names in found.items() if names}
