"""Bring a grant to where an import file says that it had come: decisions, done steps, instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import select

from models.errors import ImportInvalid
from models.grant import Decision
from models.import_file import DecisionEntry, GrantEntry, InstalmentEntry, read_amount
from models.instalment import Instalment
from models.step import Step
from models.vocabulary import (
    UNSETTLED,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    StepKind,
    StepStatus,
)
from models.written_numbers import read_number, shown
from tasks.corrections import Correction, correct_at_work
from tasks.decisions import DecisionInput, apply_decision
from tasks.grant_at_work import GrantAtWork, claim_step, find_instalment
from tasks.instalments import OUT, state_claim
from tasks.replanning import replan
from tasks.said_before import bring_in_said
from tasks.shared_facts import SharedFacts


@dataclass(frozen=True, slots=True)
class _DateKind:
    """A way in which a person sets a due date: in the file, in the step's row, in the journal, and as a command."""

    name: str
    column: str
    event: str
    command: str


EXTENSIONS = _DateKind("extensions", "fixed_due", "step_extended", "grants extend")
READINGS = _DateKind("readings", "confirmed_due", "reading_confirmed", "grants confirm")


def bring_up_to_date(work: GrantAtWork, entry: GrantEntry, now: datetime, *, opening: bool) -> bool:
    """Apply decisions, done steps and instalments of the entry that are not there yet; return whether any were.

    Approvals and releases are history only while the grant is being opened: a file that one person writes does not
    stand in for who approves, or for two people's confirmation, in a grant that runs here.
    """
    acted = False
    decisions = [
        (decision_input(one, work.grant.currency), _named_person(work, one.recorded_by))
        for one in entry.decisions
    ]
    if opening:
        _begin(work, decisions[:1], now)
    for decision, by_id in decisions:
        acted |= _decide(work, decision, by_id, now)
    acted |= _set_dates(work, EXTENSIONS, _extended(entry), opening=opening)
    acted |= _set_dates(work, READINGS, _confirmed(entry), opening=opening)
    acted |= _mark_done(work, entry.done, opening=opening)
    acted |= bring_in_said(work, entry, now, opening=opening)
    for number, instalment in sorted(entry.instalments.items()):
        acted |= _move_instalment(work, number, instalment, opening=opening)
    # What had passed before the import is told to nobody; only what still waits for a person is.
    waiting = {row.number for row in work.instalments if row.status is InstalmentStatus.RELEASABLE}
    work.drafts[:] = [
        draft
        for draft in work.drafts
        if draft.kind is not NoticeKind.CONFIRM_RELEASE or draft.detail["instalment"] in waiting
    ]
    return acted


def _begin(work: GrantAtWork, first: Sequence[tuple[DecisionInput, int | None]], now: datetime) -> None:
    """Plan a new grant: when its file begins with the award, at once with what the award says."""
    for award, by_id in first:
        if award.kind is DecisionKind.AWARD:
            _check_day(work, award)
            apply_decision(work, award, by_id, now)
    replan(work)


def _decide(work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime) -> bool:
    """Record the decision unless it is there; in one that is there a file can only add a date that it lacks."""
    for row in work.decisions:
        if (row.kind, row.decided_on) == (decision.kind, decision.decided_on):
            return _add_dates(work, row, decision, now)
    _check_day(work, decision)
    if not work.opening:
        _check_unknown(work, decision)
    apply_decision(work, decision, by_id, now)
    replan(work)
    return True


def _add_dates(work: GrantAtWork, row: Decision, decision: DecisionInput, now: datetime) -> bool:
    """Add the dates that a recorded decision lacks; what it says otherwise than the file is for a person to correct."""
    mend = f"correct it ('grants decide {work.grant.reference} --kind {row.kind} --correct {row.decided_on}')"
    if (row.amount_minor, row.total_minor) != (decision.amount_minor, decision.total_minor):
        raise _wrong(work, f"{_named(decision)} is recorded with another sum: {mend}, or record an amendment")
    said = {str(number): one for number, one in decision.instalments.items()}
    if said and said != row.instalments:
        raise _wrong(work, f"{_named(decision)} is recorded with other instalments: {mend}")
    known = {name: str(value["on"]) for name, value in row.dates.items()}
    for name, on in decision.dates.items():
        if known.get(name, on.isoformat()) != on.isoformat():
            raise _wrong(work, f"{_named(decision)} is recorded with {name} {known[name]}: {mend}")
    added = {name: on for name, on in decision.dates.items() if name not in known}
    if added and work.grant.status is GrantStatus.OPEN:
        correct_at_work(work, Correction(row.decided_on, row.kind, {"dates": added}), None, now)
        replan(work)
    return bool(added)


def _check_unknown(work: GrantAtWork, decision: DecisionInput) -> None:
    """Refuse a decision that was corrected or annulled here: the file would bring the mistake back."""
    same = select(Decision.id).where(
        Decision.grant_id == work.grant_id,
        Decision.kind == decision.kind,
        Decision.decided_on == decision.decided_on,
    )
    if work.session.exec(same).first() is not None:
        holds = ", ".join(f"the {one.kind} of {one.decided_on}" for one in work.decisions) or "no decision"
        raise _wrong(
            work, f"{_named(decision)} was corrected or annulled here, where {holds} holds: mend the file"
        )


def _check_day(work: GrantAtWork, decision: DecisionInput) -> None:
    if decision.decided_on > work.today:
        raise _wrong(work, f"{_named(decision)} lies in the future")


def _named(decision: DecisionInput) -> str:
    return f"the {decision.kind} of {decision.decided_on}"


def decision_input(entry: DecisionEntry, currency: str) -> DecisionInput:
    """Return an import file's decision as the act of recording it takes it."""
    return DecisionInput(
        entry.kind,
        entry.decided_on,
        minor_units(entry.amount, currency),
        minor_units(entry.total, currency),
        entry.purpose,
        entry.conditions,
        entry.dates,
        entry.source,
        {number: stated_sum(said, currency) for number, said in entry.instalments.items()},
    )


def stated_sum(said: str, currency: str) -> int | str:
    """Return what a decision says of an instalment: a sum in minor units, or a share of the award as it is written."""
    text = said.strip()
    if not text.endswith("%"):
        return read_amount(text, currency)
    try:
        part = read_number(text.removesuffix("%").strip(), 6)
        if not 0 < part <= 100:
            raise ValueError
    except ValueError:
        raise ValueError(f"'{shown(said)}' is not a part of the award: write '60 %'") from None
    return f"{part:f} %"


def minor_units(value: str | int | None, currency: str) -> int | None:
    """Return a sum as a file writes it in minor units, or None where it writes none."""
    return None if value is None else read_amount(value, currency)


def imported_person(shared: SharedFacts, reference: str, email: str) -> int:
    """Return the id of the person that a grant's entry names; ImportInvalid if there is none."""
    found = shared.person_id(email)
    if found is None:
        raise ImportInvalid(f"grant {reference}: there is no person with the address '{email}'")
    return found


def _named_person(work: GrantAtWork, email: str | None) -> int | None:
    return None if email is None else imported_person(work.shared, work.grant.reference, email)


def _wrong(work: GrantAtWork, what: str) -> ImportInvalid:
    return ImportInvalid(f"grant {work.grant.reference}: {what}")


def _not_ahead(work: GrantAtWork, what: str, on: date) -> None:
    if on > work.today:
        raise _wrong(work, f"{what} on {on} lies in the future")


def _mark_done(work: GrantAtWork, done: Mapping[str, date], *, opening: bool) -> bool:
    acted = False
    for key, on in sorted(done.items(), key=lambda pair: pair[1]):
        step = _step(work, key, "done")
        if step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            raise _wrong(
                work, f"done: '{key}' is a {step.kind}: say how far its instalment came ('instalments')"
            )
        if step.status not in UNSETTLED:
            # A decision that came with the file settled it on the decision's day; the file knows its own.
            if opening and step.status is StepStatus.DONE and step.done_on != on:
                _not_ahead(work, f"done: '{key}'", on)
                step.done_on = on
                replan(work)
            continue
        if step.kind is StepKind.APPROVAL and not opening:
            raise _wrong(
                work,
                f"done: '{key}' is an approval, and the grant runs here already: who takes it records it"
                " ('grants approve'); leave it out of the file",
            )
        _not_ahead(work, f"done: '{key}'", on)
        _settle(work, step.key, on)
        replan(work)
        acted = True
    return acted


def _settle(work: GrantAtWork, key: str, on: date, by_id: int | None = None) -> None:
    step = work.steps[key]
    step.status = StepStatus.APPROVED if step.kind is StepKind.APPROVAL else StepStatus.DONE
    step.done_on, step.done_by_id = on, by_id or step.owner_id
    step.version += 1
    work.happened("step_imported_as_done", step, on=on.isoformat())


def _extended(entry: GrantEntry) -> dict[str, tuple[date, str]]:
    return {key: (one.to, one.reason) for key, one in entry.extensions.items()}


def _confirmed(entry: GrantEntry) -> dict[str, tuple[date, str]]:
    return {key: (one.confirmed_on, one.reason) for key, one in entry.readings.items()}


def _set_dates(
    work: GrantAtWork, kind: _DateKind, days: Mapping[str, tuple[date, str]], *, opening: bool
) -> bool:
    """Set due dates where they were; in a grant that runs here, only the kind's command sets them."""
    acted = False
    for key, (day, reason) in days.items():
        step = _step(work, key, kind.name)
        if (getattr(step, f"{kind.column}_on"), getattr(step, f"{kind.column}_source")) == (
            day,
            reason,
        ):
            continue
        if not opening:
            raise _wrong(
                work,
                f"{kind.name}: '{key}' is another here, and the grant runs here already ('{kind.command}')",
            )
        setattr(step, f"{kind.column}_on", day)
        setattr(step, f"{kind.column}_source", reason)
        work.happened(kind.event, step, to=day.isoformat(), reason=reason, imported=True)
        acted = True
    if acted:
        replan(work)
    return acted


def _step(work: GrantAtWork, key: str, what: str) -> Step:
    step = work.steps.get(key)
    if step is None:
        raise _wrong(work, f"{what}: there is no step '{key}'; it has: {', '.join(work.steps)}")
    return step


def _move_instalment(work: GrantAtWork, number: int, part: InstalmentEntry, *, opening: bool) -> bool:
    row = find_instalment(work, number)
    _check_days(work, number, part)
    before = row.status
    if part.amount is not None and row.status not in OUT:
        state_claim(work, row, read_amount(part.amount, work.grant.currency))
        replan(work)
    if part.released_on and row.status is InstalmentStatus.RELEASABLE:
        if not opening:
            raise _wrong(
                work,
                f"instalment {number}: the grant runs here already: two people release it ('grants release')",
            )
        _release(work, row, part)
    if part.claimed_on and row.status is InstalmentStatus.RELEASED:
        row.claimed_on, row.status = part.claimed_on, InstalmentStatus.CLAIMED
        _settle_money_step(work, number, StepKind.CLAIM, part.claimed_on, part.claimed_by)
        work.happened("instalment_claimed", instalment=number, imported=True)
    unasked = claim_step(work, row) is None and row.status is InstalmentStatus.RELEASED
    if part.paid_on and (unasked or row.status is InstalmentStatus.CLAIMED):
        row.paid_on, row.paid_minor, row.status = part.paid_on, _paid(work, row, part), InstalmentStatus.PAID
        _settle_money_step(work, number, StepKind.PAYMENT, part.paid_on, part.paid_by)
        work.happened("instalment_paid", instalment=number, imported=True, paid_minor=row.paid_minor)
    _check_reached(work, row, part)
    if row.status is not before:
        replan(work)
    return row.status is not before


def _paid(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> int | None:
    paid = minor_units(part.paid_amount, work.grant.currency)
    if paid is not None and row.amount_minor is not None and paid > row.amount_minor:
        raise _wrong(work, f"instalment {row.number}: more was paid ({part.paid_amount}) than it is")
    return row.amount_minor if paid is None else paid


def _check_days(work: GrantAtWork, number: int, part: InstalmentEntry) -> None:
    days = [day for day in (part.released_on, part.claimed_on, part.paid_on) if day is not None]
    for day in days:
        _not_ahead(work, f"instalment {number}: what happened", day)
    if days != sorted(days):
        raise _wrong(
            work, f"instalment {number}: it is released, then claimed, then paid: mend the days' order"
        )


def _release(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    if not part.requested_by or not part.confirmed_by or part.requested_by == part.confirmed_by:
        raise _wrong(
            work, f"instalment {row.number}: a release needs two people: requested_by and confirmed_by"
        )
    reference = work.grant.reference
    row.requested_by_id = imported_person(work.shared, reference, part.requested_by)
    row.confirmed_by_id = imported_person(work.shared, reference, part.confirmed_by)
    row.requested_on = part.requested_on
    row.released_on, row.status = part.released_on, InstalmentStatus.RELEASED
    work.happened("instalment_released", instalment=row.number, amount_minor=row.amount_minor, imported=True)


def _check_reached(work: GrantAtWork, row: Instalment, part: InstalmentEntry) -> None:
    """Refuse an instalment that did not come as far as the file says."""
    waits = [step.key for step in work.conditions_of(row) if step.status is not StepStatus.APPROVED]
    because = f"; it waits for {', '.join(waits)}" if waits else ""
    for day, verb, statuses in (
        (part.released_on, "released", OUT),
        (part.claimed_on, "claimed", OUT[1:]),
        (part.paid_on, "paid", OUT[2:]),
    ):
        if day is not None and row.status not in statuses:
            raise _wrong(
                work, f"instalment {row.number} is {row.status}, so it cannot be {verb} yet{because}"
            )


def _settle_money_step(work: GrantAtWork, number: int, kind: StepKind, on: date, by: str | None) -> None:
    step = claim_step(work, find_instalment(work, number), kind)
    if step is not None and step.status in UNSETTLED:
        _settle(work, step.key, on, _named_person(work, by))
        replan(work)
