"""Read an uploaded ledger: whole first, then what it says of the office's grants is kept, or nothing."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.steps import StoredFile
from models.currency import Amount
from models.errors import BadInput
from models.events import GrantEvent
from models.facts.ledger import LedgerFile, Receipts
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.message import Message, Remark
from models.rules.ledger import project_keys
from models.vocabulary import Duty, NoticeKind
from tasks.ledger.files import read_ledger
from tasks.ledger.keep import Booked, LedgerGrant, ReadingFacts, keep_ledger
from tasks.ledger.ledger_faults import Ledgered
from tasks.ledger.told import tell_of_books
from tasks.store.database import is_dry, transaction
from tasks.store.journal import Event, write_journal


class LedgerRead(Message):
    """What a reading says and changes."""

    FILE = "the file %(file)s has %(rows)s rows, from %(first)s to %(last)s"
    CHANGED = (
        "%(grant)s: costs of %(after)s are booked, %(before)s before;"
        " rows that came: %(added)s, rows that went: %(gone)s"
    )
    SAME = "%(grant)s: costs of %(after)s are booked, as before"
    DOUBTED = (
        "more than half of the vouchers of %(month)s for %(grant)s are not in the file any more: is it whole?"
    )
    OTHER_CURRENCY = "%(grant)s: its sums are in %(own)s, the ledger's in %(other)s: left out"
    BALANCES = (
        "the vouchers of %(differing)s accounts do not come to the file's own balances:"
        " most likely it is an extract"
    )


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What a reading came to: the file, and what it changes of each grant whose project is in it.

    Those `left_out` have their project in it, but their sums in another currency.
    """

    found: LedgerFile
    booked: tuple[Booked, ...]
    left_out: tuple[LedgerGrant, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        return {"lines": list(map(str, self.lines()))}

    def lines(self) -> list[Remark]:
        """Return what there is to say of it, line by line."""
        found = self.found
        lines = [
            LedgerRead.FILE(file=found.name, rows=found.row_count, first=found.first_on, last=found.last_on)
        ]
        if found.balances is not None and found.balances.differing:
            lines.append(LedgerRead.BALANCES(differing=found.balances.differing))
        for one in self.booked:
            lines.append(_line(one))
            lines += [
                LedgerRead.DOUBTED(month=f"{month:%Y-%m}", grant=one.grant.reference)
                for month in one.difference.doubted
            ]
        return [*lines, *(_left_out(one, found) for one in self.left_out)]


def _left_out(grant: LedgerGrant, found: LedgerFile) -> Remark:
    return LedgerRead.OTHER_CURRENCY(grant=grant.name, own=grant.currency, other=found.currency)


def _line(one: Booked) -> Remark:
    grant = one.grant.name
    after = Amount(one.after_minor, one.grant.currency)
    if not one.difference.added and not one.difference.gone:
        return LedgerRead.SAME(grant=grant, after=after)
    return LedgerRead.CHANGED(
        grant=grant,
        after=after,
        before=Amount(one.before_minor, one.grant.currency),
        added=len(one.difference.added),
        gone=len(one.difference.gone),
    )


@dataclass(frozen=True, slots=True)
class LedgerSaid:
    """What a form asks for of a ledger."""

    ledger: Annotated[
        tuple[StoredFile, ...],
        Ask(
            kind=Kind.FILE,
            label="Ledger (Excel, CSV or SIE 4)",
            single=True,
            hint="A row a voucher, with its day, account, project and sum. Other projects' rows are not kept.",
        ),
    ]


@Act(
    "ledger",
    title="Read a ledger",
    button="Keep what it says",
    done="The ledger has been read.",
    intro="What is booked on the grants' projects is shown beside what was reported. The file itself is not kept.",
    duty=Duty.BOOKS,
    asked=LedgerSaid,
    tells=(NoticeKind.SOURCE_CHANGED,),
)
@dataclass(frozen=True, slots=True)
class ReadLedger:
    """A ledger that was read, by whom, and the grants for which it may be kept."""

    found: LedgerFile
    sha256: str
    grants: tuple[LedgerGrant, ...]
    by_id: int | None

    def perform(self, engine: Engine, clock: Clock) -> LedgerReport:
        """Keep it, all or nothing; BadInput where a row cannot be read, or the file is of no grant."""
        if self.found.faults:
            raise BadInput(Ledgered.ROWS_UNREAD(count=len(self.found.faults), why=self.found.faults[0]))
        there = [grant for grant in self.grants if grant.projects & project_keys(self.found.projects)]
        same = [grant for grant in there if grant.currency == self.found.currency]
        left_out = tuple(grant for grant in there if grant not in same)
        if not there:
            raise BadInput(Ledgered.NO_GRANT(name=self.found.name))
        if not same:
            raise BadInput(_left_out(left_out[0], self.found))
        facts = ReadingFacts(self.found.name, self.sha256, clock.now, self.by_id)
        with transaction(engine) as connection:
            booked = tuple(keep_ledger(connection, same, self.found, facts))
            told = tell_of_books(connection, [one.grant.id for one in booked], clock)
            if not is_dry(engine):
                noted = [
                    Event(
                        GrantEvent.LEDGER_READ,
                        grant_id=one.grant.id,
                        person_id=self.by_id,
                        detail={"file": facts.file, "costs_minor": one.after_minor},
                    )
                    for one in booked
                ]
                write_journal(connection, clock.today, clock.now, [*noted, *told])
        return LedgerReport(self.found, booked, left_out)


def open_ledger(
    file: Path, grants: tuple[LedgerGrant, ...], *, receipts: str, sha256: str, by_id: int | None
) -> ReadLedger:
    """Return a file's ledger to be read for the grants; BadInput where none has a project, or it cannot be read.

    `receipts` are the accounts of received grants, as "3, 1710-1719".
    """
    projects = frozenset[str]().union(*(grant.projects for grant in grants))
    if not projects:
        raise BadInput(Ledgered.NO_GRANT(name=file.name))
    references = frozenset[str]().union(*(grant.references for grant in grants))
    found = read_ledger(file, projects, Receipts(receipts, references))
    return ReadLedger(found, sha256, grants, by_id)
