"""Move instalments to their next state where no person is needed, and ask for a release."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from models.rules.money.conditions import find_missing_conditions
from models.rules.money.confirmer import find_second_people
from models.rules.steps.order import can_be_done
from models.tables.money import Instalment, Payment
from models.tables.step import Step
from models.vocabulary import (
    LADDER_ROLES,
    OUT,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Role,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.confirmers import confirmers_at_work
from tasks.commands.at_work.grant import GrantAtWork, add_notice, money_detail
from tasks.commands.at_work.lookup import claim_step


def move_instalments(work: GrantAtWork, claimed: Mapping[int, date] = MappingProxyType({})) -> None:
    """Move the instalments as far as the rules alone may: never to released past a condition.

    `claimed` says on which day a claim left, by the number of its instalment: one that leaves with it left then.
    Those of a grant that was refused or withdrawn stay where they are: its steps are cancelled for another reason.
    """
    if work.grant.status in (GrantStatus.REFUSED, GrantStatus.WITHDRAWN):
        return
    for instalment in work.instalments:
        if instalment.amount_minor is None or instalment.status in OUT:
            continue
        before = instalment.status
        if instalment.amount_minor == 0:
            # Nothing to release, claim or pay (its steps settle themselves), until a decision gives it a sum.
            if before is InstalmentStatus.RELEASABLE:
                _ask_again(work, instalment)
            instalment.status = InstalmentStatus.PLANNED
        elif not instalment.conditional:
            if not _may_leave(work, instalment):
                continue
            left = [d.decided_on for d in work.decisions if d.kind is not DecisionKind.AMENDMENT]
            if claim_step(work, instalment) is None:
                left += _awaited_on(work, instalment)
            elif _follows_its_claim(work, instalment):
                left.append(claimed.get(instalment.number, work.today))
            instalment.released_on = max(left)
            instalment.status = InstalmentStatus.RELEASED
        elif find_missing_conditions(work.conditions_of(instalment)):
            if before is InstalmentStatus.RELEASABLE:
                _ask_again(work, instalment)
            instalment.status = InstalmentStatus.WITHHELD
        else:
            instalment.status = InstalmentStatus.RELEASABLE
        if instalment.status is not before:
            work.add_event(
                f"instalment_{instalment.status}",
                instalment=instalment.number,
                amount_minor=instalment.amount_minor,
                was=str(before),
            )
            if instalment.status is InstalmentStatus.RELEASABLE:
                ask_for_release(work, instalment)


def _follows_its_claim(work: GrantAtWork, instalment: Instalment) -> bool:
    """Return whether the instalment leaves no earlier than it can be claimed: its sum may change until then."""
    rule = work.record.instalment_rule(instalment)
    return rule is not None and (rule.of_claims or rule.each is not None)


def _awaited_on(work: GrantAtWork, instalment: Instalment) -> Iterator[date]:
    """Yield the days on which that was done for which the payment of an instalment waits."""
    payment = claim_step(work, instalment, StepKind.PAYMENT)
    done = (need.done_on for need in work.needs_of(payment)) if payment is not None else ()
    yield from (day for day in done if day is not None)


def _may_leave(work: GrantAtWork, instalment: Instalment) -> bool:
    """Return whether an instalment without a condition may leave: with its claim, or when the funder is to pay it."""
    claim = claim_step(work, instalment)
    if claim is None:
        payment = claim_step(work, instalment, StepKind.PAYMENT)
        return payment is None or payment.status is not StepStatus.WAITING
    if not _follows_its_claim(work, instalment):
        return True
    return can_be_done(claim, work.today)


def drop_request(work: GrantAtWork, instalment: Instalment) -> None:
    """Take a request for release back: both people must have seen the sum that leaves."""
    _ask_again(work, instalment)
    instalment.status = InstalmentStatus.WITHHELD
    work.add_event(
        "instalment_withheld",
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        was=str(InstalmentStatus.RELEASABLE),
    )


def confirm_again(work: GrantAtWork, instalment: Instalment) -> None:
    """Take back who confirmed a release whose claim has not left, and ask for it again: its account is another.

    Where an approval that it stands on was withdrawn meanwhile, it is asked for when that is given again.
    """
    was = instalment.status
    _ask_again(work, instalment)
    instalment.confirmed_by_id = instalment.released_on = None
    instalment.status = InstalmentStatus.RELEASABLE
    work.session.flush()  # the database lets it back no further at once; replanning may withhold it
    work.add_event(
        "release_taken_back",
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        was=str(was),
    )
    if not find_missing_conditions(work.conditions_of(instalment)):
        ask_for_release(work, instalment, new_account=True)


def _ask_again(work: GrantAtWork, instalment: Instalment) -> None:
    """Forget who asked for the release; the letters about it are new ones when it comes to that again."""
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
    person_id = _first_person(work, claim) if first_id is None else _second_person(work, instalment, first_id)
    if person_id is not None:
        rung = f"confirm-{instalment.number}-{claim.version}-{turn}"
        detail = money_detail(work, instalment) | ({"new_account": "confirm"} if new_account else {})
        add_notice(work, claim, NoticeKind.CONFIRM_RELEASE, rung, person_id, **detail)


def _first_person(work: GrantAtWork, claim: Step) -> int | None:
    """Return who is asked to confirm first: the claim's owner, or the coordinator where they hold no role."""
    owner_id = claim.owner_id
    return owner_id if owner_id in work.roles.values() else work.roles.get(Role.COORDINATOR)


# Who is asked to be the second of two, one after the other.
_SECOND = (Role.CONTROLLER, *LADDER_ROLES, Role.COMMITTEE, Role.COORDINATOR)


def _second_person(work: GrantAtWork, instalment: Instalment, first_id: int) -> int | None:
    """Return who is asked to confirm: the first by their role who may be the second, and is here today.

    A deputy may not: while all of them are away, the first of them is asked.
    """
    people = work.people()
    may = find_second_people(confirmers_at_work(work, instalment), first_id, work.conditions_of(instalment))
    asked = [work.roles[role] for role in _SECOND if work.roles.get(role) in may]
    here = (
        person_id
        for person_id in asked
        if not people[person_id].is_away(work.today) and not people[person_id].bounced
    )
    return next(here, asked[0] if asked else None)


def book_payment(
    work: GrantAtWork, instalment: Instalment, paid_on: date, amount_minor: int, by_id: int | None
) -> None:
    """Add a payment to those that came before it."""
    paid = (instalment.paid_minor or 0) + amount_minor
    if paid == instalment.amount_minor:
        instalment.no_more_why = None  # it came after all
    instalment.paid_minor = paid
    instalment.paid_on = paid_on
    instalment.status = InstalmentStatus.PAID
    values = {"instalment_id": instalment.id, "paid_on": paid_on, "amount_minor": amount_minor}
    work.add(Payment, [values | {"by_id": by_id}])
