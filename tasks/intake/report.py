"""Report what an import did: how many rows are new or changed, what moves, and what needs attention."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.message import Remark
from models.rules.notices.quiet_days import LateAtImport
from models.vocabulary import SaidBy
from tasks.commands.people import PassedOn
from tasks.commands.replan.preview import NOTHING, Consequences, What
from tasks.intake.grants import BroughtIn
from tasks.intake.likely_twins import Account
from tasks.words.reasons import word_reason
from tasks.words.templates import sentences_of, words_module
from tasks.words.translator import Translator, translator

_ENGLISH = translator("en")


@dataclass(slots=True)
class ImportReport:
    """How many rows of each kind were new, changed or unchanged, the grants, and what moved in existing ones.

    `of_file` are remarks on what is not read, and on the file itself: they come first in every
    report. `accounts` are each organisation's old and new account. `people` are the names of those
    whom a directory finds "new", "changed" or "left". `passed` is what those who left hand over.
    `twins` are new accounts, each with another that looks like the same person's.
    """

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    grants: list[BroughtIn] = field(default_factory=list)
    moved: Consequences = field(default_factory=Consequences)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    people: dict[str, list[str]] = field(default_factory=dict)
    passed: list[PassedOn] = field(default_factory=list)
    of_file: list[Remark] = field(default_factory=list)
    twins: list[tuple[Account, Account]] = field(default_factory=list)

    def count(self, kind: str, outcome: str, rows: int = 1) -> None:
        """Count a row, or several; outcome is "new", "changed" or "unchanged"."""
        getattr(self, outcome)[kind] += rows

    def add_grant(self, grant: BroughtIn) -> None:
        """Count a grant with its decisions."""
        self.grants.append(grant)
        self.count("grant", grant.outcome)
        for outcome, count in grant.decisions.items():
            self.count("decision", outcome, count)

    def references(self, outcome: str) -> list[str]:
        """Return the grants that are "new", "changed" or "unchanged"."""
        return [grant.reference for grant in self.grants if grant.outcome == outcome]

    @property
    def late(self) -> dict[str, tuple[LateAtImport, ...]]:
        """The steps of new grants that were late already, by grant: such a grant is quiet."""
        return {grant.reference: grant.late for grant in self.grants if grant.late}

    @property
    def held(self) -> list[str]:
        """The new grants with something to tell, and nothing late: they are quiet."""
        return [grant.reference for grant in self.grants if grant.quiet and not grant.late]

    @property
    def undated(self) -> dict[str, list[str]]:
        """The grants that lack a date that steps count from and no decision gives, by the date's name."""
        by_date: dict[str, list[str]] = {}
        for grant in self.grants:
            for name in grant.missing_dates:
                by_date.setdefault(name, []).append(grant.reference)
        return by_date

    @property
    def moves(self) -> Counter[str]:
        """How many dates, sums and conditions of the grants the file moves."""
        # What changed of a payment; every other change that counts is a day.
        kinds = {"sum": "sum", "waits for": "condition"}
        changes = (change for change in self.moved.changes if change.what in (What.DATE, What.PAYMENT))
        counted = Counter(kinds.get(change.detail, "date") for change in changes)
        return Counter({kind: counted[kind] for kind in ("date", "sum", "condition") if counted[kind]})

    def as_json(self) -> dict[str, Any]:
        """Return the counts by outcome and kind, and the grants that lack a date, by its name."""
        counts = {name: dict(getattr(self, name)) for name in ("new", "changed", "unchanged")}
        sections: dict[str, Any] = {
            "late": {
                reference: {step.key: step.due_on.isoformat() for step in steps}
                for reference, steps in self.late.items()
            },
            "moved": self.moved.as_json() if self.moved != NOTHING else {},
            "accounts": {key: {"was": was, "now": now} for key, (was, now) in self.accounts.items()},
            "twins": [[person.email, other.email] for person, other in self.twins],
            "of_file": list(map(str, self.of_file)),
            "held": self.held,
        }
        return {
            **counts,
            "undated": self.undated,
            **{name: value for name, value in sections.items() if value},
        }

    def of_file_lines(self, say: Translator = _ENGLISH) -> list[str]:
        """Return a line for each column and sheet that is not read, and for other remarks on the file."""
        return [word_reason(say, remark) for remark in self.of_file]

    def named(self, say: Translator) -> tuple[str, ...]:
        """Return a line for the new people and grants, one for the changed ones, and who left."""
        return sentences_of(words_module(say.language, "imported").named(self))

    def notes(self, say: Translator = _ENGLISH, *, on_page: bool = False) -> Iterator[str]:
        """Yield what needs attention: dates that no decision gives, and what the file means for a grant."""
        yield from sentences_of(words_module(say.language, "imported").notes(self, on_page))

    def line(self, say: Translator = _ENGLISH) -> str:
        """Return it as one line: "3 new (2 people, 1 grant), 0 changed, 4 unchanged; 2 dates move"."""
        return "".join(str(words_module(say.language, "imported").line(self)).splitlines())

    def __str__(self) -> str:
        """The line in English."""
        return self.line()


@dataclass(frozen=True, slots=True)
class ImportDay:
    """The day and the moment of an import, and the language of people who have none of their own.

    `said_by` is who gave the information; for the office's directory only about people. `progress`
    is told of each grant. `holds` means that nobody is told about a new grant before its import is
    confirmed. `by_id` is who changes a grant by a form.
    """

    today: date
    now: datetime
    language: str = "sv"
    said_by: SaidBy = SaidBy.IMPORT
    progress: Callable[[int], object] | None = None
    holds: bool = False
    by_id: int | None = None

    @property
    def from_directory(self) -> bool:
        """Whether the office's directory gave it."""
        return self.said_by is SaidBy.DIRECTORY
