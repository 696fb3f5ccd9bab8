"""Answer the questions that an import raises: likely meanings, and what many rows leave out alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from models.errors import Unreadable
from models.intake.headings import heading_key
from tasks.intake.cell_names import CellNames
from tasks.intake.cells import EntryDraft
from tasks.intake.import_faults import Imported
from tasks.intake.workbook import CellPlace, Problem

# What is asked once for all rows of a funder: a new grant needs it, and offices' lists lack it.
_ASKED = {"programme": Imported.NO_PROGRAMME_SAID, "recipient": Imported.NO_RECIPIENT_SAID}


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """What a number of a funder's rows leave out: the field, the funder's name, and the first of the rows.

    `why` is why an answer that was given cannot be accepted.
    """

    field: str
    funder: str
    rows: int
    place: CellPlace
    why: Unreadable | None = None

    @property
    def problem(self) -> Problem:
        """The message while there is no answer."""
        if self.why:
            return self.place, self.why
        # As typed at a shell, where a name with spaces is one word.
        option = f'"{self.funder}=..."'
        return self.place, _ASKED[self.field](funder=self.funder, rows=self.rows, option=option)


@dataclass(frozen=True, slots=True)
class FileAnswers:
    """A person's answers about a file.

    `programmes` and `recipients` are names by the name of the funder whose rows they apply to, or
    by "" for all rows.
    """

    programmes: Mapping[str, str] = field(default_factory=dict)
    recipients: Mapping[str, str] = field(default_factory=dict)
    accept_corrections: bool = False

    def fill_in(
        self, grants: Iterable[EntryDraft], cell_names: CellNames, wrong: Collection[CellPlace]
    ) -> list[FileQuestion]:
        """Give new grants what their rows leave out; return the open questions, whose grants must wait.

        A `wrong` cell counts as filled.
        """
        left_out: dict[tuple[str, str], list[EntryDraft]] = defaultdict(list)
        for draft in grants:
            for name in _ASKED:
                is_left_out = name not in draft.values and draft.cells.get((name,)) not in wrong
                if draft.values.get("title") and is_left_out:
                    left_out[name, str(draft.values.get("funder", ""))].append(draft)
        found = (
            self._fill_in(name, funder, drafts, cell_names) for (name, funder), drafts in left_out.items()
        )
        return [question for question in found if question is not None]

    def _fill_in(
        self, name: str, funder: str, drafts: list[EntryDraft], cell_names: CellNames
    ) -> FileQuestion | None:
        answers = self.programmes if name == "programme" else self.recipients
        answer = next(
            (answer for of, answer in answers.items() if of and _is_called(cell_names, funder, of)), None
        )
        answer = answer or answers.get("")
        why: Unreadable | None = None
        if answer:
            try:
                value = (
                    cell_names.programme(answer) if name == "programme" else cell_names.organisation(answer)
                )
            except Unreadable as error:
                why = error
            else:
                for draft in drafts:
                    draft.values[name] = value
                return None
        for draft in drafts:
            draft.sound = False
        place = drafts[0].cell("funder") if funder else drafts[0].cell()
        return FileQuestion(name, cell_names.name_of(funder), len(drafts), place, why)


def _is_called(cell_names: CellNames, funder: str, name: str) -> bool:
    return name == funder or funder in cell_names.organisations.get(heading_key(name), set())


NOTHING_SAID = FileAnswers()
