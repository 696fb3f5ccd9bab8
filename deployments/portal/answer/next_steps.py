"""Find what follows a step in its grant: who has what to do then, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select

from models.rules.steps.needs import expand_needs
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import UNSETTLED
from tasks.store.programmes import load_programme
from tasks.words.names import word_step_title
from tasks.words.translator import Translator

_STEP, _GRANT, _PERSON = table_of(Step), table_of(Grant), table_of(Person)
# Made once: making a query takes longer than asking it.
_PLAN = (
    select(
        *(_STEP.c[name] for name in ("id", "key", "template_key", "kind", "period", "due_on", "status")),
        _GRANT.c.programme_id,
        _PERSON.c.name,
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
    .where(
        _STEP.c.grant_id == select(_STEP.c.grant_id).where(_STEP.c.id == bindparam("step")).scalar_subquery()
    )
    .order_by(_STEP.c.position)
)
_MOST = 3


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that waits for another: what it is called in a sentence, whose it is, and by when."""

    title: str
    holder: str
    due_on: date | None


def next_steps(connection: Connection, say: Translator, step_id: int) -> list[NextStep]:
    """Return the unsettled steps that wait for a step, in the plan's order."""
    rows = connection.execute(_PLAN, {"step": step_id}).all()
    here = next(row for row in rows if row.id == step_id)
    programme = load_programme(connection, here.programme_id)
    rules = {rule.key: rule for rule in programme.steps}
    places = {row.key: (row.template_key, row.period) for row in rows}
    found = []
    for row in rows:
        rule = rules.get(row.template_key)
        if rule is None or row.status not in UNSETTLED:
            continue
        if here.key in expand_needs(rule, row.period, places, programme):
            title = word_step_title(say, rule, row.kind, row.period)
            found.append(NextStep(title, row.name or "", row.due_on))
    return found[:_MOST]
