"""Read on which days grants' steps opened."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, func, select

from models.events import GrantEvent
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from tasks.grant.queries import IDS

_EVENT = table_of(JournalEvent)
_GRANT = table_of(Grant)
# What was open when its grant was opened here has waited for nothing.
_OPENED = (
    select(_EVENT.c.step_id, func.max(_EVENT.c.on))
    .join(_GRANT, _GRANT.c.id == _EVENT.c.grant_id)
    .where(
        _EVENT.c.grant_id.in_(IDS), _EVENT.c.event == GrantEvent.STEP_OPENED, _EVENT.c.on > _GRANT.c.opened_on
    )
    .group_by(_EVENT.c.step_id)
)


def load_opened(connection: Connection, grant_ids: Collection[int]) -> dict[int, date]:
    """Return the day on which each step of the grants last opened after the grant was, by the steps'
    ids.

    The journal has each opening: what a step waited for may be taken back, and be done again.
    """
    return dict(connection.execute(_OPENED, {"ids": list(grant_ids)}).all()) if grant_ids else {}
