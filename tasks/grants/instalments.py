"""Create a grant's instalments, size them, and move them as far as the rules alone may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from models.due_rule import template_key
from models.errors import BadInput
from models.field_types import ENDS, PREVIOUS
from models.instalment import Instalment
from models.instalment_rule import InstalmentRule
from models.rules.both import Both
from models.rules.gate import missing_conditions
from models.rules.periods import cut_periods
from models.rules.reach import decide_reached
from models.rules.shares import Part, Sized, add_up_award, share_of, size_parts
from models.rules.thresholds import sum_text
from models.step import Step
from models.step_rule import StepRule
from models.vocabulary import (
    OUT,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Role,
    StepKind,
    StepStatus,
)
from models.written_sums import read_amount
from tasks.grants.grant_at_work import (
    GrantAtWork,
    add_draft,
    claim_step,
    money_detail,
    reachable_owner,
    rule_of,
)
from tasks.grants.spending import answered_minor

# After every instalment of the programme: those that a later decision added.
_ADDED = 10**6


def move_instalments(work: GrantAtWork) -> None:
    """Move the instalments as far as the rules alone may: never to released past a condition.

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
                _ask_anew(work, instalment)
            instalment.status = InstalmentStatus.PLANNED
        elif not instalment.conditional:
            if not _may_leave(work, instalment):
                continue
            decided = [d.decided_on for d in work.decisions if d.kind is not DecisionKind.AMENDMENT]
            instalment.released_on = work.today if _follows_its_claim(work, instalment) else max(decided)
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


def _follows_its_claim(work: GrantAtWork, instalment: Instalment) -> bool:
    """Return whether the instalment leaves no earlier than it can be claimed: its sum may change until then."""
    rule = instalment_rule(work, instalment)
    return rule is not None and (rule.of_claims or rule.each is not None)


def _may_leave(work: GrantAtWork, instalment: Instalment) -> bool:
    claim = claim_step(work, instalment)
    if claim is None or not _follows_its_claim(work, instalment):
        return True
    return claim.status is StepStatus.OPEN and (claim.opens_on is None or claim.opens_on <= work.today)


def instalment_rule(work: GrantAtWork, instalment: Instalment) -> InstalmentRule | None:
    """Return the programme's rule for an instalment; None for one that a later decision added."""
    if instalment.rule is None:
        return None
    return work.programme.instalments[instalment.rule - 1]


def _periods_of(work: GrantAtWork, rule: InstalmentRule) -> tuple[str | None, ...]:
    """Return the labels of the periods that the rule is cut into, or None alone for one that is whole."""
    if rule.each is None:
        return (None,)
    first, last = work.grant.period_start_on, work.grant.period_end_on
    if first is None or last is None:
        return ()
    cut = cut_periods(work.programme.periods[rule.each], first, last, work.programme.fiscal_year_starts)
    return tuple(period.label for period in cut)


def _create_instalments(work: GrantAtWork) -> None:
    """Add the instalments that the programme gives the grant's time and that are not there yet."""
    wanted = [(rule, _periods_of(work, rule)) for rule in work.programme.instalments]
    # Unconditional parts come before the withheld last one: none is made before the grant's time is known.
    if not all(periods for _, periods in wanted):
        return
    there = {(row.rule, row.period): row for row in work.instalments}
    for rule, periods in wanted:
        each = [key for key in rule.needs if work.programme.step(template_key(key)).each]
        grows = bool(each or rule.last_needs)
        for period in periods:
            row = there.get((rule.number, period))
            needs = rule.needs_of(period, periods) if row is None or grows else ()
            if row is None:
                row = _create(work, share_text(rule), bool(needs), rule.number, period)
            if needs and row.status not in OUT:
                row.conditional = (
                    True  # that of a shorter grant's last period waits for what the last one does
                )
            if row.conditional:
                add_conditions(work, row, needs, rule.each)
    for row in work.instalments:
        if row.rule is None and row.conditional:
            _add_last_conditions(work, row)
    _link_steps(work)


def share_text(rule: InstalmentRule) -> str:
    """Return how large an instalment is, as the programme says it."""
    return rule.share or rule.sum or f"at most {rule.at_most}"


def _create(
    work: GrantAtWork, share: str, conditional: bool, rule: int | None = None, period: str | None = None
) -> Instalment:
    number = len(work.instalments) + 1
    values = {
        "grant_id": work.grant_id,
        "number": number,
        "share": share,
        "rule": rule,
        "period": period,
        "conditional": conditional,
    }
    (row,) = work.add(Instalment, [values])
    work.instalments.append(row)
    return row


def add_conditions(
    work: GrantAtWork, row: Instalment, needs: Sequence[tuple[str, str | None]], each: str | None
) -> None:
    """Add the approvals that the instalment waits for: of the period that each need says, or of every period."""
    if not needs or row.status in OUT:
        return
    work.add_conditions(row, condition_steps(work, needs, each))


def condition_steps(
    work: GrantAtWork, needs: Sequence[tuple[str, str | None]], each: str | None
) -> list[Step]:
    """Return the grant's steps that the needs of an instalment stand for."""
    found = []
    for key, period in needs:
        rule = work.programme.step(template_key(key))
        steps = [step for step in work.steps.values() if step.template_key == rule.key]
        if key.endswith(ENDS):
            steps = [step for step in steps if step.status is not StepStatus.CANCELLED]
            steps.sort(key=lambda step: step.position)
            steps = steps[:1] if key.endswith(ENDS[0]) else steps[-1:]
        elif each is not None and rule.each is not None:
            steps = [step for step in steps if step.period == period]
            folded = [one for one in work.steps.values() if one.template_key == rule.fold_last_into]
            steps = steps or [one for one in folded if one.period == period]
        found += steps
    return found


def _link_steps(work: GrantAtWork) -> None:
    """Let each claim and payment know the number of its instalment."""
    numbers = {(row.rule, row.period): row.number for row in work.instalments if row.rule is not None}
    for step in work.steps.values():
        if step.instalment is None and step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            rule = rule_of(work, step)
            if rule is not None:
                period = step.period if rule.each else None
                step.instalment = numbers.get((rule.instalment or 0, period))


def _add_instalment(work: GrantAtWork) -> Instalment:
    """Add an instalment for money decided after the last one was released, under the last one's condition."""
    last = work.programme.instalments[-1]
    row = _create(work, "rest", bool(last.every_need))
    _add_last_conditions(work, row)
    work.happened("instalment_added", instalment=row.number)
    return row


def _add_last_conditions(work: GrantAtWork, row: Instalment) -> None:
    """Let an added instalment wait for all that the programme's last one waits for, of every period."""
    needs = work.programme.instalments[-1].every_need
    add_conditions(work, row, [(key.removesuffix(PREVIOUS), None) for key in needs], None)


def added_instalments(work: GrantAtWork) -> dict[int, int]:
    """Return the numbers of the instalments that later decisions added, each with what the parts before it come to."""
    before, found = 0, {}
    for row in sorted(work.instalments, key=lambda row: (row.rule or _ADDED, row.number)):
        if row.rule is None:
            found[row.number] = before
        before += row.amount_minor or 0
    return found


def size_instalments(work: GrantAtWork) -> bool:
    """Set the award and the instalments' sums as decisions and claims give them; return whether they changed.

    What is released keeps its sum, and the last instalment takes the remainder.
    """
    _create_instalments(work)
    award = add_up_award(work.decisions)
    if award is None or work.grant.status is not GrantStatus.OPEN or not work.instalments:
        return False
    rows = sorted(work.instalments, key=lambda row: (row.rule or _ADDED, row.number))
    sized = list(size_parts(award, [_part(work, row) for row in rows], work.programme.ceiling))
    if added := _left_over(work, rows, award, sized):
        rows.append(_add_instalment(work))
        sized.append(Sized(added))
    changing = [
        (row, one)
        for row, one in zip(rows, sized, strict=True)
        if row.status not in OUT
        and (row.amount_minor, row.kept_minor or 0) != (one.amount_minor, one.kept_minor)
    ]
    if award == work.grant.award_minor and not changing:
        return False
    _set_sums(work, award, changing)
    return True


def _left_over(work: GrantAtWork, rows: Sequence[Instalment], award: int, sized: Sequence[Sized]) -> int:
    """Return what no instalment takes, as all that could have are out; what nobody claimed is left where it is."""
    rule = instalment_rule(work, rows[-1])
    amounts = [one.amount_minor for one in sized]
    if rows[-1].status not in OUT or None in amounts or (rule is not None and rule.of_claims):
        return 0
    return award - sum(amount or 0 for amount in amounts)


def _set_sums(work: GrantAtWork, award: int, changing: Sequence[tuple[Instalment, Sized]]) -> None:
    for row, one in changing:
        if row.requested_by_id is not None and row.amount_minor != one.amount_minor:
            _drop_request(work, row)
    # The database refuses a sum over the award at every moment: empty the parts, set the award, fill them again.
    for row, _ in changing:
        row.amount_minor = None
    work.flush()
    moved, work.grant.award_minor = work.grant.award_minor != award, award
    work.flush()
    for row, one in changing:
        row.amount_minor, row.kept_minor = one.amount_minor, one.kept_minor or None
        if one.amount_minor is None and row.status is InstalmentStatus.RELEASABLE:
            row.status = InstalmentStatus.WITHHELD
        if one.wanted_minor is not None:
            cut: dict[str, object] = {"amount_minor": one.amount_minor, "wanted_minor": one.wanted_minor}
            work.happened("instalment_cut", None, None, instalment=row.number, **cut)
        if one.kept_minor:
            work.happened("instalment_kept", instalment=row.number, kept_minor=one.kept_minor)
    work.flush()
    sums = [row.amount_minor for row in work.instalments]
    work.happened("award_set" if moved else "instalments_sized", award_minor=award, instalments=sums)


def _part(work: GrantAtWork, row: Instalment) -> Part:
    """Return the instalment as it is sized."""
    fixed = row.amount_minor if row.status in OUT else None
    rule = instalment_rule(work, row)
    if rule is None:
        return Part(_ADDED, "rest", fixed_minor=fixed, kept_minor=row.kept_minor or 0)
    if fixed is None and _is_lost(work, row, rule):
        return Part(rule.number, sum_minor=0)
    award = add_up_award(work.decisions) or 0
    return Part(
        rule.number,
        rule.share,
        read_amount(rule.sum, work.grant.currency) if rule.sum else None,
        rule.at_most,
        stated_minor=_stated(work, rule.number, award),
        claimed_minor=_claimed(work, row, rule),
        fixed_minor=fixed,
        kept=rule.less.share if rule.less else None,
        kept_minor=row.kept_minor or 0,
    )


def _is_lost(work: GrantAtWork, row: Instalment, rule: InstalmentRule) -> bool:
    """Return whether the grant no longer has the instalment's period, or nothing is claimed for it."""
    if rule.each is None:
        return False
    if row.period not in _periods_of(work, rule):
        return True
    claim = claim_step(work, row)
    return claim is not None and claim.status is StepStatus.CANCELLED


def _stated(work: GrantAtWork, number: int, award: int) -> int | None:
    """Return what the latest decision that says anything of the programme's instalment says."""
    said = [one.instalments[str(number)] for one in work.decisions if str(number) in (one.instalments or {})]
    if not said:
        return None
    return share_of(award, said[-1]) if isinstance(said[-1], str) else int(said[-1])


def unstated_instalments(work: GrantAtWork) -> tuple[tuple[int, str], ...]:
    """Return the instalments whose sum a decision must say and none has, each with the part of the award at most."""
    if work.grant.status is not GrantStatus.OPEN or work.grant.award_minor is None:
        return ()
    said = {key for decision in work.decisions for key in decision.instalments or {}}
    rules = work.programme.instalments
    return tuple((one.number, one.at_most) for one in rules if one.at_most and str(one.number) not in said)


def awaited_sum(work: GrantAtWork, rule: StepRule) -> tuple[int, str] | None:
    """Return the instalment whose sum a claim waits for, as no decision says it: its own, or one before the rest."""
    part = next((row for row in work.instalments if row.rule == rule.instalment), None)
    if rule.kind is not StepKind.CLAIM or part is None or part.amount_minor is not None:
        return None
    ends = part.share in ("rest", "kept")
    return next((one for one in unstated_instalments(work) if ends or one[0] == part.rule), None)


def _claimed(work: GrantAtWork, row: Instalment, rule: InstalmentRule) -> int | None:
    """Return what is claimed for the instalment: as its claim said, or as the spending of its period was answered.

    Of spending, the funder pays its rate, rounded down to the smallest unit.
    """
    if rule.spending_names is None:
        return row.claimed_minor
    key, question = rule.spending_names
    spent = answered_minor(work, _spending_steps(work, key, row.period if rule.each else None), question)
    return spent if spent is None or rule.rate is None else share_of(spent, rule.rate)


def cut_from(work: GrantAtWork, row: Instalment) -> int | None:
    """Return what was to be claimed with an instalment where the award, or its ceiling, reaches less far; else None."""
    rule = instalment_rule(work, row)
    if rule is None or not rule.claimed or row.amount_minor is None:
        return None
    wanted = _claimed(work, row, rule)
    return wanted if wanted is not None and wanted > row.amount_minor + (row.kept_minor or 0) else None


def _spending_steps(work: GrantAtWork, key: str, period: str | None) -> Iterable[Step]:
    once = work.programme.step(key).each is None
    return [s for s in work.steps.values() if s.template_key == key and (once or s.period == period)]


def state_claim(work: GrantAtWork, row: Instalment, amount_minor: int) -> None:
    """Let a claim say its instalment's sum.

    Raises BadInput when the sum is not the claim's to say, or the award does not reach so far.
    """
    rule = instalment_rule(work, row)
    if rule is None or not rule.claimed or rule.spending is not None or row.status in OUT:
        said = (
            sum_text(row.amount_minor, work.grant.currency) if row.amount_minor is not None else "not known"
        )
        raise BadInput(f"the claim does not say the sum of instalment {row.number}: it is {said}")
    before, row.claimed_minor = row.claimed_minor, amount_minor
    size_instalments(work)
    reached = (row.amount_minor or 0) + (row.kept_minor or 0)
    if reached != amount_minor:
        left = sum_text(reached, work.grant.currency)
        row.claimed_minor = before
        raise BadInput(f"there is {left} left of the award to claim with instalment {row.number}")


def left_before(work: GrantAtWork) -> Iterator[tuple[Instalment, Both]]:
    """Yield the instalments that left while the grant was shorter, each with what that means now that it is not.

    What left was right to leave, so that no recovery opens; what is not claimed waits all the same.
    """
    asked_back = {step.instalment for step in work.steps.values() if step.kind is StepKind.RECOVERY}
    runs = work.grant.status in (GrantStatus.OPEN, GrantStatus.CLOSED)
    for row in work.instalments if runs else ():
        missing = missing_conditions(work.conditions_of(row)) if row.status in OUT else ()
        if not missing or row.number in asked_back:
            continue
        keys = ", ".join(missing)
        left = Both(
            f"rat {row.number} frisläpptes {row.released_on}, när bidraget inte hade {keys}",
            f"instalment {row.number} was released on {row.released_on}, when the grant did not have {keys}",
        )
        if row.status is InstalmentStatus.RELEASED:
            means = Both(
                "den kan inte rekvireras innan det är godkänt",
                "it cannot be claimed before that is approved",
            )
        else:
            means = Both(
                "den krävs inte tillbaka; kom överens med bidragsgivaren om vad som gäller för pengarna",
                "it is not asked back; agree with the funder what becomes of the money",
            )
        yield row, Both(f"{left.sv}: {means.sv}", f"{left.en}: {means.en}")


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
    people = work.people()
    for holder in holders:
        reached = decide_reached(holder, people, work.today)
        if reached is not None and reached.person_id != first_id:
            return holder
    return None
