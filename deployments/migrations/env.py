"""Run the migrations on the connection that `deployments.migrations.upgrade` hands over."""

from alembic import context
from sqlmodel import SQLModel

import models.tables.grant
import models.tables.journal
import models.tables.ledger
import models.tables.letter
import models.tables.money
import models.tables.person
import models.tables.step  # noqa: F401  (each import registers its tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=lambda _object, _name, kind, *_: kind != "index",  # they stand in the migrations alone
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
