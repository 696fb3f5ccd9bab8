"""Find in a grant's ledger the money that it awaits, and the recorded payments whose voucher was taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.facts.ledger import Entry
from models.rules.ledger import list_credits, projects_of, references_of
from models.rules.money.arrival import Arrival, AwaitedPart, TakenBack, match_payments, recognise
from models.rules.money.payment import find_step_of
from models.vocabulary import StepKind
from tasks.grant.records import GrantRecord


@dataclass(frozen=True, slots=True)
class BooksOfMoney:
    """What a grant's ledger says of the money that came: what fits what is awaited, and what was taken back."""

    arrivals: tuple[Arrival, ...] = ()
    taken_back: tuple[TakenBack, ...] = ()

    def of_part(self, number: int) -> tuple[Arrival, ...]:
        """Return what fits a part of the award, by its number."""
        return tuple(one for one in self.arrivals if number in one.parts)


def read_money(record: GrantRecord, today: date) -> BooksOfMoney:
    """Return what a grant's ledger says of the money that came; nothing of a grant without one."""
    if not record.grant.project or not record.receipts:
        return BooksOfMoney()
    projects = projects_of(record.grant.project)
    booked = list_credits(
        Entry(
            day=row.day,
            voucher=row.voucher,
            account=row.account,
            project=row.project,
            amount_minor=row.amount_minor,
            is_receipt=True,
            reference=row.reference,
        )
        for row in record.receipts
        if row.project in projects
    )
    payments = [one for part in record.instalments for one in record.payments_of(part)]
    open_credits, taken_back = match_payments(payments, booked)
    return BooksOfMoney(
        arrivals=tuple(recognise(list(_awaited_of(record)), open_credits, today)),
        taken_back=tuple(taken_back),
    )


def _awaited_of(record: GrantRecord) -> Iterable[AwaitedPart]:
    grant = record.grant
    references = references_of(grant.reference, grant.funder_reference)
    for part in record.instalments:
        has_claim = find_step_of(record.steps, part.number, StepKind.CLAIM) is not None
        yield AwaitedPart(part, references, has_claim)
