"""Mark the rows of a ledger that are on an account of received grants, with the funder's number for the grant."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply the change; the next reading of a ledger marks the rows that are there."""
    op.add_column(
        "ledger_entry", sa.Column("is_receipt", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("ledger_entry", sa.Column("reference", sa.String(), nullable=False, server_default=""))
