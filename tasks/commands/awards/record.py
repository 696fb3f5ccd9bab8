"""Record a funder's decision: its sums, its dates, and the steps that waited for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models.commands.decisions import DecisionInput
from models.events import GrantEvent
from models.facts.receipt import event_source
from models.reading.personal_number import refuse_personal_numbers
from models.rules.money.correction import ENDS
from models.rules.money.shares import add_up_award, decision_sort_key
from models.tables.grant import Decision
from models.tables.step import Step
from models.vocabulary import UNSETTLED, DecisionKind, GrantStatus, NoticeKind, Role, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork, add_notice
from tasks.commands.at_work.step_state import cancel, settle
from tasks.commands.awards.checks import check_decision, check_sums


def decide_at_work(work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime) -> str:
    """Record a decision in a change to the grant, and add the notices; the caller replans.

    The coordinator hears of the decision. Returns its source, for people whose dates it moves.
    """
    apply_decision(work, decision, by_id, now)
    add_decided_notice(work, decision, f"decided-{decision.kind}-{decision.decided_on.isoformat()}")
    _end_extensions(work, decision)
    return decision.source


def add_decided_notice(work: GrantAtWork, about: DecisionInput, rung: str, **detail: object) -> None:
    """Add the notice to the coordinator about a decision: with the funder's step, else with the last one."""
    owner = work.roles.get(Role.COORDINATOR)
    last = max(work.steps.values(), key=lambda step: step.position, default=None)
    step = step_of_decision(work) or last
    if owner is None or step is None:
        return
    amount = about.amount_minor
    others = [decision for decision in work.decisions if decision.decided_on != about.decided_on]
    if amount is None and about.total_minor is not None:
        amount = about.total_minor - (add_up_award(others) or 0)
    details = {
        "decision": str(about.kind),
        "decided_on": about.decided_on.isoformat(),
        "amount_minor": amount,
        "total_minor": add_up_award(work.decisions),
        "currency": work.grant.currency,
        "purpose": about.purpose,
        "conditions": about.conditions,
        "was_conditions": _conditions_before(others) if about.conditions else "",
    }
    add_notice(work, step, NoticeKind.DECIDED, rung, owner, **(details | detail))


def _conditions_before(decisions: Sequence[Decision]) -> str:
    """Return the conditions of the latest of these decisions that states any."""
    stated = sorted((one for one in decisions if one.conditions), key=decision_sort_key)
    return stated[-1].conditions if stated else ""


def step_of_decision(work: GrantAtWork) -> Step | None:
    """Return the step by which the funder decides; None where no step waits for the decision."""
    return next((step for step in work.steps.values() if step.kind is StepKind.FUNDER), None)


def _end_extensions(work: GrantAtWork, decision: DecisionInput) -> None:
    """Let a date of the decision override the extensions that its steps had before it."""
    for step in work.steps.values():
        rule = work.record.rule_of(step)
        if rule is None or step.status not in UNSETTLED:
            continue
        if any(name in decision.dates for name in (rule.due.at, rule.due.unless) if name is not None):
            step.fixed_due_on = step.fixed_due_source = None
            step.said_due_on = step.said_due_source = None


def apply_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime) -> None:
    """Add the decision to the grant; the caller replans."""
    refuse_personal_numbers(purpose=decision.purpose, conditions=decision.conditions, source=decision.source)
    check_decision(work, decision)
    row = add_decision(work, decision, by_id, now)
    check_sums(work, row)
    stated: dict[str, Any] = {"instalments": dict(row.instalments)} if row.instalments else {}
    work.add_event(
        GrantEvent.DECISION_RECORDED,
        person_id=by_id,
        kind=str(decision.kind),
        decided_on=decision.decided_on.isoformat(),
        amount_minor=decision.amount_minor,
        total_minor=decision.total_minor,
        **stated,
    )
    if decision.kind in ENDS:
        _end_without_money(work, decision)
        return
    if decision.kind is DecisionKind.AWARD:
        _settle_by_decision(work, decision, by_id)


def add_decision(
    work: GrantAtWork, decision: DecisionInput, by_id: int | None, now: datetime, **column: object
) -> Decision:
    """Add the decision's row, and return it."""
    values = {
        "grant_id": work.grant_id,
        "kind": decision.kind,
        "decided_on": decision.decided_on,
        "amount_minor": decision.amount_minor,
        "total_minor": decision.total_minor,
        "purpose": decision.purpose,
        "conditions": decision.conditions,
        "dates": {
            name: {
                "on": on.isoformat(),
                "source": decision.source or event_source("decision", decision.decided_on),
            }
            for name, on in decision.dates.items()
        },
        "instalments": {str(number): stated for number, stated in decision.instalments.items()},
        "source": decision.source,
        "recorded_by_id": by_id,
        "recorded_at": now,
        **column,
    }
    (row,) = work.add(Decision, [values])
    if not row.annulled:
        work.decisions.append(row)
        work.decisions.sort(key=decision_sort_key)
    return row


def _settle_by_decision(work: GrantAtWork, decision: DecisionInput, by_id: int | None) -> None:
    for step in work.steps.values():
        rule = work.record.rule_of(step)
        if rule is not None and rule.settled_by_decision and step.status in UNSETTLED:
            settle(step, StepStatus.DONE, work.known_done.get(step.key, decision.decided_on), by_id)
            work.add_event(GrantEvent.STEP_SETTLED_BY_DECISION, step, by_id)


def _end_without_money(work: GrantAtWork, decision: DecisionInput) -> None:
    refused = decision.kind is DecisionKind.REFUSAL
    work.grant.status = GrantStatus.REFUSED if refused else GrantStatus.WITHDRAWN
    work.grant.closed_on = work.today
    for step in work.steps.values():
        if step.status in UNSETTLED:
            cancel(work, step)
    work.add_event(GrantEvent(f"grant_{work.grant.status}"))
