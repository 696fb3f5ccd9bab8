"""Lay the plan out: every step of the grants as a table for a spreadsheet, and what is due as dates for a calendar."""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import Connection, Date, bindparam, select

from models.facts.receipt import read_receipt
from models.facts.worded_letter import Appointment
from models.rules.names import name_on
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Meeting, Step
from models.vocabulary import SETTLED, UNSETTLED, GrantStatus
from tasks.files.tables import Cell
from tasks.overview.titles import StepTitles
from tasks.store.database import AnyRow
from tasks.store.names import load_names
from tasks.store.programmes import load_programme
from tasks.store.queries import late_steps
from tasks.words.names import word_heading, word_meeting, word_name, word_step_status
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised

_GRANT, _STEP, _PERSON, _MEETING = table_of(Grant), table_of(Step), table_of(Person), table_of(Meeting)
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


_STEPS = (
    select(
        _STEP,
        *(_GRANT.c[name] for name in ("reference", "title", "programme_id")),
        _GRANT.c.status.label("grant_status"),
        _PERSON.c.name,
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
    .order_by(_GRANT.c.reference, _STEP.c.position)
)


_LATE = (
    select(_STEP.c.id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(late_steps(bindparam("today", type_=Date)))
)


def plan_table(
    connection: Connection, say: Translator, references: Collection[str], today: date
) -> list[list[Cell]]:
    """Return the header and a line a step of the grants: texts and dates."""
    titles, words = StepTitles(connection, say), dict[int, ReceiptWords]()
    table: list[list[Cell]] = [[word_heading(say, column) for column in _COLUMNS]]
    late = set(connection.scalars(_LATE, {"today": today}))
    for row in _steps(connection, references):
        if row.programme_id not in words:
            programme = load_programme(connection, row.programme_id)
            words[row.programme_id] = ReceiptWords(say.language, programme, today, days_as_iso=True)
        undated = row.due_on is None and row.status in SETTLED
        why = "" if undated else words[row.programme_id].counted(read_receipt(row.receipt))
        table.append(
            [
                row.reference,
                row.title,
                capitalised(titles.of(row.programme_id, row)),
                word_name(say, "phase", row.phase),
                row.opens_on,
                row.due_on,
                row.done_on,
                word_step_status(say, row, today, late=row.id in late),
                capitalised(word_name(say, "role", row.owner_role)),
                row.name or "",
                why,
            ]
        )
    return table


def plan_dates(
    connection: Connection, say: Translator, references: Collection[str], domain: str
) -> list[Appointment]:
    """Return a whole day for each step of the open grants that is due, and for each meeting of their committees.

    A step is named as in letters and private calendars, so that a program that has both shows it once.
    """
    titles = StepTitles(connection, say)
    steps = [
        Appointment(
            uid=f"step-{row.id}@{domain}",
            on=row.due_on,
            summary=f"{capitalised(titles.of(row.programme_id, row))} ({row.reference})",
            description=f"{row.title}: {word_name(say, 'role', row.owner_role)}",
            sequence=row.version,
        )
        for row in _steps(connection, references)
        if row.due_on is not None and row.status in UNSETTLED and row.grant_status == GrantStatus.OPEN
    ]
    return [*steps, *_meetings(connection, say, references, domain)]


def _steps(connection: Connection, references: Collection[str]) -> Iterator[AnyRow]:
    """Yield the steps of the grants, each with its grant and who has it."""
    wanted = set(references)
    return (row for row in connection.execute(_STEPS) if row.reference in wanted)


def _meetings(
    connection: Connection, say: Translator, references: Collection[str], domain: str
) -> Iterator[Appointment]:
    """Yield the meetings of the grants' recipients, each under the name that holds on its day."""
    recipients = select(_GRANT.c.recipient_id).where(_GRANT.c.reference.in_(references))
    bodies = set(connection.scalars(recipients))
    names = load_names(connection, bodies)
    query = select(_MEETING).where(_MEETING.c.organisation_id.in_(bodies), ~_MEETING.c.cancelled)
    for row in connection.execute(query.order_by(_MEETING.c.held_on, _MEETING.c.id)):
        summary = word_meeting(say, name_on(names[row.organisation_id], row.held_on))
        uid = f"meeting-{row.id}@{domain}"
        yield Appointment(uid=uid, on=row.held_on, summary=summary, description="", sequence=0)
