"""Read an import file: YAML whole, or the sheets of a workbook or a CSV file, which are known by their headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, select

from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.scenario import Scenario
from models.message import Common, Remark
from models.tables.columns import table_of
from models.tables.person import Organisation, OrganisationName, Person
from tasks.files.spreadsheets import TableUnreadable, read_any_csv, read_workbook
from tasks.intake.entries import Cells, make_entries
from tasks.intake.held_grants import held_grant
from tasks.intake.messages import Imported
from tasks.intake.names import Known
from tasks.intake.workbook import Problem, find_tables
from tasks.programmes.files import read_shape
from tasks.programmes.registry import ProgrammeRegistry

_PERSON, _BODY, _NAME = table_of(Person), table_of(Organisation), table_of(OrganisationName)
# What makes a grant's entry one of a grant that is here: what `held_grant` returns.
_HELD = {"reference", "title", "programme", "funder", "recipient", "roles"}
_TABLES = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What an import file says, what of it is not read, all that is wrong by its place, and which cells say what.

    What has a problem is left out of the content.
    """

    content: ImportFile
    notes: tuple[Remark, ...] = ()
    doubts: tuple[Remark, ...] = ()  # those of them that can be the cause of a problem
    problems: tuple[Problem, ...] = ()
    # By the kind of an entry and its key: an address, a reference, an organisation's key.
    cells: Mapping[tuple[str, str], Cells] = field(default_factory=dict)
    sheets: tuple[str, ...] = ("",)  # in their order
    # The references, in small letters, of grants in which a cell is wrong, and whether the rest can be tried.
    refused: frozenset[str] = frozenset()
    complete: bool = True

    def cell(self, place: tuple[str, ...]) -> str:
        """Return the cell of a place, as ("grants", "REF-1", "done", "close"); empty for one that is not known."""
        cells = self.cells.get((place[0], place[1])) if len(place) > 1 else None
        return cells.cell(place[2:]) if cells else ""

    def sound(self) -> ImportFile:
        """Return the content; ImportInvalid names the first problem."""
        if self.problems:
            place, why = self.problems[0]
            raise ImportInvalid(Common.AT(place=place, why=why))
        return self.content


def read_import(path: Path, known: Known | None = None) -> ReadFile:
    """Return the file's content; `known` is what its cells can name, and learns what they bring.

    Without it keys and addresses are taken as they are.

    ImportInvalid names file and line of a file that cannot be read at all.
    """
    known = known or Known(trusting=True)
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        scenario = read_scenario(path)
        _learn(known, scenario)
        return ReadFile(scenario)
    if ending not in _TABLES:
        raise ImportInvalid(Imported.OTHER_KIND_OF_FILE(name=path))
    try:
        book = read_workbook(path) if ending == ".xlsx" else read_any_csv(path)
    except TableUnreadable as error:
        raise ImportInvalid(error.remark) from error
    found = find_tables(book, known.date_of)
    if not found.tables:
        why = [*found.doubts, *found.notes] or [Imported.EMPTY_FILE()]
        raise ImportInvalid(Imported.NOTHING_TO_IMPORT(name=path, why=why))
    made = make_entries(found, known)
    known.grants |= {reference.lower(): None for kind, reference in made.cells if kind == "grants"}
    _learn(known, made.content)
    return ReadFile(
        made.content,
        notes=(*found.doubts, *found.notes),
        doubts=tuple(found.doubts),
        problems=tuple(made.problems),
        cells=made.cells,
        sheets=tuple(sheet.name for sheet in book.sheets),
        refused=made.refused,
        complete=made.complete,
    )


def known_of(connection: Connection, files: Iterable[Path], registry: ProgrammeRegistry) -> Known:
    """Return what the files' cells can name: the people and organisations of the database, and programmes.

    Its grants are looked up when they are named, so let the connection be open while the files are read.
    """
    known = Known(held_grant=partial(held_grant, connection))
    if not any(path.suffix.lower() in _TABLES for path in files):
        return known
    for email, name in connection.execute(select(_PERSON.c.email, _PERSON.c.name)):
        known.add_person(email, name)
    named = select(_BODY.c.key, _NAME.c.name).join(_NAME, _NAME.c.organisation_id == _BODY.c.id)
    for key, name in connection.execute(named):
        known.add_organisation(key, [name])
    for programme in registry.sound_ones():
        known.add_programme(programme)
    return known


def _learn(known: Known, content: ImportFile) -> None:
    for person in content.people:
        known.add_person(person.email, person.name)
    for organisation in content.organisations:
        known.add_organisation(organisation.key, [one.name for one in organisation.names])
    for grant in content.grants:
        known.grants[grant.reference.lower()] = grant.model_dump(mode="json", include=_HELD)


def read_scenario(path: Path) -> Scenario:
    """Return the YAML file's content with its script; ImportInvalid as above."""
    return read_shape(path, Scenario, ImportInvalid)
