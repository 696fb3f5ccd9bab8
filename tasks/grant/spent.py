"""Keep with each grant what its reports say was spent, so that the database can add up any number of grants."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from models.tables.columns import id_of, table_of
from models.tables.grant import Grant
from tasks.grant.money import spent_on
from tasks.grant.records import GrantRecord, read_records
from tasks.store.database import in_batches

_GRANT = table_of(Grant)
_KEEP = (
    update(_GRANT)
    .where(_GRANT.c.id == bindparam("grant"))
    .values(spent_minor=bindparam("spent"), unspent_minor=bindparam("unspent"))
)


class KeptSpending(NamedTuple):
    """What a grant's reports say was spent, and what is left of the money that came, in minor units.

    The first is None before the first report, the second until the last one is in.
    """

    spent_minor: int | None = None
    unspent_minor: int | None = None


def keep_spending(record: GrantRecord) -> KeptSpending:
    """Return what is kept with the grant of its spending."""
    spent = spent_on(record)
    if spent is None:
        return KeptSpending()
    return KeptSpending(spent.spent_minor, spent.left_minor if spent.is_whole else None)


def keep_spent_of_all(connection: Connection) -> None:
    """Keep it with every awarded grant, as a database has to that kept it with none."""
    awarded = select(_GRANT.c.id).where(_GRANT.c.award_minor.is_not(None)).order_by(_GRANT.c.id)
    for ids in in_batches(connection.scalars(awarded).all()):
        for record in read_records(connection, ids):
            kept = keep_spending(record)
            if kept.spent_minor is not None:
                values = {"spent": kept.spent_minor, "unspent": kept.unspent_minor}
                connection.execute(_KEEP, values | {"grant": id_of(record.grant)})
