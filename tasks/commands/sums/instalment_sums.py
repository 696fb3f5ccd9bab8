"""Work out the sums of a grant's instalments again after a decision, a correction, a claim or spending."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from models.currency import Amount
from models.errors import BadInput
from models.events import GrantEvent
from models.message import Remark
from models.programme.instalment import InstalmentRule
from models.programme.language.amounts import Share
from models.programme.step import StepRule
from models.rules.answers.spending import find_rate
from models.rules.money.claim import may_state_sum
from models.rules.money.payment import sum_paid_minor
from models.rules.money.shares import (
    PartToSize,
    Sized,
    add_up_award,
    build_part,
    find_funded_minor,
    find_share,
    find_unused,
    size_parts,
)
from models.tables.money import Instalment
from models.vocabulary import OUT, GrantStatus, InstalmentStatus, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import claim_step
from tasks.commands.command_faults import Summed
from tasks.commands.sums.instalment_states import drop_request
from tasks.commands.sums.instalments import (
    ADDED,
    add_instalment,
    create_instalments,
    period_labels,
)
from tasks.commands.sums.spending import told_minor


def size_instalments(work: GrantAtWork) -> bool:
    """Set the award and the instalments' sums by decisions and claims; return whether they changed.

    Released money keeps its sum, and the last instalment takes the remainder.
    """
    create_instalments(work)
    award = add_up_award(work.decisions)
    if award is None or work.grant.status is not GrantStatus.OPEN or not work.instalments:
        return False
    rows = sorted(work.instalments, key=lambda row: (row.rule or ADDED, row.number))
    sized = list(size_parts(award, [_part(work, row) for row in rows], work.programme.ceiling))
    if added := _left_over(work, rows, award, sized):
        rows.append(add_instalment(work))
        sized.append(Sized(added))
    changing = [
        (row, size)
        for row, size in zip(rows, sized, strict=True)
        if row.status not in OUT
        and (row.amount_minor, row.kept_minor or 0) != (size.amount_minor, size.kept_minor)
    ]
    if award == work.grant.award_minor and not changing:
        return False
    _set_sums(work, award, changing)
    return True


def _left_over(work: GrantAtWork, rows: Sequence[Instalment], award: int, sized: Sequence[Sized]) -> int:
    """Return what no instalment takes once all that could have left; unclaimed money stays in the award."""
    rule = work.record.instalment_rule(rows[-1])
    amounts = [size.amount_minor for size in sized]
    if rows[-1].status not in OUT or None in amounts or (rule is not None and rule.of_claims):
        return 0
    return award - sum(amount or 0 for amount in amounts)


def _set_sums(work: GrantAtWork, award: int, changing: Sequence[tuple[Instalment, Sized]]) -> None:
    for row, size in changing:
        if row.requested_by_id is not None and row.amount_minor != size.amount_minor:
            drop_request(work, row)
    # The database never accepts a sum over the award: empty the parts, set the award, fill them again.
    for row, _ in changing:
        row.amount_minor = None
    work.flush()
    moved = work.grant.award_minor != award
    work.grant.award_minor = award
    work.flush()
    for row, size in changing:
        row.amount_minor = size.amount_minor
        row.kept_minor = size.kept_minor or None
        if size.amount_minor is None and row.status is InstalmentStatus.RELEASABLE:
            row.status = InstalmentStatus.WITHHELD
        if size.wanted_minor is not None:
            cut: dict[str, object] = {"amount_minor": size.amount_minor, "wanted_minor": size.wanted_minor}
            work.add_event(GrantEvent.INSTALMENT_CUT, None, None, instalment=row.number, **cut)
        if size.kept_minor:
            work.add_event(GrantEvent.INSTALMENT_KEPT, instalment=row.number, kept_minor=size.kept_minor)
    work.flush()
    sums = [row.amount_minor for row in work.instalments]
    work.add_event(
        GrantEvent.AWARD_SET if moved else GrantEvent.INSTALMENTS_SIZED, award_minor=award, instalments=sums
    )


def _part(work: GrantAtWork, row: Instalment) -> PartToSize:
    """Return the instalment as input to sizing."""
    fixed = row.amount_minor if row.status in OUT else None
    rule = work.record.instalment_rule(row)
    if rule is None:
        return PartToSize(
            ADDED, Share("rest"), work.grant.currency, fixed_minor=fixed, kept_minor=row.kept_minor or 0
        )
    if fixed is None and _is_lost(work, row, rule):
        return PartToSize(rule.number, Share("sum", sum=Decimal(0)), work.grant.currency)
    award = add_up_award(work.decisions) or 0
    return replace(
        build_part(rule, work.grant.currency),
        stated_minor=_stated(work, rule.number, award),
        claimed_minor=_claimed(work, row, rule),
        fixed_minor=fixed,
        kept_minor=row.kept_minor or 0,
        unused_minor=_unused(work, rule),
    )


def _unused(work: GrantAtWork, rule: InstalmentRule) -> int | None:
    """Return by how much answers fall short of the earlier payment, or a part of it; None until given."""
    if rule.share.unused is None:
        return 0
    spent = told_minor(work, [rule.share.unused.text])
    paid = sum_paid_minor(row for row in work.instalments if (row.rule or ADDED) < rule.number)
    return None if spent is None else find_unused(rule, paid, spent)


def _is_lost(work: GrantAtWork, row: Instalment, rule: InstalmentRule) -> bool:
    """Return whether the grant no longer has the instalment's period, or nothing is claimed for it."""
    if rule.each is None:
        return False
    if row.period not in period_labels(work, rule):
        return True
    claim = claim_step(work, row)
    return claim is not None and claim.status is StepStatus.CANCELLED


def rate_at_work(work: GrantAtWork) -> Fraction | None:
    """Return the rate of costs that the grant's decisions state; None if none does."""
    return find_rate(work.programme, (decision.instalments or {} for decision in work.decisions))


def _stated(work: GrantAtWork, number: int, award: int) -> int | None:
    """Return what the latest decision about the programme's instalment states."""
    stated = [
        decision.instalments[str(number)]
        for decision in work.decisions
        if str(number) in (decision.instalments or {})
    ]
    if not stated:
        return None
    return find_share(award, stated[-1]) if isinstance(stated[-1], str) else int(stated[-1])


def unstated_instalments(work: GrantAtWork) -> tuple[tuple[int, str], ...]:
    """Return the instalments whose sum a decision must still state, each with its limit."""
    if work.grant.status is not GrantStatus.OPEN or work.grant.award_minor is None:
        return ()
    stated = {key for decision in work.decisions for key in decision.instalments or {}}
    rules = [
        instalment
        for instalment in work.programme.instalments
        if not instalment.share.rate or instalment.number == work.programme.rate_of
    ]
    return tuple(
        (rule.number, rule.awaits) for rule in rules if rule.awaits and str(rule.number) not in stated
    )


def awaited_sum(work: GrantAtWork, rule: StepRule) -> tuple[int, str] | None:
    """Return the instalment whose sum a claim waits for a decision to state: its own, or one before the rest."""
    part = next((row for row in work.instalments if row.rule == rule.instalment), None)
    if rule.kind is not StepKind.CLAIM or part is None or part.amount_minor is not None:
        return None
    ends = part.share in ("rest", "kept")
    return next(
        (unstated for unstated in unstated_instalments(work) if ends or unstated[0] == part.rule), None
    )


def _claimed(work: GrantAtWork, row: Instalment, rule: InstalmentRule) -> int | None:
    """Return what is claimed for the instalment: the claim's sum, or its period's answered spending."""
    if not rule.spending:
        return row.claimed_minor
    spent = told_minor(work, rule.spending, row.period, every=rule.share.kind == "rest")
    return None if spent is None else find_funded_minor(rule.share, spent, rate_at_work(work))


def state_claim(work: GrantAtWork, row: Instalment, amount_minor: int) -> None:
    """Let a claim state its instalment's sum.

    Raises BadInput if the sum is not the claim's to state, or exceeds the award.
    """
    rule = work.record.instalment_rule(row)
    if not may_state_sum(row, rule):
        own_sum: Amount | Remark = Summed.NOT_KNOWN()
        if row.amount_minor is not None:
            own_sum = Amount(row.amount_minor, work.grant.currency)
        raise BadInput(Summed.CLAIM_NOT_ITS_SUM(number=row.number, sum=own_sum))
    before = row.claimed_minor
    row.claimed_minor = amount_minor
    size_instalments(work)
    reached = (row.amount_minor or 0) + (row.kept_minor or 0)
    if reached != amount_minor:
        left = Amount(reached, work.grant.currency)
        row.claimed_minor = before
        raise BadInput(Summed.LEFT_TO_CLAIM(sum=left, number=row.number))
