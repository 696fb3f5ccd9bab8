"""What people do about a step: answer it, approve or return it, put it off, move its date, undo what they said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from models.vocabulary import AnswerKind


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the file store: its own name without folders, and what a row keeps of it; `size` in bytes.

    `document` is which of the documents that the programme asks for it is.
    """

    name: str
    media_type: str
    size: int
    sha256: str
    stored_as: str
    document: str | None = None


def named_paper(number: str, files: Sequence[StoredFile]) -> str:
    """Return what a paper of the funder's is called: by its number, or as its file; empty without one."""
    return number.strip() or (files[0].name if files else "")


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What a person says of a grant's step; `version` is that of the step which they saw, None for any."""

    kind: ClassVar[AnswerKind]

    grant: str
    step: str
    note: str = ""
    version: int | None = None
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedAnswer(StepAnswer):
    """An answer with a day, today unless `paper_on` says another: of the minutes or the letter that it stands on."""

    paper_on: date | None = None


@dataclass(frozen=True, slots=True)
class Answer(DatedAnswer):
    """The step is done; `data` answers its questions by their keys."""

    kind: ClassVar[AnswerKind] = AnswerKind.DONE

    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NothingToReport(DatedAnswer):
    """The step is done: its period had nothing to report."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOTHING


@dataclass(frozen=True, slots=True)
class NotNeeded(DatedAnswer):
    """The step has no use, as `note` says."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_NEEDED


@dataclass(frozen=True, slots=True)
class NotYet(StepAnswer):
    """The step is not done, and is expected to be on a day."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_YET

    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class NotMe(StepAnswer):
    """Somebody else has the step: the colleague with the address or the id, or whom the manager names."""

    kind: ClassVar[AnswerKind] = AnswerKind.NOT_ME

    colleague: str | int | None = None


@dataclass(frozen=True, slots=True)
class Approve(DatedAnswer):
    """The report is approved; `report_version` is that of the final report which was seen, 0 for none."""

    kind: ClassVar[AnswerKind] = AnswerKind.APPROVED

    report_version: int | None = None


@dataclass(frozen=True, slots=True)
class Return(DatedAnswer):
    """The report must be corrected, as `note` says."""

    kind: ClassVar[AnswerKind] = AnswerKind.RETURNED


@dataclass(frozen=True, slots=True)
class Withdraw(StepAnswer):
    """The approval is taken back, as `note` says why."""

    kind: ClassVar[AnswerKind] = AnswerKind.WITHDRAWN


@dataclass(frozen=True, slots=True)
class Extend:
    """The step is due on another day: a date of the funder's by the funder's word.

    That is the `paper`'s number or the paper itself (`files`), or who of the funder's said it by telephone (`told_by`)
    and on which day.
    """

    grant: str
    step: str
    to_on: date
    reason: str
    paper: str = ""
    told_by: str = ""
    told_on: date | None = None
    files: tuple[StoredFile, ...] = ()

    @property
    def evidence(self) -> str:
        """What the paper is called; empty without one."""
        return named_paper(self.paper, self.files)


@dataclass(frozen=True, slots=True)
class ConfirmReading:
    """Of the days that the step's rule can be read to give, one holds; `note` says how that is known."""

    grant: str
    step: str
    due_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """What the letter with the link key confirmed was not meant so."""

    grant: str
    link_key: str
