"""What people do about an instalment: release it, decline that, claim it, record that it was paid."""

from dataclasses import dataclass
from datetime import date

from models.vocabulary import OverClaim


@dataclass(frozen=True, slots=True)
class Release:
    """Ask for the release of a withheld instalment, or confirm it as the second person.

    `first_only` is for a form that was shown as the first's: it asks, and never confirms. `shown_minor` is the sum
    that the person saw, in minor units, `shown_account` the account to which it is to come, empty for none: no other
    ones are asked for or released.
    """

    grant: str
    instalment: int
    first_only: bool = False
    shown_minor: int | None = None
    shown_account: str | None = None


@dataclass(frozen=True, slots=True)
class DeclineRelease:
    """Say, as the second of two, that an instalment's condition is not met: the request falls."""

    grant: str
    instalment: int
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The claim of a released instalment was sent to the funder, today unless `claimed_on` says another day.

    `amount_minor` is what is claimed, in minor units, where the programme leaves it to the claim (`share: claimed`);
    `shown_account` is the account that the claim names. `over` is what becomes of money that it brings beyond what is
    spent, with a `note` of why.
    """

    grant: str
    instalment: int
    amount_minor: int | None = None
    claimed_on: date | None = None
    shown_account: str | None = None
    over: OverClaim | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pay:
    """The funder paid a claimed instalment, or a part of it; the bank had it today unless `paid_on` says another day.

    `amount_minor` is what came, in minor units; all that is missing, unless it is given. The rest is waited for, unless
    `no_more_why` says why no more comes.
    """

    grant: str
    instalment: int
    amount_minor: int | None = None
    paid_on: date | None = None
    no_more_why: str | None = None
