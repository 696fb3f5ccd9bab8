"""Give a grant the funder's officer, and take away the lists that people saved."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the change."""
    for name in ("contact_name", "contact_phone", "contact_email"):
        op.add_column("grant", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.drop_table("saved_list")
    # A program of the schema before erases a person's lists with the person.
    op.execute(sa.text("UPDATE foundation SET admits = '0002'"))
