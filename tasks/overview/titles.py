"""Name steps in lists over many grants: their titles, by their programmes' rules."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from models.programme.added_part import rule_of_step
from models.programme.plan import rules_of
from models.programme.step import StepRule
from tasks.grant.step_names import NamedStep, load_step_names
from tasks.store.programmes import load_programme
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_step_title


class StepTitles:
    """The titles of steps in a language, by their programmes' rules; each version is read once."""

    def __init__(self, connection: Connection, say: Translator) -> None:
        """Read from a connection, when titles are asked for."""
        self._connection = connection
        self._say = say
        self._rules: dict[int, Mapping[str, StepRule]] = {}

    def of(self, programme_id: int, step: Any) -> str:
        """Return the title of a step, or of a row that names one, for use within a sentence."""
        if programme_id not in self._rules:
            self._rules[programme_id] = rules_of(load_programme(self._connection, programme_id))
        rule = rule_of_step(self._rules[programme_id], step.template_key, step.key)
        return word_step_title(self._say, rule, step.kind, step.period)


def next_titles(
    connection: Connection, references: Collection[str], say: Translator
) -> dict[tuple[str, str], str]:
    """Return the titles of the grants' unsettled steps, by reference and step key."""
    return _titles(connection, say, load_step_names(connection, references, unsettled=True))


def step_titles(
    connection: Connection, references: Collection[str], say: Translator
) -> dict[tuple[str, str], str]:
    """Return the titles of all the grants' steps, by reference and step key."""
    return _titles(connection, say, load_step_names(connection, references))


def _titles(
    connection: Connection, say: Translator, steps: Iterable[NamedStep]
) -> dict[tuple[str, str], str]:
    titles = StepTitles(connection, say)
    return {(step.reference, step.key): titles.of(step.programme_id, step) for step in steps}
