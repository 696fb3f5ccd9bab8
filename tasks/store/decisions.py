"""Which of the recorded decisions hold: those that no later row corrects, and that were made at all."""

from __future__ import annotations

from sqlalchemy import and_, exists, not_

from models.tables.columns import table_of
from models.tables.grant import Decision

_DECISION = table_of(Decision)
_LATER = _DECISION.alias("later_decision")

HOLDS = and_(not_(_DECISION.c.annulled), not_(exists().where(_LATER.c.corrects_id == _DECISION.c.id)))
