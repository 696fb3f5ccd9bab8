"""Move instalments to their next state if no person is needed, and ask for a release."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from models.events import GrantEvent
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.confirmer import find_second_people
from models.rules.money.instalment_state import decide_state, follows_claim, may_leave
from models.rules.notices.release_request import find_first_asked, find_second_asked
from models.tables.money import Instalment, Payment
from models.vocabulary import (
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
)
from tasks.commands.at_work.confirmers import confirmers_at_work
from tasks.commands.at_work.grant import GrantAtWork, add_notice, money_detail
from tasks.commands.at_work.lookup import claim_step, payment_step


def move_instalments(work: GrantAtWork, claimed: Mapping[int, date] = MappingProxyType({})) -> None:
    """Move the instalments as far as the rules alone may: never to released past a condition.

    `claimed` gives the day of a claim by its instalment's number: an instalment that leaves with it
    left then. Instalments of a refused or withdrawn grant stay: its steps are cancelled for another
    reason.
    """
    if work.grant.status in (GrantStatus.REFUSED, GrantStatus.WITHDRAWN):
        return
    for instalment in work.instalments:
        before = instalment.status
        state = _state(work, instalment)
        if state is before:
            continue
        if before is InstalmentStatus.RELEASABLE and state is not InstalmentStatus.RELEASED:
            _ask_again(work, instalment)
        if state is InstalmentStatus.RELEASED:
            instalment.released_on = _left_on(work, instalment, claimed)
        instalment.status = state
        work.add_event(
            GrantEvent(f"instalment_{state}"),
            instalment=instalment.number,
            amount_minor=instalment.amount_minor,
            was=str(before),
        )
        if state is InstalmentStatus.RELEASABLE:
            ask_for_release(work, instalment)


def _state(work: GrantAtWork, instalment: Instalment) -> InstalmentStatus:
    if instalment.conditional:
        is_met = not find_missing_conditions(work.conditions_of(instalment))
        return decide_state(instalment, leaves=False, is_met=is_met)
    claim = claim_step(work, instalment)
    payment = payment_step(work, instalment)
    leaves = may_leave(claim, payment, work.record.instalment_rule(instalment), work.today)
    return decide_state(instalment, leaves=leaves, is_met=False)


def _left_on(work: GrantAtWork, instalment: Instalment, claimed: Mapping[int, date]) -> date:
    """Return the day on which an unconditional instalment left: with its decision, approval or claim."""
    left = [given.decided_on for given in work.decisions if given.kind is not DecisionKind.AMENDMENT]
    if claim_step(work, instalment) is None:
        left += _awaited_on(work, instalment)
    elif follows_claim(work.record.instalment_rule(instalment)):
        left.append(claimed.get(instalment.number, work.today))
    return max(left)


def _awaited_on(work: GrantAtWork, instalment: Instalment) -> Iterator[date]:
    """Yield the days of the steps for which the payment of an instalment waits."""
    payment = payment_step(work, instalment)
    done = (need.done_on for need in work.needs_of(payment)) if payment is not None else ()
    yield from (day for day in done if day is not None)


def drop_request(work: GrantAtWork, instalment: Instalment) -> None:
    """Undo a request for release: both people must have seen the sum that leaves."""
    _ask_again(work, instalment)
    instalment.status = InstalmentStatus.WITHHELD
    work.add_event(
        GrantEvent.INSTALMENT_WITHHELD,
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        was=str(InstalmentStatus.RELEASABLE),
    )


def confirm_again(work: GrantAtWork, instalment: Instalment) -> None:
    """Undo the confirmations of a release whose claim has not left, and ask again, as its account changed.

    If an approval that it depends on was withdrawn meanwhile, it is asked for when that approval is
    given again.
    """
    was = instalment.status
    _ask_again(work, instalment)
    instalment.confirmed_by_id = instalment.released_on = None
    instalment.status = InstalmentStatus.RELEASABLE
    work.session.flush()  # the database allows no further step back at once; replanning may withhold it
    work.add_event(
        GrantEvent.RELEASE_TAKEN_BACK,
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        was=str(was),
    )
    if not find_missing_conditions(work.conditions_of(instalment)):
        ask_for_release(work, instalment, new_account=True)


def _ask_again(work: GrantAtWork, instalment: Instalment) -> None:
    """Forget who asked for the release; the next request sends new letters."""
    instalment.requested_by_id = instalment.requested_on = None
    claim = claim_step(work, instalment)
    if claim is not None:
        claim.version += 1


def ask_for_release(work: GrantAtWork, instalment: Instalment, *, new_account: bool = False) -> None:
    """Add the letter that asks for the next of two people: the claim's owner first, then the controller."""
    claim = claim_step(work, instalment)
    if claim is None:
        return
    first_id = instalment.requested_by_id
    turn = "first" if first_id is None else "second"
    if first_id is None:
        person_id = find_first_asked(claim.owner_id, work.roles)
    else:
        person_id = _second_person(work, instalment, first_id)
    if person_id is not None:
        rung = f"confirm-{instalment.number}-{claim.version}-{turn}"
        detail = money_detail(work, instalment) | ({"new_account": "confirm"} if new_account else {})
        add_notice(work, claim, NoticeKind.CONFIRM_RELEASE, rung, person_id, **detail)


def _second_person(work: GrantAtWork, instalment: Instalment, first_id: int) -> int | None:
    may = find_second_people(confirmers_at_work(work, instalment), first_id, work.conditions_of(instalment))
    return find_second_asked(may, work.roles, work.people(), work.today)


def book_payment(
    work: GrantAtWork, instalment: Instalment, paid_on: date, amount_minor: int, by_id: int | None
) -> None:
    """Add a payment to those that came before it."""
    paid = (instalment.paid_minor or 0) + amount_minor
    if paid == instalment.amount_minor:
        instalment.no_more_why = None  # more of it came after all
    instalment.paid_minor = paid
    instalment.paid_on = paid_on
    instalment.status = InstalmentStatus.PAID
    values = {"instalment_id": instalment.id, "paid_on": paid_on, "amount_minor": amount_minor}
    work.add(Payment, [values | {"by_id": by_id}])
