"""Describe a committee's matter: what it decides, when it meets, what it has decided."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.steps.approvals import find_own_approval
from models.rules.steps.needs import is_read_first
from models.tables.step import Step
from models.vocabulary import UNSETTLED, Phase, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.grant import funder_name
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document


def committee_facts(
    work: GrantAtWork, say: Translator, further: Sequence[str], repaid: str, *, settled: bool
) -> dict[str, Any]:
    """Return what the body that decides next on the final report needs, by the names of a document's facts.

    It is the last body if all have decided. If no meeting is known, its days are assumed for
    planning, and no document states them. `further` are proposals in addition to the planner's;
    `repaid` is the sum that is paid back, if any. An assumed meeting is marked unless `settled`.
    """
    step = _deciding(work, say)
    name = (
        approving_body(work, say, step) if step else work.record.called(work.grant.recipient_id, work.today)
    )
    plan = read_planned_meeting(step.receipt) if step else None
    taken = plan if plan is not None and plan.is_taken else None
    funder = funder_name(work, short=False)
    mark = "" if settled or not assumed_meeting(work, say) else f" {word_document(say, 'provisional')}"
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
        "meeting": say.long_date(taken.held_on) + mark if taken else "",
        "minutes_on": say.long_date(taken.confirmed_on) if taken else "",
        "approvals": tuple(_approvals(work, say)),
    }


def _deciding(work: GrantAtWork, say: Translator) -> Step | None:
    """Return the approval of the body that decides next, or of the last body if all have decided."""
    taking = [step for step in our_approvals(work) if approving_body(work, say, step)]
    return next((step for step in taking if step.status in UNSETTLED), taking[-1] if taking else None)


def assumed_meeting(work: GrantAtWork, say: Translator) -> date | None:
    """Return the day of the meeting that takes the report, if that day is our own choice."""
    step = _deciding(work, say)
    plan = read_planned_meeting(step.receipt) if step else None
    if step is None or plan is None or not plan.is_taken:
        return None
    is_ours = any(note["kind"] == "meeting_assumed" for note in step.receipt.get("notes", ()))
    return plan.held_on if is_ours else None


def our_approvals(work: GrantAtWork) -> Iterator[Step]:
    """Yield the approvals of the final report before the funder's, in order, without first readers."""
    for step in sorted(work.steps.values(), key=lambda step: step.position):
        if step.kind is not StepKind.APPROVAL or step.phase is not Phase.FINAL_REPORT or step.with_funder:
            continue
        rule = work.record.rule_of(step)
        if rule is None or not is_read_first(rule, work.programme):
            yield step


def approving_body(work: GrantAtWork, say: Translator, step: Step) -> str:
    """Return the name of the approving body: another organisation's, or the recipient itself.

    Empty if the approver is a person and not a body.
    """
    key = work.record.body_of(step)
    if key is None:
        return ""
    body = work.programme.bodies[key]
    if body.organisation is None:
        return work.record.called(work.grant.recipient_id, work.today)
    called = work.record.called(body.organisation, work.today)
    return called or capitalised(body.title.in_language(say.language))


def _approvals(work: GrantAtWork, say: Translator) -> Iterator[str]:
    for step in our_approvals(work):
        rule = work.record.rule_of(step)
        body = approving_body(work, say, step)
        if rule and step.status is StepStatus.APPROVED and step.done_on:
            title = rule.title.in_language(say.language)
            answers = work.record.answers_of(step)
            paragraph = str(answers[-1].data.get("paragraph", "")) if answers else ""
            day = say.dated(step.done_on)
            by_press = _pressed(work, say, step)
            yield by_press or word_document(
                say, "approved", body=body, step=title, day=day, paragraph=paragraph
            )


def press_facts(work: GrantAtWork, say: Translator, only: Step | None) -> tuple[str, ...]:
    """Return who approved the final report, or the report that a paper is about alone in the portal, and when."""
    return tuple(
        said
        for step in sorted(work.steps.values(), key=lambda step: step.position)
        if (step.phase is Phase.FINAL_REPORT if only is None else work.record.report_of(step) == only)
        and (said := _pressed(work, say, step))
    )


def _pressed(work: GrantAtWork, say: Translator, step: Step) -> str:
    """Return who approved in the portal, as a sentence; empty where a body decides, or nobody pressed."""
    has_body = bool(approving_body(work, say, step))
    approval = find_own_approval(step, work.record.answers_of(step), has_body=has_body)
    if approval is None:
        return ""
    by = work.record.person(approval.by_id)
    return word_document(say, "pressed", day=say.dated(approval.answered_on), name=by)
