"""Import a file part by part, in a transaction that is undone, to say all that is wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from sqlmodel import Session

from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.grants import GrantEntry
from models.intake.headings import SHAPES
from tasks.intake.files import ReadFile
from tasks.intake.imports import ImportDay, check_repeats, import_content
from tasks.intake.tables import Problem
from tasks.programmes.registry import Shelf

_Path = tuple[str, ...]
# Of which sheets a row can be wrong only because one of another sheet, or of its own, is left out.
_AFFECTS: Mapping[str, Collection[str]] = {
    "done": ("instalments",),
    "instalments": (),
}

_ALL = tuple(shape.kind for shape in SHAPES)  # what a row of any other sheet can affect


class _Tried(Exception):
    """What was tried went well, and is undone."""


class ImportTrial:
    """A file whose parts are imported one by one, each as far as it goes, so that one fault hides no other.

    `absent` are the references of grants that are not there, and of which it says nothing that they are not; it learns
    those that are refused.
    """

    def __init__(
        self, session: Session, file: ReadFile, shelf: Shelf, day: ImportDay, absent: set[str]
    ) -> None:
        self._session, self._file, self._shelf, self._day, self._absent = session, file, shelf, day, absent

    def problems(self) -> Iterator[Problem]:
        """Yield what each part is refused for, by its cell; ImportInvalid where something stands twice in the file."""
        content = self._file.content
        check_repeats(content)
        self._refusal(self._file.named)
        yield from self._people()
        if (error := self._refusal(ImportFile(meetings=content.meetings))) is not None:
            yield "", error.worded
        for entry in content.grants:
            yield from self._grant(entry, ())
        for half, lost in self._file.halves:
            yield from self._grant(half, lost)
        yield from self._budgets()

    def _people(self) -> Iterator[Problem]:
        """Import organisations and people; whom a wrong one names is left out, so that the next one is found."""
        content = self._file.content
        if (error := self._refusal(ImportFile(organisations=content.organisations))) is not None:
            yield "", error.worded
        people = {one.email: one for one in content.people}
        while (error := self._refusal(ImportFile(people=tuple(people.values())))) is not None:
            said = error.detail
            named = min((email for email in people if email in said), key=said.find, default=None)
            yield self._person_cell(named, said), error.worded
            if named is None:
                return
            alone = people[named].model_copy(update={"manager": None, "deputy": None})
            if alone == people[named]:
                return
            people[named] = alone

    def _grant(self, entry: GrantEntry, lost: Collection[str]) -> Iterator[Problem]:
        """Import the grant without the rows that it is refused for, and yield why.

        `lost` are the kinds of sheets of which rows are left out already. What may be wrong only because a row is left
        out is not told: where it is, it is found when that row is mended.
        """
        own = self._file.rows.get(("grants", entry.reference), ())
        if entry.reference in self._absent and own and own[0].table.shape.kind != "grants":
            return  # another file would bring it, and does not
        rows = self._file.more.get(entry.reference, {})
        out: list[_Path] = []
        kinds = list(lost)
        while (error := self._refusal(ImportFile(grants=(_without(entry, out),)))) is not None:
            path = self._row_that_brings(error.detail, entry, out)
            if path is None:
                self._absent.add(entry.reference)
                if all(kind in _AFFECTS for kind in kinds):
                    yield self._cell_of("grants", entry.reference, error.detail), error.worded
                return
            row = rows[path]
            if not any(row.table.shape.kind in _AFFECTS.get(kind, _ALL) for kind in kinds):
                yield row.cell_named(error.detail), error.worded
            out.append(path)
            kinds.append(row.table.shape.kind)
        self._absent.discard(entry.reference)

    def _budgets(self) -> Iterator[Problem]:
        """Import each grant's budget, where the grant is there."""
        budgets = self._file.content.budgets
        for reference in dict.fromkeys(line.reference for line in budgets):
            lines = tuple(line for line in budgets if line.reference == reference)
            if reference not in self._absent:
                error = self._refusal(ImportFile(budgets=lines))
                if error is not None:
                    yield self._cell_of("budgets", reference, error.detail), error.worded

    def _refusal(self, part: ImportFile, *, undo: bool = False) -> ImportInvalid | None:
        """Import the part, and undo it where asked; return why it is refused, None where it is not."""
        try:
            with self._session.begin_nested():
                import_content(self._session, part, self._shelf, self._day)
                if undo:
                    raise _Tried
        except ImportInvalid as error:
            return error
        except _Tried:
            pass
        finally:
            self._session.expunge_all()  # what was undone is not there any more
        return None

    def _row_that_brings(self, refused: str, entry: GrantEntry, out: Collection[_Path]) -> _Path | None:
        """Return the first of the grant's rows of other sheets with which it is refused; None if it is anyway."""
        rows = [path for path in self._file.more.get(entry.reference, {}) if path not in out]

        def brings(left_out: Collection[_Path]) -> bool:
            # A grant that stayed would be brought up to date by the next try, not opened.
            error = self._refusal(ImportFile(grants=(_without(entry, [*out, *left_out]),)), undo=True)
            return error is not None and error.detail == refused

        if not rows or brings(rows):
            return None
        last = bisect_left(range(len(rows)), True, key=lambda at: brings(rows[at + 1 :]))
        return rows[min(last, len(rows) - 1)]

    def _person_cell(self, email: str | None, said: str) -> str:
        """Return the cell of whom the person's row names wrongly; empty where no row is known."""
        found = (
            rows[0]
            for (kind, name), rows in self._file.rows.items()
            if (kind, name.lower()) == ("people", email)
        )
        row = next(found, None)
        return row.places.get("deputy" if "deputy" in said else "manager", row.place) if row else ""

    def _cell_of(self, kind: str, reference: str, said: str) -> str:
        """Return the cell that what is said is about, of the grant's own row or of those of its budget."""
        rows = self._file.rows.get((kind, reference), ())
        if kind == "budgets":
            # What stands twice is mended where it stands the last time.
            about = [row for row in rows if _names(said, str(row.values.get("account")))]
            rows = about[-1:] or rows
        return rows[0].cell_named(said) if rows else ""


def _names(said: str, account: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(account)}(?!\w)", said) is not None


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
