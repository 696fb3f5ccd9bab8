"""Bring a grant's instalments to where an import file says that they had come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from models.grant_entries import GrantEntry, InstalmentEntry
from models.instalment import Instalment
from models.rules.thresholds import sum_text
from models.sentence import Sentence
from models.step import Step
from models.vocabulary import (
    OUT,
    UNSETTLED,
    AnswerKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    StepKind,
    StepStatus,
)
from models.written_sums import minor_units, read_amount
from tasks.grants.acts.payments import book_payment, is_over, missing_minor
from tasks.grants.at_work.grant_at_work import GrantAtWork, claim_step
from tasks.grants.planning.replanning import replan
from tasks.grants.sums.instalment_moves import ask_for_release
from tasks.grants.sums.instalment_sums import state_claim
from tasks.opening.imported_steps import imported_person, named_person, not_ahead, settle_step, wrong


def move_instalments_as_said(
    work: GrantAtWork, entry: GrantEntry, *, opening: bool, before: date | None = None
) -> bool:
    """Move the instalments as far as the entry says, or as it says that they had come before a day; return whether any.

    What left on an approval that was taken back later leaves on it here too: `fall_back` then takes it back.
    """
    acted = False
    for number, said in sorted(entry.instalments.items()):
        part = said if before is None else _as_of(said, before)
        if before is not None and (part.released_on is None or not _is_as_released(work, number, part)):
            continue
        if opening and part.released_on is not None:
            _approve_as_then(work, entry, _instalment(work, number), part.released_on)
        acted |= _move_instalment(work, number, part, opening=opening)
    return acted


def _instalment(work: GrantAtWork, number: int) -> Instalment:
    found = next((row for row in work.instalments if row.number == number), None)
    if found is None:
        there = ", ".join(str(row.number) for row in work.instalments) or Sentence("none yet")
        raise wrong(
            work, Sentence("there is no instalment %(number)s; it has: %(there)s", number=number, there=there)
        )
    return found


def _as_of(part: InstalmentEntry, before: date) -> InstalmentEntry:
    """Return how far the instalment had come when a decision of the day was made; the sum that it left with says."""
    days = ("released_on", "claimed_on", "paid_on")
    later = [name for name in days if (day := getattr(part, name)) is not None and day > before]
    if part.released_on == before and part.released_amount is None:
        later = list(days)
    gone = dict.fromkeys(later) | ({"paid_amount": None, "paid_before": ()} if "paid_on" in later else {})
    if "paid_on" in later or (part.no_more_on is not None and part.no_more_on >= before):
        gone |= dict.fromkeys(("no_more_why", "no_more_on", "no_more_by"))
    return part.model_copy(update=gone)


def _is_as_released(work: GrantAtWork, number: int, part: InstalmentEntry) -> bool:
    """Return whether the instalment has a sum by now, and the one with which it left, if that is said."""
    left = minor_units(part.released_amount, work.grant.currency)
    sums = [row.amount_minor for row in work.instalments if row.number == number]
    return sums != [] and sums[0] is not None and left in (None, sums[0])


def _approve_as_then(work: GrantAtWork, entry: GrantEntry, row: Instalment, day: date) -> None:
    """Let approvals that the instalment left on stand, as they did on the day."""
    missing = [step for step in work.conditions_of(row) if step.status in UNSETTLED]
    for step in missing:
        given = [
            one
            for one in entry.said
            if (one.step, one.said) == (step.key, AnswerKind.APPROVED) and one.said_on <= day
        ]
        if given and row.status not in OUT:
            step.status, step.done_on = StepStatus.APPROVED, given[-1].said_on
            step.done_by_id = named_person(work, given[-1].by)
    if missing:
        replan(work)


def fallen(work: GrantAtWork, entry: GrantEntry) -> list[Step]:
    """Return the approvals on which money left, and which the entry does not have as given any more."""
    out = [row for row in work.instalments if row.status in OUT]
    steps: Iterable[Step] = (step for row in out for step in work.conditions_of(row))
    return [step for step in steps if step.status is StepStatus.APPROVED and step.key not in entry.done]


def fall_back(work: GrantAtWork, entry: GrantEntry) -> None:
    """Take those approvals back, now that the money is out; the entry brings the recovery."""
    for step in fallen(work, entry):
        step.status, step.done_on, step.done_by_id = StepStatus.WAITING, None, None
        step.version += 1
        work.happened("approval_withdrawn", step, imported=True)
        if work.grant.status is GrantStatus.CLOSED:
            work.grant.status, work.grant.closed_on = GrantStatus.OPEN, None
    replan(work)


def _move_instalment(work: GrantAtWork, number: int, part: InstalmentEntry, *, opening: bool) -> bool:
    row = _instalment(work, number)
    _check_days(work, number, part)
    before = row.status
    if part.amount is not None and row.status not in OUT:
        state_claim(work, row, read_amount(part.amount, work.grant.currency))
        replan(work)
    if part.released_on and row.status is InstalmentStatus.RELEASABLE:
        if not opening:
            raise wrong(
                work,
                Sentence(
                    "instalment %(number)s: the grant runs here already: two people release it ('grants release')",
                    number=number,
                ),
            )
        _release(work, row, part)
    if opening and part.requested_by and not part.released_on and row.status is InstalmentStatus.RELEASABLE:
        _ask(work, row, part)
    if opening and part.released_on and row.status in OUT:
        if not row.conditional:
            row.released_on = part.released_on
        _keep_sum(work, row, part)
    if part.claimed_on and row.status is InstalmentStatus.RELEASED:
        row.claimed_on, row.status = part.claimed_on, InstalmentStatus.CLAIMED
        _settle_money_step(work, number, StepKind.CLAIM, part.claimed_on, part.claimed_by)
        work.happened("instalment_claimed", instalment=number, imported=True)
    unasked = claim_step(work, row) is None and row.status is InstalmentStatus.RELEASED
    rest = row.status is InstalmentStatus.PAID and missing_minor(row) > 0
    moved = bool(part.paid_on) and (unasked or rest or row.status is InstalmentStatus.CLAIMED)
    moved = moved and _pay(work, row, part)
    _check_reached(work, row, part)
    moved |= row.status is not before
    if moved:
        replan(work)
    return moved


def _pay(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> bool:
    """Book the payments that the entry has and that are not here yet; return whether there are any."""
    fresh = 0
    for paid_on, total, by in _payments(work, row, part):
        came = total - (row.paid_minor or 0)
        if row.paid_on is not None and (came <= 0 or paid_on < row.paid_on):
            continue
        book_payment(work, row, paid_on, came, named_person(work, by))
        work.happened("instalment_paid", instalment=row.number, imported=True, paid_minor=row.paid_minor)
        fresh += 1
    fresh += _end_payment(work, row, part)
    if fresh and is_over(row):
        by = part.paid_by if row.no_more_why is None else part.no_more_by or part.paid_by
        on = part.paid_on if row.no_more_why is None else part.no_more_on or part.paid_on
        _settle_money_step(work, row.number, StepKind.PAYMENT, on or work.today, by)
    return fresh > 0


def _end_payment(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> bool:
    """Write down that no more of the instalment comes, where the entry says so first; return whether it does."""
    if part.no_more_why is None or is_over(row):
        return False
    row.no_more_why = part.no_more_why
    work.happened(
        "rest_lost",
        instalment=row.number,
        imported=True,
        missing_minor=missing_minor(row),
        reason=part.no_more_why,
    )
    return True


def _payments(
    work: GrantAtWork, row: Instalment, part: InstalmentEntry
) -> Iterator[tuple[date, int, str | None]]:
    """Yield the day of each payment, what had come with it, and who recorded it."""
    whole, currency = row.amount_minor or 0, work.grant.currency
    paid = minor_units(part.paid_amount, currency)
    total, before = whole if paid is None else paid, 0
    for one in part.paid_before:
        before += read_amount(one.part_paid, currency)
        yield one.part_paid_on, before, one.part_paid_by
    if total > whole:
        raise wrong(
            work,
            Sentence(
                "instalment %(number)s: more was paid (%(sum)s) than it is",
                number=row.number,
                sum=part.paid_amount,
            ),
        )
    if part.paid_before and total <= before:
        said = sum_text(before, currency)
        raise wrong(
            work,
            Sentence(
                "instalment %(number)s: %(sum)s came before the last payment, and that is all that came",
                number=row.number,
                sum=said,
            ),
        )
    if part.paid_on is not None:
        yield part.paid_on, total, part.paid_by


def _check_days(work: GrantAtWork, number: int, part: InstalmentEntry) -> None:
    came = (one.part_paid_on for one in part.paid_before)
    days = [day for day in (part.released_on, part.claimed_on, *came, part.paid_on) if day is not None]
    for day in (*days, *([part.no_more_on] if part.no_more_on else [])):
        not_ahead(work, Sentence("instalment %(number)s: what happened", number=number), day)
    if days != sorted(days):
        raise wrong(
            work,
            Sentence(
                "instalment %(number)s: it is released, then claimed, then paid: mend the days' order",
                number=number,
            ),
        )


def _release(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    if not part.requested_by or not part.confirmed_by or part.requested_by == part.confirmed_by:
        raise wrong(
            work,
            Sentence(
                "instalment %(number)s: a release needs two people: requested_by and confirmed_by",
                number=row.number,
            ),
        )
    reference = work.grant.reference
    row.requested_by_id = imported_person(work.shared, reference, part.requested_by)
    row.confirmed_by_id = imported_person(work.shared, reference, part.confirmed_by)
    row.requested_on = part.requested_on
    row.released_on, row.status = part.released_on, InstalmentStatus.RELEASED
    work.happened("instalment_released", instalment=row.number, amount_minor=row.amount_minor, imported=True)


def _keep_sum(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    """Let the instalment have left with the sum that the entry says, though a decision was corrected since."""
    left, award = minor_units(part.released_amount, work.grant.currency), work.grant.award_minor or 0
    if left is None or left == row.amount_minor:
        return
    others = sum(one.amount_minor or 0 for one in work.instalments if one is not row and one.status in OUT)
    if left + others > award:
        said = sum_text(award - others, work.grant.currency)
        raise wrong(
            work,
            Sentence(
                "instalment %(number)s: more left (%(sum)s) than there was (%(left)s)",
                number=row.number,
                sum=part.released_amount,
                left=said,
            ),
        )
    for one in work.instalments:
        if one.status not in OUT:
            one.amount_minor = None  # it is sized anew
    row.amount_minor = left
    work.happened(
        "instalments_sized", award_minor=award, instalments=[one.amount_minor for one in work.instalments]
    )
    replan(work)


def _ask(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    """Let a release be asked for that nobody has confirmed: the letter goes to the second person."""
    row.requested_by_id, row.requested_on = named_person(work, part.requested_by), part.requested_on
    work.happened("release_requested", person_id=row.requested_by_id, instalment=row.number, imported=True)
    work.drafts[:] = [
        one
        for one in work.drafts
        if one.kind is not NoticeKind.CONFIRM_RELEASE or one.detail["instalment"] != row.number
    ]
    ask_for_release(work, row)


def _check_reached(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    """Refuse an instalment that did not come as far as the file says."""
    waits = [step.key for step in work.conditions_of(row) if step.status is not StepStatus.APPROVED]
    because = Sentence("; it waits for %(steps)s", steps=", ".join(waits)) if waits else ""
    for day, statuses in ((part.released_on, OUT), (part.claimed_on, OUT[1:]), (part.paid_on, OUT[2:])):
        if day is not None and row.status not in statuses:
            raise wrong(
                work,
                Sentence(
                    "instalment %(number)s is %(status)s, so it cannot be %(aim)s yet%(because)s",
                    number=row.number,
                    status=row.status,
                    aim=statuses[0],
                    because=because,
                ),
            )


def _settle_money_step(work: GrantAtWork, number: int, kind: StepKind, on: date, by: str | None) -> None:
    step = claim_step(work, _instalment(work, number), kind)
    if step is not None and step.status in UNSETTLED:
        settle_step(work, step.key, on, named_person(work, by))
        replan(work)
