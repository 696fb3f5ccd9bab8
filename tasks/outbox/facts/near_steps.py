"""Find the steps around the one that a letter is about: what it waits for, what comes next, what it stands on."""

from __future__ import annotations

from collections.abc import Iterator

from models.facts.letter import MetCondition, Waiting
from models.reading.fields import ENDS, PREVIOUS
from models.rules.money.gate import waited_for
from models.rules.notices.contents import direct_needs
from models.rules.steps.needs import expand_needs
from models.vocabulary import NoticeKind, StepKind, StepStatus
from tasks.outbox.facts.rows import DbRow
from tasks.outbox.facts.step import StepAtHand

_RELEASING = (NoticeKind.CONFIRM_RELEASE, NoticeKind.RELEASED)


def steps_waited_for(at: StepAtHand) -> Iterator[Waiting]:
    """Yield the unsettled steps that must come before this one."""
    row, rule = at.row, at.rule
    if rule is None or not direct_needs(rule):
        return
    # Which period came before, or is the first or the last, is not known here: settled steps are not loaded.
    unknown = (PREVIOUS, *ENDS) if row.status == StepStatus.OPEN else PREVIOUS
    near = tuple(name for name in rule.needs if not name.endswith(unknown))
    rule = rule if near == rule.needs else rule.model_copy(update={"needs": near})
    others = {str(one.id): one for one in at.data.unsettled[row.grant_id] if one.id != row.step_id}
    places = {key: (one.template_key, one.period) for key, one in others.items()}
    for key in expand_needs(rule, row.period, places, at.facts.programme):
        yield _waiting(at, others[key])


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


def _waiting(at: StepAtHand, other: DbRow) -> Waiting:
    return Waiting(
        step=at.name(other.kind, other.period, at.facts.rules.get(other.template_key)),
        holder=at.person(other.owner_id),
        due_on=other.due_on,
        yours=other.owner_id == at.letter.person_id,
    )
