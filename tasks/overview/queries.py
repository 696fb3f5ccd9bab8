"""Ask the database where each grant stands; the queries are made once, for all grants and for some."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    Boolean,
    Date,
    Integer,
    Text,
    bindparam,
    column,
    exists,
    select,
    table,
)

from models.vocabulary import UNSETTLED, StepStatus

# Named here and not by their models, which take a third of what `grants status` does to load; a test compares them.
_GRANT = table(
    "grant",
    *(column(name, Integer) for name in ("id", "programme_id")),
    *(column(name, Text) for name in ("reference", "title", "currency", "status")),
    column("award_minor", BigInteger),
)
_STEP = table(
    "step",
    *(column(name, Integer) for name in ("id", "grant_id", "position", "instalment")),
    *(column(name, Text) for name in ("key", "template_key", "phase", "kind", "status", "owner_role")),
    *(column(name, Date) for name in ("due_on", "expected_on")),
    column("with_funder", Boolean),
)
_INSTALMENT = table(
    "instalment",
    *(column(name, Integer) for name in ("id", "grant_id", "number", "requested_by_id")),
    *(column(name, BigInteger) for name in ("amount_minor", "paid_minor")),
    *(column(name, Text) for name in ("share", "status", "no_more_why")),
)
VERSION = table("programme_version", column("id", Integer), column("sha256", Text), column("body", JSON))
_CONDITION = table("instalment_condition", column("instalment_id", Integer), column("step_id", Integer))
TABLES = (_GRANT, _STEP, _INSTALMENT, VERSION, _CONDITION)

# Made once, for all grants and for some: the portal asks them whenever something has happened.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
GRANTS = select(
    *(_GRANT.c[name] for name in ("id", "reference", "title", "currency", "status", "award_minor")),
    _GRANT.c.programme_id,
)
GRANTS_OF = GRANTS.where(_GRANT.c.reference.in_(bindparam("references", expanding=True)))
UNSETTLED_STEPS = select(
    *(_STEP.c[name] for name in ("grant_id", "key", "phase", "due_on", "status", "with_funder")),
    *(
        _STEP.c[name]
        for name in ("owner_role", "position", "template_key", "kind", "instalment", "expected_on")
    ),
).where(_STEP.c.status.in_([str(status) for status in UNSETTLED]))
UNSETTLED_STEPS_OF = UNSETTLED_STEPS.where(_STEP.c.grant_id.in_(_IDS))
PARTS = select(
    *(_INSTALMENT.c[name] for name in ("id", "grant_id", "number", "amount_minor", "paid_minor")),
    *(_INSTALMENT.c[name] for name in ("share", "status", "requested_by_id", "no_more_why")),
).order_by(_INSTALMENT.c.grant_id, _INSTALMENT.c.number)
PARTS_OF = PARTS.where(_INSTALMENT.c.grant_id.in_(_IDS))
# As `gate.waited_for`: what the plan cancelled is not waited for, as long as another condition is left.
_BESIDE, _OTHER = _CONDITION.alias(), _STEP.alias()
_LEFT = exists().where(
    _BESIDE.c.instalment_id == _CONDITION.c.instalment_id,
    _OTHER.c.id == _BESIDE.c.step_id,
    _OTHER.c.status != str(StepStatus.CANCELLED),
)
MISSING = (
    select(_CONDITION.c.instalment_id, _STEP.c.key)
    .join(_STEP, _STEP.c.id == _CONDITION.c.step_id)
    .where(_STEP.c.status != str(StepStatus.APPROVED), (_STEP.c.status != str(StepStatus.CANCELLED)) | ~_LEFT)
    .order_by(_STEP.c.position)
)
MISSING_OF = MISSING.where(_STEP.c.grant_id.in_(_IDS))
DIGESTS = select(VERSION.c.id, VERSION.c.sha256).where(VERSION.c.id.in_(_IDS))
