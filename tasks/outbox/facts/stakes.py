"""Say what is at stake for a step, as a letter about it would."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, Date, Integer, bindparam, literal, null, select

from models.facts.letter import LetterRow
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import LetterKind, NoticeKind
from tasks.outbox.facts.letter import LetterMaker
from tasks.outbox.facts.queries import STEP_AND_GRANT
from tasks.outbox.facts.rows import LetterData, load_around
from tasks.words.letters import ItemWords
from tasks.words.translator import Translator

_STEP, _GRANT = table_of(Step), table_of(Grant)
_TODAY = bindparam("today", type_=Date)
_ABOUT = (
    select(
        *(_STEP.c.id.label(name) for name in ("id", "step_id")),
        literal(0).label("letter_id"),
        literal(str(NoticeKind.REMINDER)).label("kind"),
        _TODAY.label("told_on"),
        *(null().label(name) for name in ("detail", "instead_of_id")),
        _STEP.c.owner_id.label("person_id"),
        _STEP.c.version.label("told_version"),
        _STEP.c.due_on.label("told_due_on"),
        *STEP_AND_GRANT,
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.id == bindparam("step_id", type_=Integer))
)


def stakes_of(connection: Connection, say: Translator, step: Step, today: date) -> tuple[str, ...]:
    """Return what money waits for an unsettled step, a sentence each; nothing where none does."""
    at = datetime.combine(today, time(), UTC)
    data = LetterData()
    # A letter to the step's owner that nobody sends.
    data.letters = {
        0: LetterRow(0, LetterKind.TASKS, step.owner_id or 0, today, at, "", "", "", "", say.language)
    }
    data.notices[0] = list(connection.execute(_ABOUT, {"step_id": step.id, "today": today}).all())
    load_around(connection, data)
    view, _ = LetterMaker(data, today).make(0)
    return tuple(said for item in view.items for said in ItemWords(say, item, today).stakes()) if view else ()
