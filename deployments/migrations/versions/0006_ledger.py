"""Keep what a ledger says of a grant, by what was read, and give a grant its project in the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply the change; a program of the schema before reads no ledger, and may go on."""
    op.add_column("grant", sa.Column("project", sa.String(), nullable=False, server_default=""))
    op.add_column("grant", sa.Column("booked_minor", sa.BigInteger(), nullable=True))
    op.create_table(
        "ledger_reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("costs_minor", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_ledger_reading_grant_id_grant"),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name="fk_ledger_reading_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_reading"),
    )
    op.create_index("ix_ledger_reading_grant_id", "ledger_reading", ["grant_id"], unique=False)
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.Integer(), nullable=False),
        sa.Column("first_reading_id", sa.Integer(), nullable=False),
        sa.Column("gone_reading_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("voucher", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grant.id"], name="fk_ledger_entry_grant_id_grant"),
        sa.ForeignKeyConstraint(
            ["first_reading_id"],
            ["ledger_reading.id"],
            name="fk_ledger_entry_first_reading_id_ledger_reading",
        ),
        sa.ForeignKeyConstraint(
            ["gone_reading_id"], ["ledger_reading.id"], name="fk_ledger_entry_gone_reading_id_ledger_reading"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entry"),
    )
    op.create_index("ix_ledger_entry_of_grant", "ledger_entry", ["grant_id", "gone_reading_id"], unique=False)
