"""Conditions that queries share: which decisions hold, whose time has come, and who is still here."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BindParameter, ColumnElement, and_, exists, literal_column, not_, or_, tuple_

from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import Phase, StepKind

_GRANT, _STEP, _PERSON, _DECISION = (table_of(one) for one in (Grant, Step, Person, Decision))
_LATER = _DECISION.alias("later_decision")

# Of decisions: those that no later row corrects, and that were made at all.
HOLDS = and_(not_(_DECISION.c.annulled), not_(exists().where(_LATER.c.corrects_id == _DECISION.c.id)))

# As text: SQLite finds the index over open approvals only by the words in the statement.
OPEN_APPROVAL = (_STEP.c.kind == literal_column(f"'{StepKind.APPROVAL}'"), _STEP.c.done_on.is_(None))


def is_here(today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on people that they have not left by a day."""
    return or_(_PERSON.c.departed_on.is_(None), _PERSON.c.departed_on > today)


def time_has_come() -> ColumnElement[bool]:
    """Return the condition on steps that are joined with their grants: by the rule in models.rules.steps.order."""
    always = [(phase, kind) for phase in Phase for kind in StepKind if has_come(phase, kind, None)]
    return or_(_GRANT.c.awarded_on.is_not(None), tuple_(_STEP.c.phase, _STEP.c.kind).in_(always))
