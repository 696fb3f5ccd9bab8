"""Set the lines of grants' budgets, as an import file says them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from models.errors import ImportInvalid
from models.events import GrantEvent
from models.intake.file import BudgetEntry
from models.reading.number import read_amount
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.money import BudgetLine
from tasks.commands.command_faults import Summed
from tasks.store.grant_lookup import lowered_forms
from tasks.store.journal import Event, write_journal


def import_budgets(
    session: Session, entries: Sequence[BudgetEntry], today: date, now: datetime
) -> Counter[str]:
    """Set the lines of the entries, and count them as "new", "changed" or "unchanged"; other lines stay.

    Raises ImportInvalid for a line that is there twice, or whose grant is unknown.
    """
    by_grant: dict[str, list[BudgetEntry]] = defaultdict(list)
    for entry in entries:
        by_grant[entry.reference.lower()].append(entry)
    outcomes: Counter[str] = Counter()
    events = []
    for of_grant in by_grant.values():
        reference = of_grant[0].reference
        named = select(Grant).where(func.lower(Grant.reference).in_(lowered_forms(reference)))
        grant = session.exec(named).first()
        if grant is None:
            raise ImportInvalid(Summed.BUDGET_OF_NO_GRANT(reference=reference), "budgets", reference)
        counts = _set_lines(session, grant, of_grant)
        outcomes += counts
        if changed := counts["new"] + counts["changed"]:
            events.append(Event(GrantEvent.BUDGET_SET, grant.id, None, None, {"lines": changed}))
    session.flush()
    write_journal(session.connection(), today, now, events)
    return outcomes


def _set_lines(session: Session, grant: Grant, entries: Sequence[BudgetEntry]) -> Counter[str]:
    rows = session.exec(select(BudgetLine).where(col(BudgetLine.grant_id) == grant.id))
    lines = {(row.account, row.period): row for row in rows}
    outcomes: Counter[str] = Counter()
    seen = set[tuple[str, str]]()
    for entry in entries:
        key = (entry.account, entry.period)
        place = ("budgets", entry.reference, entry.account)
        if key in seen:
            within = Summed.IN_PERIOD(period=entry.period) if entry.period else ""
            facts = {"reference": entry.reference, "account": entry.account, "within": within}
            raise ImportInvalid(Summed.BUDGET_TWICE(**facts), *place)
        seen.add(key)
        try:
            minor = read_amount(entry.amount, grant.currency)
        except ValueError as error:
            said_why = Summed.BUDGET_LINE(reference=entry.reference, account=entry.account, why=error)
            raise ImportInvalid(said_why, *place) from error
        line = lines.get(key) or BudgetLine(
            grant_id=id_of(grant), account=entry.account, period=entry.period, amount_minor=minor
        )
        title = entry.title if "title" in entry.model_fields_set else line.title
        if line.id is None:
            outcomes["new"] += 1
        elif (line.title, line.amount_minor) == (title, minor):
            outcomes["unchanged"] += 1
        else:
            outcomes["changed"] += 1
        line.title = title
        line.amount_minor = minor
        session.add(line)
    return outcomes
