"""Size a grant's instalments and move them as far as the rules alone may."""

from __future__ import annotations

from collections.abc import Sequence

from models.instalment import Instalment, InstalmentCondition
from models.rules.gate import missing_conditions
from models.rules.reach import decide_reached
from models.rules.shares import add_up_award, split_award
from models.vocabulary import DecisionKind, InstalmentStatus, NoticeKind, Role
from tasks.grant_at_work import GrantAtWork, add_draft, claim_step, money_detail, reachable_owner
from tasks.people_lookup import load_people

OUT = (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)


def move_instalments(work: GrantAtWork) -> None:
    """Move the instalments as far as the rules alone may: never to released past a condition."""
    for instalment in work.instalments:
        if instalment.amount_minor is None or instalment.status in OUT:
            continue
        before = instalment.status
        if instalment.amount_minor == 0:
            # Nothing to release, claim or pay (its steps settle themselves), until a decision gives it a sum.
            if before is InstalmentStatus.RELEASABLE:
                _ask_anew(work, instalment)
            instalment.status = InstalmentStatus.PLANNED
        elif not instalment.conditional:
            decided = [d.decided_on for d in work.decisions if d.kind is not DecisionKind.AMENDMENT]
            instalment.released_on = max(decided)
            instalment.status = InstalmentStatus.RELEASED
        elif missing_conditions(work.conditions_of(instalment)):
            if before is InstalmentStatus.RELEASABLE:
                _ask_anew(work, instalment)
            instalment.status = InstalmentStatus.WITHHELD
        else:
            instalment.status = InstalmentStatus.RELEASABLE
        if instalment.status is not before:
            work.happened(
                f"instalment_{instalment.status}",
                instalment=instalment.number,
                amount_minor=instalment.amount_minor,
                was=str(before),
            )
            if instalment.status is InstalmentStatus.RELEASABLE:
                ask_for_release(work, instalment)


def _create_instalments(work: GrantAtWork) -> None:
    for rule in work.programme.instalments:
        _create(work, rule.number, rule.share, rule.needs)


def _create(work: GrantAtWork, number: int, share: str, needs: Sequence[str]) -> None:
    row = Instalment(grant_id=work.grant_id, number=number, share=share, conditional=bool(needs))
    work.session.add(row)
    work.session.flush()
    for key in needs:
        work.session.add(InstalmentCondition(instalment_id=row.id or 0, step_id=work.steps[key].id or 0))
    work.session.flush()
    work.instalments.append(row)


def _add_instalment(work: GrantAtWork) -> None:
    """Add an instalment for money decided after the last one was released, under the last one's condition."""
    last = work.programme.instalments[-1]
    _create(work, len(work.instalments) + 1, "rest", last.needs)
    work.happened("instalment_added", instalment=len(work.instalments))


def size_instalments(work: GrantAtWork) -> bool:
    """Set the award and the instalments' sums as the decisions give them; return whether they changed.

    What is released keeps its sum, and the last instalment takes the remainder.
    """
    if not work.instalments:
        _create_instalments(work)
    award = add_up_award(work.decisions)
    if award is None or award == work.grant.award_minor:
        return False
    fixed = {row.number: row.amount_minor or 0 for row in work.instalments if row.status in OUT}
    planned = work.instalments[: len(work.programme.instalments)]
    sums = [
        *split_award(award, [row.share for row in planned]),
        *[0 for _ in work.instalments[len(planned) :]],
    ]
    left = award - sum(fixed.values())
    for index, row in enumerate(work.instalments):
        if row.number in fixed:
            sums[index] = fixed[row.number]
        else:
            # A smaller award can leave less than the later shares ask for.
            sums[index] = left if row is work.instalments[-1] else min(sums[index], left)
            left -= sums[index]
    if left > 0:
        _add_instalment(work)
        sums.append(left)
    changing = [row for row in work.instalments if row.amount_minor != sums[row.number - 1]]
    for row in changing:
        if row.requested_by_id is not None:
            _drop_request(work, row)
    # The database refuses a sum over the award at every moment: empty the parts, set the award, fill them again.
    for row in changing:
        row.amount_minor = None
    work.session.flush()
    work.grant.award_minor = award
    work.session.flush()
    for row in changing:
        row.amount_minor = sums[row.number - 1]
    work.session.flush()
    work.happened("award_set", award_minor=award, instalments=sums)
    return True


def _drop_request(work: GrantAtWork, instalment: Instalment) -> None:
    """Take a request for release back whose sum changes: both people must have seen the sum that leaves."""
    _ask_anew(work, instalment)
    instalment.status = InstalmentStatus.WITHHELD
    work.happened(
        "instalment_withheld",
        instalment=instalment.number,
        amount_minor=instalment.amount_minor,
        was=str(InstalmentStatus.RELEASABLE),
    )


def _ask_anew(work: GrantAtWork, instalment: Instalment) -> None:
    """Forget who asked for the release; the letters about it are new ones when it comes to that again."""
    instalment.requested_by_id = instalment.requested_on = None
    claim = claim_step(work, instalment)
    if claim is not None:
        claim.version += 1


def ask_for_release(work: GrantAtWork, instalment: Instalment) -> None:
    """Draft the letter that asks for the next of two people: the claim's owner first, then the controller."""
    claim = claim_step(work, instalment)
    if claim is None:
        return
    if instalment.requested_by_id is None:
        person_id, turn = claim.owner_id, "first"
    else:
        person_id, turn = _second_person(work, instalment.requested_by_id), "second"
    if person_id is not None:
        rung = f"confirm-{instalment.number}-{claim.version}-{turn}"
        detail = money_detail(work, instalment)
        add_draft(work, claim, NoticeKind.CONFIRM_RELEASE, rung, person_id, **detail)


def _second_person(work: GrantAtWork, first_id: int) -> int | None:
    """Return who is asked to confirm: the first whose letter does not end with the person who asked."""
    held = (
        work.roles.get(Role.CONTROLLER),
        reachable_owner(work, Role.UNIT_MANAGER),
        reachable_owner(work, Role.HEAD_OF_DEPARTMENT),
    )
    holders = [one for one in held if one is not None]
    people = load_people(work.session.connection(), holders, work.today)
    for holder in holders:
        reached = decide_reached(holder, people, work.today)
        if reached is not None and reached.person_id != first_id:
            return holder
    return None
