"""Find the steps around the one at hand: a report's way through a committee, what it waits for, what comes next."""

from collections.abc import Iterator
from datetime import date
from operator import itemgetter
from typing import Any

from models.facts.letter import MetCondition, Part, Route, Said, Waiting
from models.facts.receipt import is_withdrawal, read_receipt
from models.programme.names import which_of
from models.programme.step import StepRule
from models.reading.fields import PREVIOUS
from models.reading.plain_text import one_line
from models.rules.dates.committee import Fit
from models.rules.money.conditions import waited_for
from models.rules.notices.contents import direct_needs
from models.rules.steps.needs import expand_needs, goes_to_funder
from models.vocabulary import AnswerKind, NoticeKind, Phase, StepKind, StepStatus
from tasks.outbox.facts.queries import UnsettledRow
from tasks.outbox.facts.step import StepAtHand, words_in
from tasks.words.translator import given_name

_RELEASING = (NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASE_DECLINED, NoticeKind.RELEASED)
# What a note of a receipt says of the meetings around the day on which a decision is needed.
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
    """Return the way through a committee of the report that the step is about; None where none takes it."""
    approval = _committee_approval(at)
    if approval is None or approval.body is None or at.rule is None:
        return None
    row = at.row if approval.key == at.rule.key else _unsettled(at, approval)
    report = _sent_report(at, approval)
    meeting: dict[str, Any] = (row.receipt or {}).get("meeting") or {} if row is not None else {}
    needed, planned = meeting.get("needed_on"), meeting if meeting.get("fit") in (Fit.FITS, Fit.LATE) else {}
    days = {name: date.fromisoformat(day) for name, day in planned.items() if name.endswith("_on") and day}
    agenda, papers, held = (days.get(name) for name in ("agenda_on", "documents_on", "held_on"))
    sent = at.row if report and report.key == at.rule.key else _unsettled(at, report) if report else None
    about = report or at.facts.rules.get(approval.approves or "")
    return Route(
        committee=_name_of(at, approval.body),
        report=at.name(StepKind.REPORT, None, about),
        agenda_on=agenda,
        papers_on=papers,
        meeting_on=held,
        confirmed_on=days.get("confirmed_on"),
        needed_on=date.fromisoformat(needed) if needed else None,
        immediate=bool(meeting.get("immediate")),
        due_on=sent.due_on if sent is not None else None,
        decided=row is None,  # what is settled is not among what is to be done
        holder=at.person(sent.owner_id) if sent is not None else "",
        reader=_first_reader(at),
        again=sent is not None and is_withdrawal(read_receipt(sent.receipt).source),
    )


def _first_reader(at: StepAtHand) -> str:
    """Return who is the first to approve the step."""
    return next((at.person(row.owner_id) for _, row in _approvals(at)), "")


def _approvals(at: StepAtHand) -> Iterator[tuple[StepRule, UnsettledRow]]:
    """Yield the approvals that the step still needs, in their order."""
    rules = (one for one in at.facts.programme.steps if one.approves == at.row.template_key)
    return ((rule, row) for rule in rules if (row := _unsettled(at, rule)) is not None)


def last_return(at: StepAtHand, committee: str, funder: str) -> Said | None:
    """Return who last sent the step back, when and why: the committee or the funder, and not who recorded that."""
    back = [
        (answer.answered_on, rule, answer)
        for rule, row in _approvals(at)
        for answer in at.data.answers[row.id]
        if answer.kind == AnswerKind.RETURNED
    ]
    if not back:
        return None
    on, rule, last = max(back, key=itemgetter(0))
    by = committee if rule.body else funder if rule.with_funder else given_name(at.person(last.by_id))
    return Said(by, on, None, one_line(last.note, 240))


def _name_of(at: StepAtHand, key: str) -> str:
    """Return what a body is called: its organisation's name, or the recipient's where it has none of its own."""
    body = at.facts.programme.bodies[key]
    name = at.data.organisation(body.organisation or at.row.recipient_id, at.letter.letter_on)
    return one_line(name, 160) or words_in(body.title, at.language)


def find_gap(at: StepAtHand) -> dict[str, date]:
    """Return why no meeting takes an approval in time, from its receipt: the days of the meetings near it."""
    found: dict[str, date] = {}
    notes = [one for note in read_receipt(at.row.receipt).notes for one in (note, *note.get("why", ()))]
    for one in notes:
        for field, name in _GAPS.get(one["kind"], {}).items():
            if days := one.get(name):
                found[field] = date.fromisoformat(days[-1] if isinstance(days, list) else days)
    return found


def find_part(at: StepAtHand) -> Part | None:
    """Return the part of the money that the step, what it approves, or the first claim after a decision is about."""
    parts = at.data.instalments[at.row.grant_id]
    own = at.own
    if at.row.kind == NoticeKind.DECIDED:
        claimed = [_number(at, one) for one in _claims(at)[:1]]
        own = next((one for one in parts if one.number in claimed), None)
    if own is None and at.row.with_funder and at.row.step_kind == StepKind.APPROVAL:
        held = (one for one in parts if any(step.step_id == at.row.step_id for step in one.conditions))
        own = next((one for one in held if one.amount_minor != 0), None)
    if own is None:
        return None
    last = len(parts) > 1 and own.number == max(one.number for one in parts)
    return Part(own.number, last, own.amount_minor, at.row.currency)


def claim_by(at: StepAtHand, part: Part | None) -> date | None:
    """Return by when a part is to be claimed, where that is known."""
    if part is None:
        return None
    if at.row.step_kind == StepKind.CLAIM:
        due_on: date | None = at.row.due_on
        return due_on
    return next((one.due_on for one in _claims(at) if _number(at, one) == part.number), None)


def sends_by(at: StepAtHand) -> date | None:
    """Return by when the report that an approval lets go is to be with the funder."""
    if at.rule is None or not at.rule.approves or at.row.with_funder:
        return None
    report = _sent_report(at, at.rule)
    row = _unsettled(at, report) if report is not None else None
    return row.due_on if row is not None else None


def find_ahead(at: StepAtHand) -> tuple[Waiting, ...]:
    """Return what comes after a decision: the first claim, the first follow-up and the final report, in their order."""
    dated = sorted(
        (one for one in at.data.unsettled[at.row.grant_id] if one.due_on is not None), key=_soonest
    )
    rules = at.facts.rules
    reports = [one for one in dated if one.kind == StepKind.REPORT]
    follow_ups = [one for one in reports if _phase(rules, one) is Phase.FOLLOW_UP]
    final = [one for one in reports if _phase(rules, one) is Phase.FINAL_REPORT]
    sent = [one for one in final if goes_to_funder(rules[one.template_key], at.facts.programme)]
    firsts = [*_claims(at)[:1], *follow_ups[:1], *(sent or final)[:1]]
    return tuple(_waiting(at, one) for one in sorted(firsts, key=_soonest) if one.due_on)


def _claims(at: StepAtHand) -> list[UnsettledRow]:
    """Return the grant's claims that are still to be sent, the soonest first."""
    near = at.data.unsettled[at.row.grant_id]
    return sorted((one for one in near if one.kind == StepKind.CLAIM), key=_soonest)


def _committee_approval(at: StepAtHand) -> StepRule | None:
    """Return the approval by a body that the step is, waits for or leads to."""
    rule = at.rule
    if rule is None or rule.body:
        return rule
    near, about = direct_needs(rule), (rule.key, rule.approves)
    found = (
        one for one in at.facts.programme.steps if one.body and (one.approves in about or one.key in near)
    )
    return next(found, None)


def _sent_report(at: StepAtHand, approval: StepRule) -> StepRule | None:
    """Return the report that goes to the funder once the approval is given."""
    steps = at.facts.programme.steps
    later = (one for one in steps if one.kind is StepKind.REPORT and approval.key in direct_needs(one))
    sent = next((one for one in later if one.key != approval.approves), None)
    return sent or at.facts.rules.get(approval.approves or "")


def _unsettled(at: StepAtHand, rule: StepRule) -> UnsettledRow | None:
    same = [one for one in at.data.unsettled[at.row.grant_id] if one.template_key == rule.key]
    return next((one for one in same if not rule.each or one.period == at.row.period), None)


def _number(at: StepAtHand, row: UnsettledRow) -> int | None:
    rule = at.facts.rules.get(row.template_key)
    return row.instalment or (rule.instalment if rule else None)


def _phase(rules: dict[str, StepRule], row: UnsettledRow) -> Phase | None:
    rule = rules.get(row.template_key)
    return rule.phase if rule else None


def _soonest(row: UnsettledRow) -> date:
    return row.due_on or date.max


def steps_waited_for(at: StepAtHand) -> Iterator[Waiting]:
    """Yield the unsettled steps that must come before this one."""
    row, rule = at.row, at.rule
    if rule is None or not direct_needs(rule):
        return
    # Which period came before, or is the first or another, is not known here: settled steps are not loaded.
    is_open = row.status == StepStatus.OPEN
    named = tuple(
        name for name in rule.needs if not name.endswith(PREVIOUS) and not (is_open and which_of(name))
    )
    rule = rule if named == rule.needs else rule.model_copy(update={"needs": named})
    near = {str(one.id): one for one in at.data.unsettled[row.grant_id]}
    places = {key: (one.template_key, one.period) for key, one in near.items()}
    for key in expand_needs(rule, row.period, places, at.facts.programme):
        if near[key].id != row.step_id:
            yield _waiting(at, near[key])


def next_step(at: StepAtHand) -> Waiting | None:
    """Return what comes next in the grant: the reader's own next step, else the nearest."""
    reader, others = at.letter.person_id, at.data.unsettled[at.row.grant_id]
    dated = [one for one in others if one.due_on and one.id != at.row.step_id]
    if not dated:
        return None
    return _waiting(at, min(dated, key=lambda one: (one.owner_id != reader, one.due_on, one.id)))


def conditions_met(at: StepAtHand) -> Iterator[MetCondition]:
    """Yield the approvals on which a release stands, for those who confirm it and those who claim."""
    if at.own is None or at.row.kind not in _RELEASING:
        return
    for one in waited_for(at.own.conditions):
        rule = at.facts.rules.get(one.template_key)
        name = at.name(StepKind.APPROVAL, None, rule)
        yield MetCondition(name, one.done_on, name.about if rule and rule.with_funder else None)


def _waiting(at: StepAtHand, other: UnsettledRow) -> Waiting:
    return Waiting(
        step=at.name(other.kind, other.period, at.facts.rules.get(other.template_key)),
        holder=at.person(other.owner_id),
        due_on=other.due_on,
        yours=other.owner_id == at.letter.person_id,
    )
