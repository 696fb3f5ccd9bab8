"""Bring a grant to where an import file says that it had come: decisions, done steps, instalments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import select

from models.errors import Unreadable
from models.grant import Decision
from models.grant_entries import DecisionEntry, GrantEntry
from models.sentence import Sentence
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
from models.written_references import as_argument
from models.written_sums import minor_units, read_amount
from tasks.grants.acts.corrections import Correction, correct_at_work
from tasks.grants.acts.decision_checks import DecisionInput, named_decision
from tasks.grants.acts.decisions import apply_decision
from tasks.grants.at_work.grant_at_work import GrantAtWork
from tasks.grants.planning.replanning import replan
from tasks.opening.figures_before import bring_in_figures
from tasks.opening.imported_money import move_instalments_as_said
from tasks.opening.imported_steps import (
    give_steps,
    named_person,
    not_ahead,
    note_end,
    open_recoveries,
    settle_step,
    step_called,
    wrong,
)
from tasks.opening.said_before import bring_in_said, know_answers
from tasks.opening.told_before import bring_in_told


@dataclass(frozen=True, slots=True)
class _DateKind:
    """A way in which a person sets a due date: in the file, in the step's row, in the journal, and as a command."""

    name: Sentence
    column: str
    event: str
    command: str


EXTENSIONS = _DateKind(Sentence("extensions"), "fixed_due", "step_extended", "grants extend")
READINGS = _DateKind(Sentence("readings"), "confirmed_due", "reading_confirmed", "grants confirm")


def bring_up_to_date(work: GrantAtWork, entry: GrantEntry, now: datetime, *, opening: bool) -> bool:
    """Apply decisions, done steps and instalments of the entry that are not there yet; return whether any were.

    Approvals and releases are history only while the grant is being opened: a file that one person writes does not
    stand in for who approves, or for two people's confirmation, in a grant that runs here.
    """
    acted = False
    decisions = [
        (decision_input(one, work.grant.currency), named_person(work, one.recorded_by))
        for one in entry.decisions
    ]
    if opening:
        _begin(work, decisions[:1], now)
    for decision, by_id in decisions:
        if opening:
            _catch_up(work, entry, decision.decided_on)
        acted |= _decide(work, decision, by_id, now)
    open_recoveries(work, entry, opening=opening)
    acted |= _set_dates(work, EXTENSIONS, _extended(entry), opening=opening)
    acted |= _set_dates(work, READINGS, _confirmed(entry), opening=opening)
    if opening:
        know_answers(work, entry)
    acted |= _mark_done(work, entry.done, opening=opening)
    acted |= bring_in_said(work, entry, now, opening=opening)
    acted |= bring_in_figures(work, entry, opening=opening)
    acted |= move_instalments_as_said(work, entry, opening=opening)
    # What is paid back follows from what came: a repayment was nothing to be done until the money was in.
    acted |= _mark_done(work, entry.done, opening=opening)
    give_steps(work, entry, opening=opening)
    acted |= bring_in_told(work, entry, now, opening=opening)
    if opening:
        note_end(work)
    # What had passed before the import is told to nobody; only what still waits for a person is.
    waiting = {row.number for row in work.instalments if row.status is InstalmentStatus.RELEASABLE}
    asked = {one.step for one in entry.told if one.notice is NoticeKind.CONFIRM_RELEASE}
    waiting -= {step.instalment for step in work.steps.values() if step.key in asked}
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


def _catch_up(work: GrantAtWork, entry: GrantEntry, decided_on: date) -> None:
    """Bring a new grant to where it was when a later decision came: what is out keeps its sum, what is done is done."""
    if not work.decisions and not work.steps:
        return
    know_answers(work, entry)
    done = {key: on for key, on in entry.done.items() if on <= decided_on and key in work.steps}
    _mark_done(work, done, opening=True)
    move_instalments_as_said(work, entry, opening=True, before=decided_on)


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
    which = f"{as_argument(work.grant.reference)} --kind {row.kind} --correct {row.decided_on}"
    mend = Sentence("correct it ('grants decide %(which)s')", which=which)
    if (row.amount_minor, row.total_minor) != (decision.amount_minor, decision.total_minor):
        raise wrong(
            work,
            Sentence(
                "%(decision)s is recorded with another sum: %(mend)s, or record an amendment",
                decision=_named(decision),
                mend=mend,
            ),
        )
    said = {str(number): one for number, one in decision.instalments.items()}
    if said and said != row.instalments:
        raise wrong(
            work,
            Sentence(
                "%(decision)s is recorded with other instalments: %(mend)s",
                decision=_named(decision),
                mend=mend,
            ),
        )
    known = {name: str(value["on"]) for name, value in row.dates.items()}
    for name, on in decision.dates.items():
        if known.get(name, on.isoformat()) != on.isoformat():
            raise wrong(
                work,
                Sentence(
                    "%(decision)s is recorded with %(name)s %(day)s: %(mend)s",
                    decision=_named(decision),
                    name=name,
                    day=known[name],
                    mend=mend,
                ),
            )
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
        holds = [_named(one) for one in work.decisions] or Sentence("no decision")
        raise wrong(
            work,
            Sentence(
                "%(decision)s was corrected or annulled here, where %(holds)s holds: mend the file",
                decision=_named(decision),
                holds=holds,
            ),
        )


def _check_day(work: GrantAtWork, decision: DecisionInput) -> None:
    if decision.decided_on > work.today:
        raise wrong(work, Sentence("%(decision)s lies in the future", decision=_named(decision)))
    if decision.recorded_at is not None:
        recorded = Sentence("%(decision)s was recorded: that", decision=_named(decision))
        not_ahead(work, recorded, decision.recorded_at.date())


def _named(decision: DecisionInput | Decision) -> Sentence:
    return named_decision(decision.kind, decision.decided_on)


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
        entry.recorded_at,
    )


def stated_sum(said: str, currency: str) -> int | str:
    """Return what a decision says of an instalment: minor units, or a share as "60 %"; ValueError for neither."""
    text = said.strip()
    if not text.endswith("%"):
        return read_amount(text, currency)
    try:
        part = read_number(text.removesuffix("%").strip(), 6)
        if not 0 < part <= 100:
            raise ValueError
    except ValueError:
        raise Unreadable("'%(value)s' is not a part of the award: write '60 %%'", value=shown(said)) from None
    return f"{part:f} %"


def _mark_done(work: GrantAtWork, done: Mapping[str, date], *, opening: bool) -> bool:
    acted = False
    for key, on in sorted(done.items(), key=lambda pair: pair[1]):
        step = step_called(work, key, Sentence("done"))
        if step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
            raise wrong(
                work,
                Sentence(
                    "done: '%(step)s' is a %(kind)s: say how far its instalment came ('instalments')",
                    step=key,
                    kind=step.kind,
                ),
            )
        if step.status not in UNSETTLED:
            # A decision that came with the file settled it on the decision's day; the file knows its own.
            if opening and step.status is StepStatus.DONE and step.done_on != on:
                not_ahead(work, Sentence("done: '%(step)s'", step=key), on)
                step.done_on = on
                replan(work)
            continue
        if step.kind is StepKind.APPROVAL and not opening:
            raise wrong(
                work,
                Sentence(
                    "done: '%(step)s' is an approval, and the grant runs here already: who takes it records it"
                    " ('grants approve'); leave it out of the file",
                    step=key,
                ),
            )
        not_ahead(work, Sentence("done: '%(step)s'", step=key), on)
        settle_step(work, step.key, on)
        replan(work)
        acted = True
    return acted


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
        step = step_called(work, key, kind.name)
        if (getattr(step, f"{kind.column}_on"), getattr(step, f"{kind.column}_source")) == (
            day,
            reason,
        ):
            continue
        if not opening:
            raise wrong(
                work,
                Sentence(
                    "%(sheet)s: '%(step)s' is another here, and the grant runs here already ('%(command)s')",
                    sheet=kind.name,
                    step=key,
                    command=kind.command,
                ),
            )
        setattr(step, f"{kind.column}_on", day)
        setattr(step, f"{kind.column}_source", reason)
        work.happened(kind.event, step, to=day.isoformat(), reason=reason, imported=True)
        acted = True
    if acted:
        replan(work)
    return acted
