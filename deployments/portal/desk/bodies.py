"""The bodies that meet, and where their meetings are shown."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, or_, select
from starlette.exceptions import HTTPException

from deployments.portal.forms.context import FormContext, FormPlace
from models.rules.organisation_name import name_on
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation
from models.tables.step import Meeting
from tasks.store.organisation_names import load_names

_BODY = table_of(Organisation)
_MEETING = table_of(Meeting)
_GRANT = table_of(Grant)
# What has meetings, or receives a grant that its meetings approve.
_BODIES = (
    select(_BODY.c.id, _BODY.c.key)
    .where(
        or_(_BODY.c.id.in_(select(_MEETING.c.organisation_id)), _BODY.c.id.in_(select(_GRANT.c.recipient_id)))
    )
    .order_by(_BODY.c.key)
)
MEETINGS_OF_BODY = (
    select(_MEETING).where(_MEETING.c.organisation_id == bindparam("body")).order_by(_MEETING.c.held_on)
)


class Body(NamedTuple):
    """A body that meets, with its name of today."""

    id: int
    key: str
    name: str


def bodies_of(connection: Connection, today: date) -> dict[int, Body]:
    """Return the bodies with their keys and the names that they have today, by id."""
    rows = connection.execute(_BODIES).all()
    names = load_names(connection, [row.id for row in rows])
    return {row.id: Body(row.id, row.key, name_on(names[row.id], today)) for row in rows}


def body_place(context: FormContext) -> FormPlace:
    """Return the body that a form is about, and the page of its meetings; 404 for none."""
    body = bodies_of(context.connection, context.today).get(context.about)
    if body is None:
        raise HTTPException(404)
    return FormPlace(body.name, f"/meetings?body={context.about}")
