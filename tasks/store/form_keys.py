"""Keep the keys of posted forms, so that none acts twice."""

from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from models.errors import Refused
from models.tables.columns import table_of
from models.tables.letter import TakenForm

_TAKEN = table_of(TakenForm)
_KEEP = insert(_TAKEN)
_KEPT = select(_TAKEN.c.taken_at).where(_TAKEN.c.form_key == bindparam("form_key"))


class FormTaken(Refused):
    """The form has acted already."""


def by_form(engine: Engine, form_key: str) -> Engine:
    """Return the engine as one on which a person acts by a form: the act is confirmed to them, and the key kept."""
    return engine.execution_options(grants_form_key=form_key)


def after_form(engine: Engine) -> Engine:
    """Return the engine as one on which what follows a form's act is done: the form's key is kept already."""
    return engine.execution_options(grants_form_key=None)


def keep_form(connection: Connection, now: datetime) -> bool:
    """Keep the key of the form that acts in this transaction; return whether it is one that does.

    Raises FormTaken when the same form has acted meanwhile; the transaction is then undone.
    """
    form_key = connection.get_execution_options().get("grants_form_key")
    if form_key is None:
        return False
    try:
        connection.execute(_KEEP, {"form_key": form_key, "taken_at": now})
    except IntegrityError as error:
        raise FormTaken from error
    # Of many grants that it changes the first one keeps it.
    connection.execution_options(grants_form_key=None)
    return True


def taken_at(connection: Connection, form_key: str) -> datetime | None:
    """Return when the form with that key acted; None when it has not."""
    row = connection.execute(_KEPT, {"form_key": form_key}).first()
    return row.taken_at if row is not None else None
