"""Decide whether an instalment may be claimed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.facts.money import Unspent
from models.programme.instalment import InstalmentRule
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.gate import is_withheld
from models.rules.money.payment import find_claim_minor
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import CLAIMED_OR_PAID, OUT, InstalmentStatus, OverClaim


class ClaimReason(StrEnum):
    """Why a claim may leave, or may not."""

    ALLOWED = "allowed"
    ALREADY_CLAIMED = "already_claimed"
    NOT_RELEASED = "not_released"  # two people have not confirmed its condition
    NO_SUM = "no_sum"  # nothing says yet how much it is
    NOTHING_DUE = "nothing_due"  # its sum is 0
    NOT_YET_OPEN = "not_yet_open"  # it leaves with its claim, and the claim is not open
    CONDITION_FELL = "condition_fell"  # an approval that it was released on has been withdrawn
    NO_PAYEE = "no_payee"  # the funder would return its paper: the account or the number is not known
    MORE_THAN_SPENT = "more_than_spent"  # and nobody has said what happens to the rest
    ALL_TOO_MUCH = "all_too_much"  # nothing of it is spent, so it cannot be claimed less
    NO_WHY = "no_why"  # nobody says why it is claimed less
    OTHER_ACCOUNT = "other_account"  # than the one that the claim names
    IN_FUTURE = "in_future"
    BEFORE_RELEASE = "before_release"


class PayeeFact(StrEnum):
    """What a claim's paper says of who is paid; the funder returns one without it."""

    REGISTRATION_NUMBER = "registration_number"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class ClaimDecision:
    """Whether the claim may leave, and why; `missing` are the keys of the steps that it still waits for."""

    reason: ClaimReason
    missing: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the claim may leave."""
        return self.reason is ClaimReason.ALLOWED


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """What the claim of an instalment depends on, in addition to its row and its own sums.

    `conditions` are the instalment's condition steps. `says_sum` says that the claim tells the sum,
    and nobody has yet. `is_open` says that its step can be done: an instalment without a condition
    may be claimed only then. `unknown` is what its paper cannot be sent without.
    """

    conditions: tuple[Step, ...] = ()
    says_sum: bool = False
    is_open: bool = False
    unknown: tuple[PayeeFact, ...] = ()


def may_claim(
    instalment: Instalment,
    facts: ClaimFacts,
    *,
    same_account: bool = True,
    over_minor: int = 0,
    over: OverClaim | None = None,
    why: str = "",
    claimed_on: date | None = None,
    today: date,
) -> ClaimDecision:
    """Decide whether an instalment's claim may leave, on a day if it is known.

    `same_account` says that the account in the claim is the recipient's. `over_minor` is by how
    much the claim exceeds the spending, `over` what happens to that part, and `why`.
    """
    missing = tuple(step.key for step in find_missing_conditions(facts.conditions))
    if instalment.status in CLAIMED_OR_PAID:
        return ClaimDecision(ClaimReason.ALREADY_CLAIMED)
    if is_withheld(instalment.status, conditional=instalment.conditional):
        return ClaimDecision(ClaimReason.NOT_RELEASED, missing)
    if instalment.amount_minor is None and not facts.says_sum:
        return ClaimDecision(ClaimReason.NO_SUM)
    if instalment.amount_minor == 0:
        return ClaimDecision(ClaimReason.NOTHING_DUE)
    if instalment.status is not InstalmentStatus.RELEASED and not facts.is_open:
        return ClaimDecision(ClaimReason.NOT_YET_OPEN)
    if missing:
        return ClaimDecision(ClaimReason.CONDITION_FELL, missing)
    if facts.unknown:
        return ClaimDecision(ClaimReason.NO_PAYEE)
    if not same_account:
        return ClaimDecision(ClaimReason.OTHER_ACCOUNT)
    if claimed_on is not None and claimed_on > today:
        return ClaimDecision(ClaimReason.IN_FUTURE)
    if claimed_on is not None and instalment.released_on is not None and claimed_on < instalment.released_on:
        return ClaimDecision(ClaimReason.BEFORE_RELEASE)
    if over_minor > 0 and over is None:
        return ClaimDecision(ClaimReason.MORE_THAN_SPENT)
    if over is OverClaim.LESS and over_minor >= find_claim_minor(instalment):
        return ClaimDecision(ClaimReason.ALL_TOO_MUCH)
    if over is OverClaim.LESS and not why.strip():
        return ClaimDecision(ClaimReason.NO_WHY)
    return ClaimDecision(ClaimReason.ALLOWED)


def find_unknown_payee(*, registration_number: str, account: str) -> tuple[PayeeFact, ...]:
    """Return what a claim's paper cannot be sent without, and nobody has recorded."""
    known = {PayeeFact.REGISTRATION_NUMBER: registration_number, PayeeFact.ACCOUNT: account}
    return tuple(fact for fact, text in known.items() if not text)


def find_over_claim(
    claim_minor: int, others: Iterable[tuple[InstalmentStatus, int | None]], unspent: Unspent | None
) -> int:
    """Return by how much the claim of the last instalment exceeds the grant's spending, in minor units.

    `others` are the grant's other instalments: their status, and what came or will come. The answer
    is 0 while one of them is unclaimed, or while the spending is unknown (`unspent`). Money paid
    back does not count as received.
    """
    before = [(status, minor) for status, minor in others if minor != 0]
    if unspent is None or any(status not in CLAIMED_OR_PAID for status, _ in before):
        return 0
    received = sum(minor or 0 for _, minor in before) - unspent.repaid_minor
    return max(received + claim_minor - unspent.spent_minor, 0)


def may_state_sum(instalment: Instalment, rule: InstalmentRule | None) -> bool:
    """Return whether the claim states the instalment's sum, as the programme's rule has it."""
    return rule is not None and rule.share.kind == "claimed" and instalment.status not in OUT
