"""Read all that the database holds of an import file's entries, as lines of the workbook that an import takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import ColumnElement, Connection, Table, func, select

from models.budget import BudgetLine
from models.columns import table_of
from models.grant import Decision, Grant, GrantRole, ProgrammeVersion
from models.instalment import Instalment, Payment
from models.people import Absence, Organisation, OrganisationName, Person
from models.step import Meeting, Step
from models.vocabulary import StepKind, StepStatus
from tasks.office.held_steps import (
    Line,
    answers,
    gathered_figures,
    own_of_steps,
    said_of_steps,
    set_dates,
    told_of_steps,
)
from tasks.store.database import AnyRow
from tasks.store.grant_reference import lowered_forms
from tasks.store.held_decisions import HOLDS

_PERSON, _ABSENCE, _BODY = table_of(Person), table_of(Absence), table_of(Organisation)
_NAME, _MEETING, _GRANT = table_of(OrganisationName), table_of(Meeting), table_of(Grant)
_ROLE, _VERSION, _DECISION = table_of(GrantRole), table_of(ProgrammeVersion), table_of(Decision)
_INSTALMENT, _BUDGET, _STEP = table_of(Instalment), table_of(BudgetLine), table_of(Step)
_PAYMENT = table_of(Payment)
# A larger sum does not fit a spreadsheet's number, and is written as text.
_LARGEST_NUMBER = 10**12
_SORTED_BY = {
    "organisations": ("key", "valid_from"),
    "people": ("email",),
    "absences": ("email", "first"),
    "meetings": ("body", "held_on"),
    "budgets": ("reference", "account", "period"),
}
_HISTORY = (StepStatus.DONE, StepStatus.APPROVED)


def held_entries(connection: Connection) -> dict[str, list[Line]]:
    """Return the lines of each sheet by its kind, a value a field; money in the grant's currency."""
    emails = dict(connection.execute(select(_PERSON.c.id, _PERSON.c.email)).all())
    keys = dict(connection.execute(select(_BODY.c.id, _BODY.c.key)).all())
    grants = {row.id: row for row in _all_of(connection, _GRANT, "reference")}
    references = {grant_id: row.reference for grant_id, row in grants.items()}
    figures, accounts = gathered_figures(connection, references)
    held = {
        **_of_people(connection, emails, keys),
        **_of_grants(connection, grants, emails, keys),
        "answers": list(answers(connection, references)),
        "said": list(said_of_steps(connection, references, emails)),
        "told": list(told_of_steps(connection, references, emails)),
        "figures": figures,
        "figure_accounts": accounts,
        "steps": list(own_of_steps(connection, references, emails)),
        "extensions": list(set_dates(connection, "fixed_due", "to", references)),
        "readings": list(set_dates(connection, "confirmed_due", "confirmed_on", references)),
        **_of_money(connection, grants, emails),
    }
    # Two databases with the same in them give the same workbook, whatever was there first.
    return {
        kind: sorted(lines, key=itemgetter(*_SORTED_BY.get(kind, ("reference",))))
        for kind, lines in held.items()
    }


def _all_of(
    connection: Connection, table: Table, *order: str, where: ColumnElement[bool] | None = None
) -> Sequence[AnyRow]:
    query = select(table).order_by(*(table.c[one] for one in (*order, "id")))
    return connection.execute(query if where is None else query.where(where)).all()


def _of_people(
    connection: Connection, emails: Mapping[int, str], keys: Mapping[int, str]
) -> dict[str, list[Line]]:
    """Return the lines of people and of bodies, with their absences and meetings."""
    bodies, names = (
        _all_of(connection, _BODY, "key"),
        _all_of(connection, _NAME, "organisation_id", "valid_from_on"),
    )
    meetings = _all_of(connection, _MEETING, "organisation_id", "held_on")
    return {
        "organisations": _organisations(bodies, names),
        "people": [_person(row, emails) for row in _all_of(connection, _PERSON, "email")],
        "absences": [
            {
                "email": emails[row.person_id],
                "first": row.from_on,
                "last": row.to_on,
                "told_on": row.told_on,
            }
            for row in _all_of(connection, _ABSENCE, "from_on")
        ],
        "meetings": [_meeting(row, keys) for row in meetings],
    }


def _of_grants(
    connection: Connection, grants: Mapping[int, AnyRow], emails: Mapping[int, str], keys: Mapping[int, str]
) -> dict[str, list[Line]]:
    """Return the lines of the grants themselves, their dates and decisions, and the steps that are done."""
    programmes = {
        row.id: row for row in connection.execute(select(_VERSION.c.id, _VERSION.c.key, _VERSION.c.sha256))
    }
    roles: dict[int, dict[str, str]] = {}
    for row in _all_of(connection, _ROLE):
        roles.setdefault(row.grant_id, {})[f"roles.{row.role}"] = emails[row.person_id]
    decisions = _all_of(connection, _DECISION, "grant_id", "decided_on", where=HOLDS)
    steps = connection.execute(
        select(_STEP.c.grant_id, _STEP.c.key, _STEP.c.done_on)
        .where(_STEP.c.status.in_(_HISTORY), _STEP.c.kind.not_in((StepKind.CLAIM, StepKind.PAYMENT)))
        .order_by(_STEP.c.grant_id, _STEP.c.position)
    )
    return {
        "grants": [_grant(row, keys, programmes) | roles.get(row.id, {}) for row in grants.values()],
        "dates": [
            {"reference": row.reference, "date": name, **_day(said)}
            for row in grants.values()
            for name, said in sorted(row.dates.items())
        ],
        "decisions": [_decision(grants[row.grant_id], row, emails) for row in decisions],
        "done": [
            {"reference": grants[row.grant_id].reference, "step": row.key, "done_on": row.done_on}
            for row in steps
        ],
    }


def _of_money(
    connection: Connection, grants: Mapping[int, AnyRow], emails: Mapping[int, str]
) -> dict[str, list[Line]]:
    """Return the lines of the grants' instalments, with what came of them, and of their budgets."""
    columns = ("grant_id", "kind", "instalment", "done_on", "done_by_id")
    money = select(*(_STEP.c[name] for name in columns)).where(
        _STEP.c.kind.in_((StepKind.CLAIM, StepKind.PAYMENT))
    )
    acted = {
        (row.grant_id, row.kind, row.instalment): (row.done_on, emails.get(row.done_by_id))
        for row in connection.execute(money)
    }
    payments: dict[int, list[AnyRow]] = {}
    for row in _all_of(connection, _PAYMENT, "instalment_id"):
        payments.setdefault(row.instalment_id, []).append(row)
    parts = [(grants[row.grant_id], row) for row in _all_of(connection, _INSTALMENT, "grant_id", "number")]
    budgets = _all_of(connection, _BUDGET, "grant_id", "account", "period")
    return {
        "instalments": list(_instalments(parts, emails, acted, payments)),
        "part_payments": list(_part_payments(parts, emails, payments)),
        "budgets": [_budget(grants[row.grant_id], row) for row in budgets],
    }


def held_grant(connection: Connection, reference: str) -> dict[str, Any] | None:
    """Return what an entry of a grant has to say, as the database holds it; None where there is no such grant."""
    lowered = func.lower(_GRANT.c.reference).in_(lowered_forms(reference))
    rows = connection.execute(select(_GRANT).where(lowered)).all()
    row = next((one for one in rows if one.reference == reference), rows[0] if len(rows) == 1 else None)
    if row is None:
        return None
    bodies = select(_BODY.c.id, _BODY.c.key).where(_BODY.c.id.in_((row.funder_id, row.recipient_id)))
    keys = dict(connection.execute(bodies).all())
    programme = select(_VERSION.c.key).where(_VERSION.c.id == row.programme_id)
    people = select(_ROLE.c.role, _PERSON.c.email).join(_PERSON, _PERSON.c.id == _ROLE.c.person_id)
    return {
        "reference": row.reference,
        "title": row.title,
        "programme": connection.execute(programme).scalar_one(),
        "funder": keys[row.funder_id],
        "recipient": keys[row.recipient_id],
        "roles": dict(connection.execute(people.where(_ROLE.c.grant_id == row.id)).all()),
    }


def _organisations(bodies: Iterable[AnyRow], names: Iterable[AnyRow]) -> list[Line]:
    by_body: dict[int, list[AnyRow]] = {}
    for name in names:
        by_body.setdefault(name.organisation_id, []).append(name)
    return [
        {
            "key": row.key,
            "name": name.name,
            "valid_from": name.valid_from_on,
            "registration_number": row.registration_number,
            "account": row.account,
        }
        for row in bodies
        for name in by_body.get(row.id, [])
    ]


def _person(row: AnyRow, emails: Mapping[int, str]) -> Line:
    return {
        **{
            name: getattr(row, name)
            for name in ("email", "name", "title", "phone", "language", "departed_on")
        },
        "manager": emails.get(row.manager_id),
        "deputy": emails.get(row.deputy_id),
        "admin": row.is_admin,
        "access": str(row.access),
        "bounced_at": row.bounced_at and row.bounced_at.isoformat(),
    }


def _meeting(row: AnyRow, keys: Mapping[int, str]) -> Line:
    names = ("held_on", "agenda_on", "documents_on", "adjustment_days", "cancelled", "choice")
    return {
        "body": keys[row.organisation_id],
        "kind": str(row.kind),
        "moved_from": row.moved_from_on,
        **{name: getattr(row, name) for name in names},
    }


def _grant(row: AnyRow, keys: Mapping[int, str], programmes: Mapping[int, AnyRow]) -> Line:
    names = (
        "reference",
        "title",
        "funder_reference",
        "period_start_on",
        "period_end_on",
        "opened_on",
        "figures_file",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "programme": programmes[row.programme_id].key,
        "programme_version": programmes[row.programme_id].sha256,
        "funder": keys[row.funder_id],
        "recipient": keys[row.recipient_id],
        "applied_for": _sum(row.applied_for_minor, row.currency),
    }


def _day(said: Mapping[str, Any]) -> Line:
    on = said.get("on")
    return {
        "on": date.fromisoformat(on) if isinstance(on, str) else None,
        "source": said.get("source"),
        "choice": bool(said.get("choice")),
    }


def _decision(grant: AnyRow, row: AnyRow, emails: Mapping[int, str]) -> Line:
    return {
        "reference": grant.reference,
        "kind": str(row.kind),
        "amount": _sum(row.amount_minor, grant.currency),
        "total": _sum(row.total_minor, grant.currency),
        **{name: getattr(row, name) for name in ("decided_on", "purpose", "conditions", "source")},
        "recorded_by": emails.get(row.recorded_by_id),
        "recorded_at": row.recorded_at.isoformat(),
        **{name: _day(said)["on"] for name, said in row.dates.items()},
        **{
            f"instalments {number}": _sum(said, grant.currency) if isinstance(said, int) else said
            for number, said in row.instalments.items()
        },
    }


def _instalments(
    rows: Iterable[tuple[AnyRow, AnyRow]],
    emails: Mapping[int, str],
    acted: Mapping[tuple[int, str, int | None], tuple[date | None, str | None]],
    payments: Mapping[int, Sequence[AnyRow]],
) -> Iterator[Line]:
    """Yield how far each instalment came, of those that did."""
    for grant, row in rows:
        _, claimed_by = acted.get((row.grant_id, StepKind.CLAIM, row.number), (None, None))
        ended_on, ended_by = acted.get((row.grant_id, StepKind.PAYMENT, row.number), (None, None))
        ends = row.no_more_why is not None
        line = {
            "amount": _sum(row.claimed_minor, grant.currency),
            "requested_by": emails.get(row.requested_by_id),
            "requested_on": row.requested_on,
            "confirmed_by": emails.get(row.confirmed_by_id),
            "released_on": row.released_on,
            "released_amount": _sum(row.amount_minor, grant.currency) if row.released_on else None,
            "claimed_on": row.claimed_on,
            "claimed_by": claimed_by if row.claimed_on else None,
            "paid_on": row.paid_on,
            "paid_by": emails.get(payments[row.id][-1].by_id) if row.id in payments else None,
            "paid_amount": None
            if row.paid_minor == row.amount_minor
            else _sum(row.paid_minor, grant.currency),
            "no_more_why": row.no_more_why,
            "no_more_on": ended_on if ends else None,
            "no_more_by": ended_by if ends else None,
        }
        if any(value is not None for value in line.values()):
            yield {"reference": grant.reference, "number": row.number, **line}


def _part_payments(
    rows: Iterable[tuple[AnyRow, AnyRow]],
    emails: Mapping[int, str],
    payments: Mapping[int, Sequence[AnyRow]],
) -> Iterator[Line]:
    """Yield what came of instalments before their last payments."""
    for grant, row in rows:
        for one in payments.get(row.id, ())[:-1]:
            yield {
                "reference": grant.reference,
                "number": row.number,
                "part_paid_on": one.paid_on,
                "part_paid": _sum(one.amount_minor, grant.currency),
                "part_paid_by": emails.get(one.by_id),
            }


def _budget(grant: AnyRow, row: AnyRow) -> Line:
    names = ("account", "title", "period")
    return {
        "reference": grant.reference,
        **{name: getattr(row, name) for name in names},
        "amount": _sum(row.amount_minor, grant.currency),
    }


def _sum(minor: int | None, currency: str) -> Decimal | str | None:
    if minor is None:
        return None
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return amount if amount < _LARGEST_NUMBER else f"{amount:f}"
