"""Split a list's total of what was paid so far into payments of instalments."""

from datetime import date

from models.currency import Amount
from models.errors import BadInput
from models.intake.file import GrantEntry, InstalmentEntry
from models.reading.number import minor_units
from models.rules.money.payment import is_over, sum_paid_minor
from models.tables.money import Instalment
from models.vocabulary import OUT
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.replan import replan
from tasks.intake.import_faults import Imported, check_passed, naming
from tasks.intake.progress import book_imported, check_reached, mark_claimed, state_sum


def bring_paid_so_far(work: GrantAtWork, entry: GrantEntry) -> bool:
    """Book what has been paid as payments of the instalments, the first ones first; return whether any is new.

    They are dated with the entry's day, or else that of the import. Raises ImportInvalid if more
    has been paid here, or if the sum is more than may have been paid. A list cannot pay an
    instalment that waits for an approval.
    """
    paid_minor = minor_units(entry.paid, work.grant.currency)
    if paid_minor is None:
        return False
    on = entry.paid_on or work.today
    with naming(work.grant.reference, "paid_on" if entry.paid_on else "paid"):
        check_passed(Imported.WHAT_CAME(), on, work.today)
    with naming(work.grant.reference, "paid"):
        came = sum_paid_minor(work.instalments)
        if paid_minor < came:
            raise BadInput(Imported.MORE_CAME(said=_sum(work, paid_minor), came=_sum(work, came)))
        left = paid_minor - came
        for row in sorted(work.instalments, key=lambda instalment: instalment.number):
            if left and not (row.paid_minor and is_over(row)):
                left -= _bring(work, row, left, on)
        if left:
            raise BadInput(
                Imported.PAID_BEYOND(said=_sum(work, paid_minor), left=_sum(work, paid_minor - left))
            )
    return paid_minor > came


def _bring(work: GrantAtWork, row: Instalment, left: int, on: date) -> int:
    """Book the instalment's part of the sum; return it, in minor units."""
    if row.status not in OUT:
        state_sum(work, row, left)
    mark_claimed(work, row, on)
    part = min(left, (row.amount_minor or 0) - (row.paid_minor or 0))
    if row.status in OUT and part:
        book_imported(work, row, on, part)
    check_reached(work, row, InstalmentEntry(paid_on=on))
    replan(work)
    return part


def _sum(work: GrantAtWork, minor: int) -> Amount:
    return Amount(minor, work.grant.currency)
