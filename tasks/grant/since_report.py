"""Find what changed in the ledger since a report said what was spent: what stood there then is a query, not a copy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from models.facts.ledger import BooksChange, Entry
from models.rules.answers.spending import list_spending_questions
from models.rules.ledger import changed_since, projects_of
from models.tables.columns import table_of
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.step import Step
from models.vocabulary import FULFILLED
from tasks.grant.money import find_last_report
from tasks.grant.records import GrantRecord

_ENTRY = table_of(LedgerEntry)
_FIRST = table_of(LedgerReading).alias("first_reading")
_GONE = table_of(LedgerReading).alias("gone_reading")


@dataclass(frozen=True, slots=True)
class ChangedReport:
    """A report since which the costs of its period changed in the ledger: its step, the day it was given, and how."""

    step: Step
    given_on: date
    change: BooksChange


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry, with the times from which and to which the ledger had it; the second is None while it still does."""

    entry: Entry
    first_at: datetime
    gone_at: datetime | None

    def stood(self, at: datetime) -> bool:
        """Return whether the ledger had it at a time, as far as it was read by then."""
        return self.first_at <= at and (self.gone_at is None or self.gone_at > at)


def list_changed_reports(connection: Connection, record: GrantRecord) -> list[ChangedReport]:
    """Return the reports of what was spent since which the ledger changed, in the order of the plan.

    A report before the first reading of a ledger is not among them: nobody knows what was booked then.
    """
    if not record.grant.project:
        return []
    kept = _load_kept(connection, record)
    first_at = min((one.first_at for one in kept), default=None)
    found = []
    for step, given_on, given_at in _reports(record):
        if first_at is not None and first_at <= given_at:
            own = [one for one in kept if _is_of_period(one.entry.day, step)]
            then = (one.entry for one in own if one.stood(given_at))
            change = changed_since(then, (one.entry for one in own if one.gone_at is None))
            if change.is_any:
                found.append(ChangedReport(step, given_on, change))
    return found


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


def _load_kept(connection: Connection, record: GrantRecord) -> list[_Kept]:
    columns = (_ENTRY, _FIRST.c.read_at.label("first_at"), _GONE.c.read_at.label("gone_at"))
    query = (
        select(*columns)
        .join(_FIRST, _FIRST.c.id == _ENTRY.c.first_reading_id)
        .outerjoin(_GONE, _GONE.c.id == _ENTRY.c.gone_reading_id)
        .where(_ENTRY.c.grant_id == record.id, _ENTRY.c.project.in_(projects_of(record.grant.project)))
    )
    return [
        _Kept(
            Entry(row.day, row.voucher, row.account, row.project, row.amount_minor), row.first_at, row.gone_at
        )
        for row in connection.execute(query)
    ]
