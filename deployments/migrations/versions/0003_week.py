"""Let a letter be the week's, to the heads of the grants."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BEFORE = "kind IN ('tasks', 'decision', 'money', 'confirmation', 'login', 'link')"
_AFTER = "kind IN ('tasks', 'decision', 'money', 'confirmation', 'login', 'link', 'week')"


def upgrade() -> None:
    """Apply the change."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_letter_kind_known"), "letter")
        op.create_check_constraint(op.f("ck_letter_kind_known"), "letter", _AFTER)
    else:
        _change_on_sqlite()
    # A program of the schema before cannot read such a letter.
    op.execute(sa.text("UPDATE foundation SET admits = '0003'"))


def _change_on_sqlite() -> None:
    """Change the constraint where SQLite keeps it, as lang_altertable.html says: the rows stay as they are.

    A new table in its place would have to be dropped and named while others refer to it.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = sa.text(
        "UPDATE sqlite_master SET sql = replace(sql, :before, :after)"
        " WHERE type = 'table' AND name = 'letter' AND instr(sql, :before)"
    )
    if connection.execute(changed, {"before": _BEFORE, "after": _AFTER}).rowcount != 1:
        raise RuntimeError("the kinds of letters are not where the first migration wrote them")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
