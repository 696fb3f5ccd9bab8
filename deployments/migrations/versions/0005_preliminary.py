"""Keep the day that a waiting step would have, and find unsettled steps by their kind and day."""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_IS_UNSETTLED = sa.text("status IN ('waiting', 'open')")
_STEP = sa.table(
    "step",
    sa.column("id", sa.Integer),
    sa.column("due_on", sa.Date),
    sa.column("status", sa.String),
    sa.column("receipt", sa.JSON),
    sa.column("preliminary_on", sa.Date),
)


def upgrade() -> None:
    """Apply the change."""
    op.add_column("step", sa.Column("preliminary_on", sa.Date(), nullable=True))
    _fill(op.get_bind())
    op.create_index(
        "ix_step_unsettled",
        "step",
        ["kind", "due_on"],
        sqlite_where=_IS_UNSETTLED,
        postgresql_where=_IS_UNSETTLED,
    )
    # A program of the schema before would plan a step again, and not its preliminary day.
    op.execute(sa.text("UPDATE foundation SET admits = '0005'"))


def _fill(connection: sa.Connection) -> None:
    """Write the day that the receipt of each waiting step already says."""
    waiting = sa.select(_STEP.c.id, _STEP.c.receipt).where(
        _STEP.c.due_on.is_(None), _STEP.c.status == "waiting"
    )
    found = [
        {"step": row.id, "day": date.fromisoformat(last)}
        for row in connection.execute(waiting)
        for last in [counted.get("last") for counted in row.receipt.get("counted", [])][:1]
        if last
    ]
    if found:
        keep = sa.update(_STEP).where(_STEP.c.id == sa.bindparam("step"))
        connection.execute(keep.values(preliminary_on=sa.bindparam("day")), found)
