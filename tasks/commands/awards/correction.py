"""Correct a funder's decision that was recorded wrongly, or annul it."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from models.commands.decisions import Correct, DecisionInput
from models.commands.paper import paper_of
from models.errors import BadInput, GrantError, Refused
from models.events import GrantEvent
from models.reading.personal_number import refuse_personal_numbers
from models.reading.value_faults import Reading
from models.rules.money.correction import (
    ENDS,
    SUMS,
    Corrected,
    CorrectionDecision,
    CorrectionReason,
    may_correct,
)
from models.rules.money.shares import find_award
from models.tables.grant import Decision
from models.vocabulary import DecisionKind, GrantStatus, InstalmentStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.step_state import reopen
from tasks.commands.awards.checks import check_among, check_sums, named_decision
from tasks.commands.awards.record import add_decided_notice, add_decision
from tasks.commands.command_faults import Correcting
from tasks.store.journal import journal_value


def correct_at_work(work: GrantAtWork, correction: Correct, by_id: int | None, now: datetime) -> str:
    """Correct a decision in a change to the grant, and add the notices; the caller replans.

    Returns the reason for people whose dates move. Raises Refused if money has gone further than
    the corrected decision allows. Raises BadInput if there is no such decision, or nothing in it
    changes.
    """
    words = {name: correction.said.get(name) for name in ("purpose", "conditions", "source")}
    refuse_personal_numbers(reason=correction.reason, **words)
    old = _find_recorded(work, correction)
    was = _as_input(old)
    new = was if correction.annulled else _as_corrected(was, correction.said)
    changes = _changes(was, new)
    work.decisions.remove(old)
    decision = may_correct(
        old,
        Corrected(changes, new.decided_on, correction.annulled),
        status=work.grant.status,
        others=work.decisions,
        instalments=work.instalments,
    )
    if not decision.allowed:
        raise _refusal(work, decision, old, new)
    if not correction.annulled:
        check_among(work, new)
    _put_back(work, old, changes, annulled=correction.annulled)
    row = add_decision(work, new, by_id, now, corrects_id=old.id, annulled=correction.annulled)
    check_sums(work, row, old.instalments)
    work.add_event(
        GrantEvent.DECISION_CORRECTED,
        person_id=by_id,
        kind=str(old.kind),
        decided_on=old.decided_on.isoformat(),
        annulled=correction.annulled,
        changes=changes,
        reason=correction.reason,
        **_word_of(correction),
    )
    if correction.annulled:
        _undo(work, old)
    elif old.kind is DecisionKind.AWARD:
        _settle_on(work, old.decided_on, new.decided_on)
    detail = {"annulled": True, "decision": ""} if correction.annulled else _as_told(was, new, changes)
    add_decided_notice(work, new, f"corrected-{row.id}", **detail)
    return correction.reason or new.source


def _word_of(correction: Correct) -> dict[str, Any]:
    """Return by whose word a decision was never made, as the journal stores it."""
    if not correction.annulled:
        return {}
    details = {"paper": paper_of(correction)}
    details |= {"told_by": correction.told_by.strip(), "told_on": str(correction.told_on or "")}
    return {name: value for name, value in details.items() if value}


def _as_told(was: DecisionInput, new: DecisionInput, changes: Collection[str]) -> dict[str, object]:
    """Return the details of the letter about a correction: only what was wrong."""
    old, right = (
        decision.total_minor if decision.amount_minor is None else decision.amount_minor
        for decision in (was, new)
    )
    details: dict[str, object] = {
        name: getattr(new, name) for name in ("purpose", "conditions") if name in changes
    }
    if not SUMS.isdisjoint(changes):
        details |= {"was_minor": old or 0, "amount_minor": right}
    return {"corrected": True, "purpose": "", "conditions": ""} | details


def _find_recorded(work: GrantAtWork, correction: Correct) -> Decision:
    decisions = [
        decision
        for decision in work.decisions
        if decision.decided_on == correction.recorded_on and correction.kind in (None, decision.kind)
    ]
    if len(decisions) == 1:
        return decisions[0]
    if decisions:
        raise BadInput(
            Correcting.SEVERAL(day=correction.recorded_on, kinds=[decision.kind for decision in decisions])
        )
    raise BadInput(
        Correcting.NOT_RECORDED(
            kind=correction.kind or Correcting.DECISION(),
            day=correction.recorded_on,
            grant=work.grant.reference,
            there=[named_decision(decision.kind, decision.decided_on) for decision in work.decisions]
            or Reading.NONE(),
        )
    )


def _as_input(row: Decision) -> DecisionInput:
    return DecisionInput(
        kind=row.kind,
        decided_on=row.decided_on,
        amount_minor=row.amount_minor,
        total_minor=row.total_minor,
        purpose=row.purpose,
        conditions=row.conditions,
        dates={name: date.fromisoformat(str(value["on"])) for name, value in row.dates.items()},
        source=row.source,
        instalments={int(number): stated for number, stated in row.instalments.items()},
    )


def _as_corrected(was: DecisionInput, fields: Mapping[str, Any]) -> DecisionInput:
    values = dict(fields)
    if "amount_minor" in values or "total_minor" in values:
        values = {"amount_minor": None, "total_minor": None} | values
    for name in ("dates", "instalments"):
        both = {**getattr(was, name), **values.get(name, {})}
        values[name] = {key: value for key, value in both.items() if value is not None}
    return replace(was, **values)


def _changes(was: DecisionInput, new: DecisionInput) -> dict[str, list[object]]:
    """Return the changed values, old and new, by the field's name."""
    return {
        field.name: [journal_value(getattr(was, field.name)), journal_value(getattr(new, field.name))]
        for field in fields(was)
        if getattr(was, field.name) != getattr(new, field.name)
    }


def _refusal(
    work: GrantAtWork, decision: CorrectionDecision, old: Decision, new: DecisionInput
) -> GrantError:
    """Return why a decision cannot be corrected."""
    grant = work.grant
    other = decision.other
    part = decision.instalment
    reason = decision.reason
    if reason is CorrectionReason.NOTHING_ELSE:
        return BadInput(Correcting.NOTHING_ELSE(kind=old.kind, day=old.decided_on))
    if part is not None:
        message = Correcting.CLAIMED_BEFORE if part.claimed_on else Correcting.PAID_BEFORE
        was = part.claimed_on or part.paid_on
        return Refused(message(number=part.number, was=was, kind=new.kind, day=new.decided_on), reason=reason)
    remark = Correcting[reason.name](
        grant=grant.reference,
        status=grant.status,
        kind=other.kind if other else Correcting.DECISION(),
        day=other.decided_on if other else None,
    )
    return Refused(remark, reason=reason)


def _put_back(work: GrantAtWork, old: Decision, changes: Mapping[str, object], *, annulled: bool) -> None:
    """Take back the money of the decision alone that nobody has claimed: it is sized and released again.

    Not when a later decision has given the grant money since: released money keeps its sum then.
    """
    if not annulled and (SUMS | {"decided_on"}).isdisjoint(changes):
        return
    states = (DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT)
    if any(decision.kind in states and decision.decided_on >= old.decided_on for decision in work.decisions):
        return
    for part in work.instalments:
        if (
            part.status is InstalmentStatus.RELEASED
            and not part.conditional
            and part.released_on == old.decided_on
        ):
            part.status = InstalmentStatus.PLANNED
            part.released_on = None
    work.flush()


def _settle_on(work: GrantAtWork, was_on: date, on: date) -> None:
    """Let the steps that the award settled be done on its day."""
    for step in work.steps.values():
        rule = work.record.rule_of(step)
        if rule is not None and rule.settled_by_decision and step.done_on == was_on != on:
            step.done_on = on
            work.add_event(GrantEvent.STEP_SETTLED_BY_DECISION, step, step.done_by_id)


def _undo(work: GrantAtWork, old: Decision) -> None:
    """Restore the grant as it was without the decision."""
    if old.kind in ENDS:
        work.grant.status = GrantStatus.OPEN
        work.grant.closed_on = None
    if old.kind is not DecisionKind.AWARD or find_award(work.decisions) is not None:
        return
    for step in work.steps.values():
        rule = work.record.rule_of(step)
        if rule is not None and rule.settled_by_decision and step.done_on == old.decided_on:
            reopen(step)
            work.add_event(GrantEvent.STEP_PLANNED, step)
    for part in work.instalments:
        part.requested_by_id = part.requested_on = None
        part.amount_minor = part.kept_minor = part.claimed_minor = None
        part.status = InstalmentStatus.PLANNED
    work.flush()
    work.grant.award_minor = None
    work.flush()
