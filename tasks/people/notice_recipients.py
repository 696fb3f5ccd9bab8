"""Say whom a change writes to, and on which day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Engine, bindparam, select

from models.facts.notice import NewNotice
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Step
from tasks.store.engine_options import options_of, with_options

_PERSON = table_of(Person)
_GRANT = table_of(Grant)
_STEP = table_of(Step)
_PEOPLE = select(_PERSON.c.id, _PERSON.c.email, _PERSON.c.name).where(
    _PERSON.c.id.in_(bindparam("ids", expanding=True))
)
_STEPS = (
    select(_STEP.c.id, _STEP.c.key, _GRANT.c.reference)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.id.in_(bindparam("ids", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is told about a grant's step, with what kind of notice, and `on` which day's letter.

    `on` is None if the grant is quiet: the notice is held until its import is confirmed.
    """

    grant: str
    step: str
    kind: str
    email: str
    name: str
    on: date | None


def hearing(engine: Engine, heard: dict[Recipient, None] | None) -> Engine:
    """Return the engine with a listener that adds each notice made or held to the keys of `heard`, if any."""
    return with_options(engine, heard=heard)


def hear(connection: Connection, notices: Iterable[NewNotice], on: date | None) -> None:
    """Report the notices, which a letter of the day carries, to the connection's listener, if it has one."""
    heard: dict[Recipient, None] | None = options_of(connection).heard
    made = list(notices) if heard is not None else []
    if heard is None or not made:
        return
    people = {
        row.id: row
        for row in connection.execute(_PEOPLE, {"ids": list({notice.person_id for notice in made})})
    }
    steps = {
        row.id: row for row in connection.execute(_STEPS, {"ids": list({notice.step_id for notice in made})})
    }
    for notice in made:
        step = steps[notice.step_id]
        person = people[notice.person_id]
        heard[
            Recipient(
                grant=step.reference,
                step=step.key,
                kind=str(notice.kind),
                email=person.email,
                name=person.name,
                on=on,
            )
        ] = None
