"""Look up the titles of steps."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from models.programme.step import StepRule
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from tasks.store.programmes import load_programme
from tasks.store.queries import IS_UNSETTLED
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_step_title


class StepTitles:
    """What steps are called in a language, by their programmes' rules; each version is read once."""

    def __init__(self, connection: Connection, say: Translator) -> None:
        """Read from a connection, as the titles are asked for."""
        self._connection = connection
        self._say = say
        self._rules: dict[int, dict[str, StepRule]] = {}

    def rule_of(self, programme_id: int, template_key: str) -> StepRule | None:
        """Return the rule of a programme's step; None for one that only the program knows."""
        if programme_id not in self._rules:
            steps = load_programme(self._connection, programme_id).steps
            self._rules[programme_id] = {rule.key: rule for rule in steps}
        return self._rules[programme_id].get(template_key)

    def of(self, programme_id: int, step: Any) -> str:
        """Return what a step, or a row with what names it, is called in a sentence."""
        rule = self.rule_of(programme_id, step.template_key)
        return word_step_title(self._say, rule, step.kind, step.period)


_GRANT = table_of(Grant)
_STEP = table_of(Step)
_STEPS = (
    select(
        _GRANT.c.reference,
        _GRANT.c.programme_id,
        _STEP.c.key,
        _STEP.c.kind,
        _STEP.c.period,
        _STEP.c.template_key,
    )
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.reference.in_(bindparam("references", expanding=True)))
    .order_by(_STEP.c.position, _STEP.c.id)
)
_UNSETTLED_STEPS = _STEPS.where(IS_UNSETTLED)


def next_titles(
    connection: Connection, references: Collection[str], say: Translator
) -> dict[tuple[str, str], str]:
    """Return the titles of the grants' unsettled steps, by reference and step key."""
    return step_titles(connection, references, say, _UNSETTLED_STEPS)


def step_titles(
    connection: Connection, references: Collection[str], say: Translator, query: Select[object] = _STEPS
) -> dict[tuple[str, str], str]:
    """Return the titles of all the grants' steps, by reference and step key."""
    titles = StepTitles(connection, say)
    rows = connection.execute(query, {"references": list(references)}).all()
    return {(row.reference, row.key): titles.of(row.programme_id, row) for row in rows}
