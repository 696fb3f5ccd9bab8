"""Release an instalment (two people), claim it, and book its payment."""

from datetime import date

from sqlmodel import col, select

from models.commands.money import Claim, DeclineRelease, Pay, Release
from models.events import GrantEvent
from models.programme.step_names import UNSPENT
from models.reading.personal_number import refuse_personal_numbers
from models.rules.money.claim import may_claim
from models.rules.money.confirmer import Confirmer, find_recorders
from models.rules.money.gate import GateReason, may_decline, may_release
from models.rules.money.payment import PaymentSaid, find_claim_minor, find_unpaid_minor, is_over, may_pay
from models.rules.notices.release_request import find_correctors
from models.tables.columns import id_of
from models.tables.journal import JournalEvent
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, InstalmentStatus, NoticeKind, OverClaim, Role, StepKind, StepStatus
from tasks.commands.actor import Acting, check_part
from tasks.commands.at_work.confirmers import confirmers_at_work
from tasks.commands.at_work.grant import GrantAtWork, add_notice, money_detail
from tasks.commands.at_work.lookup import check_runs, claim_step, find_instalment, payment_step
from tasks.commands.at_work.step_state import settle
from tasks.commands.refusals import account_of, money_refused
from tasks.commands.sums.instalment_states import ask_for_release, book_payment, move_instalments
from tasks.commands.sums.instalment_sums import state_claim
from tasks.commands.sums.recovery import open_repayment
from tasks.grant.money import claim_facts, over_claim_minor


def release(work: GrantAtWork, command: Release, acting: Acting) -> GateReason:
    """Ask for the release of a withheld instalment, or confirm it as the second person; return which.

    Raises ReleaseRefused, saying what is missing, if the gate stays shut. The gate is decided on
    rows read in the transaction that releases, and the database decides it once more.
    """
    check_runs(work)
    instalment = find_instalment(work, command.instalment)
    decision = may_release(
        instalment,
        work.conditions_of(instalment),
        by=Confirmer(id_of(acting.by), acting.proof),
        confirmers=confirmers_at_work(work, instalment),
        today=work.today,
        shown_minor=command.shown_minor,
        same_account=command.shown_account in (None, account_of(work)),
        first_only=command.first_only,
    )
    if not decision.accepted:
        raise money_refused(work, instalment, decision, InstalmentStatus.RELEASABLE, work.today)
    if decision.reason is GateReason.REQUESTED:
        instalment.requested_by_id = acting.by_id
        instalment.requested_on = work.today
        work.add_event(
            GrantEvent.RELEASE_REQUESTED, None, acting.by_id, instalment=command.instalment, **_paid_to(work)
        )
        ask_for_release(work, instalment)
    else:
        _release(work, instalment, acting.by_id)
    return decision.reason


def decline_release(work: GrantAtWork, command: DeclineRelease, acting: Acting) -> None:
    """Decline a release, as the first or the second of two, because the condition is not met.

    The first person and their manager are told why, or, where nobody had confirmed, who recorded the
    funder's approval; a new request takes two people again. Raises ReleaseRefused if nothing waits to
    be confirmed or the person may not confirm it, BadInput without a reason.
    """
    check_runs(work)
    refuse_personal_numbers(reason=command.reason)
    instalment = find_instalment(work, command.instalment)
    by = Confirmer(id_of(acting.by), acting.proof)
    confirmers = confirmers_at_work(work, instalment)
    decision = may_decline(instalment, by=by, confirmers=confirmers, why=command.reason)
    if not decision.allowed:
        raise money_refused(work, instalment, decision, InstalmentStatus.RELEASABLE, work.today)
    first_id = instalment.requested_by_id
    reason = command.reason.strip()
    instalment.requested_by_id = instalment.requested_on = None
    step = claim_step(work, instalment)
    detail = {"instalment": command.instalment, "requested_by": first_id, "reason": reason}
    work.add_event(GrantEvent.RELEASE_DECLINED, step, acting.by_id, **detail)
    if step is not None:
        step.version += 1  # a new request sends new letters
        _tell_declined(work, instalment, step=step, by_id=acting.by_id, first_id=first_id, reason=reason)


def _tell_declined(
    work: GrantAtWork,
    instalment: Instalment,
    step: Step,
    by_id: int | None,
    first_id: int | None,
    reason: str,
) -> None:
    """Tell the person who asked for the release that it was declined, and their manager, or who corrects it."""
    rung = f"declined-{instalment.number}-{step.version}"
    detail = money_detail(work, instalment) | {"by": by_id, "note": reason}
    if first_id is None:
        recorders = find_recorders(work.conditions_of(instalment))
        for person_id in find_correctors(recorders, work.roles, by_id):
            add_notice(work, step, NoticeKind.RELEASE_DECLINED, rung, person_id, **detail, unasked=True)
        return
    manager_id = work.people(first_id)[first_id].manager_id
    add_notice(work, step, NoticeKind.RELEASE_DECLINED, rung, first_id, **detail)
    if manager_id is not None and manager_id != by_id:
        named = detail | {"requested_by": first_id}
        add_notice(work, step, NoticeKind.RELEASE_DECLINED, rung, manager_id, **named)


def _release(work: GrantAtWork, instalment: Instalment, by_id: int | None) -> None:
    instalment.status = InstalmentStatus.RELEASED
    instalment.confirmed_by_id = by_id
    instalment.released_on = work.today
    work.session.flush()
    work.add_event(
        GrantEvent.INSTALMENT_RELEASED,
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
        add_notice(work, claim, NoticeKind.RELEASED, rung, claim.owner_id, **money_detail(work, instalment))


def claim(work: GrantAtWork, command: Claim, acting: Acting) -> None:
    """Record that the claim of a released instalment was sent to the funder.

    Raises InstalmentNotReady, saying what it waits for, if it is not released, if its approval was
    withdrawn since, or if the account has changed. Raises BadInput for a day before the release or
    in the future. A claim beyond the spending must say why, and what happens to the rest; otherwise
    BadInput.
    """
    claimed_on = command.claimed_on or work.today
    refuse_personal_numbers(note=command.note)
    instalment = find_instalment(work, command.instalment)
    step = claim_step(work, instalment)
    check_runs(work)
    check_part(work, step, acting.by)
    if command.amount_minor is not None:
        state_claim(work, instalment, command.amount_minor)
    # An instalment that follows its claim leaves with it, on the day on which it can be claimed.
    move_instalments(work, {command.instalment: claimed_on})
    over_minor = over_claim_minor(work.record, instalment)
    decision = may_claim(
        instalment,
        claim_facts(work.record, instalment, work.today, is_said=True),
        same_account=command.shown_account in (None, account_of(work)),
        over_minor=over_minor,
        over=command.over,
        why=command.note,
        claimed_on=claimed_on,
        today=work.today,
    )
    if not decision.allowed:
        needs = InstalmentStatus.RELEASED
        raise money_refused(work, instalment, decision, needs, claimed_on, over=over_minor)
    instalment.status = InstalmentStatus.CLAIMED
    instalment.claimed_on = claimed_on
    dated = {"claimed_on": claimed_on.isoformat()} if claimed_on != work.today else {}
    detail = {"instalment": command.instalment, **dated, **_paid_to(work), **acting.link_detail}
    work.add_event(GrantEvent.INSTALMENT_CLAIMED, step, acting.by_id, **detail)
    if over_minor and command.over is not None:
        _choose(work, instalment, step=step, command=command, over_minor=over_minor, by_id=acting.by_id)
    _settle(work, step, acting, claimed_on)


def _choose(
    work: GrantAtWork,
    instalment: Instalment,
    step: Step | None,
    command: Claim,
    over_minor: int,
    by_id: int | None,
) -> None:
    """Record what happens to the part of a claim beyond the spending, and do it."""
    detail = {
        "instalment": instalment.number,
        "over_minor": over_minor,
        "over": command.over,
        "reason": command.note,
    }
    work.add_event(GrantEvent.OVER_CLAIM_SETTLED, step, by_id, **detail)
    if command.over is OverClaim.LESS:
        instalment.claimed_minor = find_claim_minor(instalment) - over_minor


def _paid_to(work: GrantAtWork) -> dict[str, object]:
    """Return the account for the journal, if it is known."""
    account = account_of(work)
    return {"account": account} if account else {}


def pay(work: GrantAtWork, command: Pay, acting: Acting) -> None:
    """Record that the funder paid a claimed instalment, or part of it; the last part settles the step.

    While a part is missing the step stays open, until somebody says why no more comes. Raises
    InstalmentNotReady, saying what it waits for, if it is not claimed. Raises BadInput for a sum
    that is 0 or too large, and for an impossible day. Raises NotAllowed for a person without a role
    in the grant.
    """
    instalment = find_instalment(work, command.instalment)
    step = payment_step(work, instalment)
    check_part(work, step, acting.by)
    refuse_personal_numbers(reason=command.no_more_why)
    payment = PaymentSaid(command.paid_on or work.today, command.amount_minor, command.no_more_why)
    has_claim = claim_step(work, instalment) is not None
    decision = may_pay(instalment, payment, has_claim=has_claim, today=work.today)
    if not decision.allowed:
        minor = {"came": decision.came_minor, "left": decision.missing_minor}
        needs = InstalmentStatus.CLAIMED if has_claim else InstalmentStatus.RELEASED
        raise money_refused(work, instalment, decision, needs, payment.paid_on, **minor)
    came = decision.came_minor
    again = instalment.status is InstalmentStatus.PAID
    if came or not again:
        _book(work, instalment, step, acting.by_id, (payment.paid_on, came))
    if command.no_more_why is not None:
        _give_up(work, instalment, step, acting.by_id, command.no_more_why.strip())
    if is_over(instalment):
        _do_as_chosen(work, instalment)
        _settle(work, step, acting, payment.paid_on if came else work.today)
    elif step is not None:
        step.version += 1  # a page that asks for the whole sum is stale
    if came or command.no_more_why is not None:
        _tell_coordinator(work, instalment, step, acting.by_id, again=again)


def _book(
    work: GrantAtWork, instalment: Instalment, step: Step | None, by_id: int | None, payment: tuple[date, int]
) -> None:
    again = instalment.status is InstalmentStatus.PAID
    paid_on, came = payment
    book_payment(work, instalment, paid_on, came, by_id)
    sums = {"amount_minor": instalment.amount_minor, "paid_minor": instalment.paid_minor}
    detail: dict[str, object] = {**sums, **({"came_minor": came} if again else {})}
    if paid_on != work.today:
        detail["paid_on"] = paid_on.isoformat()
    work.add_event(GrantEvent.INSTALMENT_PAID, step, by_id, instalment=instalment.number, **detail)


def _tell_coordinator(
    work: GrantAtWork, instalment: Instalment, step: Step | None, by_id: int | None, *, again: bool
) -> None:
    owner = work.roles.get(Role.COORDINATOR)
    if step is None or owner is None or owner == by_id:
        return
    # Each payment is told once, and so is that no more comes.
    ends = instalment.no_more_why is not None
    turn = f"-{instalment.paid_minor}" if again or ends else ""
    rung = f"{'no-more' if ends else 'paid'}-{instalment.number}{turn}"
    detail = money_detail(work, instalment) | {"paid_minor": instalment.paid_minor}
    if ends:
        detail |= {"no_more": True, "note": instalment.no_more_why}
    add_notice(work, step, NoticeKind.PAID, rung, owner, **detail)


def _give_up(
    work: GrantAtWork, instalment: Instalment, step: Step | None, by_id: int | None, why: str
) -> None:
    """Record why the missing part does not come."""
    instalment.no_more_why = why
    lost = find_unpaid_minor(instalment)
    work.add_event(
        GrantEvent.REST_LOST, step, by_id, instalment=instalment.number, missing_minor=lost, reason=why
    )


def _do_as_chosen(work: GrantAtWork, instalment: Instalment) -> None:
    """Carry out the choice about a claim beyond the spending: no more of it is awaited."""
    query = select(JournalEvent).where(
        JournalEvent.grant_id == work.grant_id, JournalEvent.event == GrantEvent.OVER_CLAIM_SETTLED
    )
    events = work.session.exec(query.order_by(col(JournalEvent.id)))
    chosen = [event.detail for event in events if event.detail["instalment"] == instalment.number]
    if not chosen:
        return
    # The programme's own repayment grows by this payment.
    repays = any(
        step.kind is StepKind.REPAYMENT
        and step.template_key != UNSPENT
        and step.status in (*UNSETTLED, StepStatus.SKIPPED)
        for step in work.steps.values()
    )
    over = chosen[-1]
    lost = find_unpaid_minor(instalment)
    if over["over"] == OverClaim.LESS and not lost:
        instalment.no_more_why = over["reason"]
    elif over["over"] == OverClaim.REPAY and not repays and over["over_minor"] > lost:
        open_repayment(work, instalment, over["over_minor"] - lost, over["reason"])


def _settle(work: GrantAtWork, step: Step | None, acting: Acting, done_on: date) -> None:
    if step is not None and step.status in UNSETTLED:
        settle(step, StepStatus.DONE, done_on, acting.by_id)
        work.add_event(GrantEvent.STEP_DONE, step, acting.by_id, **acting.link_detail)
