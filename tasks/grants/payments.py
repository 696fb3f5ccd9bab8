"""Book what comes for an instalment, all at once or in several turns."""

from __future__ import annotations

from datetime import date

from models.instalment import Instalment, Payment
from models.vocabulary import InstalmentStatus
from tasks.grants.grant_at_work import GrantAtWork


def missing_minor(instalment: Instalment) -> int:
    """Return what has not come of the instalment, in minor units."""
    return (instalment.amount_minor or 0) - (instalment.paid_minor or 0)


def book_payment(
    work: GrantAtWork, instalment: Instalment, paid_on: date, amount_minor: int, by_id: int | None
) -> None:
    """Add a payment to those that came before it."""
    instalment.paid_minor = (instalment.paid_minor or 0) + amount_minor
    instalment.paid_on, instalment.status = paid_on, InstalmentStatus.PAID
    values = {"instalment_id": instalment.id, "paid_on": paid_on, "amount_minor": amount_minor}
    work.add(Payment, [values | {"by_id": by_id}])
