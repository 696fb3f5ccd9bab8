"""Run the migrations on the connection that `deployments.schema` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import models.budget
import models.confirmation
import models.grant
import models.instalment
import models.journal
import models.letter
import models.people
import models.sign_in
import models.step  # noqa: F401  (each import registers its tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
