"""Write the workbook that an import takes: empty to be filled in, or with all that the database holds of its sheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from sqlalchemy import ColumnElement, Connection, exists, select

from models.budget import BudgetLine
from models.columns import table_of
from models.grant import Decision, Grant, GrantRole, ProgrammeVersion
from models.instalment import Instalment
from models.people import Absence, Organisation, OrganisationName, Person
from models.sheet_shapes import SHAPES, WORDS, Column, SheetShape
from models.step import Answer, Meeting, Step
from models.vocabulary import SETTLING, AnswerKind, Role, StepKind, StepStatus
from tasks.database import AnyRow
from tasks.held_decisions import HOLDS
from tasks.table_files import SheetOut, xlsx_of

_PERSON, _ABSENCE, _BODY = table_of(Person), table_of(Absence), table_of(Organisation)
_NAME, _MEETING, _GRANT = table_of(OrganisationName), table_of(Meeting), table_of(Grant)
_ROLE, _VERSION, _DECISION = table_of(GrantRole), table_of(ProgrammeVersion), table_of(Decision)
_ANSWER = table_of(Answer)
_INSTALMENT, _BUDGET, _STEP = table_of(Instalment), table_of(BudgetLine), table_of(Step)
# A larger sum does not fit a spreadsheet's number, and is written as text.
_LARGEST_NUMBER = 10**12
_WIDTHS = {
    "title": 40,
    "name": 40,
    **dict.fromkeys(("email", "manager", "deputy", "requested_by", "confirmed_by"), 34),
    "step": 26,
    "question": 30,
    "answer": 60,
    **dict.fromkeys(("reason", "note"), 40),
    **dict.fromkeys(("by", "colleague", "recorded_by", "claimed_by", "paid_by"), 34),
    **{f"roles.{role}": 34 for role in Role},
    "programme": 30,
    "purpose": 50,
    "conditions": 50,
    "source": 30,
}
_HISTORY = (StepStatus.DONE, StepStatus.APPROVED)

Line = dict[str, Any]


def import_workbook(connection: Connection, language: str, *, empty: bool = False) -> bytes:
    """Return a workbook with one sheet a kind, its headings in the language; `grants import` reads it back."""
    lines = {shape.kind: [] for shape in SHAPES} if empty else _lines(connection)
    return xlsx_of(*(_sheet(shape, lines[shape.kind], language) for shape in SHAPES))


def _sheet(shape: SheetShape, lines: Sequence[Line], language: str) -> SheetOut:
    columns = [(column.field, _heading(column, language)) for column in shape.columns]
    # The grants' own columns are in sheets of their own.
    own = {"grants": ("decided_on", "amount")}.get(shape.kind, ())
    columns = [one for one in columns if one[0] not in own]
    more = dict.fromkeys(key for line in lines for key in line if key not in dict(columns))
    columns += [(key, _dynamic(key, language)) for key in sorted(more)]
    table: list[list[Any]] = [
        [heading for _, heading in columns],
        *([_said(key, line.get(key), language) for key, _ in columns] for line in lines),
    ]
    widths = [max(_WIDTHS.get(key, 18), len(heading) + 2) for key, heading in columns]
    return SheetOut(shape.titles[language == "en"], table, widths)


def _said(field: str, value: Any, language: str) -> Any:
    """Return a cell's value, yes and no and the closed words as the reader's language has them."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if language == "en" else ("ja" if value else "nej")
    if language == "en" or field not in WORDS:
        return value
    return next((swedish for swedish, word in WORDS[field].items() if word == value), value)


def _heading(column: Column, language: str) -> str:
    english = column.field.rpartition(".")[2].replace("_", " ")
    text = english if language == "en" else column.swedish
    return text[:1].upper() + text[1:]


def _dynamic(key: str, language: str) -> str:
    """Return the heading of a date's or an instalment's column."""
    number = key.partition(" ")[2]
    return key if not number else f"{'Instalment' if language == 'en' else 'Rat'} {number}"


def _lines(connection: Connection) -> dict[str, list[Line]]:
    def all_of(table: Any, *order: str, where: ColumnElement[bool] | None = None) -> Sequence[AnyRow]:
        query = select(table).order_by(*(table.c[one] for one in (*order, "id")))
        return connection.execute(query if where is None else query.where(where)).all()

    emails = dict(connection.execute(select(_PERSON.c.id, _PERSON.c.email)).all())
    keys = dict(connection.execute(select(_BODY.c.id, _BODY.c.key)).all())
    programmes = dict(connection.execute(select(_VERSION.c.id, _VERSION.c.key)).all())
    grants = all_of(_GRANT, "reference")
    known = {row.id: row for row in grants}
    references = {row.id: row.reference for row in grants}
    roles: dict[int, dict[str, str]] = {}
    for row in all_of(_ROLE):
        roles.setdefault(row.grant_id, {})[f"roles.{row.role}"] = emails[row.person_id]
    done_by = {
        (row.grant_id, row.kind, row.instalment): emails.get(row.done_by_id)
        for row in connection.execute(
            select(_STEP.c.grant_id, _STEP.c.kind, _STEP.c.instalment, _STEP.c.done_by_id).where(
                _STEP.c.kind.in_((StepKind.CLAIM, StepKind.PAYMENT))
            )
        )
    }
    held = all_of(_DECISION, "grant_id", "decided_on", where=HOLDS)
    decisions = [(known[row.grant_id], row) for row in held]
    instalments = [(known[row.grant_id], row) for row in all_of(_INSTALMENT, "grant_id", "number")]
    budgets = [(known[row.grant_id], row) for row in all_of(_BUDGET, "grant_id", "account", "period")]
    steps = connection.execute(
        select(_STEP.c.grant_id, _STEP.c.key, _STEP.c.done_on)
        .where(_STEP.c.status.in_(_HISTORY), _STEP.c.kind.not_in((StepKind.CLAIM, StepKind.PAYMENT)))
        .order_by(_STEP.c.grant_id, _STEP.c.position)
    )
    return {
        "organisations": _organisations(
            all_of(_BODY, "key"), all_of(_NAME, "organisation_id", "valid_from_on")
        ),
        "people": [_person(row, emails) for row in all_of(_PERSON, "email")],
        "absences": [
            {"email": emails[row.person_id], "first": row.from_on, "last": row.to_on}
            for row in all_of(_ABSENCE, "from_on")
        ],
        "meetings": [_meeting(row, keys) for row in all_of(_MEETING, "organisation_id", "held_on")],
        "grants": [_grant(row, keys, programmes) | roles.get(row.id, {}) for row in grants],
        "dates": [
            {"reference": row.reference, "date": name, **_day(said)}
            for row in grants
            for name, said in sorted(row.dates.items())
        ],
        "decisions": [_decision(grant, row, emails) for grant, row in decisions],
        "done": [
            {"reference": known[row.grant_id].reference, "step": row.key, "done_on": row.done_on}
            for row in steps
        ],
        "answers": list(_answers(connection, references)),
        "said": list(_said_of_steps(connection, references, emails)),
        "steps": list(_own_of_steps(connection, references, emails)),
        "extensions": list(_set_dates(connection, "fixed_due", "to", references)),
        "readings": list(_set_dates(connection, "confirmed_due", "confirmed_on", references)),
        "instalments": list(_instalments(instalments, emails, done_by)),
        "budgets": [
            {
                "reference": grant.reference,
                "account": row.account,
                "title": row.title,
                "period": row.period,
                "amount": _sum(row.amount_minor, grant.currency),
            }
            for grant, row in budgets
        ],
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
    }


def _meeting(row: AnyRow, keys: Mapping[int, str]) -> Line:
    names = ("held_on", "agenda_on", "documents_on", "adjustment_days", "cancelled", "choice")
    return {
        "body": keys[row.organisation_id],
        "kind": str(row.kind),
        "moved_from": row.moved_from_on,
        **{name: getattr(row, name) for name in names},
    }


def _grant(row: AnyRow, keys: Mapping[int, str], programmes: Mapping[int, str]) -> Line:
    names = ("reference", "title", "funder_reference", "period_start_on", "period_end_on", "figures_file")
    return {
        **{name: getattr(row, name) for name in names},
        "programme": programmes[row.programme_id],
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
        **{name: _day(said)["on"] for name, said in row.dates.items()},
        **{
            f"instalments {number}": _sum(said, grant.currency) if isinstance(said, int) else said
            for number, said in row.instalments.items()
        },
    }


def _answers(connection: Connection, references: Mapping[int, str]) -> Iterator[Line]:
    """Yield what steps were answered with, a question a line; of earlier times with which of them it was."""
    query = (
        select(_STEP.c.id, _STEP.c.grant_id, _STEP.c.key, _ANSWER.c.data)
        .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
        .where(_ANSWER.c.kind == AnswerKind.DONE)
        .order_by(_STEP.c.grant_id, _STEP.c.position, _ANSWER.c.id)
    )
    given: dict[int, list[AnyRow]] = {}
    for row in connection.execute(query):
        given.setdefault(row.id, []).append(row)
    for rows in given.values():
        for turn, row in enumerate(rows, start=1):
            for question, value in row.data.items():
                yield {
                    "reference": references[row.grant_id],
                    "step": row.key,
                    "question": question,
                    "answer": "yes" if value is True else "no" if value is False else value,
                    "turn": turn if row is not rows[-1] else None,
                }


def _said_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield what people said about steps, in its order."""
    names = ("kind", "answered_on", "answered_at", "by_id", "note", "expected_on", "colleague_id")
    query = (
        select(_STEP.c.grant_id, _STEP.c.key, *(_ANSWER.c[name] for name in names))
        .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
        .order_by(_STEP.c.grant_id, _ANSWER.c.id)
    )
    for row in connection.execute(query):
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            "said": str(row.kind),
            "said_on": row.answered_on,
            "by": emails[row.by_id],
            "note": row.note,
            "expected_on": row.expected_on,
            "colleague": emails.get(row.colleague_id),
            "said_at": row.answered_at.isoformat(),
        }


def _own_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield steps that are, or were, another's than their role says, that a meeting left undecided, and recoveries."""
    holders = {(row.grant_id, row.role): row.person_id for row in connection.execute(select(_ROLE))}
    columns = (_DECISION.c.grant_id, _DECISION.c.corrects_id)
    corrected = {row.grant_id for row in connection.execute(select(*columns)) if row.corrects_id is not None}
    answered = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind.in_(SETTLING))
    given = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind == AnswerKind.NOT_ME)
    query = select(_STEP, answered.label("answered"), given.label("given")).where(
        _STEP.c.owner_id.is_not(None)
    )
    for row in connection.execute(query.order_by(_STEP.c.grant_id, _STEP.c.position)):
        holder = holders.get((row.grant_id, row.owner_role)) or holders[row.grant_id, Role.COORDINATOR]
        recovery = row.kind == StepKind.RECOVERY
        told = row.answered or row.kind in (StepKind.CLAIM, StepKind.PAYMENT)
        by_id = (
            None
            if told or (row.done_by_id == row.owner_id and row.grant_id not in corrected)
            else row.done_by_id
        )
        if row.owner_id != holder or row.given or row.undecided_on or recovery or by_id:
            yield {
                "reference": references[row.grant_id],
                "step": row.key,
                "owner": emails[row.owner_id],
                "since_on": row.owner_since_on,
                "done_by": emails[by_id] if by_id else None,
                "undecided_on": row.undecided_on,
                "recovers": row.instalment if recovery else None,
                "opened_on": _opened_on(row) if recovery else None,
                "reason": row.receipt.get("source") if recovery else None,
            }


def _opened_on(recovery: AnyRow) -> date | None:
    """Return the day of a recovery as it was before somebody moved it."""
    before = recovery.receipt.get("anchor_on") if recovery.fixed_due_on else None
    return date.fromisoformat(before) if before else recovery.due_on


def _set_dates(
    connection: Connection, column: str, field: str, references: Mapping[int, str]
) -> Iterator[Line]:
    """Yield the due dates that a person set in that column of a step, the day as that field."""
    on, source = _STEP.c[f"{column}_on"], _STEP.c[f"{column}_source"]
    query = select(_STEP.c.grant_id, _STEP.c.key, on.label("day"), source.label("reason"))
    for row in connection.execute(query.where(on.is_not(None)).order_by(_STEP.c.grant_id, _STEP.c.position)):
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            field: row.day,
            "reason": row.reason or "-",
        }


def _instalments(
    rows: Iterable[tuple[AnyRow, AnyRow]],
    emails: Mapping[int, str],
    done_by: Mapping[tuple[int, str, int | None], str | None],
) -> Iterator[Line]:
    """Yield how far each instalment came, of those that did."""
    for grant, row in rows:
        line = {
            "amount": _sum(row.claimed_minor, grant.currency),
            "requested_by": emails.get(row.requested_by_id),
            "requested_on": row.requested_on,
            "confirmed_by": emails.get(row.confirmed_by_id),
            "released_on": row.released_on,
            "released_amount": _sum(row.amount_minor, grant.currency) if row.released_on else None,
            "claimed_on": row.claimed_on,
            "claimed_by": _acted(done_by, row, StepKind.CLAIM) if row.claimed_on else None,
            "paid_on": row.paid_on,
            "paid_by": _acted(done_by, row, StepKind.PAYMENT) if row.paid_on else None,
            "paid_amount": None
            if row.paid_minor == row.amount_minor
            else _sum(row.paid_minor, grant.currency),
        }
        if any(value is not None for value in line.values()):
            yield {"reference": grant.reference, "number": row.number, **line}


def _acted(
    done_by: Mapping[tuple[int, str, int | None], str | None], row: AnyRow, kind: StepKind
) -> str | None:
    """Return who did the claim or the payment of an instalment."""
    return done_by.get((row.grant_id, kind, row.number))


def _sum(minor: int | None, currency: str) -> Decimal | str | None:
    if minor is None:
        return None
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return amount if amount < _LARGEST_NUMBER else f"{amount:f}"
