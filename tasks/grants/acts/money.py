"""Release, claim and book the payment of an instalment; a release takes two people."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Engine

from models.errors import BadInput, GrantError, InstalmentNotReady, NotAllowed, ReleaseRefused
from models.reading.personal_number import refuse_personal_numbers
from models.reading.reference import as_argument
from models.rules.dates.thresholds import sum_text
from models.rules.money.claim import ClaimDecision, ClaimReason, may_claim
from models.rules.money.gate import GateReason, ReleaseDecision, may_release, missing_conditions
from models.rules.money.payment import PaymentDecision, PaymentReason, PaymentSaid, is_over, may_pay
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import UNSETTLED, InstalmentStatus, NoticeKind, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import (
    GrantAtWork,
    add_draft,
    check_runs,
    claim_step,
    find_instalment,
    find_person,
    money_detail,
)
from tasks.commands.at_work.people import allowed_people
from tasks.commands.replan.changes import grant_at_work
from tasks.commands.sums.instalments import instalment_rule
from tasks.commands.sums.moves import ask_for_release, left_before, move_instalments
from tasks.commands.sums.payees import payees_of
from tasks.commands.sums.sizes import state_claim
from tasks.grants.acts.payments import Rest, book_payment, leave_rest


def release_instalment(
    engine: Engine,
    reference: str,
    number: int,
    *,
    by_email: str,
    today: date,
    now: datetime,
    first_only: bool = False,
    shown_minor: int | None = None,
    shown_account: str | None = None,
) -> GateReason:
    """Ask for, or as the second person confirm, the release of a withheld instalment; return which it was.

    `first_only` is for a form that cannot know who presses its button: it asks, and never confirms. `shown_minor`
    is the sum that the person saw, `shown_account` the account to which it is to come, empty for none: no other ones
    are asked for or released.
    Raises ReleaseRefused, saying what is missing, when the gate stays shut. The gate is decided on rows read in
    the transaction that releases, and the database decides it once more.
    """
    with grant_at_work(engine, reference, today, now) as work:
        check_runs(work)
        person = find_person(work.session, by_email)
        instalment = find_instalment(work, number)
        conditions = work.conditions_of(instalment)
        claim = claim_step(work, instalment)
        allowed = allowed_people(work, claim, person) if claim else set(work.roles.values())
        decision = may_release(
            instalment,
            conditions,
            by_id=person.id or 0,
            allowed_ids=allowed,
            today=today,
            shown_minor=shown_minor,
            same_account=shown_account in (None, _account_of(work)),
            first_only=first_only,
        )
        if not decision.accepted:
            raise _unreleased(work, instalment, decision)
        if decision.reason is GateReason.REQUESTED:
            instalment.requested_by_id, instalment.requested_on = person.id, today
            work.happened("release_requested", None, person.id, instalment=number, **_paid_to(work))
            ask_for_release(work, instalment)
        else:
            _release(work, instalment, person.id or 0)
        return decision.reason


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


def _unreleased(work: GrantAtWork, instalment: Instalment, decision: ReleaseDecision) -> GrantError:
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


def _paid_to(work: GrantAtWork) -> dict[str, object]:
    """Return the account for the journal, where it is known."""
    account = _account_of(work)
    return {"account": account} if account else {}


def _paid_elsewhere(work: GrantAtWork, instalment: Instalment, which: str) -> str:
    """Return that an instalment is to be paid to another account than the one of which somebody speaks."""
    account = _account_of(work) or "no known account"
    return (
        f"instalment {instalment.number} of {work.grant.reference} is to be paid to {account}, which is not the account"
        f" {which}; look at it again"
    )


def _account_of(work: GrantAtWork) -> str:
    """Return to which account the grant's money is to come; empty where it is not known."""
    payee = payees_of(work.session.connection(), {work.grant_id}).get(work.grant_id)
    return payee.account if payee else ""


def _release(work: GrantAtWork, instalment: Instalment, by_id: int) -> None:
    instalment.status = InstalmentStatus.RELEASED
    instalment.confirmed_by_id, instalment.released_on = by_id, work.today
    work.session.flush()
    work.happened(
        "instalment_released",
        None,
        by_id,
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        requested_by=instalment.requested_by_id,
        **_paid_to(work),
    )
    claim = claim_step(work, instalment)
    if claim is not None and claim.owner_id is not None:
        rung = f"released-{instalment.number}-{claim.version}"
        add_draft(work, claim, NoticeKind.RELEASED, rung, claim.owner_id, **money_detail(work, instalment))


def claim_instalment(
    engine: Engine,
    reference: str,
    number: int,
    *,
    by_email: str,
    today: date,
    now: datetime,
    amount_minor: int | None = None,
    claimed_on: date | None = None,
    shown_account: str | None = None,
) -> None:
    """Record that the claim of a released instalment was sent to the funder.

    `amount_minor` is what is claimed, where the programme leaves it to the claim (`share: claimed`); `claimed_on` is
    the day on which it was sent, today unless it is given; `shown_account` is the account that the claim names. Raises
    InstalmentNotReady, saying what it waits for, when it is not released, its approval was withdrawn since, or the
    account is another by now; BadInput for a day before the release or to come.
    """
    claimed_on = claimed_on or today
    with grant_at_work(engine, reference, today, now) as work:
        person, instalment = find_person(work.session, by_email), find_instalment(work, number)
        step = claim_step(work, instalment)
        check_runs(work)
        _check_part(work, step, person)
        if amount_minor is not None:
            state_claim(work, instalment, amount_minor)
        # One that follows its claim leaves with it, on the day on which it can be claimed.
        move_instalments(work, {number: claimed_on})
        decision = may_claim(
            instalment,
            work.conditions_of(instalment),
            same_account=shown_account in (None, _account_of(work)),
            claimed_on=claimed_on,
            today=today,
        )
        if not decision.allowed:
            raise _unclaimed(work, instalment, decision, claimed_on)
        instalment.status, instalment.claimed_on = InstalmentStatus.CLAIMED, claimed_on
        dated = {"claimed_on": claimed_on.isoformat()} if claimed_on != today else {}
        work.happened("instalment_claimed", step, person.id, instalment=number, **dated, **_paid_to(work))
        _settle(work, step, person, claimed_on)


def _unclaimed(
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


def record_payment(
    engine: Engine,
    reference: str,
    number: int,
    *,
    by_email: str,
    today: date,
    now: datetime,
    amount_minor: int | None = None,
    rest: Rest | None = None,
    paid_on: date | None = None,
) -> None:
    """Record that the funder paid a claimed instalment, or a part of it; the last of it settles the payment's step.

    `amount_minor` is what came, in minor units; all that is missing, unless it is given or something is said of the
    rest alone. `paid_on` is the day on which the bank had it, today unless it is given. While a part is missing the
    step stays open, until `rest` says why no more comes. Raises InstalmentNotReady, saying what it waits for, when it
    is not claimed; BadInput for a sum that is none or too large, a rest that cannot be, or a day before the claim or to
    come; NotAllowed for a person without a role in the grant.
    """
    rest, paid_on = rest or Rest(), paid_on or today
    with grant_at_work(engine, reference, today, now) as work:
        person, instalment = find_person(work.session, by_email), find_instalment(work, number)
        step = claim_step(work, instalment, StepKind.PAYMENT)
        _check_part(work, step, person)
        said = PaymentSaid(paid_on, amount_minor, rest.expected_on, rest.no_more_why)
        refuse_personal_numbers(note=rest.note, reason=rest.no_more_why)
        decision = may_pay(
            instalment,
            said,
            has_claim=claim_step(work, instalment) is not None,
            has_step=step is not None,
            today=today,
        )
        if not decision.allowed:
            raise _unpaid(work, instalment, decision, said)
        came, again = decision.came_minor, instalment.status is InstalmentStatus.PAID
        if came or not again:
            _book(work, instalment, step, person, (paid_on, came))
        leave_rest(work, instalment, step, rest, person, now)
        if is_over(instalment):
            _settle(work, step, person, paid_on if came else today)
        elif step is not None and rest.expected_on is None:
            step.version += 1  # a page that asks for all of it is stale
        if came or rest.no_more_why is not None:
            _tell_coordinator(work, instalment, step, person, again=again)


def _unpaid(
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


def _book(
    work: GrantAtWork, instalment: Instalment, step: Step | None, person: Person, payment: tuple[date, int]
) -> None:
    again, (paid_on, came) = instalment.status is InstalmentStatus.PAID, payment
    book_payment(work, instalment, paid_on, came, person.id)
    sums = {"amount_minor": instalment.amount_minor, "paid_minor": instalment.paid_minor}
    detail: dict[str, object] = {**sums, **({"came_minor": came} if again else {})}
    if paid_on != work.today:
        detail["paid_on"] = paid_on.isoformat()
    work.happened("instalment_paid", step, person.id, instalment=instalment.number, **detail)


def _tell_coordinator(
    work: GrantAtWork, instalment: Instalment, step: Step | None, person: Person, *, again: bool
) -> None:
    owner = work.roles.get(Role.COORDINATOR)
    if step is None or owner is None or owner == person.id:
        return
    # Each payment is told once, and that no more comes.
    ends = instalment.no_more_why is not None
    turn = f"-{instalment.paid_minor}" if again or ends else ""
    rung = f"{'no-more' if ends else 'paid'}-{instalment.number}{turn}"
    detail = money_detail(work, instalment) | {"paid_minor": instalment.paid_minor}
    if ends:
        detail |= {"no_more": True, "note": instalment.no_more_why}
    add_draft(work, step, NoticeKind.PAID, rung, owner, **detail)


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


def _check_part(work: GrantAtWork, step: Step | None, person: Person) -> None:
    allowed = allowed_people(work, step, person) if step else set(work.roles.values())
    if person.id not in allowed:
        raise NotAllowed(f"{person.email} has no role in {work.grant.reference}")


def _settle(work: GrantAtWork, step: Step | None, person: Person, done_on: date | None = None) -> None:
    if step is not None and step.status in UNSETTLED:
        step.status = StepStatus.DONE
        step.done_on, step.done_by_id = done_on or work.today, person.id
        step.version += 1
        work.happened("step_done", step, person.id)
