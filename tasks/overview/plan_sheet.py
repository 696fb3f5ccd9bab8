"""Lay the plan out: every step of the grants as a table for a spreadsheet, and what is due as dates for a calendar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from models.facts.receipt import read_receipt
from models.facts.worded_letter import Appointment
from models.programme.step import StepRule
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation, OrganisationName, Person
from models.tables.step import Meeting, Step
from models.vocabulary import SETTLED, UNSETTLED, GrantStatus, Phase, StepKind, StepStatus
from tasks.files.tables import Cell
from tasks.store.programmes import load_programme
from tasks.store.queries import columns_of, shape_rows
from tasks.words.names import (
    word_heading,
    word_meeting,
    word_name,
    word_step_status,
    word_step_title,
)
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised

_GRANT, _STEP, _PERSON, _MEETING = table_of(Grant), table_of(Step), table_of(Person), table_of(Meeting)
_BODY, _NAME = table_of(Organisation), table_of(OrganisationName)
_COLUMNS = (
    "reference",
    "grant",
    "step",
    "phase",
    "opens",
    "due",
    "done_on",
    "status",
    "role",
    "holder",
    "why",
)
WIDTHS = (16, 40, 44, 16, 12, 12, 12, 14, 26, 26, 70)  # of the columns, in characters


def plan_table(
    connection: Connection, say: Translator, references: Sequence[str], today: date
) -> list[list[Cell]]:
    """Return the header and a line a step of the grants: texts and dates."""
    header: list[Cell] = [word_heading(say, column) for column in _COLUMNS]
    rules = _Rules(connection)
    return [header, *(_line(say, row, rules, today) for row in _steps(connection, references))]


def plan_dates(
    connection: Connection, say: Translator, references: Sequence[str], domain: str
) -> list[Appointment]:
    """Return a whole day for each step of the open grants that is due, and for each meeting of their committees.

    A step is named as in letters and private calendars, so that a program that has both shows it once.
    """
    rules = _Rules(connection)
    steps = [
        Appointment(
            uid=f"step-{row.id}@{domain}",
            on=row.due_on,
            summary=f"{capitalised(word_step_title(say, rules.of(row), row.kind, row.period))} ({row.reference})",
            description=f"{row.title}: {word_name(say, 'role', row.owner_role)}",
            sequence=row.version,
        )
        for row in _steps(connection, references)
        if row.due_on is not None and row.status in UNSETTLED and row.grant_status == GrantStatus.OPEN
    ]
    return [*steps, *_meetings(connection, say, references, domain)]


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A step of the plan, with its grant and who has it."""

    id: int
    template_key: str
    kind: StepKind
    phase: Phase
    period: str | None
    opens_on: date | None
    due_on: date | None
    done_on: date | None
    status: StepStatus
    owner_role: str
    version: int
    receipt: dict[str, object]
    reference: str
    title: str
    programme_id: int
    grant_status: GrantStatus
    name: str | None


class _Rules:
    """The steps' rules, of each programme version once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[int, dict[str, StepRule]] = {}
        self._words: dict[int, ReceiptWords] = {}

    def of(self, row: PlannedRow) -> StepRule | None:
        if row.programme_id not in self._known:
            programme = load_programme(self._connection, row.programme_id)
            self._known[row.programme_id] = {rule.key: rule for rule in programme.steps}
        return self._known[row.programme_id].get(row.template_key)

    def words(self, row: PlannedRow, say: Translator, today: date) -> ReceiptWords:
        if row.programme_id not in self._words:
            programme = load_programme(self._connection, row.programme_id)
            words = ReceiptWords(say.language, programme, today, days_as_iso=True)
            self._words[row.programme_id] = words
        return self._words[row.programme_id]


def _steps(connection: Connection, references: Sequence[str]) -> Iterator[PlannedRow]:
    query = (
        select(*columns_of(PlannedRow, _STEP, _GRANT, _PERSON, grant_status=_GRANT.c.status))
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
        .order_by(_GRANT.c.reference, _STEP.c.position)
    )
    wanted = set(references)
    return (row for row in shape_rows(PlannedRow, connection.execute(query)) if row.reference in wanted)


def _line(say: Translator, row: PlannedRow, rules: _Rules, today: date) -> list[Cell]:
    undated = row.due_on is None and row.status in SETTLED
    return [
        row.reference,
        row.title,
        capitalised(word_step_title(say, rules.of(row), row.kind, row.period)),
        word_name(say, "phase", row.phase),
        row.opens_on,
        row.due_on,
        row.done_on,
        word_step_status(say, row, today),
        capitalised(word_name(say, "role", row.owner_role)),
        row.name or "",
        "" if undated else rules.words(row, say, today).counted(read_receipt(row.receipt)),
    ]


def _meetings(
    connection: Connection, say: Translator, references: Sequence[str], domain: str
) -> Iterator[Appointment]:
    bodies = select(_GRANT.c.recipient_id).where(_GRANT.c.reference.in_(references))
    named: dict[int, list[tuple[date, str]]] = {}
    for row in connection.execute(select(_NAME).order_by(_NAME.c.valid_from_on)):
        named.setdefault(row.organisation_id, []).append((row.valid_from_on, row.name))
    query = select(_MEETING).where(_MEETING.c.organisation_id.in_(bodies), ~_MEETING.c.cancelled)
    for row in connection.execute(query.order_by(_MEETING.c.held_on, _MEETING.c.id)):
        names = named[row.organisation_id]
        name = next((one for since, one in reversed(names) if since <= row.held_on), names[0][1])
        yield Appointment(
            uid=f"meeting-{row.id}@{domain}",
            on=row.held_on,
            summary=word_meeting(say, name),
            description="",
            sequence=0,
        )
