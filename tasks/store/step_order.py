"""Ask the database whether a step's time has come, by the rule in models.rules.steps.order."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, tuple_

from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import Phase, StepKind

_GRANT, _STEP = table_of(Grant), table_of(Step)


def time_has_come() -> ColumnElement[bool]:
    """Return the condition on steps that are joined with their grants."""
    always = [(phase, kind) for phase in Phase for kind in StepKind if has_come(phase, kind, None)]
    return or_(_GRANT.c.awarded_on.is_not(None), tuple_(_STEP.c.phase, _STEP.c.kind).in_(always))
