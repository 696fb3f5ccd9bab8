"""Import what was read of files, or say everything that is wrong with them: nothing is imported then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session

from models.errors import ImportInvalid
from models.import_file import ImportFile
from tasks.database import dry_run, unit_of_work
from tasks.import_tables import ReadFile
from tasks.imports import ImportDay, ImportReport, Shelf, check_repeats, import_content, import_files

# Where these are wrong, what names them would be told as wrong too.
_NAMED_BY_OTHERS = {"organisations", "people"}
_NAMED = ("", "")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with a file: its cell, where that is known, and how to mend it."""

    file: str
    place: str
    sentence: str

    def __str__(self) -> str:
        """One line: the file, the cell, what and how."""
        return ": ".join(part for part in (self.file, self.place, self.sentence) if part)


class ImportTroubles(ImportInvalid):
    """The import file is not valid."""

    def __init__(self, troubles: list[Trouble]) -> None:
        self.troubles = troubles
        many = f"{len(troubles)} problems; nothing is imported"
        super().__init__(str(troubles[0]) if len(troubles) == 1 else many)


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
    raise ImportTroubles(troubles)


def _try_each(engine: Engine, files: Mapping[str, ReadFile], shelf: Shelf, day: ImportDay) -> list[Trouble]:
    """Import the files part by part, undone at the end, and return what each part is refused for."""
    troubles: list[Trouble] = []
    with unit_of_work(dry_run(engine)) as session:
        for name, file in files.items():
            if _NAMED_BY_OTHERS & file.broken:
                return troubles
            try:
                check_repeats(file.content)
            except ImportInvalid as error:
                return [*troubles, Trouble(name, "", error.detail)]
            for place, part in _parts(file.content):
                refused = _refusal(session, lambda part=part: import_content(session, part, shelf, day))  # type: ignore[misc]
                if refused is not None:
                    troubles.append(Trouble(name, file.places.get(place, ""), refused))
                if refused is not None and place == _NAMED:
                    return troubles
    return troubles


def _parts(content: ImportFile) -> Iterator[tuple[tuple[str, str], ImportFile]]:
    """Yield what grants name, then each grant by its kind and reference, then each grant's budget."""
    yield _NAMED, content.model_copy(update={"grants": (), "budgets": ()})
    for grant in content.grants:
        yield ("grants", grant.reference), ImportFile(grants=(grant,))
    for reference in dict.fromkeys(line.reference for line in content.budgets):
        lines = tuple(line for line in content.budgets if line.reference == reference)
        yield ("budgets", reference), ImportFile(budgets=lines)


def _refusal(session: Session, bring_in: Callable[[], object]) -> str | None:
    try:
        with session.begin_nested():
            bring_in()
    except ImportInvalid as error:
        return error.detail
    return None
