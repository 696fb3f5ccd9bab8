"""Look up what the unsettled steps of grants are called."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED
from tasks.store.programmes import load_programmes
from tasks.words.steps import word_step_title
from tasks.words.translator import Translator

_GRANT, _STEP = table_of(Grant), table_of(Step)
# Made once: making a query takes longer than asking it.
_UNSETTLED_STEPS = (
    select(
        _GRANT.c.reference,
        _GRANT.c.programme_id,
        *(_STEP.c[name] for name in ("key", "kind", "period", "template_key")),
    )
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.reference.in_(bindparam("references", expanding=True)), _STEP.c.status.in_(UNSETTLED))
)


def next_titles(
    connection: Connection, references: Collection[str], say: Translator
) -> dict[tuple[str, str], str]:
    """Return the titles of the grants' unsettled steps, by reference and step key."""
    rows = connection.execute(_UNSETTLED_STEPS, {"references": list(references)}).all()
    rules = {
        version: {rule.key: rule for rule in programme.steps}
        for version, programme in load_programmes(connection, {row.programme_id for row in rows}).items()
    }
    return {
        (row.reference, row.key): word_step_title(
            say, rules[row.programme_id].get(row.template_key), row.kind, row.period
        )
        for row in rows
    }
