"""Keep what a ledger says of the office's grants: each row once, from the reading that has it to one that lacks it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Select, insert, select, update

from models.facts.ledger import Difference, Entry, LedgerFile
from models.rules.ledger import compare_entries, month_of, project_keys, projects_of, references_of, sum_costs
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.ledger import LedgerEntry, LedgerReading

_GRANT = table_of(Grant)
_READING = table_of(LedgerReading)
_ENTRY = table_of(LedgerEntry)


@dataclass(frozen=True, slots=True)
class LedgerGrant:
    """A grant that has projects in the ledger, as they are compared, and the numbers by which a text may name it."""

    id: int
    reference: str
    title: str
    currency: str
    projects: frozenset[str]
    references: frozenset[str]

    @property
    def name(self) -> str:
        """Its reference and title."""
        return f"{self.reference} {self.title}"


def list_ledger_grants(connection: Connection, seen: Select[int] | None) -> tuple[LedgerGrant, ...]:
    """Return the grants that have a project in the ledger, among those `seen`, or all."""
    query = select(_GRANT).where(_GRANT.c.project != "").order_by(_GRANT.c.reference_key)
    if seen is not None:
        query = query.where(_GRANT.c.id.in_(seen))
    return tuple(
        LedgerGrant(
            id=row.id,
            reference=row.reference,
            title=row.title,
            currency=row.currency,
            projects=projects_of(row.project),
            references=references_of(row.reference, row.funder_reference),
        )
        for row in connection.execute(query)
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """What a reading changes of a grant: its costs before and after, in minor units, and its entries."""

    grant: LedgerGrant
    before_minor: int
    after_minor: int
    difference: Difference


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """Whose reading of which file it is, and when."""

    file: str
    sha256: str
    at: datetime
    by_id: int | None


def keep_ledger(
    connection: Connection, grants: Collection[LedgerGrant], found: LedgerFile, reading: ReadingFacts
) -> list[Booked]:
    """Keep what the file says of the grants whose projects are in it; return what that changes.

    A grant is left as it is where the file has none of its projects. The caller has looked at the file's faults.
    """
    # Two readings at once would each add the same rows.
    ids = [grant.id for grant in grants]
    connection.execute(
        select(_GRANT.c.id).where(_GRANT.c.id.in_(ids)).order_by(_GRANT.c.id).with_for_update()
    )
    there = project_keys(found.projects)
    read = _by_project(found.entries)
    months = {month_of(day) for day in found.days}
    changes = []
    for grant in grants:
        projects = grant.projects & there
        if projects and found.first_on and found.last_on:
            entries = [entry for project in sorted(projects) for entry in read.get(project, ())]
            kept = _kept_entries(connection, grant)
            of_projects = {key: entry for key, entry in kept.items() if entry.project in projects}
            difference = compare_entries(of_projects, entries, months)
            after = [entry for key, entry in kept.items() if key not in set(difference.gone)]
            after += difference.added
            booked = Booked(grant, sum_costs(kept.values()), sum_costs(after), difference)
            _write(connection, booked, (found.first_on, found.last_on), reading)
            changes.append(booked)
    return changes


def _kept_entries(connection: Connection, grant: LedgerGrant) -> dict[int, Entry]:
    """Return the entries of a grant's projects as the ledger has them now, by their ids."""
    rows = connection.execute(
        select(_ENTRY).where(
            _ENTRY.c.grant_id == grant.id,
            _ENTRY.c.gone_reading_id.is_(None),
            _ENTRY.c.project.in_(grant.projects),
        )
    )
    return {
        row.id: Entry(
            day=row.day,
            voucher=row.voucher,
            account=row.account,
            project=row.project,
            amount_minor=row.amount_minor,
            is_receipt=row.is_receipt,
            reference=row.reference,
        )
        for row in rows
    }


def _by_project(entries: Iterable[Entry]) -> Mapping[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.project, []).append(entry)
    return found


def _write(connection: Connection, booked: Booked, days: tuple[date, date], reading: ReadingFacts) -> None:
    """Write a reading, the entries that came with it, and that it lacks others."""
    first_on, last_on = days
    values = {
        "grant_id": booked.grant.id,
        "file": reading.file,
        "sha256": reading.sha256,
        "first_on": first_on,
        "last_on": last_on,
        "costs_minor": booked.after_minor,
        "read_at": reading.at,
        "by_id": reading.by_id,
    }
    reading_id = connection.execute(insert(_READING).values(values).returning(_READING.c.id)).scalar_one()
    costs = {"booked_minor": booked.after_minor}
    connection.execute(update(_GRANT).where(_GRANT.c.id == booked.grant.id).values(costs))
    gone = booked.difference.gone
    if gone:
        connection.execute(update(_ENTRY).where(_ENTRY.c.id.in_(gone)).values(gone_reading_id=reading_id))
    rows = [
        {
            "grant_id": booked.grant.id,
            "first_reading_id": reading_id,
            "day": entry.day,
            "voucher": entry.voucher,
            "account": entry.account,
            "project": entry.project,
            "amount_minor": entry.amount_minor,
            "is_receipt": entry.is_receipt,
            "reference": entry.reference,
        }
        for entry in booked.difference.added
    ]
    if rows:
        connection.execute(insert(_ENTRY), rows)
