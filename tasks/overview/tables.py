"""Name the columns that say where grants stand, without the models, which take a third of `grants status` to load."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Date, Integer, Text, column, table

# A test compares them with the models.
GRANT = table(
    "grant",
    column("id", Integer),
    *(column(name, Text) for name in ("reference", "title", "currency", "status")),
    *(column(name, Text) for name in ("next_step", "next_phase", "ball_with", "reference_key", "search_key")),
    column("next_due_on", Date),
    column("at_risk_minor", BigInteger),
    column("undated", JSON),
    column("quiet", Boolean),
)
STEP = table(
    "step",
    *(column(name, Integer) for name in ("id", "grant_id", "position", "instalment")),
    *(column(name, Text) for name in ("key", "kind", "status")),
    column("expected_on", Date),
)
INSTALMENT = table(
    "instalment",
    *(column(name, Integer) for name in ("id", "grant_id", "number")),
    *(column(name, BigInteger) for name in ("amount_minor", "paid_minor")),
    *(column(name, Text) for name in ("status", "no_more_why")),
)
CONDITION = table("instalment_condition", column("instalment_id", Integer), column("step_id", Integer))
TABLES = (GRANT, STEP, INSTALMENT, CONDITION)
