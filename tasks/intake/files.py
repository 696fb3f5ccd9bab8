"""Read an import file: YAML, or the sheets of a workbook or a CSV file, which are known by their headings."""

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


def read_import(path: Path, cell_names: CellNames, answers: FileAnswers = NOTHING_SAID) -> ReadFile:
    """Return the file's content; `cell_names` are the names its cells can use, and gains those the file adds.

    `answers` are a person's answers about the file. Raises ImportInvalid with file and line for a file
    that cannot be read at all.
    """
    ending = path.suffix.lower()
    if ending in (".yaml", ".yml"):
        scenario = read_whole(path, Scenario, ImportInvalid)
        if isinstance(scenario, list):
            return ReadFile(
                problems=[(CellPlace(row=at.line), fault) for at, fault in scenario], complete=False
            )
        for person in scenario.people:
            cell_names.add_person(person.email, person.name or "")
        for organisation in scenario.organisations:
            cell_names.add_organisation(organisation.key, [name.name for name in organisation.names])
        return ReadFile(scenario)
    if ending not in _TABLES:
        raise ImportInvalid(Imported.OTHER_KIND_OF_FILE(name=path))
    try:
        book = read_workbook(path) if ending == ".xlsx" else read_csv(path)
    except TableUnreadable as error:
        raise ImportInvalid(error.remark) from error
    findings = find_tables(book, cell_names.date_of)
    if not findings.tables and not findings.problems:
        why = findings.notes or [Imported.EMPTY_FILE()]
        raise ImportInvalid(Imported.NOTHING_TO_IMPORT(name=path, why=why))
    return make_document(findings, cell_names, answers)


def read_imports(
    connection: Connection, files: Sequence[Path], registry: ProgrammeRegistry, answers: FileAnswers
) -> dict[str, ReadFile]:
    """Return the files' contents by their names, in order: a later one can name what an earlier one adds."""
    cell_names = known_of(connection, files, registry)
    return {str(path): read_import(path, cell_names, answers) for path in files}


def known_of(connection: Connection, files: Iterable[Path], registry: ProgrammeRegistry) -> CellNames:
    """Return what the files' cells can name: the people and organisations of the database, and programmes."""
    cell_names = CellNames()
    if not any(path.suffix.lower() in _TABLES for path in files):
        return cell_names
    for email, name in connection.execute(select(_PERSON.c.email, _PERSON.c.name)):
        cell_names.add_person(email, name)
    named = select(_BODY.c.key, _NAME.c.name).join(_NAME, _NAME.c.organisation_id == _BODY.c.id)
    for key, name in connection.execute(named):
        cell_names.add_organisation(key, [name])
    for programme in registry.sound_ones():
        cell_names.add_programme(programme)
    cell_names.grants.update(
        reference.lower() for reference in connection.scalars(select(_GRANT.c.reference))
    )
    return cell_names


def read_scenario(path: Path) -> Scenario:
    """Return the YAML file's content with its script; ImportInvalid as above."""
    return read_shape(path, Scenario, ImportInvalid)
