"""Bring an imported grant's steps and instalments to their real state: done, released, claimed, paid."""

from collections.abc import Mapping
from datetime import date

from models.currency import Amount
from models.errors import BadInput
from models.events import GrantEvent
from models.intake.file import GrantEntry, InstalmentEntry
from models.reading.address import mailbox_of
from models.reading.number import minor_units
from models.rules.duties import has_left
from models.rules.money.payment import is_over
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import (
    CLAIMED_OR_PAID,
    OUT,
    UNSETTLED,
    GrantStatus,
    InstalmentStatus,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import claim_step, payment_step, stands_on
from tasks.commands.at_work.step_state import settle
from tasks.commands.replan.replan import replan
from tasks.commands.sums.instalment_states import book_payment
from tasks.commands.sums.instalment_sums import state_claim
from tasks.intake.import_faults import Imported, check_passed, naming, of_grant
from tasks.store.shared_facts import SharedFacts


def mark_done(work: GrantAtWork, done: Mapping[str, date]) -> bool:
    """Let the steps be done on their days; return whether any was not yet.

    Approvals count as history only while the grant is being opened. In a grant that runs here, a
    file written by one person approves nothing.
    """
    changed = False
    for key, on in sorted(done.items(), key=lambda pair: pair[1]):
        step = _step_called(work, key)
        with naming(work.grant.reference, "done", key):
            changed |= _mark(work, step, on)
    return changed


def _mark(work: GrantAtWork, step: Step, on: date) -> bool:
    check_passed(Imported.DONE(step=step.key), on, work.today)
    if step.status in UNSETTLED:
        if step.kind is StepKind.APPROVAL and work.opening is None:
            raise BadInput(Imported.DONE_APPROVAL(step=step.key))
        _import_as_done(work, step, on)
        # An approval that another one waits for was given by then.
        for earlier in work.needs_of(step) if step.kind is StepKind.APPROVAL else ():
            if earlier.kind is StepKind.APPROVAL and earlier.status in UNSETTLED:
                _import_as_done(work, earlier, on)
        replan(work)
        return True
    return False


def _import_as_done(work: GrantAtWork, step: Step, on: date) -> None:
    """Let the step be done, or approved, on the day; the caller plans the grant again."""
    status = StepStatus.APPROVED if step.kind is StepKind.APPROVAL else StepStatus.DONE
    settle(step, status, on, step.owner_id)
    work.add_event(GrantEvent.STEP_IMPORTED_AS_DONE, step, on=on.isoformat())


def person_called(shared: SharedFacts, reference: str, email: str, *place: object) -> int:
    """Return the id of the person that a grant's entry names; ImportInvalid if there is none."""
    person_id = shared.person_id(email)
    if person_id is None:
        raise of_grant(reference, Imported.NO_SUCH_PERSON(email=email), *place)
    return person_id


def note_end(work: GrantAtWork) -> None:
    """Let a finished grant have ended on the day of what ended it, not on the day of the import."""
    if work.grant.status is GrantStatus.CLOSED:
        settled = (step.done_on for step in work.steps.values() if step.done_on)
        work.grant.closed_on = max(settled, default=work.today)
    elif work.grant.status is not GrantStatus.OPEN:
        work.grant.closed_on = max(decision.decided_on for decision in work.decisions)


def _step_called(work: GrantAtWork, key: str) -> Step:
    """Return the step with the key; ImportInvalid if none, or if its instalment states its progress."""
    with naming(work.grant.reference, "done", key, "step"):
        step = work.steps.get(key)
        if step is None:
            raise BadInput(Imported.DONE_UNKNOWN(step=key, there=", ".join(work.steps)))
        if step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            raise BadInput(Imported.DONE_MONEY(step=key, kind=step.kind))
        return step


def bring_instalments(work: GrantAtWork, entry: GrantEntry) -> bool:
    """Move the instalments as far as the entry says; return whether any moved.

    Raises ImportInvalid for one that cannot have come so far. A release counts as history only
    while the grant is being opened: in one that runs here two people release.
    """
    moved = False
    for number, instalment_entry in sorted(entry.instalments.items()):
        with naming(entry.reference, "instalments", number):
            row = next((row for row in work.instalments if row.number == number), None)
            if row is None:
                there = ", ".join(str(row.number) for row in work.instalments) or Imported.NONE_YET()
                raise BadInput(Imported.NO_INSTALMENT(number=number, there=there))
            moved |= _bring(work, row, instalment_entry)
    return moved


def _bring(work: GrantAtWork, row: Instalment, entry: InstalmentEntry) -> bool:
    for on in (entry.claimed_on, entry.paid_on):
        if on is not None:
            check_passed(Imported.WHAT_HAPPENED(number=row.number), on, work.today)
    left_on = entry.claimed_on or entry.paid_on
    before = row.status
    paid = minor_units(entry.paid_amount, work.grant.currency)
    if left_on is not None:
        if paid is not None and row.status not in OUT:
            state_sum(work, row, paid)
        if row.status is InstalmentStatus.RELEASABLE:
            _release(work, row, entry, left_on)
        if work.opening is not None and paid is not None and row.status in OUT:
            _keep_sum(work, row, paid)
        mark_claimed(work, row, left_on)
    if entry.paid_on is not None:
        _pay(work, row, entry.paid_on, paid)
    check_reached(work, row, entry)
    if row.status is before:
        return False
    replan(work)
    return True


def state_sum(work: GrantAtWork, row: Instalment, paid: int) -> None:
    """Set what was claimed to what was paid, if the programme leaves the sum to the claim."""
    rule = work.record.instalment_rule(row)
    if rule is not None and rule.share.kind == "claimed":
        state_claim(work, row, paid)
        replan(work)


def _release(work: GrantAtWork, row: Instalment, entry: InstalmentEntry, on: date) -> None:
    if work.opening is None:
        raise BadInput(Imported.RELEASED_BY_TWO_HERE(number=row.number))
    if not entry.requested_by or not entry.confirmed_by:
        raise BadInput(Imported.NEEDS_TWO_PEOPLE(number=row.number))
    if mailbox_of(entry.requested_by) == mailbox_of(entry.confirmed_by):
        raise BadInput(Imported.NEEDS_TWO_PEOPLE(number=row.number))
    row.requested_by_id = _who_released(work, row, entry.requested_by, on)
    row.confirmed_by_id = _who_released(work, row, entry.confirmed_by, on)
    row.released_on = on
    row.status = InstalmentStatus.RELEASED
    work.add_event(
        GrantEvent.INSTALMENT_RELEASED, instalment=row.number, amount_minor=row.amount_minor, imported=True
    )


def _who_released(work: GrantAtWork, row: Instalment, email: str, on: date) -> int:
    person_id = person_called(work.shared, work.grant.reference, email, "instalments", row.number)
    left_on = work.people(person_id)[person_id].departed_on
    if has_left(left_on, on):
        raise BadInput(Imported.RELEASED_AFTER_LEAVING(number=row.number, person=email, left=left_on, day=on))
    return person_id


def _keep_sum(work: GrantAtWork, row: Instalment, paid: int) -> None:
    """Set the instalment's sum to what was paid; those that have not been sent share the rest.

    The missing part of the last one sent is still expected.
    """
    others = [instalment for instalment in work.instalments if instalment is not row]
    if paid == row.amount_minor or all(other.status in OUT for other in others):
        return
    left = (work.grant.award_minor or 0) - sum(
        other.amount_minor or 0 for other in others if other.status in OUT
    )
    if paid > left:
        raise _paid_too_much(work, row, paid, left)
    for other in others:
        if other.status not in OUT:
            other.amount_minor = None  # its sum is worked out again
    row.amount_minor = paid
    sizes = [instalment.amount_minor for instalment in work.instalments]
    work.add_event(GrantEvent.INSTALMENTS_SIZED, award_minor=work.grant.award_minor, instalments=sizes)
    replan(work)


def mark_claimed(work: GrantAtWork, row: Instalment, on: date) -> None:
    """Let an instalment that has been released have been claimed on the day."""
    claim = claim_step(work, row)
    if claim is None or row.status is not InstalmentStatus.RELEASED:
        return
    row.claimed_on = on
    row.status = InstalmentStatus.CLAIMED
    work.add_event(GrantEvent.INSTALMENT_CLAIMED, instalment=row.number, imported=True)
    if claim.status in UNSETTLED:
        _import_as_done(work, claim, on)


def _pay(work: GrantAtWork, row: Instalment, on: date, paid: int | None) -> None:
    if row.status not in (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED):
        return
    came = row.amount_minor if paid is None else paid
    whole = row.amount_minor or 0
    if came is not None and came > whole:
        raise _paid_too_much(work, row, came, whole)
    book_imported(work, row, on, came or 0)


def book_imported(work: GrantAtWork, row: Instalment, on: date, came_minor: int) -> None:
    """Book a payment from a file."""
    book_payment(work, row, on, came_minor, None)
    work.add_event(
        GrantEvent.INSTALMENT_PAID, instalment=row.number, imported=True, paid_minor=row.paid_minor
    )
    step = payment_step(work, row)
    if is_over(row) and step is not None and step.status in UNSETTLED:
        _import_as_done(work, step, on)


def _paid_too_much(work: GrantAtWork, row: Instalment, paid: int, left: int) -> BadInput:
    paid_text, left_text = (Amount(minor, work.grant.currency) for minor in (paid, left))
    return BadInput(Imported.PAID_TOO_MUCH(number=row.number, sum=paid_text, left=left_text))


def check_reached(work: GrantAtWork, row: Instalment, entry: InstalmentEntry) -> None:
    """Raise BadInput for an instalment that did not come as far as the file says."""
    if entry.paid_on:
        aim = InstalmentStatus.PAID
        reached = row.status is InstalmentStatus.PAID
    else:
        aim = InstalmentStatus.CLAIMED
        reached = not entry.claimed_on or row.status in CLAIMED_OR_PAID
    if reached:
        return
    waits = [step.key for step in stands_on(work, row) if step.status is not StepStatus.APPROVED]
    because = Imported.WAITS_FOR(steps=", ".join(waits)) if waits else ""
    raise BadInput(Imported.NOT_YET(number=row.number, status=row.status, aim=aim, because=because))
