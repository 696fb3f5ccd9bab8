"""Find what waits for somebody's decision, each with its grant and its form."""

from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import Connection, select, true

from deployments.portal.web.state import grant_path
from models.forms.spec import ACTS
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.vocabulary import Duty
from tasks.overview.admin_decisions import (
    SETTLED_BY,
    WaitingDecision,
    WaitingDecisions,
    find_waiting,
    word_waiting,
)
from tasks.people.sign_in import Visitor
from tasks.people.visibility import is_seen, may_anywhere, may_visitor
from tasks.words.translator import Translator

_GRANT = table_of(Grant)
_MOST_OF_ONES_OWN = 10


@dataclass(frozen=True, slots=True)
class Matter:
    """What waits for a decision, with the title and the page of its grant, where it is about one."""

    row: WaitingDecision
    title: str
    page: str


def find_own_matters(
    connection: Connection, visitor: Visitor, say: Translator, today: date, now: datetime
) -> list[Matter]:
    """Return what waits for the visitor's decision in the grants that they see; an administrator has a page of it."""
    if visitor.person_id is None or visitor.is_admin:
        return []
    duties = {kind: ACTS[act].duty for kind, act in SETTLED_BY.items()}
    held = {duty for duty in set(duties.values()) if duty and may_anywhere(connection, visitor, duty)}
    wanted = [kind for kind, duty in duties.items() if duty in held]
    seen = is_seen(visitor)
    waiting = find_waiting(connection, today, now, true() if seen is None else seen, wanted)
    # Asked once of each body or grant: dozens may wait for the same one's meetings.
    needed = {needs for row in waiting.rows if (needs := _needs(row)) is not None}
    may = {needs for needs in needed if may_visitor(connection, visitor, *needs)}
    own = [row for row in waiting.rows if _needs(row) in may]
    return word_matters(connection, say, WaitingDecisions(tuple(own[:_MOST_OF_ONES_OWN]), 0))


def _needs(row: WaitingDecision) -> tuple[Duty, int] | None:
    """Return the duty of the form that settles it, and about what; None where no form does."""
    duty = ACTS[row.act].duty if row.act else None
    return (duty, row.of) if duty is not None else None


def word_matters(connection: Connection, say: Translator, waiting: WaitingDecisions) -> list[Matter]:
    """Return what waits in words, each with its grant."""
    worded = word_waiting(connection, waiting, say)
    references = {one.reference for one in worded.rows}
    query = select(_GRANT.c.reference, _GRANT.c.title).where(_GRANT.c.reference.in_(references))
    titles = {row.reference: row.title for row in connection.execute(query)}
    return [
        Matter(one, titles.get(one.reference, ""), grant_path(one.reference) if one.reference else "")
        for one in sorted(worded.rows, key=attrgetter("reference"))
    ]
