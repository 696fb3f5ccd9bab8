"""Keep with a grant what was spent of it, and what is left."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the change."""
    for name in ("spent_minor", "unspent_minor"):
        op.add_column("grant", sa.Column(name, sa.BigInteger(), nullable=True))
    # A program of the schema before would change a grant's reports, and not what was spent.
    op.execute(sa.text("UPDATE foundation SET admits = '0004'"))
