"""Read the names of grants' steps, for lists over many grants: a few columns, and no record."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import StepKind
from tasks.store.queries import IS_UNSETTLED, columns_of, shape_rows

_GRANT = table_of(Grant)
_STEP = table_of(Step)


@dataclass(frozen=True, slots=True)
class NamedStep:
    """A step by its grant's reference and its key, with the parts of its title."""

    reference: str
    programme_id: int
    key: str
    template_key: str
    kind: StepKind
    period: str | None


_STEPS = (
    select(*columns_of(NamedStep, _GRANT, _STEP))
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.reference.in_(bindparam("references", expanding=True)))
    .order_by(_STEP.c.position, _STEP.c.id)
)
_UNSETTLED_STEPS = _STEPS.where(IS_UNSETTLED)


def load_step_names(
    connection: Connection, references: Collection[str], *, unsettled: bool = False
) -> list[NamedStep]:
    """Return the steps of these grants, or only the unsettled ones, in the plan's order."""
    query = _UNSETTLED_STEPS if unsettled else _STEPS
    return shape_rows(NamedStep, connection.execute(query, {"references": list(references)}))
