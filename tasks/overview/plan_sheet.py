"""Export the plan: every step as a table for a spreadsheet, and due dates for a calendar."""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import Connection, select

from models.facts.receipt import read_receipt
from models.facts.worded_letter import Appointment
from models.rules.organisation_name import name_on
from models.rules.steps.lateness import is_late
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Meeting, Step
from models.vocabulary import SETTLED, GrantStatus
from tasks.files.table_writer import Cell
from tasks.grant.records import GrantRecord, read_records
from tasks.store.database import in_batches
from tasks.store.organisation_names import load_names
from tasks.words.receipts import ReceiptWords
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_heading, word_meeting, word_name, word_step_status, word_step_title

_GRANT = table_of(Grant)
_MEETING = table_of(Meeting)
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
    connection: Connection, say: Translator, references: Collection[str], today: date
) -> list[list[Cell]]:
    """Return the header and a line for each step of the grants: texts and dates."""
    words = dict[int, ReceiptWords]()
    table: list[list[Cell]] = [[word_heading(say, column) for column in _COLUMNS]]
    for record in _records(connection, references):
        version = record.grant.programme_id
        if version not in words:
            words[version] = ReceiptWords(say.language, record.programme, today, days_as_iso=True)
        table += [_line(say, record, step, words[version], today) for step in record.steps]
    return table


def _line(say: Translator, record: GrantRecord, step: Step, words: ReceiptWords, today: date) -> list[Cell]:
    undated = step.due_on is None and step.status in SETTLED
    return [
        record.grant.reference,
        record.grant.title,
        _title(say, record, step),
        word_name(say, "phase", step.phase),
        step.opens_on,
        step.due_on,
        step.done_on,
        word_step_status(say, step, today, late=is_late(step, record.grant, today)),
        capitalised(word_name(say, "role", step.owner_role)),
        record.person(step.owner_id),
        "" if undated else words.counted(read_receipt(step.receipt)),
    ]


def _title(say: Translator, record: GrantRecord, step: Step) -> str:
    return capitalised(word_step_title(say, record.rule_of(step), step.kind, step.period))


def plan_dates(
    connection: Connection, say: Translator, references: Collection[str], domain: str
) -> list[Appointment]:
    """Return a whole day for each due step of the open grants, and for each meeting of their committees.

    A step has the same identifier as in letters and private calendars, so that a program with both
    shows it once.
    """
    steps = [
        Appointment(
            uid=f"step-{step.id}@{domain}",
            on=step.due_on,
            summary=f"{_title(say, record, step)} ({record.grant.reference})",
            description=f"{record.grant.title}: {word_name(say, 'role', step.owner_role)}",
            sequence=step.version,
        )
        for record in _records(connection, references)
        for step in record.unsettled
        if step.due_on is not None and record.grant.status is GrantStatus.OPEN
    ]
    return [*steps, *_meetings(connection, say, references, domain)]


def _records(connection: Connection, references: Collection[str]) -> Iterator[GrantRecord]:
    """Yield the grants' records in the order of their references, read some hundreds at a time."""
    for named in in_batches(sorted(references)):
        query = select(_GRANT.c.id).where(_GRANT.c.reference.in_(named)).order_by(_GRANT.c.reference)
        ids = connection.scalars(query).all()
        records = read_records(connection, ids)
        yield from (records[grant_id] for grant_id in ids)


def _meetings(
    connection: Connection, say: Translator, references: Collection[str], domain: str
) -> Iterator[Appointment]:
    """Yield the meetings of the grants' recipients, each under the recipient's name on its day."""
    recipients = select(_GRANT.c.recipient_id).where(_GRANT.c.reference.in_(references))
    bodies = set(connection.scalars(recipients))
    names = load_names(connection, bodies)
    query = select(_MEETING).where(_MEETING.c.organisation_id.in_(bodies), ~_MEETING.c.cancelled)
    for row in connection.execute(query.order_by(_MEETING.c.held_on, _MEETING.c.id)):
        summary = word_meeting(say, name_on(names[row.organisation_id], row.held_on))
        uid = f"meeting-{row.id}@{domain}"
        yield Appointment(uid=uid, on=row.held_on, summary=summary, description="", sequence=0)
