"""Gather figures for steps from a grant's CSV file."""

from __future__ import annotations

import csv
import hashlib
import logging
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from models.errors import DatabaseUnready
from models.message import Common
from models.programme.file import CsvSource, Programme
from models.programme.question import Question
from models.reading.number import shown
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Figure, Step
from models.vocabulary import UNSETTLED
from tasks.files.messages import Filed
from tasks.files.plain import why_unread
from tasks.files.spreadsheets import NO_COLUMNS
from tasks.sources.alarms import SourceName
from tasks.sources.due import STEPS_TO_FILL, DueToGather, StepToFill, find_due, is_due
from tasks.sources.figures_table import FiguresTable, FiguresUnreadable
from tasks.sources.messages import Sourced
from tasks.sources.reader import open_reader
from tasks.sources.reading import SourceReader
from tasks.store.database import reading, transaction
from tasks.store.journal import Happened, write_journal
from tasks.store.programmes import load_programmes

log = logging.getLogger(__name__)

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_FIGURE = table_of(Figure)
_LARGEST = 20_000_000
# Made once: on a quiet morning making it would take longer than asking it for every phase.
_DUE = STEPS_TO_FILL.where(is_due(), _GRANT.c.figures_file.is_not(None), _STEP.c.period.is_not(None))


@dataclass(frozen=True, slots=True)
class Gathered:
    """How many figures were written, how many steps lack some, and the names of the sources that failed.

    `asked` are the ids of the steps for which outside sources were asked.
    """

    figures: int = 0
    failed: int = 0
    silent: frozenset[str] = frozenset()
    asked: frozenset[int] = frozenset()


def gather_figures(engine: Engine, due: DueToGather, now: datetime) -> Gathered:
    """Gather the figures of the due steps."""
    with reading(engine) as connection:
        rows = find_due(connection, _DUE, due)
        programmes = load_programmes(connection, {row.programme_id for row in rows}) if rows else {}
    steps = [step for step in rows if _in_file(programmes[step.programme_id], step)]
    figures = failed = 0
    silent = set[str]()
    if not steps:
        return Gathered()
    with open_reader(engine, now) as (reader, asked):
        for step in steps:
            name, label = SourceName("figures", step.reference), f"{step.reference} {step.key}"
            try:
                figures += _gather_step(engine, reader, programmes[step.programme_id], step, due.on, now)
            except DatabaseUnready:
                raise
            except Exception as error:
                if not isinstance(error, FiguresUnreadable):
                    log.exception("a step's figures were not gathered", extra={"step_id": step.id})
                if step.status in UNSETTLED:  # of one that is answered nobody misses the figures
                    asked.note_failure(name, label, error)
                    failed += 1
                    silent.add(str(name))
            else:
                asked.gave.add(name)
    return Gathered(figures, failed, frozenset(silent), frozenset(step.id for step in steps))


def _in_file(programme: Programme, step: StepToFill) -> list[Question]:
    """Return the questions of the step that the file fills; none for a step that is no programme's."""
    rule = next((rule for rule in programme.steps if rule.key == step.template_key), None)
    if programme.figures is None or rule is None:
        return []
    return [question for question in rule.questions if question.column]


def _gather_step(
    engine: Engine, reader: SourceReader, programme: Programme, step: StepToFill, on: date, now: datetime
) -> int:
    path, source = _inside(reader.folder, step.figures_file or ""), programme.figures
    assert source is not None  # noqa: S101
    table, digest = reader.once((path, source.delimiter, source.period_column), lambda: _read(path, source))
    found = table.answers(_in_file(programme, step), step.period or "", step.currency)
    return _store(engine, step, found, f"{path.name}", digest, on, now)


def _read(path: Path, source: CsvSource) -> tuple[FiguresTable, str]:
    """Return the file's table, and its hash; FiguresUnreadable says what is wrong."""
    try:
        content = _content(path)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise FiguresUnreadable(Common.AT(place=path.name, why=why_unread(error))) from error
    except UnicodeDecodeError as error:
        raise FiguresUnreadable(Sourced.NOT_UTF8(name=path.name)) from error
    try:
        table = FiguresTable.of(path.name, text, source)
    except csv.Error as error:
        raise FiguresUnreadable(Common.AT(place=path.name, why=NO_COLUMNS)) from error
    return table, hashlib.sha256(content).hexdigest()


def _inside(folder: Path, name: str) -> Path:
    """Return the file of that name in the folder; FiguresUnreadable for one that lies elsewhere."""
    path = folder / name
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a name that no system has
        inside = False
    if not inside:
        raise FiguresUnreadable(Sourced.NOT_IN_FIGURES(file=shown(name)))
    return path


def _content(path: Path) -> bytes:
    if not path.is_file():
        # A folder, or a pipe that would be read for ever.
        if path.exists():
            raise FiguresUnreadable(Sourced.NOT_A_FILE(name=path.name))
        raise FiguresUnreadable(Sourced.THERE_IS_NO(name=path.name))
    if path.stat().st_size > _LARGEST:
        raise FiguresUnreadable(Filed.LARGER_THAN(name=path.name, most=_LARGEST // 1_000_000))
    return path.read_bytes()


def _store(
    engine: Engine, step: StepToFill, found: dict[str, str], source: str, digest: str, on: date, now: datetime
) -> int:
    """Write the figures that are new or changed; return how many."""
    with transaction(engine) as connection:
        mine = (_FIGURE.c.step_id == step.id) & (_FIGURE.c.source == source)
        known: dict[str, str] = dict(
            connection.execute(select(_FIGURE.c.question, _FIGURE.c.value).where(mine)).all()
        )
        changed = {key: value for key, value in found.items() if known.get(key) != value}
        if not changed:
            return 0
        connection.execute(delete(_FIGURE).where(mine, _FIGURE.c.question.in_(changed)))
        rows: list[dict[str, object]] = [
            {
                "step_id": step.id,
                "question": key,
                "value": value,
                "source": source,
                "sha256": digest,
                "period": step.period,
                "accounts": {},
                "gathered_at": now,
            }
            for key, value in changed.items()
        ]
        connection.execute(insert(_FIGURE), rows)
        detail = {"questions": sorted(changed), "source": source, "sha256": digest}
        write_journal(
            connection, on, now, [Happened("figures_gathered", step.grant_id, step.id, None, detail)]
        )
        return len(rows)
