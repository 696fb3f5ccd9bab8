"""Say why an instalment is not released, claimed or paid."""

from __future__ import annotations

from datetime import date

from models.errors import BadInput, GrantError, InstalmentNotReady, ReleaseRefused
from models.message import Remark
from models.rules.dates.thresholds import sum_text
from models.rules.money.claim import ClaimDecision, ClaimReason
from models.rules.money.gate import GateReason, ReleaseDecision, missing_conditions
from models.rules.money.payment import PaymentDecision, PaymentReason, PaymentSaid
from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.messages import Paying
from tasks.commands.sums.payees import payees_of


def release_refused(work: GrantAtWork, instalment: Instalment, decision: ReleaseDecision) -> GrantError:
    """Return why the gate stays shut."""
    reason = decision.reason
    if reason is GateReason.BEFORE_CONDITION:
        return BadInput(Paying.BEFORE_CONDITION(day=work.today), reason=reason)
    message = Paying.OTHER_ACCOUNT_CONFIRMED if reason is GateReason.OTHER_ACCOUNT else Paying[reason.name]
    remark = message(
        part=_named(work, instalment),
        account=account_of(work) or Paying.NO_ACCOUNT(),
        day=instalment.requested_on,
        missing=", ".join(decision.missing),
    )
    return ReleaseRefused(remark, reason=reason)


def claim_refused(
    work: GrantAtWork, instalment: Instalment, decision: ClaimDecision, claimed_on: date, over_minor: int = 0
) -> GrantError:
    """Return why the claim may not leave."""
    reason, part = decision.reason, _named(work, instalment)
    match reason:
        case ClaimReason.IN_FUTURE:
            return BadInput(Paying.CLAIM_IN_FUTURE(day=claimed_on), reason=reason)
        case ClaimReason.MORE_THAN_SPENT | ClaimReason.ALL_TOO_MUCH | ClaimReason.NO_WHY:
            over = sum_text(over_minor, work.grant.currency)
            return BadInput(
                Paying[f"CLAIM_{reason.name}"](part=part, over=over), reason=reason, over=over_minor
            )
        case ClaimReason.BEFORE_RELEASE:
            remark = Paying.CLAIM_BEFORE_RELEASE(day=claimed_on, released=instalment.released_on)
            return BadInput(remark, reason=reason)
        case ClaimReason.OTHER_ACCOUNT:
            account = account_of(work) or Paying.NO_ACCOUNT()
            remark = Paying.OTHER_ACCOUNT_CLAIMED(part=part, account=account)
        case ClaimReason.CONDITION_FELL:
            missing = ", ".join(decision.missing)
            remark = Paying.CONDITION_FELL(part=part, day=instalment.released_on, missing=missing)
        case _:
            remark = _why_not(work, instalment, Paying.NOT_CLAIMABLE, InstalmentStatus.RELEASED)
    return InstalmentNotReady(remark, reason=reason)


def payment_refused(
    work: GrantAtWork, instalment: Instalment, decision: PaymentDecision, said: PaymentSaid
) -> GrantError:
    """Return why the payment is not booked."""
    reason, currency = decision.reason, work.grant.currency
    if reason in (PaymentReason.NOT_CLAIMED, PaymentReason.ALL_CAME):
        remark = _why_not(work, instalment, Paying.NOT_PAYABLE, InstalmentStatus.CLAIMED)
        return InstalmentNotReady(remark, reason=reason)
    remark = Paying[reason.name](
        day=said.paid_on,
        claimed=instalment.claimed_on,
        paid=instalment.paid_on,
        came=sum_text(decision.came_minor, currency),
        missing=sum_text(decision.missing_minor, currency),
    )
    return BadInput(remark, reason=reason)


def account_of(work: GrantAtWork) -> str:
    """Return to which account the grant's money is to come; empty where it is not known."""
    payee = payees_of(work.session.connection(), {work.grant_id}).get(work.grant_id)
    return payee.account if payee else ""


def _named(work: GrantAtWork, instalment: Instalment) -> Remark:
    return Paying.INSTALMENT_OF(number=instalment.number, grant=work.grant.reference)


def _why_not(work: GrantAtWork, instalment: Instalment, message: Paying, needs: InstalmentStatus) -> Remark:
    missing = missing_conditions(work.conditions_of(instalment))
    why = [Paying.WAITS_FOR(steps=", ".join(missing))] if missing else []
    if instalment.amount_minor is None and work.grant.award_minor is not None:
        why.append(Paying.SUM_NOT_KNOWN())
    if instalment.amount_minor == 0:
        why.append(Paying.SUM_IS_0())
    return message(part=_named(work, instalment), status=instalment.status, needs=needs, why=tuple(why))
