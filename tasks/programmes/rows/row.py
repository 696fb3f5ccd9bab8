"""The rows of a programme, and the name of each in the file."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TypeAlias

from models.programme.expand.words import PAYMENTS, STEPS

YES = "yes"
# So many rows of each group: a form has at most 200 fields, and a longer programme is written as a file.
MOST_ROWS = {"dates": 4, "duties": 6, "repayments": 1, "payments": 4}
BOTH = " / "  # between a title's Swedish and its English


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The programme's name and funder, and the award of its example, as in the letter."""

    title: str = ""
    name: str = ""
    source: str = ""
    note: str = ""
    currency: str = ""
    country: str = ""
    days_off: str = ""
    status: str = "unread"
    decision: str = ""
    start: str = ""
    end: str = ""
    sum: str = ""
    counted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRow:
    """A day that each letter gives, and the day in this one."""

    title: str = ""
    name: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A task: the sentences of its step, and for the example its spending and days, counted by hand."""

    title: str = ""
    due: str = ""
    each: str = ""
    approval: str = ""
    when: str = ""
    gives: str = ""
    name: str = ""
    last: str = ""
    approval_due: str = ""
    needs: str = ""
    repays: str = ""
    late: str = ""
    documents: str = ""
    spent: str = ""
    phase: str = ""
    optional: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """A payment: its sentences, and for the example the letter's statement and its sums, counted by hand."""

    title: str = ""
    share: str = ""
    needs: str = ""
    claim: str = ""
    paid: str = ""
    gives: str = ""
    decided: str = ""
    name: str = ""
    each: str = ""
    last: str = ""
    lapses: str = ""


Row: TypeAlias = DateRow | DutyRow | PaymentRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeRows:
    """A programme, or an unfinished one: every text as it was typed. Repayments are duties too."""

    head: Head = Head()
    dates: tuple[DateRow, ...] = ()
    duties: tuple[DutyRow, ...] = ()
    repayments: tuple[DutyRow, ...] = ()
    payments: tuple[PaymentRow, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether there are no more rows than a form takes."""
        return all(len(getattr(self, group)) <= most for group, most in MOST_ROWS.items())

    @property
    def named_dates(self) -> dict[str, DateRow]:
        """The days of the letter, by their names in the file."""
        return dict(zip(names_of(self.dates), self.dates, strict=True))

    @property
    def steps(self) -> dict[str, DutyRow]:
        """The duties and then the repayments, by their names in the file."""
        rows = (*self.duties, *self.repayments)
        return dict(zip(names_of(rows), rows, strict=True))

    @property
    def is_counted(self) -> bool:
        """Whether a day or a sum of the example is counted by hand."""
        return any(row.gives for row in (*self.duties, *self.repayments)) or any(
            row.gives for row in self.payments
        )

    @property
    def named_payments(self) -> dict[str, PaymentRow]:
        """The payments, by their names in the file."""
        return dict(zip(names_of(self.payments), self.payments, strict=True))


def names_of(rows: Sequence[Row]) -> list[str]:
    """Return each row's name in the file: its own, or from its title; the second of two gets a number."""
    names: list[str] = []
    for row in rows:
        name = row.name or name_of(row)
        numbered = (f"{name}-{number}" for number in count(2))
        names.append(next(one for one in chain([name], numbered) if one not in names))
    return names


def name_of(row: Row) -> str:
    """Return the name from a row's title: the usual one for that title, or the title itself."""
    if isinstance(row, DateRow):
        return slug(row.title).replace("-", "_")
    usual = STEPS if isinstance(row, DutyRow) else PAYMENTS
    title = row.title.strip().casefold()
    named = [name for name, called in usual.items() if title in (called.title.sv, called.title.en)]
    return min(named, key=len) if named else slug(row.title)


def slug(title: str) -> str:
    """Return the name made from a title: its Swedish in lower case, without accents, and with hyphens."""
    plain = unicodedata.normalize("NFKD", title.partition(BOTH)[0].casefold())
    return "-".join(re.findall("[a-z0-9]+", plain.encode("ascii", "ignore").decode()))
