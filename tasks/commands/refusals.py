"""Say why an instalment is not released, claimed or paid."""

from collections.abc import Mapping
from datetime import date

from models.currency import Amount
from models.errors import BadInput, GrantError, InstalmentNotReady, ReleaseRefused
from models.rules.money.claim import ClaimDecision, ClaimReason
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.gate import DeclineDecision, DeclineReason, GateReason, ReleaseDecision
from models.rules.money.payment import PaymentDecision, PaymentReason
from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import stands_on
from tasks.commands.command_faults import Paying
from tasks.grant.payees import payees_of

_WHY_NOT_RELEASED: Mapping[GateReason, Paying] = {
    GateReason.CONDITION_MISSING: Paying.CONDITION_MISSING,
    GateReason.SAME_PERSON: Paying.SAME_PERSON,
    GateReason.NO_ROLE: Paying.NO_ROLE,
    GateReason.NOBODY_ELSE: Paying.NOBODY_ELSE,
    GateReason.NO_SUM: Paying.NO_SUM,
    GateReason.NOTHING_DUE: Paying.NOTHING_DUE,
    GateReason.SUM_CHANGED: Paying.SUM_CHANGED,
    GateReason.OTHER_ACCOUNT: Paying.OTHER_ACCOUNT,
    GateReason.BEFORE_CONDITION: Paying.BEFORE_CONDITION,
    GateReason.ASKED_ALREADY: Paying.ASKED_ALREADY,
    GateReason.ALREADY_RELEASED: Paying.ALREADY_RELEASED,
    GateReason.NO_CONDITION: Paying.NO_CONDITION,
    GateReason.SIGN_IN: Paying.SIGN_IN,
    GateReason.RECORDED_APPROVAL: Paying.RECORDED_APPROVAL,
    GateReason.NAMED_ONLY: Paying.NAMED_ONLY,
}
_WHY_NOT_DECLINED: Mapping[DeclineReason, Paying] = {
    DeclineReason.NOT_RELEASABLE: Paying.DECLINE_NOT_RELEASABLE,
    DeclineReason.NO_ROLE: Paying.NO_ROLE,
    DeclineReason.SIGN_IN: Paying.SIGN_IN,
    DeclineReason.SAME_PERSON: Paying.DECLINE_SAME_PERSON,
    DeclineReason.NO_REASON: Paying.DECLINE_NO_REASON,
}
_WHY_NOT_CLAIMED: Mapping[ClaimReason, Paying] = {
    ClaimReason.ALREADY_CLAIMED: Paying.NOT_READY,
    ClaimReason.NOT_RELEASED: Paying.NOT_READY,
    ClaimReason.NOT_YET_OPEN: Paying.NOT_READY,
    ClaimReason.NO_SUM: Paying.NO_SUM,
    ClaimReason.NOTHING_DUE: Paying.NOTHING_DUE,
    ClaimReason.CONDITION_FELL: Paying.CONDITION_FELL,
    ClaimReason.MORE_THAN_SPENT: Paying.CLAIM_MORE_THAN_SPENT,
    ClaimReason.ALL_TOO_MUCH: Paying.CLAIM_ALL_TOO_MUCH,
    ClaimReason.NO_WHY: Paying.CLAIM_NO_WHY,
    ClaimReason.NO_PAYEE: Paying.NO_PAYEE,
    ClaimReason.OTHER_ACCOUNT: Paying.OTHER_ACCOUNT,
    ClaimReason.IN_FUTURE: Paying.IN_FUTURE,
    ClaimReason.BEFORE_RELEASE: Paying.BEFORE_RELEASE,
}
_WHY_NOT_PAID: Mapping[PaymentReason, Paying] = {
    PaymentReason.NOT_CLAIMED: Paying.NOT_READY,
    PaymentReason.ALL_CAME: Paying.NOT_READY,
    PaymentReason.IN_FUTURE: Paying.IN_FUTURE,
    PaymentReason.BEFORE_CLAIM: Paying.BEFORE_CLAIM,
    PaymentReason.BEFORE_LAST: Paying.BEFORE_LAST,
    PaymentReason.TOO_MUCH: Paying.TOO_MUCH,
    PaymentReason.NOTHING_CAME: Paying.NOTHING_CAME,
    PaymentReason.NO_REST: Paying.NO_REST,
    PaymentReason.NO_WHY: Paying.NO_WHY,
}
# Something typed is wrong; all other refusals are about the instalment's state.
_MISTYPED = (
    Paying.IN_FUTURE,
    Paying.BEFORE_CONDITION,
    Paying.BEFORE_RELEASE,
    Paying.BEFORE_CLAIM,
    Paying.BEFORE_LAST,
    Paying.TOO_MUCH,
    Paying.NOTHING_CAME,
    Paying.NO_REST,
    Paying.NO_WHY,
    Paying.CLAIM_NO_WHY,
    Paying.CLAIM_MORE_THAN_SPENT,
    Paying.CLAIM_ALL_TOO_MUCH,
    Paying.DECLINE_NO_REASON,
)

MoneyDecision = ReleaseDecision | DeclineDecision | ClaimDecision | PaymentDecision


def find_money_message(decision: MoneyDecision) -> Paying:
    """Return the message of a money rule's refusal; KeyError for what the rule allows."""
    match decision:
        case ReleaseDecision():
            return _WHY_NOT_RELEASED[decision.reason]
        case DeclineDecision():
            return _WHY_NOT_DECLINED[decision.reason]
        case ClaimDecision():
            return _WHY_NOT_CLAIMED[decision.reason]
        case PaymentDecision():
            return _WHY_NOT_PAID[decision.reason]


def money_refused(
    work: GrantAtWork,
    instalment: Instalment,
    decision: MoneyDecision,
    needs: InstalmentStatus,
    day: date,
    **minor: int,
) -> GrantError:
    """Return why an act is refused that `needs` the instalment in another state.

    `day` and the sums are those given.
    """
    message = find_money_message(decision)
    missing = ", ".join(step.key for step in find_missing_conditions(stands_on(work, instalment)))
    remark = message(
        part=Paying.INSTALMENT_OF(number=instalment.number, grant=work.grant.reference),
        status=instalment.status,
        needs=needs,
        missing=missing,
        why=Paying.WAITS_FOR(steps=missing) if missing else "",
        account=account_of(work) or Paying.NO_ACCOUNT(),
        day=day,
        asked=instalment.requested_on,
        released=instalment.released_on,
        claimed=instalment.claimed_on,
        paid=instalment.paid_on,
        **{key: Amount(sum_minor, work.grant.currency) for key, sum_minor in minor.items()},
    )
    if message in _MISTYPED:
        return BadInput(remark, reason=decision.reason, **minor)
    of_release = isinstance(decision, ReleaseDecision | DeclineDecision)
    error = ReleaseRefused if of_release else InstalmentNotReady
    return error(remark, reason=decision.reason)


def account_of(work: GrantAtWork) -> str:
    """Return the account to which the grant's money comes; empty if it is unknown."""
    payee = payees_of(work.session.connection(), {work.grant_id}).get(work.grant_id)
    return payee.account if payee else ""
