"""Find a step's neighbours: a report's way through its committee, what it waits for, what is next."""

from collections.abc import Iterator
from datetime import date
from operator import itemgetter

from models.facts.letter import MetCondition, MoneyPart, Route, Statement, Waiting
from models.facts.receipt import read_receipt
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.agenda import lacks_meeting
from models.rules.dates.extension import Whose, decide_day_owner
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.money.conditions import list_waited_conditions
from models.rules.notices.contents import list_direct_needs
from models.rules.steps.lateness import late_after
from models.rules.steps.needs import goes_to_funder
from models.rules.steps.prerequisites import waits_for
from models.tables.step import Step
from models.vocabulary import UNSETTLED, AnswerKind, NoticeKind, Phase, StepKind
from tasks.step_facts.step import StepAtHand, number_of_step, words_in
from tasks.words.translator import given_name

_RELEASING = (NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASE_DECLINED, NoticeKind.RELEASED)
# The meetings around the day on which a decision is needed, by the note of a receipt.
_GAPS = {
    "too_early": {"before_on": "day"},
    "too_late": {"after_on": "day"},
    "confirmed_too_late": {"after_on": "day"},
    "cancelled": {"cancelled_on": "days"},
    "undecided": {"undecided_on": "day"},
    "cancelled_before": {"cancelled_on": "day", "after_on": "meeting"},
    "passed_undecided": {"undecided_on": "day", "after_on": "meeting"},
    "ways_out": {"extended_on": "to"},
    "meetings_known_until": {"known_until": "until"},
}


def find_route(at: StepAtHand) -> Route | None:
    """Return the way of the step's report through a committee; None if no committee takes it."""
    approval = _committee_approval(at)
    if approval is None or approval.body is None or at.rule is None:
        return None
    row = _own_or_unsettled(at, approval)
    report = _sent_report(at, approval)
    meeting = read_planned_meeting(row.receipt) if row is not None else None
    taken = meeting if meeting is not None and meeting.is_taken else None
    sent = _own_or_unsettled(at, report) if report is not None else None
    about = report or at.record.rules.get(approval.approves or "")
    return Route(
        committee=_name_of(at, approval.body),
        report=at.name(StepKind.REPORT, None, about),
        agenda_on=taken.agenda_on if taken else None,
        papers_on=taken.documents_on if taken else None,
        meeting_on=taken.held_on if taken else None,
        confirmed_on=taken.confirmed_on if taken else None,
        needed_on=meeting.needed_on if meeting else None,
        immediate=meeting is not None and meeting.immediate,
        due_on=sent.due_on if sent is not None else None,
        decided=row is None,  # a settled step is not among the open ones
        holder=at.person(sent.owner_id) if sent is not None else "",
        reader=next((at.person(row.owner_id) for _, row in _approvals(at)), ""),
        again=sent is not None and decide_day_owner(read_receipt(sent.receipt).source) is Whose.UNTIL_SAID,
    )


def _approvals(at: StepAtHand) -> Iterator[tuple[StepRule, Step]]:
    """Yield the approvals that the step still needs, in order."""
    rules = (step for step in at.programme.steps if step.approves == at.step.template_key)
    return ((rule, row) for rule in rules if (row := _unsettled(at, rule)) is not None)


def last_return(at: StepAtHand, committee: str, funder: str) -> Statement | None:
    """Return who last sent the step back, when and why: the committee or the funder, not the recorder."""
    back = [
        (answer.answered_on, rule, answer)
        for rule, row in _approvals(at)
        for answer in at.record.answers_of(row)
        if answer.kind == AnswerKind.RETURNED
    ]
    if not back:
        return None
    on, rule, last = max(back, key=itemgetter(0))
    if rule.body:
        by = committee
    elif rule.with_funder:
        by = funder
    else:
        by = given_name(at.person(last.by_id))
    return Statement(by, on, None, one_line(last.note, 240))


def _name_of(at: StepAtHand, key: str) -> str:
    """Return a body's name: its organisation's, or the recipient's if it has none of its own."""
    body = at.programme.bodies[key]
    return at.called(body.organisation or at.record.grant.recipient_id) or words_in(body.title, at.language)


def find_gap(at: StepAtHand) -> dict[str, date]:
    """Return why no meeting takes an approval in time, from its receipt: the days of nearby meetings."""
    days_found: dict[str, date] = {}
    notes = [
        reason for note in read_receipt(at.step.receipt).notes for reason in (note, *note.get("why", ()))
    ]
    for note in notes:
        for field, name in _GAPS.get(note["kind"], {}).items():
            if days := note.get(name):
                days_found[field] = date.fromisoformat(days[-1] if isinstance(days, list) else days)
    return days_found


def find_part(at: StepAtHand) -> MoneyPart | None:
    """Return the part of the money of the step, of its approval, or of the first claim after a decision."""
    parts = at.parts
    own = at.own
    if at.notice.kind == NoticeKind.DECIDED:
        claimed = [number_of_step(at.record, claim) for claim in _claims(at)[:1]]
        own = next((part for part in parts if part.number in claimed), None)
    if own is None and at.step.with_funder and at.step.kind == StepKind.APPROVAL:
        held = (part for part in parts if any(step.step_id == at.step.id for step in part.conditions))
        own = next((instalment for instalment in held if instalment.amount_minor != 0), None)
    if own is None:
        return None
    last = len(parts) > 1 and own.number == max(part.number for part in parts)
    return MoneyPart(own.number, last, own.amount_minor, at.record.grant.currency)


def claim_by(at: StepAtHand, part: MoneyPart | None) -> date | None:
    """Return by when a part must be claimed, if known."""
    if part is None:
        return None
    if at.step.kind == StepKind.CLAIM:
        due_on: date | None = at.step.due_on
        return due_on
    return next(
        (claim.due_on for claim in _claims(at) if number_of_step(at.record, claim) == part.number), None
    )


def sends_by(at: StepAtHand) -> date | None:
    """Return by when the report that an approval releases must be with the funder."""
    if at.rule is None or not at.rule.approves or at.step.with_funder:
        return None
    report = _sent_report(at, at.rule)
    row = _unsettled(at, report) if report is not None else None
    return row.due_on if row is not None else None


def find_ahead(at: StepAtHand) -> tuple[Waiting, ...]:
    """Return what comes after a decision: the first claim, the first follow-up and the final report."""
    dated = sorted((step for step in at.unsettled if step.due_on is not None), key=_soonest)
    reports = [step for step in dated if step.kind == StepKind.REPORT]
    follow_ups = [report for report in reports if report.phase is Phase.FOLLOW_UP]
    final = [report for report in reports if report.phase is Phase.FINAL_REPORT]
    sent = [step for step in final if goes_to_funder(at.record.rules[step.template_key], at.programme)]
    firsts = [*_claims(at)[:1], *follow_ups[:1], *(sent or final)[:1]]
    return tuple(_waiting(at, step) for step in sorted(firsts, key=_soonest) if step.due_on)


def _claims(at: StepAtHand) -> list[Step]:
    """Return the grant's claims that are still to be sent, the soonest first."""
    near = at.unsettled
    return sorted((step for step in near if step.kind == StepKind.CLAIM), key=_soonest)


def _committee_approval(at: StepAtHand) -> StepRule | None:
    """Return the approval by a body that the step is, waits for or leads to."""
    rule = at.rule
    if rule is None or rule.body:
        return rule
    near = list_direct_needs(rule)
    about = (rule.key, rule.approves)
    by_body = (
        step for step in at.programme.steps if step.body and (step.approves in about or step.key in near)
    )
    return next(by_body, None)


def _sent_report(at: StepAtHand, approval: StepRule) -> StepRule | None:
    """Return the report that goes to the funder once the approval is given."""
    steps = at.programme.steps
    later = (
        step for step in steps if step.kind is StepKind.REPORT and approval.key in list_direct_needs(step)
    )
    sent = next((step for step in later if step.key != approval.approves), None)
    return sent or at.record.rules.get(approval.approves or "")


def _own_or_unsettled(at: StepAtHand, rule: StepRule) -> Step | None:
    """Return the step of a rule: the one at hand if it matches, else the unsettled one."""
    return at.step if at.rule is not None and at.rule.key == rule.key else _unsettled(at, rule)


def _unsettled(at: StepAtHand, rule: StepRule) -> Step | None:
    same = [step for step in at.unsettled if step.template_key == rule.key]
    return next((step for step in same if not rule.each or step.period == at.step.period), None)


def _soonest(row: Step) -> date:
    return row.due_on or date.max


def steps_waited_for(at: StepAtHand) -> Iterator[Waiting]:
    """Yield the unsettled steps that must come before this one."""
    needs = waits_for(at.step, at.record.steps, at.programme)
    return (_waiting(at, need) for need in needs if need.status in UNSETTLED)


def next_step(at: StepAtHand) -> Waiting | None:
    """Return the next step in the grant: the reader's own, else the nearest."""
    reader = at.reader.person_id
    others = at.unsettled
    dated = [other for other in others if other.due_on and other.id != at.step.id]
    if not dated:
        return None
    return _waiting(at, min(dated, key=lambda step: (step.owner_id != reader, step.due_on, step.id)))


def conditions_met(at: StepAtHand) -> Iterator[MetCondition]:
    """Yield the approvals that a release depends on, for those who confirm it and those who claim."""
    if at.own is None or at.notice.kind not in _RELEASING:
        return
    for condition in list_waited_conditions(at.own.conditions):
        rule = at.record.rules.get(condition.template_key)
        name = at.name(StepKind.APPROVAL, None, rule)
        yield MetCondition(name, condition.done_on, name.about if rule and rule.with_funder else None)


def _waiting(at: StepAtHand, other: Step) -> Waiting:
    return Waiting(
        step=at.name(other.kind, other.period, at.record.rule_of(other)),
        holder=at.person(other.owner_id),
        holder_id=other.owner_id,
        due_on=other.due_on,
        yours=other.owner_id == at.reader.person_id,
        late_after=late_after(other, at.record.grant),
        lacks_meeting=lacks_meeting(other),
    )
