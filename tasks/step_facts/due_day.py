"""Find why a step is due when it is, from its receipt."""

from datetime import date, timedelta

from models.facts.letter import Ahead
from models.facts.receipt import AnchorKind, WhyDue, read_receipt
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.extension import OURS_NOW, decide_day_owner
from models.rules.dates.plan import calendar_of
from models.rules.notices.task_kind import decide_task
from models.rules.steps.needs import goes_to_funder
from models.rules.steps.prerequisites import list_all_waits
from models.tables.step import Step
from models.vocabulary import SETTLED, StepKind
from tasks.grant.records import GrantRecord
from tasks.step_facts.step import name_step

_ANCHORS = {
    "decided_on": AnchorKind.DECISION,
    "grant_start_on": AnchorKind.GRANT_START,
    "grant_end_on": AnchorKind.GRANT_END,
    "period_start": AnchorKind.PERIOD_START,
    "period_end": AnchorKind.PERIOD_END,
}
# A day of ours leaves time for the step that waits for it where that is so near; else it has a reason of its own.
_NEAR = timedelta(days=31)


def find_why(step: Step, record: GrantRecord, language: str, funder: str) -> WhyDue | None:
    """Return why a step of a grant is due when it is; None if its receipt does not say."""
    receipt = read_receipt(step.receipt)
    if not receipt.form or step.due_on is None:
        return None
    anchor, title = _anchor(receipt.anchor, record, language)
    counted_from = record.rules.get((receipt.anchor or "").removesuffix(".done"))
    definite = counted_from.definite if counted_from is not None else None
    calendar = calendar_of(record.programme)
    given = record.grant.dates.get(receipt.anchor) if receipt.anchor else None
    return WhyDue(
        receipt=receipt,
        programme=record.programme,
        template_key=step.template_key,
        due_on=step.due_on,
        anchor=anchor,
        anchor_title=title,
        anchor_definite=one_line(definite.in_language(language), 200) if definite is not None else "",
        funder=funder,
        choice=decide_day_owner(receipt.source) in OURS_NOW,
        assumed=isinstance(given, dict) and given.get("choice") is True,
        working_on=None if calendar.is_working(step.due_on) else calendar.on_or_before(step.due_on),
    )


def is_our_day(step: Step) -> bool:
    """Return whether the office set a step's day itself, and the funder named none."""
    return step.due_on is not None and decide_day_owner(read_receipt(step.receipt).source) in OURS_NOW


def find_ahead(step: Step, record: GrantRecord, language: str, today: date) -> Ahead | None:
    """Return what a step's day leaves time for, where it is ours: the first that waits for it; None if none is near."""
    if step.due_on is None or not is_our_day(step):
        return None
    waits = list_all_waits(record.steps, record.programme)
    waiting = [
        (other.due_on, other.id or 0, other)
        for other in record.steps
        if other.due_on and step in waits[other.key] and other.status not in SETTLED
    ]
    if not waiting:
        return None
    on, _, first = min(waiting)
    if on - step.due_on > _NEAR:
        return None
    rule = record.rule_of(first)
    task = decide_task(StepKind(first.kind), rule, record.programme, with_funder=first.with_funder)
    by = record.person(first.owner_id)
    if rule is not None and rule.body:
        body = record.programme.bodies[rule.body].organisation or record.grant.recipient_id
        by = record.called(body, today, short=True)
    name = name_step(record, first.kind, first.period, rule, language)
    return Ahead(task, name, one_line(by, 160), on)


def _anchor(name: str | None, record: GrantRecord, language: str) -> tuple[AnchorKind, str]:
    """Return the anchor's kind, and its title."""
    if name is None:
        return AnchorKind.WRITTEN, ""
    if name in _ANCHORS:
        return _ANCHORS[name], ""
    named = record.programme.dates.get(name)
    if named is not None:
        return AnchorKind.NAMED, one_line(named.title.in_language(language), 200)
    rule = record.rules.get(name.removesuffix(".done"))
    if rule is None:
        return AnchorKind.NAMED, ""
    title = one_line(rule.title.in_language(language), 200)
    return (_done(rule, record.programme) if name.endswith(".done") else AnchorKind.STEP), title


def _done(rule: StepRule, programme: Programme) -> AnchorKind:
    """Return how a step of the rule was done: its day may differ from the day it was recorded."""
    if rule.kind in (StepKind.APPROVAL, StepKind.FUNDER):
        return AnchorKind.STEP_GIVEN
    if rule.kind is StepKind.CLAIM or goes_to_funder(rule, programme):
        return AnchorKind.STEP_SENT
    if rule.kind is StepKind.PAYMENT:
        return AnchorKind.STEP_CAME
    return AnchorKind.STEP_DONE
