"""Read an import file: YAML whole, or the sheets of a workbook or a CSV file, which are known by their headings."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from models.errors import ImportInvalid
from models.intake.scenario import Scenario
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation, OrganisationName, Person
from tasks.files.csv_reader import read_csv
from tasks.files.workbook_reader import TableUnreadable, read_workbook
from tasks.intake.answers import NOTHING_SAID, FileAnswers
from tasks.intake.cell_names import CellNames
from tasks.intake.entries import ReadFile, make_document
from tasks.intake.import_faults import Imported
from tasks.intake.workbook import CellPlace, find_tables
from tasks.programmes.files import ProgrammeRegistry, read_shape, read_whole

_PERSON = table_of(Person)
_BODY = table_of(Organisation)
_NAME = table_of(OrganisationName)
_GRANT = table_of(Grant)
_TABLES = (".csv", ".xlsx")


def read_import(path: Path, known: CellNames, said: FileAnswers = NOTHING_SAID) -> ReadFile:
    """Return the file's content; `known` is what its cells can name, and learns what they bring.

    `said` are a person's answers about the file, beyond its cells.

    ImportInvalid names file and line of a file that cannot be read at all.
    """
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        scenario = read_whole(path, Scenario, ImportInvalid)
        if isinstance(scenario, list):
            return ReadFile(
                problems=[(CellPlace(row=at.line), said) for at, said in scenario], complete=False
            )
        for person in scenario.people:
            known.add_person(person.email, person.name or "")
        for organisation in scenario.organisations:
            known.add_organisation(organisation.key, [name.name for name in organisation.names])
        return ReadFile(scenario)
    if ending not in _TABLES:
        raise ImportInvalid(Imported.OTHER_KIND_OF_FILE(name=path))
    try:
        book = read_workbook(path) if ending == ".xlsx" else read_csv(path)
    except TableUnreadable as error:
        raise ImportInvalid(error.remark) from error
    found = find_tables(book, known.date_of)
    if not found.tables and not found.problems:
        why = found.notes or [Imported.EMPTY_FILE()]
        raise ImportInvalid(Imported.NOTHING_TO_IMPORT(name=path, why=why))
    return make_document(found, known, said)


def read_imports(
    connection: Connection, files: Sequence[Path], registry: ProgrammeRegistry, said: FileAnswers
) -> dict[str, ReadFile]:
    """Return the files' contents by their names, in their order: a later one can name what an earlier one brings."""
    known = known_of(connection, files, registry)
    return {str(path): read_import(path, known, said) for path in files}


def known_of(connection: Connection, files: Iterable[Path], registry: ProgrammeRegistry) -> CellNames:
    """Return what the files' cells can name: the people and organisations of the database, and programmes."""
    known = CellNames()
    if not any(path.suffix.lower() in _TABLES for path in files):
        return known
    for email, name in connection.execute(select(_PERSON.c.email, _PERSON.c.name)):
        known.add_person(email, name)
    named = select(_BODY.c.key, _NAME.c.name).join(_NAME, _NAME.c.organisation_id == _BODY.c.id)
    for key, name in connection.execute(named):
        known.add_organisation(key, [name])
    for programme in registry.sound_ones():
        known.add_programme(programme)
    known.grants.update(reference.lower() for reference in connection.scalars(select(_GRANT.c.reference)))
    return known


def read_scenario(path: Path) -> Scenario:
    """Return the YAML file's content with its script; ImportInvalid as above."""
    return read_shape(path, Scenario, ImportInvalid)
