"""Describe a committee's matter: what it decides, when it meets, what it has decided."""

from collections.abc import Iterator, Sequence
from typing import Any

from models.rules.dates.planned_meeting import planned_meeting
from models.rules.steps.needs import is_read_first
from models.tables.step import Step
from models.vocabulary import UNSETTLED, Phase, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document


def committee_facts(
    work: GrantAtWork, say: Translator, further: Sequence[str], repaid: str
) -> dict[str, Any]:
    """Return what the body that decides next on the final report needs, by the names of a document's facts.

    It is the last body if all have decided. If no meeting is known, its days are assumed for
    planning, and no document states them. `further` are proposals in addition to the planner's;
    `repaid` is the sum that is paid back, if any.
    """
    steps = [*our_approvals(work)]
    bodies = [_body_name(work, say, step) for step in steps]
    taking = [(step, body) for step, body in zip(steps, bodies, strict=True) if body]
    step, name = next(
        ((step, body) for step, body in taking if step.status in UNSETTLED),
        taking[-1] if taking else (None, work.record.called(work.grant.recipient_id, work.today)),
    )
    plan = planned_meeting(step.receipt) if step else None
    funder = work.record.called(work.grant.funder_id, work.today)
    taken = plan if plan is not None and plan.is_taken else None
    immediate = plan is not None and plan.immediate
    return {
        "committee": name,
        "proposals": (
            word_document(say, "approves", body=name),
            *([word_document(say, "repays", body=name, sum=repaid, funder=funder)] if repaid else ()),
            *further,
            *([word_document(say, "confirmed_at_once")] if immediate else ()),
        ),
        "immediate": immediate,
        "meeting": say.long_date(taken.held_on) + _mark(say, step) if step and taken else "",
        "minutes_on": say.long_date(taken.confirmed_on) if taken else "",
        "approvals": tuple(_approvals(work, say, steps, bodies)),
    }


def our_approvals(work: GrantAtWork) -> Iterator[Step]:
    """Yield the approvals of the final report before the funder's, in order, without first readers."""
    for step in sorted(work.steps.values(), key=lambda step: step.position):
        if step.kind is not StepKind.APPROVAL or step.phase is not Phase.FINAL_REPORT or step.with_funder:
            continue
        rule = work.record.rule_of(step)
        if rule is None or not is_read_first(rule, work.programme):
            yield step


def _body_name(work: GrantAtWork, say: Translator, step: Step) -> str:
    """Return the name of the approving body: another organisation's, or the recipient itself.

    Empty if the approver is a person and not a body.
    """
    rule = work.record.rule_of(step)
    if rule is None or not rule.body:
        return ""
    body = work.programme.bodies[rule.body]
    if body.organisation is None:
        return work.record.called(work.grant.recipient_id, work.today)
    called = work.record.called(body.organisation, work.today)
    return called or capitalised(body.title.in_language(say.language))


def _approvals(work: GrantAtWork, say: Translator, steps: list[Step], bodies: list[str]) -> Iterator[str]:
    for step, body in zip(steps, bodies, strict=True):
        rule = work.record.rule_of(step)
        if rule and step.status is StepStatus.APPROVED and step.done_on:
            title = rule.title.in_language(say.language)
            answers = work.record.answers_of(step)
            paragraph = str(answers[-1].data.get("paragraph", "")) if answers else ""
            day = say.dated(step.done_on)
            yield word_document(say, "approved", body=body, step=title, day=day, paragraph=paragraph)


def _mark(say: Translator, step: Step) -> str:
    """Return the mark that the day of a step's meeting is our own choice, if it is."""
    is_ours = any(note["kind"] == "meeting_assumed" for note in step.receipt.get("notes", ()))
    return f" {word_document(say, 'provisional')}" if is_ours else ""
