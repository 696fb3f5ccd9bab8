"""Say what stands in the rows of a programme, and what its file calls each of them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from models.programme.expand.words import PAYMENTS, STEPS

YES = "yes"
# So many rows of each group: a form has at most 200 fields, and a longer programme is written as a file.
MOST_ROWS = {"dates": 4, "duties": 6, "repayments": 1, "payments": 4}
BOTH = " / "  # between a title's Swedish and its English


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a programme is called and whose it is, and the award of its example, as in the letter."""

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
    """A day that each letter gives, and the day that this one gives."""

    title: str = ""
    name: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """What must be done: the sentences of its step, and of the example what is spent and the days, counted by hand."""

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
    """A payment: its sentences, and of the example what the letter says of it and its sums, counted by hand."""

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
    """A programme, or what is there of one: every text as it was typed. What is paid back are duties, too."""

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
        """The days of the letter, by what the file calls them."""
        return dict(zip(names_of(self.dates), self.dates, strict=True))

    @property
    def steps(self) -> dict[str, DutyRow]:
        """The duties and then what is paid back, by what the file calls them."""
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
        """The payments, by what the file calls them."""
        return dict(zip(names_of(self.payments), self.payments, strict=True))


def names_of(rows: Sequence[Row]) -> list[str]:
    """Return what the file calls each row: as it says itself, or by its title; of two the second has a number."""
    found: list[str] = []
    for row in rows:
        name = row.name or name_of(row)
        count = sum(1 for other in found if other == name or other.startswith(f"{name}-"))
        found.append(f"{name}-{count + 1}" if name in found else name)
    return found


def name_of(row: Row) -> str:
    """Return the name that a row's title makes: the usual one of what is called so, or the title itself."""
    if isinstance(row, DateRow):
        return slug(row.title).replace("-", "_")
    known = STEPS if isinstance(row, DutyRow) else PAYMENTS
    title = row.title.strip().casefold()
    named = [name for name, called in known.items() if title in (called.title.sv, called.title.en)]
    return min(named, key=len) if named else slug(row.title)


def slug(title: str) -> str:
    """Return the name that a title makes: its Swedish in small letters, without accents, and hyphens between."""
    plain = unicodedata.normalize("NFKD", title.partition(BOTH)[0].casefold())
    return "-".join(re.findall("[a-z0-9]+", plain.encode("ascii", "ignore").decode()))
