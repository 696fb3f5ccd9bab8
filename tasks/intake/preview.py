"""Import what was read of files, or say everything that is wrong with them: nothing is imported then."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from models.errors import ImportInvalid
from models.sentence import Sentence
from tasks.files.inspection import column_number
from tasks.intake.files import ReadFile
from tasks.intake.imports import ImportDay, import_files
from tasks.intake.report import ImportReport
from tasks.intake.tables import Reason
from tasks.intake.trial import ImportTrial
from tasks.programmes.registry import Shelf
from tasks.store.database import dry_run, unit_of_work

_CELL = re.compile(r"(?:\A|!)([A-Z]{1,3})([0-9]+)\Z")


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
    absent = {reference for file in files.values() for reference in file.absent}
    with unit_of_work(dry_run(engine)) as session:
        for name, file in files.items():
            trial = ImportTrial(session, file, shelf, day, absent)
            try:
                troubles += (Trouble(name, *problem) for problem in trial.problems())
            except ImportInvalid as error:  # something stands twice, so that nothing else can be said
                return [*troubles, Trouble(name, "", error.worded)]
    return troubles
