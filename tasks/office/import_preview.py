"""Import what was read of files, or say everything that is wrong with them: nothing is imported then."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from models.errors import ImportInvalid
from models.grant_entries import GrantEntry
from models.import_file import ImportFile
from models.sentence import Sentence
from tasks.files.workbook_scan import column_number
from tasks.office.import_report import ImportReport
from tasks.office.import_tables import ReadFile
from tasks.office.imports import ImportDay, check_repeats, import_content, import_files
from tasks.office.office_rows import Row
from tasks.office.office_tables import Reason
from tasks.programmes.programme_shelf import Shelf
from tasks.store.database import dry_run, unit_of_work

# Where these are wrong, what names them would be told as wrong too.
_NAMED_BY_OTHERS = {"organisations", "people"}
_NAMED = ("", "")
_CELL = re.compile(r"(?:\A|!)([A-Z]{1,3})([0-9]+)\Z")


class _Tried(Exception):
    """What was tried went well, and is undone."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with a file: its cell, where that is known, and how to mend it."""

    file: str
    place: str
    reason: Reason

    @property
    def sheet(self) -> str:
        """The name of its sheet; empty where it stands in none that is known."""
        return self.place.rpartition("!")[0]

    @property
    def row_and_column(self) -> tuple[int, int]:
        """Where its cell is, from 1; what stands in no cell comes first."""
        found = _CELL.search(self.place)
        return (int(found[2]), column_number(found[1])) if found else (0, 0)

    def __str__(self) -> str:
        """The line in English."""
        return str(self.said)

    @property
    def said(self) -> Sentence:
        """One line: the file, the cell, what and how."""
        where = ": ".join(part for part in (self.file, self.place) if part)
        return Sentence("%(place)s: %(why)s", place=where, why=self.reason)


class ImportTroubles(ImportInvalid):
    """The import file is not valid."""

    def __init__(self, troubles: list[Trouble]) -> None:
        self.troubles = troubles
        many = Sentence("%(count)s problems; nothing is imported", count=len(troubles))
        super().__init__(troubles[0].said if len(troubles) == 1 else many)


def _in_order(troubles: list[Trouble], files: Mapping[str, ReadFile]) -> list[Trouble]:
    """Return them as the files are gone through to mend them: sheet by sheet, from the top, from the left."""
    sheets = {
        (name, one): (at, number)
        for at, (name, file) in enumerate(files.items())
        for number, one in enumerate(file.sheets)
    }
    return sorted(troubles, key=lambda one: (sheets.get((one.file, one.sheet), ()), one.row_and_column))


def import_read(
    engine: Engine, files: Mapping[str, ReadFile], shelf: Shelf, day: ImportDay
) -> dict[str, ImportReport]:
    """Import the files in one transaction; ImportTroubles names all that is wrong with any, and nothing is written."""
    troubles = [Trouble(name, *problem) for name, file in files.items() for problem in file.problems]
    if not troubles:
        try:
            return import_files(engine, {name: file.content for name, file in files.items()}, shelf, day)
        except ImportInvalid as error:
            first = error
    # One that names the file's own rows is found again one grant at a time, and the others with it.
    troubles += _try_each(engine, files, shelf, day)
    if not troubles:
        raise first
    raise ImportTroubles(_in_order(troubles, files))


def _try_each(engine: Engine, files: Mapping[str, ReadFile], shelf: Shelf, day: ImportDay) -> list[Trouble]:
    """Import the files part by part, undone at the end, and return what each part is refused for."""
    troubles: list[Trouble] = []
    unsound = {reference for file in files.values() for reference in _unsound_grants(file)}
    with unit_of_work(dry_run(engine)) as session:
        for name, file in files.items():
            if _NAMED_BY_OTHERS & file.broken:
                return troubles
            try:
                check_repeats(file.content)
            except ImportInvalid as error:
                return [*troubles, Trouble(name, "", error.worded)]
            for place, part in _parts(file.content):
                if place[0] == "budgets" and place[1] in unsound:
                    continue  # that the grant is not there says nothing of its budget
                refused = _refusal(session, lambda part=part: import_content(session, part, shelf, day))  # type: ignore[misc]
                if refused is not None:
                    brings = _brings(session, part, refused.detail, shelf, day)
                    row = _row_that(brings, part, file.more.get(place[1], {}))
                    at = row.cell_named(refused.detail) if row else _cell_of(refused.detail, file, place)
                    troubles.append(Trouble(name, at, refused.worded))
                    unsound.add(place[1])
                if refused is not None and place == _NAMED:
                    return troubles
    return troubles


def _unsound_grants(file: ReadFile) -> set[str]:
    """Return the references of the grants of which something in the file's cells is wrong."""
    named = {reference for kind, reference in file.rows if kind == "grants"}
    return named - {grant.reference for grant in file.content.grants}


def _parts(content: ImportFile) -> Iterator[tuple[tuple[str, str], ImportFile]]:
    """Yield what grants name, then each grant by its kind and reference, then each grant's budget."""
    yield _NAMED, content.model_copy(update={"grants": (), "budgets": ()})
    for grant in content.grants:
        yield ("grants", grant.reference), ImportFile(grants=(grant,))
    for reference in dict.fromkeys(line.reference for line in content.budgets):
        lines = tuple(line for line in content.budgets if line.reference == reference)
        yield ("budgets", reference), ImportFile(budgets=lines)


def _brings(
    session: Session, part: ImportFile, refused: str, shelf: Shelf, day: ImportDay
) -> Callable[[GrantEntry], bool]:
    """Return what says whether a grant as an entry says it is refused for the same."""

    def brings(entry: GrantEntry) -> bool:
        def try_it() -> None:
            import_content(session, part.model_copy(update={"grants": (entry,)}), shelf, day)
            raise _Tried  # a grant that stayed would be brought up to date by the next one, not opened

        try:
            error = _refusal(session, try_it)
            return error is not None and error.detail == refused
        except _Tried:
            return False

    return brings


def _cell_of(refused: str, file: ReadFile, place: tuple[str, str]) -> str:
    """Return the cell that what is refused is about, of a grant's row, its budget's rows or the people's."""
    if place == _NAMED:
        people = (
            (refused.find(email.lower()), rows[0])
            for (kind, email), rows in file.rows.items()
            if kind == "people"
        )
        named = min(((at, row.number, row) for at, row in people if at >= 0), default=None)
        word = "deputy" if "deputy" in refused else "manager"
        return named[2].places.get(word, named[2].place) if named else ""
    rows = file.rows.get(place, ())
    if place[0] == "budgets":
        # What stands twice is mended where it stands the last time.
        about = [
            row
            for row in rows
            if re.search(rf"(?<!\w){re.escape(str(row.values.get('account')))}(?!\w)", refused)
        ]
        rows = about[-1:] or rows
    return rows[0].cell_named(refused) if rows else ""


def _row_that(
    brings: Callable[[GrantEntry], bool], part: ImportFile, rows: Mapping[tuple[str, ...], Row]
) -> Row | None:
    """Return the first row of the grant's other sheets with which it is refused; None if it is anyway."""
    if not rows or not part.grants or brings(_without(part.grants[0], rows)):
        return None
    named = list(rows)
    last = bisect_left(
        range(len(named)), True, key=lambda at: brings(_without(part.grants[0], named[at + 1 :]))
    )
    return rows[named[min(last, len(named) - 1)]]


def _without(entry: GrantEntry, left_out: Collection[tuple[str, ...]]) -> GrantEntry:
    """Return the grant's entry without what these rows say of it."""
    names = {path[0] for path in left_out}
    return entry.model_copy(
        update={name: _less(getattr(entry, name), _below(left_out, name)) for name in names}
    )


def _below(paths: Collection[tuple[str, ...]], key: object) -> set[tuple[str, ...]]:
    return {path[1:] for path in paths if path[0] == str(key)}


def _less(held: Any, left_out: Collection[tuple[str, ...]]) -> Any:
    """Return what an entry holds without what stands at these places in it, and what nothing is left of."""
    if not left_out:
        return held
    if isinstance(held, BaseModel):
        return held.model_copy(
            update={path[0]: _less(getattr(held, path[0]), _below(left_out, path[0])) for path in left_out}
        )
    listed = dict(held) if isinstance(held, Mapping) else dict(enumerate(held))
    kept = {
        key: _less(one, _below(left_out, key)) for key, one in listed.items() if (str(key),) not in left_out
    }
    kept = {key: one for key, one in kept.items() if one != {}}
    return kept if isinstance(held, Mapping) else tuple(kept.values())


def _refusal(session: Session, bring_in: Callable[[], object]) -> ImportInvalid | None:
    try:
        with session.begin_nested():
            bring_in()
    except ImportInvalid as error:
        return error
    return None
