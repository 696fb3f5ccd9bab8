"""Book what comes for an instalment, all at once or in several turns."""

from __future__ import annotations

from datetime import date

from models.tables.money import Instalment, Payment
from models.vocabulary import InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork


def book_payment(
    work: GrantAtWork, instalment: Instalment, paid_on: date, amount_minor: int, by_id: int | None
) -> None:
    """Add a payment to those that came before it."""
    paid = (instalment.paid_minor or 0) + amount_minor
    if paid == instalment.amount_minor:
        instalment.no_more_why = None  # it came after all
    instalment.paid_minor, instalment.paid_on, instalment.status = paid, paid_on, InstalmentStatus.PAID
    values = {"instalment_id": instalment.id, "paid_on": paid_on, "amount_minor": amount_minor}
    work.add(Payment, [values | {"by_id": by_id}])
