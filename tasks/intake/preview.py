"""Import what was read of files, or say everything that is wrong with them: nothing is imported then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from models.errors import ImportInvalid
from models.intake.file import BudgetEntry, ImportFile
from models.message import Common, Remark
from tasks.intake.document import ReadFile
from tasks.intake.imports import import_content
from tasks.intake.messages import Imported
from tasks.intake.report import ImportDay, ImportReport
from tasks.intake.workbook import Place, Reason
from tasks.programmes.messages import Shaped
from tasks.programmes.registry import Programmes
from tasks.store.database import dry_run, unit_of_work


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong with a file: its cell or line, where that is known, and how to put it right."""

    file: str
    place: Place
    reason: Reason

    @property
    def said(self) -> Remark:
        """One line: the file, the cell or line, what and how."""
        where: object = ": ".join(part for part in (self.file, self.place.name) if part)
        if self.place.row and not self.place.name:
            where = Shaped.LINE(name=self.file, line=self.place.row)
        return Common.AT(place=where, why=self.reason)


class ImportTroubles(ImportInvalid):
    """The import file is not valid."""

    def __init__(self, troubles: list[Trouble]) -> None:
        self.troubles = troubles
        many = Imported.PROBLEMS(count=len(troubles))
        super().__init__(troubles[0].said if len(troubles) == 1 else many)


def import_read(
    engine: Engine, files: Mapping[str, ReadFile], registry: Programmes, day: ImportDay
) -> dict[str, ImportReport]:
    """Import the files in one transaction; ImportTroubles names all that is wrong with any, and nothing is written."""
    troubles = [Trouble(name, *problem) for name, file in files.items() for problem in file.problems]
    refusal: ImportInvalid | None = None
    if not troubles:
        try:
            with unit_of_work(engine, many=True) as session:
                return {
                    name: import_content(session, file.content, registry, day) for name, file in files.items()
                }
        except ImportInvalid as error:
            refusal = error
    if all(file.complete for file in files.values()):
        troubles += _try_each(engine, files, registry, day)
    if refusal and not troubles:
        raise refusal
    order = list(files)
    raise ImportTroubles(sorted(troubles, key=lambda one: (order.index(one.file), one.place)))


def _try_each(
    engine: Engine, files: Mapping[str, ReadFile], registry: Programmes, day: ImportDay
) -> list[Trouble]:
    """Import the files part by part, undone at the end, so that one fault hides no other; return what is refused."""
    troubles: list[Trouble] = []
    # Of a grant that cannot be brought in nothing else is said.
    refused = set[str]().union(*(file.refused for file in files.values()))
    with unit_of_work(dry_run(engine)) as session:
        for name, file in files.items():
            for part in _parts(file.content):
                references = {one.reference.lower() for one in part.grants}
                references |= {one.reference.lower() for one in part.budgets}
                if references & refused:
                    continue
                try:
                    with session.begin_nested():
                        import_content(session, part, registry, day)
                except ImportInvalid as error:
                    troubles.append(Trouble(name, file.cell(error.place), error.remark))
                    refused |= references
                    if not references:
                        return troubles  # what others name is missing: they would all be refused for it
                finally:
                    session.expunge_all()  # what was undone is not there any more
    return troubles


def _parts(content: ImportFile) -> Iterator[ImportFile]:
    """Yield a file's content in parts: all that others name at once, then each grant, and each grant's budget."""
    yield ImportFile(organisations=content.organisations)
    yield ImportFile(people=content.people)
    yield ImportFile(meetings=content.meetings)
    for grant in content.grants:
        yield ImportFile(grants=(grant,))
    budgets: dict[str, list[BudgetEntry]] = {}
    for line in content.budgets:
        budgets.setdefault(line.reference, []).append(line)
    for lines in budgets.values():
        yield ImportFile(budgets=tuple(lines))
