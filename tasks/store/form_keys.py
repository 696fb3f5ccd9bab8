"""Keep the keys of posted forms, so that none acts twice."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from models.errors import Refused
from models.tables.columns import table_of
from models.tables.letter import TakenForm
from tasks.store.database import AnyRow
from tasks.store.engine_options import options_of, set_options, with_options

_TAKEN = table_of(TakenForm)
_KEEP = insert(_TAKEN)
_OF_PERSON = (
    select(_TAKEN)
    .where(_TAKEN.c.person_id == bindparam("person"), _TAKEN.c.taken_at >= bindparam("since"))
    .order_by(_TAKEN.c.taken_at.desc(), _TAKEN.c.form_key)
    .limit(bindparam("most"))
)
_KEPT = select(_TAKEN.c.taken_at).where(_TAKEN.c.form_key == bindparam("form_key"))


class FormTaken(Refused):
    """The form has acted already."""


@dataclass(frozen=True, slots=True)
class FormAct:
    """An act by a form: who acts, which act, about which row, and the address at which it is undone."""

    person_id: int | None = None
    act: str = ""
    about: str = ""
    about_id: int = 0
    undo: str = ""


def by_form(engine: Engine, form_key: str, does: FormAct | None = None) -> Engine:
    """Return the engine on which a person acts by a form: the act is confirmed to them, the key kept."""
    kept = {"form_key": form_key, **asdict(does or FormAct())}
    return with_options(engine, form=kept)


def after_form(engine: Engine) -> Engine:
    """Return the engine for work that follows a form's act: the form's key is kept already."""
    return with_options(engine, form=None)


def keep_form(connection: Connection, now: datetime) -> bool:
    """Keep the key of the form that acts in this transaction; return whether a form does.

    Raises FormTaken if the same form acted at the same time; the transaction is then undone.
    """
    kept = options_of(connection).form
    if kept is None:
        return False
    try:
        connection.execute(_KEEP, {**kept, "taken_at": now})
    except IntegrityError as error:
        raise FormTaken from error
    # If it changes many grants, the first one keeps it.
    set_options(connection, form=None)
    return True


def taken_at(connection: Connection, form_key: str) -> datetime | None:
    """Return when the form with that key acted; None if it has not."""
    row = connection.execute(_KEPT, {"form_key": form_key}).first()
    return row.taken_at if row is not None else None


def acts_since(connection: Connection, person_id: int, since: datetime, most: int) -> Sequence[AnyRow]:
    """Return the newest of a person's acts by forms since a time, the latest first."""
    return connection.execute(_OF_PERSON, {"person": person_id, "since": since, "most": most}).all()
