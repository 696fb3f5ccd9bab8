"""Keep whom letters told of a grant's steps before it was imported, so that nobody is told of the same again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.grant_entries import GrantEntry
from models.letter import Notice
from models.people import Person
from models.rules.ladder import Told
from models.sentence import Sentence
from models.step_entries import ToldEntry
from tasks.grants.at_work.grant_at_work import GrantAtWork
from tasks.opening.imported_steps import named_person, step_called, wrong


def bring_in_told(work: GrantAtWork, entry: GrantEntry, now: datetime, *, opening: bool) -> bool:
    """Keep the entry's notices; return whether any was new. In a grant that runs here, rounds tell it."""
    fresh = entry.told if opening else _not_told_here(work, entry.told)
    if fresh and not opening:
        raise wrong(
            work,
            Sentence(
                "told: %(person)s was not told of '%(step)s' here, and the grant runs here already",
                person=fresh[0].person,
                step=fresh[0].step,
            ),
        )
    work.add(Notice, [_row(work, one, now) for one in fresh])
    return bool(fresh)


def _row(work: GrantAtWork, one: ToldEntry, now: datetime) -> dict[str, Any]:
    step = step_called(work, one.step, Sentence("told"))
    person_id, instead_of_id = named_person(work, one.person), named_person(work, one.instead_of)
    told = Told(one.position, person_id or 0, one.told_on, instead_of_id)
    work.shared.bring_told(step.id or 0, one.due_on, told)
    return {
        **one.model_dump(include={"due_on", "rung", "position", "told_on"}),
        "step_id": step.id,
        "step_version": step.version,
        "kind": one.notice,
        "person_id": person_id,
        "instead_of_id": instead_of_id,
        "reason": "imported",
        "dropped_at": now if one.dropped else None,
    }


def _not_told_here(work: GrantAtWork, told: Sequence[ToldEntry]) -> list[ToldEntry]:
    """Return what of it the grant does not have."""
    if not told:
        return []
    keys = {step.id: step.key for step in work.steps.values()}
    query = (
        select(col(Notice.step_id), col(Notice.due_on), col(Notice.rung), col(Person.email))
        .join(Person, col(Person.id) == col(Notice.person_id))
        .where(col(Notice.step_id).in_(list(keys)))
    )
    here = {(keys[step_id], due_on, rung, email) for step_id, due_on, rung, email in work.session.exec(query)}
    return [one for one in told if (one.step, one.due_on, one.rung, one.person) not in here]
