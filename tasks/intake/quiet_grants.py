"""List the grants that were imported quietly, with what is late in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, select

from models.rules.notices.quiet import LateStep, find_late
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED

_GRANT, _STEP = table_of(Grant), table_of(Step)


def list_quiet(connection: Connection, today: date) -> Mapping[str, tuple[LateStep, ...]]:
    """Return the quiet grants by reference, each with its steps that are late today."""
    query = (
        select(_GRANT.c.reference, _STEP.c.key, _STEP.c.due_on)
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .where(_GRANT.c.quiet, _STEP.c.status.in_(UNSETTLED))
        .order_by(_GRANT.c.reference)
    )
    found: dict[str, list[tuple[str, date | None]]] = {}
    for reference, key, due_on in connection.execute(query):
        found.setdefault(reference, []).append((key, due_on))
    return {reference: find_late(steps, today) for reference, steps in found.items()}
