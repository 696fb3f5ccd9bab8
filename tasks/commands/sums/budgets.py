"""Set the lines of grants' budgets, as an import file says them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from models.errors import ImportInvalid
from models.intake.file import BudgetEntry
from models.reading.number import read_amount
from models.tables.grant import Grant
from models.tables.money import BudgetLine
from tasks.commands.messages import Summed
from tasks.store.journal import Happened, write_journal
from tasks.store.references import lowered_forms

_BATCH = 500


def import_budgets(
    session: Session, entries: Sequence[BudgetEntry], today: date, now: datetime
) -> Counter[str]:
    """Set the lines of the entries, and count them as "new", "changed" or "unchanged"; what is not said stays.

    Raises ImportInvalid for a line that stands twice, or whose grant is not known.
    """
    twice = Counter((entry.reference.lower(), entry.account, entry.period) for entry in entries).most_common(
        1
    )
    if twice and twice[0][1] > 1:
        _, account, period = twice[0][0]
        reference = next(one.reference for one in entries if one.reference.lower() == twice[0][0][0])
        within = Summed.IN_PERIOD(period=period) if period else ""
        raise ImportInvalid(
            Summed.BUDGET_TWICE(reference=reference, account=account, count=twice[0][1], within=within),
            *("budgets", reference, account),
        )
    outcomes: Counter[str] = Counter()
    for start in range(0, len(entries), _BATCH):
        outcomes += _import_batch(session, entries[start : start + _BATCH], today, now)
    return outcomes


def _import_batch(
    session: Session, entries: Sequence[BudgetEntry], today: date, now: datetime
) -> Counter[str]:
    forms = {form for entry in entries for form in lowered_forms(entry.reference)}
    named = session.exec(select(Grant).where(func.lower(Grant.reference).in_(forms)))
    grants = {row.reference.lower(): row for row in named}
    ids = [grant.id for grant in grants.values()]
    rows = session.exec(select(BudgetLine).where(col(BudgetLine.grant_id).in_(ids)))
    lines = {(row.grant_id, row.account, row.period): row for row in rows}
    outcomes: Counter[str] = Counter()
    touched: Counter[int] = Counter()
    for entry in entries:
        grant = grants.get(entry.reference.lower())
        if grant is None or grant.id is None:
            raise ImportInvalid(
                Summed.BUDGET_OF_NO_GRANT(reference=entry.reference),
                *("budgets", entry.reference),
            )
        try:
            values: dict[str, Any] = {
                "title": entry.title,
                "amount_minor": read_amount(entry.amount, grant.currency),
            }
        except ValueError as error:
            raise ImportInvalid(
                Summed.BUDGET_LINE(reference=entry.reference, account=entry.account, why=error),
                *("budgets", entry.reference, entry.account),
            ) from error
        line = lines.get((grant.id, entry.account, entry.period))
        if line is None:
            session.add(BudgetLine(grant_id=grant.id, account=entry.account, period=entry.period, **values))
            outcome = "new"
        else:
            if "title" not in entry.model_fields_set:
                del values["title"]
            changed = {name: value for name, value in values.items() if getattr(line, name) != value}
            for name, value in changed.items():
                setattr(line, name, value)
            outcome = "changed" if changed else "unchanged"
        outcomes[outcome] += 1
        if outcome != "unchanged":
            touched[grant.id] += 1
    session.flush()
    events = [Happened("budget_set", one, None, None, {"lines": count}) for one, count in touched.items()]
    write_journal(session.connection(), today, now, events)
    return outcomes
