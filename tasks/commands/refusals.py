"""Say why an instalment is not released, claimed or paid."""

from __future__ import annotations

from datetime import date

from models.errors import BadInput, GrantError, InstalmentNotReady, ReleaseRefused
from models.reading.reference import as_argument
from models.rules.dates.thresholds import sum_text
from models.rules.money.claim import ClaimDecision, ClaimReason
from models.rules.money.gate import GateReason, ReleaseDecision, missing_conditions
from models.rules.money.payment import PaymentDecision, PaymentReason, PaymentSaid
from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.instalments import instalment_rule
from tasks.commands.sums.moves import left_before
from tasks.commands.sums.payees import payees_of

_GATES = {
    GateReason.CONDITION_MISSING: "its condition is not approved",
    GateReason.SAME_PERSON: "the person who asked for the release cannot confirm it; a second person must",
    GateReason.NO_ROLE: "that person has no role in the grant",
    GateReason.NO_SUM: "its sum is not known: no decision states one",
    GateReason.NOTHING_DUE: "its sum is 0, so there is nothing to release",
    GateReason.SUM_CHANGED: "its sum is not the one that you confirm; look at it again ('grants status')",
    GateReason.ALREADY_RELEASED: "it is released already",
    GateReason.NO_CONDITION: "it has no condition: the funder's decision releases it",
}


def release_refused(work: GrantAtWork, instalment: Instalment, decision: ReleaseDecision) -> GrantError:
    """Return why the gate stays shut, in words."""
    name = f"instalment {instalment.number} of {work.grant.reference}"
    match decision.reason:
        case GateReason.OTHER_ACCOUNT:
            said = _paid_elsewhere(work, instalment, "that you confirm")
        case GateReason.BEFORE_CONDITION:
            return BadInput(
                f"a release on {work.today} comes before what it stands on", reason=decision.reason
            )
        case GateReason.ASKED_ALREADY:
            asked = f"{name} was asked for on {instalment.requested_on}"
            said = f"{asked}; the second person confirms by their own link or 'grants release'"
        case reason:
            missing = f": {', '.join(decision.missing)}" if decision.missing else ""
            said = f"{name}: {_GATES[reason]}{missing}"
    return ReleaseRefused(said, reason=decision.reason)


def claim_refused(
    work: GrantAtWork, instalment: Instalment, decision: ClaimDecision, claimed_on: date
) -> GrantError:
    """Return why the claim may not leave, in words."""
    reference, reason = work.grant.reference, decision.reason
    match reason:
        case ClaimReason.IN_FUTURE:
            return BadInput(f"a claim on {claimed_on} lies in the future", reason=reason)
        case ClaimReason.BEFORE_RELEASE:
            before = f"the release ({instalment.released_on})"
            return BadInput(f"a claim on {claimed_on} comes before {before}", reason=reason)
        case ClaimReason.OTHER_ACCOUNT:
            said = _paid_elsewhere(work, instalment, "that the claim names")
        case ClaimReason.CONDITION_FELL:
            lengthened = [one for row, one in left_before(work) if row is instalment]
            said = (
                f"instalment {instalment.number} of {reference} was released on {instalment.released_on}, when the"
                f" grant did not have {', '.join(lengthened[0]['without'])}: it cannot be claimed before that is"
                " approved"
                if lengthened
                else (
                    f"instalment {instalment.number} of {reference} was released on {instalment.released_on}, but an"
                    " approval that it stands on was withdrawn after that, so it cannot be claimed before it is given"
                    f" again: {', '.join(decision.missing)}"
                )
            )
        case _:
            said = _why_not(work, instalment, "claimed", InstalmentStatus.RELEASED)
    return InstalmentNotReady(said, reason=reason)


def payment_refused(
    work: GrantAtWork, instalment: Instalment, decision: PaymentDecision, said: PaymentSaid
) -> GrantError:
    """Return why the payment is not booked, in words."""
    reason, currency = decision.reason, work.grant.currency
    came, missing = (sum_text(minor, currency) for minor in (decision.came_minor, decision.missing_minor))
    if reason in (PaymentReason.NOT_CLAIMED, PaymentReason.ALL_CAME):
        return InstalmentNotReady(_why_not(work, instalment, "paid", InstalmentStatus.CLAIMED), reason=reason)
    words = {
        PaymentReason.IN_FUTURE: f"a payment on {said.paid_on} lies in the future",
        PaymentReason.BEFORE_CLAIM: f"a payment on {said.paid_on} comes before the claim ({instalment.claimed_on})",
        PaymentReason.BEFORE_LAST: (
            f"a payment on {said.paid_on} comes before the one before it ({instalment.paid_on})"
        ),
        PaymentReason.TOO_MUCH: f"the payment ({came}) is more than what is missing of the instalment ({missing})",
        PaymentReason.NOTHING_CAME: (
            f"{came} is no payment: {missing} of the instalment is missing"
            if instalment.status is InstalmentStatus.PAID
            else f"{came} is no payment: say when it is expected ('grants answer'), or why no more comes"
        ),
        PaymentReason.TWO_RESTS: "the rest is still to come, or no more comes: say one of them",
        PaymentReason.NO_REST: "all of the instalment has come, so that no rest is left to say anything of",
        PaymentReason.NO_WHY: "say why no more comes",
        PaymentReason.REST_PASSED: f"{said.expected_on} has passed; say when the rest is expected",
        PaymentReason.NO_STEP: (
            "the programme has no step for this payment, so that no day can be kept for its rest"
        ),
    }
    return BadInput(words[reason], reason=reason)


def account_of(work: GrantAtWork) -> str:
    """Return to which account the grant's money is to come; empty where it is not known."""
    payee = payees_of(work.session.connection(), {work.grant_id}).get(work.grant_id)
    return payee.account if payee else ""


def _paid_elsewhere(work: GrantAtWork, instalment: Instalment, which: str) -> str:
    """Return that an instalment is to be paid to another account than the one of which somebody speaks."""
    account = account_of(work) or "no known account"
    return (
        f"instalment {instalment.number} of {work.grant.reference} is to be paid to {account}, which is not the account"
        f" {which}; look at it again"
    )


def _why_not(work: GrantAtWork, instalment: Instalment, wanted: str, needs: InstalmentStatus) -> str:
    text = f"instalment {instalment.number} of {work.grant.reference} is {instalment.status}, not {needs}"
    missing = missing_conditions(work.conditions_of(instalment))
    waits = f"; it waits for {', '.join(missing)}" if missing else ""
    if instalment.amount_minor is None and (why := _why_no_sum(work, instalment)):
        waits += f"; {why}"
    empty = "; its sum is 0, so there is nothing to claim or pay" if instalment.amount_minor == 0 else ""
    return f"{text}, so it cannot be {wanted}{waits}{empty}"


def _why_no_sum(work: GrantAtWork, instalment: Instalment) -> str:
    """Return what an instalment's sum waits for beside the award, and how it is said; empty when for nothing."""
    rule = instalment_rule(work, instalment)
    if rule is not None and rule.at_most is not None and work.grant.award_minor is not None:
        mend = f"'grants decide {as_argument(work.grant.reference)} --kind amendment --instalment {rule.number}=SUM'"
        return f"no decision says its sum (at most {rule.at_most}): {mend}"
    if rule is not None and rule.spending is not None:
        return f"its sum is what '{rule.spending}' says, and that is not answered"
    if rule is not None and rule.share == "kept":
        return "its sum is what was kept of the others, and not all of those are claimed"
    if rule is not None and rule.claimed:
        return "say what is claimed (--amount)"
    return ""
