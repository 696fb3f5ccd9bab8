"""Gather the facts that a grant's plan depends on: dates, decisions, done steps, meetings."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from models.facts.receipt import Source
from models.rules.dates.anchors import KnownDate
from models.rules.dates.committee import MeetingTaken
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.dates.selection import PlanFacts
from models.rules.dates.thresholds import add_up_so_far
from models.rules.money.shares import add_up_award, find_award
from models.vocabulary import SETTLED, DecisionKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.instalments import added_instalments

# The day on which a decision says that the grant ends, and where it stays when the grant ended before any said so.
GRANT_END = "grant_end_on"
FIRST_END = "first_end"


def plan_facts(work: GrantAtWork) -> PlanFacts:
    """Return the facts of the grant that its plan depends on."""
    dates: dict[str, KnownDate] = {name: _known(value) for name, value in work.grant.dates.items()}
    for decision in work.decisions:
        if decision.kind is DecisionKind.AWARD:
            dates["decided_on"] = KnownDate(decision.decided_on, decision.source)
        dates |= {name: _known(value) for name, value in decision.dates.items()}
    steps = work.steps.values()
    return PlanFacts(
        dates=dates,
        period_start_on=work.grant.period_start_on,
        period_end_on=work.grant.period_end_on,
        done=_done(work),
        fixed={
            step.key: (step.fixed_due_on, step.fixed_due_source or "")
            for step in steps
            if step.fixed_due_on is not None
        },
        added=added_instalments(work),
        stated=add_up_so_far(work.decisions),
        confirmed={
            step.key: (step.confirmed_due_on, step.confirmed_due_source or "")
            for step in steps
            if step.confirmed_due_on is not None
        },
        settled=dict(_settled(work)),
        award_minor=add_up_award(work.decisions),
        meetings=work.shared.meetings(work.programme, work.grant.recipient_id),
        returned=work.record.returns() if any(step.returned_count for step in steps) else {},
        undecided={step.key: step.undecided_on for step in steps if step.undecided_on is not None},
        fell={step.key: step.fell_on for step in steps if step.fell_on is not None},
        taken=taken_meetings(work),
    )


def taken_meetings(work: GrantAtWork) -> dict[str, MeetingTaken]:
    """Return the meeting planned or chosen for each approval: it stays, since people prepare for it."""
    taken = {}
    for step in work.steps.values():
        meeting = read_planned_meeting(step.receipt)
        if meeting is not None and meeting.is_in_time and step.fixed_due_on is None:
            taken[step.key] = MeetingTaken(held_on=meeting.held_on, needed_on=meeting.needed_on)
    return taken | work.chosen_meetings


def _settled(work: GrantAtWork) -> Iterator[tuple[str, Source]]:
    """Yield the texts whose readings people confirmed, each with its proof."""
    for step in work.steps.values():
        if step.confirmed_due_on is not None:
            day = step.confirmed_due_on.isoformat()
            sources = step.receipt.get("sources", {})
            texts = (
                *step.receipt.get("settled", ()),
                *(text for text, source_day in sources.items() if source_day == day),
            )
            yield from ((text, step.confirmed_due_source or "") for text in texts)


def _done(work: GrantAtWork) -> dict[str, date]:
    """Return when the steps were done, also those not yet added that the decision settles."""
    award = find_award(work.decisions)
    done = {step.key: step.done_on for step in work.steps.values() if step.done_on and step.status in SETTLED}
    if award is None:
        return done
    there = {step.template_key for step in work.steps.values()}
    settled = (
        step.key for step in work.programme.steps if step.settled_by_decision and step.key not in there
    )
    return {key: work.known_done.get(key, award.decided_on) for key in settled} | done


def _known(value: Mapping[str, Any]) -> KnownDate:
    return KnownDate(date.fromisoformat(value["on"]), value.get("source", ""), bool(value.get("choice")))
