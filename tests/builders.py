"""Builders of rows for tests: each has defaults for everything, so that a test names only what matters."""

import hashlib
import json
import tempfile
from copy import deepcopy
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, Dialect, Engine, insert, select

from deployments.migrations.upgrade import upgrade_schema
from models.programme.plan import LANGUAGE, Programme
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole, ProgrammeVersion
from models.tables.letter import Letter, Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.tables.step import Answer, Figure, Step
from models.vocabulary import (
    AnswerKind,
    GrantStatus,
    InstalmentStatus,
    LetterKind,
    LetterStatus,
    NoticeKind,
    Phase,
    StepKind,
    StepStatus,
)
from tasks.store.database import open_engine
from tests.rule_builders import sound

MORNING = datetime(2011, 1, 13, 6, 0, tzinfo=UTC)
_numbers = count(1)


def a_programme(**changes: Any) -> dict[str, Any]:
    """Return a programme file's content: 80 % at once, the rest after the funder approves the report."""
    return deepcopy(_sample_funds()) | changes


@lru_cache(maxsize=1)
def _sample_funds() -> dict[str, Any]:
    text = (Path(__file__).parent / "data" / "sample-funds.yaml").read_text(encoding="utf-8")
    body: dict[str, Any] = yaml.safe_load(text)
    return body


_dialects: dict[str, Dialect] = {}
_statements: dict[Any, Any] = {}


def an_engine(address: str) -> Engine:
    """Open a database as the product does, knowing the statements that were made for others of its kind.

    The product has one engine a process, which makes each statement once; hundreds of engines took a fifth of the
    tests' time to make the same ones again.
    """
    engine = open_engine(address)
    kind = engine.dialect.name
    if kind not in _dialects:
        engine.connect().close()  # now the dialect knows the server's version
        _dialects[kind] = engine.dialect
    engine.dialect = _dialects[kind]
    engine.update_execution_options(compiled_cache=_statements)
    return engine


@lru_cache(maxsize=1)
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "migrated.db"
        engine = an_engine(f"sqlite:///{path}")
        upgrade_schema(engine)
        engine.dispose()  # the last connection to close folds the write-ahead log into the file
        return path.read_bytes()


def a_database(folder: Path) -> Engine:
    """Return an engine on a new, migrated SQLite database; the migrations run once a process."""
    path = folder / f"grants-{next(_numbers)}.db"
    path.write_bytes(_migrated())
    return an_engine(f"sqlite:///{path}")


def add(connection: Connection, model: Any, **values: Any) -> int:
    """Insert a row of any model and return its id."""
    table = table_of(model)
    return int(connection.execute(insert(table).returning(table.c.id), values).scalar_one())


def an_organisation(
    connection: Connection, name: str = "Länsstyrelsen i Stockholms län", later: dict[date, str] | None = None
) -> int:
    """Insert an organisation; `later` gives its further names by the day from which each holds."""
    organisation = add(connection, Organisation, key=f"organisation-{next(_numbers)}")
    for day, named in {date(1900, 1, 1): name, **(later or {})}.items():
        add(connection, OrganisationName, organisation_id=organisation, name=named, valid_from_on=day)
    return organisation


def a_person(connection: Connection, name: str = "Handläggaren", **values: Any) -> int:
    """Insert a person with an address of their own."""
    values.setdefault("email", f"person-{next(_numbers)}@example.org")
    defaults: dict[str, Any] = {"title": "", "language": "sv", "is_admin": False, "access": "own"}
    return add(connection, Person, name=name, **(defaults | values))


def an_absence(connection: Connection, person_id: int, from_on: date, to_on: date) -> int:
    """Insert days on which a person is away."""
    return add(connection, Absence, person_id=person_id, from_on=from_on, to_on=to_on)


def a_programme_version(connection: Connection, body: dict[str, Any] | None = None) -> int:
    """Insert a programme version, or return the one with the same content."""
    parsed = sound(Programme.model_validate(body or a_programme()))
    stored = {"language": LANGUAGE, **parsed.model_dump(mode="json")}
    digest = hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()
    table = table_of(ProgrammeVersion)
    known = connection.execute(select(table.c.id).where(table.c.sha256 == digest)).scalar()
    if known is not None:
        return int(known)
    row = {"key": parsed.programme, "sha256": digest, "body": stored, "recorded_at": MORNING}
    return add(connection, ProgrammeVersion, **row)


def a_grant(connection: Connection, **values: Any) -> int:
    """Insert a grant of 500,000 SEK; funder, recipient and programme are made when not given."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "reference": f"REF-{number}",
        "funder_reference": None,
        "title": "Regional samordning",
        "currency": "SEK",
        "award_minor": 50_000_000,
        "awarded_on": date(2009, 11, 5),
        "dates": {},
        "status": GrantStatus.OPEN,
        "opened_on": date(2009, 9, 15),
    }
    row = defaults | values
    if "programme_id" not in row:
        row["programme_id"] = a_programme_version(connection)
    if "funder_id" not in row:
        row["funder_id"] = an_organisation(connection)
    if "recipient_id" not in row:
        row["recipient_id"] = an_organisation(connection, "Socialnämnden")
    return add(connection, Grant, **row)


def a_role(connection: Connection, grant_id: int, role: str, person_id: int) -> int:
    """Insert a person's role in a grant."""
    return add(connection, GrantRole, grant_id=grant_id, role=role, person_id=person_id)


def a_step(connection: Connection, grant_id: int, **values: Any) -> int:
    """Insert an open final report due 2011-01-20; `key` alone names the programme's step too."""
    key = values.get("key", "final-report")
    defaults: dict[str, Any] = {
        "key": key,
        "phase": Phase.FINAL_REPORT,
        "kind": StepKind.REPORT,
        "with_funder": False,
        "position": 3,
        "template_key": key,
        "due_on": date(2011, 1, 20),
        "ladder": "default",
        "owner_role": "coordinator",
        "status": StepStatus.OPEN,
        "version": 1,
        "receipt": {},
        "returned_count": 0,
    }
    return add(connection, Step, grant_id=grant_id, **(defaults | values))


def an_instalment(connection: Connection, grant_id: int, *needs: int, **values: Any) -> int:
    """Insert the last fifth, withheld until the steps `needs` are approved (planned if there are none)."""
    defaults: dict[str, Any] = {
        "number": 2 if needs else 1,
        "share": "rest" if needs else "80 %",
        "conditional": bool(needs),
        "amount_minor": 10_000_000 if needs else 40_000_000,
        "status": InstalmentStatus.WITHHELD if needs else InstalmentStatus.PLANNED,
    }
    row = defaults | values
    instalment = add(connection, Instalment, grant_id=grant_id, **({"rule": row["number"]} | row))
    for step_id in needs:
        connection.execute(
            insert(table_of(InstalmentCondition)).values(instalment_id=instalment, step_id=step_id)
        )
    return instalment


def a_letter(connection: Connection, person_id: int, **values: Any) -> int:
    """Insert a queued letter of 2011-01-13."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "key": f"tasks/{person_id}/{number}",
        "kind": LetterKind.TASKS,
        "letter_on": date(2011, 1, 13),
        "link_key": f"link-{number}",
        "message_id": f"<{hashlib.sha256(str(number).encode()).hexdigest()}@example.org>",
        "status": LetterStatus.QUEUED,
        "queued_at": MORNING,
        "next_attempt_at": MORNING,
        "attempts": 0,
        "render_failures": 0,
    }
    row = defaults | values
    if row["status"] in (LetterStatus.ACCEPTED, LetterStatus.CAPTURED):
        row.setdefault("content", b"sent")
    return add(connection, Letter, person_id=person_id, **row)


def a_notice(connection: Connection, letter_id: int, step_id: int, **values: Any) -> int:
    """Insert a reminder in the letter; person, day, due date and version are the letter's and the step's."""
    letter, step = table_of(Letter), table_of(Step)
    sent = connection.execute(
        select(letter.c.person_id, letter.c.letter_on).where(letter.c.id == letter_id)
    ).one()
    state = connection.execute(select(step.c.due_on, step.c.version).where(step.c.id == step_id)).one()
    defaults: dict[str, Any] = {
        "step_version": state.version,
        "due_on": state.due_on or sent.letter_on,
        "rung": f"rung-{next(_numbers)}",
        "position": 3,
        "kind": NoticeKind.REMINDER,
        "person_id": sent.person_id,
        "told_on": sent.letter_on,
        "reason": "rung_reached",
        "detail": {},
    }
    return add(connection, Notice, letter_id=letter_id, step_id=step_id, **(defaults | values))


def an_answer(connection: Connection, step_id: int, by_id: int, **values: Any) -> int:
    """Insert what a person said about a step: by default that it is done."""
    defaults: dict[str, Any] = {
        "step_version": 1,
        "kind": AnswerKind.DONE,
        "answered_on": MORNING.date(),
        "answered_at": MORNING,
        "data": {},
        "note": "",
    }
    return add(connection, Answer, step_id=step_id, by_id=by_id, **(defaults | values))


def a_figure(
    connection: Connection, step_id: int, question: str, value: str = "14", source: str = "csv"
) -> int:
    """Insert a figure that a source gave for a step's question."""
    row = {"step_id": step_id, "question": question, "value": value, "source": source, "gathered_at": MORNING}
    return add(connection, Figure, **row)
