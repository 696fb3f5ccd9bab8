"""Find what changed in the ledger since a report said what was spent: what stood there then is a query, not a copy."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from models.events import GrantEvent
from models.facts.ledger import BooksChange, Entry
from models.programme.question import WHY
from models.rules.answers.spending import add_up_answers, list_spending_questions
from models.rules.ledger import changed_since, projects_of
from models.tables.columns import id_of, table_of
from models.tables.journal import JournalEvent
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.step import Step
from models.vocabulary import FULFILLED
from tasks.grant.money import find_last_report
from tasks.grant.records import GrantRecord

_EVENT = table_of(JournalEvent)
_ENTRY = table_of(LedgerEntry)
_FIRST = table_of(LedgerReading).alias("first_reading")
_GONE = table_of(LedgerReading).alias("gone_reading")


@dataclass(frozen=True, slots=True)
class Explained:
    """Who said last that a report stands though the books had changed, when, and why."""

    by_id: int | None
    on: date
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ChangedReport:
    """A report since which the costs of its period changed in the ledger: its step, the day it was given, and how.

    It `asks` somebody to see to it where the sum is another, and nobody has explained why it stands, or the sum
    changed once more since then.
    """

    record: GrantRecord
    step: Step
    given_on: date
    change: BooksChange
    explained: Explained | None
    asks: bool


@dataclass(frozen=True, slots=True)
class BookedReport:
    """A report of what was spent, and the entries of its period as the ledger had them `at` a time.

    That is when it was given, or, where no ledger had been read by then, the last reading. `why` is the officer's
    reason where the report says another sum.
    """

    step: Step
    at: datetime
    entries: tuple[Entry, ...]
    reported_minor: int
    why: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry, with the times from which and to which the ledger had it; the second is None while it still does."""

    entry: Entry
    first_at: datetime
    gone_at: datetime | None

    def stood(self, at: datetime) -> bool:
        """Return whether the ledger had it at a time, as far as it was read by then."""
        return self.first_at <= at and (self.gone_at is None or self.gone_at > at)


def list_changed_reports(connection: Connection, records: Iterable[GrantRecord]) -> list[ChangedReport]:
    """Return the reports of what was spent since which the ledger changed, grant by grant in the order of the plan.

    A report before the first reading of a ledger is not among them: nobody knows what was booked then.
    """
    with_project = [record for record in records if record.grant.project]
    kept = _load_kept(connection, [record.id for record in with_project])
    explained = _load_explained(connection, [record.id for record in with_project if kept[record.id]])
    return [
        one
        for record in with_project
        if kept[record.id]
        for one in _changed_reports(record, kept[record.id], explained)
    ]


def _changed_reports(
    record: GrantRecord, kept: Sequence[_Kept], explained: Mapping[int, Explained]
) -> Iterator[ChangedReport]:
    projects = projects_of(record.grant.project)
    of_projects = [one for one in kept if one.entry.project in projects]
    first_at = min((one.first_at for one in of_projects), default=None)
    for step, given_on, given_at in _reports(record):
        if first_at is None or first_at > given_at:
            continue
        own = [one for one in of_projects if _is_of_period(one.entry.day, step)]
        change = _change_since(own, given_at)
        if change.is_any:
            why = explained.get(id_of(step))
            stands = why is not None and why.at > given_at
            since = _change_since(own, why.at) if why is not None and stands else change
            yield ChangedReport(
                record,
                step,
                given_on,
                change,
                explained=why if stands else None,
                asks=bool(change.sum_minor and since.sum_minor),
            )


def list_booked_reports(connection: Connection, record: GrantRecord) -> list[BookedReport]:
    """Return the reports of what was spent of whose period the ledger has, or had, an entry, in the plan's order."""
    if not record.grant.project:
        return []
    projects = projects_of(record.grant.project)
    kept = [one for one in _load_kept(connection, [record.id])[record.id] if one.entry.project in projects]
    found = []
    for step, _, given_at in _reports(record):
        own = [one for one in kept if _is_of_period(one.entry.day, step)]
        if own:
            was_read = min(one.first_at for one in kept) <= given_at
            at = given_at if was_read else max(one.first_at for one in own)
            found.append(_booked_report(record, step, at, own))
    return found


def _booked_report(record: GrantRecord, step: Step, at: datetime, kept: Iterable[_Kept]) -> BookedReport:
    answer = find_last_report(record, step)
    data = answer.data if answer is not None else {}
    names = [name for name in list_spending_questions(record.programme) if _is_asked_by(step, name)]
    given = {name: [(id_of(step), data)] for name in names}
    reasons = (data.get(f"{name.partition('.')[2]}.{WHY}") for name in names)
    return BookedReport(
        step,
        at,
        tuple(one.entry for one in kept if one.stood(at)),
        reported_minor=add_up_answers(record.programme, given, record.grant.currency),
        why=" ".join(str(reason).strip() for reason in reasons if reason),
    )


def _is_asked_by(step: Step, name: str) -> bool:
    return name.partition(".")[0] == step.template_key


def _change_since(entries: Iterable[_Kept], at: datetime) -> BooksChange:
    """Return how the costs that are booked now differ from those of a time."""
    own = list(entries)
    then = (one.entry for one in own if one.stood(at))
    return changed_since(then, (one.entry for one in own if one.gone_at is None))


def _reports(record: GrantRecord) -> Iterator[tuple[Step, date, datetime]]:
    """Yield the reports that said what was spent, with the day and the time of the last answer."""
    asking = {name.partition(".")[0] for name in list_spending_questions(record.programme)}
    for step in record.steps:
        if step.template_key in asking and step.status in FULFILLED:
            answer = find_last_report(record, step)
            if answer is not None:
                yield step, answer.answered_on, answer.answered_at


def _is_of_period(day: date, step: Step) -> bool:
    """Return whether a day is in the step's period; one without a period is about the whole grant."""
    if step.period_start_on is not None and day < step.period_start_on:
        return False
    return step.period_end_on is None or day <= step.period_end_on


def _load_kept(connection: Connection, grant_ids: Sequence[int]) -> Mapping[int, list[_Kept]]:
    """Return what the ledger has, and had, of grants, by their ids."""
    kept: dict[int, list[_Kept]] = defaultdict(list)
    columns = (_ENTRY, _FIRST.c.read_at.label("first_at"), _GONE.c.read_at.label("gone_at"))
    query = (
        select(*columns)
        .join(_FIRST, _FIRST.c.id == _ENTRY.c.first_reading_id)
        .outerjoin(_GONE, _GONE.c.id == _ENTRY.c.gone_reading_id)
        .where(_ENTRY.c.grant_id.in_(grant_ids))
    )
    for row in connection.execute(query) if grant_ids else ():
        entry = Entry(row.day, row.voucher, row.account, row.project, row.amount_minor)
        kept[row.grant_id].append(_Kept(entry, row.first_at, row.gone_at))
    return kept


def _load_explained(connection: Connection, grant_ids: Sequence[int]) -> Mapping[int, Explained]:
    """Return the last explanation of each report's change, by the step's id."""
    query = (
        select(_EVENT.c.step_id, _EVENT.c.person_id, _EVENT.c.on, _EVENT.c.at, _EVENT.c.detail)
        .where(_EVENT.c.grant_id.in_(grant_ids), _EVENT.c.event == str(GrantEvent.BOOKS_EXPLAINED))
        .order_by(_EVENT.c.id)
    )
    rows = connection.execute(query) if grant_ids else ()
    return {row.step_id: Explained(row.person_id, row.on, row.at, row.detail["reason"]) for row in rows}
