"""Say why an instalment is not released, claimed or paid."""

from datetime import date

from models.errors import BadInput, GrantError, InstalmentNotReady, ReleaseRefused
from models.rules.dates.thresholds import sum_text
from models.rules.money.claim import ClaimDecision
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.gate import DeclineDecision, ReleaseDecision
from models.rules.money.payment import PaymentDecision
from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import stands_on
from tasks.commands.command_faults import Paying
from tasks.grant.payees import payees_of

# What was typed is wrong; anything else is as the instalment stands.
_MISTYPED = (
    "IN_FUTURE",
    "BEFORE_CONDITION",
    "BEFORE_RELEASE",
    "BEFORE_CLAIM",
    "BEFORE_LAST",
    "TOO_MUCH",
    "NOTHING_CAME",
    "NO_REST",
    "NO_WHY",
    "MORE_THAN_SPENT",
    "ALL_TOO_MUCH",
    "NO_REASON",
)


def money_refused(
    work: GrantAtWork,
    instalment: Instalment,
    decision: ReleaseDecision | DeclineDecision | ClaimDecision | PaymentDecision,
    needs: InstalmentStatus,
    day: date,
    **minor: int,
) -> GrantError:
    """Return why it is not done, which `needs` the instalment to stand so; `day` and sums are what was said."""
    name = decision.reason.name
    missing = ", ".join(step.key for step in find_missing_conditions(stands_on(work, instalment)))
    sort = {ClaimDecision: "CLAIM_", DeclineDecision: "DECLINE_"}.get(type(decision), "")
    own = f"{sort}{name}"
    message = next((Paying[one] for one in (own, name) if one in Paying.__members__), Paying.NOT_READY)
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
        **{key: sum_text(one, work.grant.currency) for key, one in minor.items()},
    )
    if name in _MISTYPED:
        return BadInput(remark, reason=decision.reason, **minor)
    of_release = isinstance(decision, ReleaseDecision | DeclineDecision)
    error = ReleaseRefused if of_release else InstalmentNotReady
    return error(remark, reason=decision.reason)


def account_of(work: GrantAtWork) -> str:
    """Return to which account the grant's money is to come; empty where it is not known."""
    payee = payees_of(work.session.connection(), {work.grant_id}).get(work.grant_id)
    return payee.account if payee else ""
