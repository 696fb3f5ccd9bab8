"""Decide what another bank account means to an instalment whose money has not come."""

from enum import StrEnum

from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus

# Money that has come went to the account of its day.
NOT_PAID = (InstalmentStatus.RELEASABLE, InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED)


class AccountChange(StrEnum):
    """What a changed account does to an instalment."""

    NOTHING = "nothing"
    CONFIRM = "confirm"  # somebody has confirmed it and no claim has left: it must be confirmed again
    CLAIMED = "claimed"  # its claim has left with the old account: the claimant tells the funder
    OPEN = "open"  # nobody has confirmed it: its claim will state the new account


def decide_account_change(part: Instalment, *, entered: bool) -> AccountChange:
    """Return what the account's change does to an instalment; `entered` says that there was none before.

    A first account is news only to those who confirmed a release without one.
    """
    is_confirmed = part.requested_by_id is not None
    if part.status not in NOT_PAID or (entered and not is_confirmed):
        return AccountChange.NOTHING
    if part.status is InstalmentStatus.CLAIMED:
        return AccountChange.NOTHING if entered else AccountChange.CLAIMED
    return AccountChange.CONFIRM if is_confirmed else AccountChange.OPEN
