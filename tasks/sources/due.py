"""The steps of a phase that a round gathers figures for: those it looks at, and those asked for before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, Engine, bindparam, select, update

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, Phase, StepStatus
from tasks.store.database import transaction
from tasks.store.queries import ALL, Part, columns_of, shape_rows

_STEP, _GRANT = table_of(Step), table_of(Grant)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DueToGather:
    """The steps that a round gathers for: of a phase on a day, of a part of the grants.

    They are those that the round looks at, and those for which it has asked outside sources before: a ledger that
    was put right, or came later than the letter, is read on the next working morning, not at the next reminder. So are
    steps that were answered, once a week while their grant is open, also those that no round looked at before: books
    are corrected after they were reported.
    """

    phase: Phase
    on: date
    part: Part = ALL


@dataclass(frozen=True, slots=True)
class StepToFill:
    """A step whose questions a source fills, with its grant."""

    id: int
    grant_id: int
    key: str
    template_key: str
    period: str | None
    period_start_on: date | None
    period_end_on: date | None
    status: StepStatus
    gather_on: date | None
    programme_id: int
    reference: str
    funder_reference: str | None
    currency: str
    figures_file: str | None
    grant_status: GrantStatus
    grant_start_on: date | None
    grant_end_on: date | None


STEPS_TO_FILL = (
    select(
        *columns_of(
            StepToFill,
            _STEP,
            _GRANT,
            grant_status=_GRANT.c.status,
            grant_start_on=_GRANT.c.period_start_on,
            grant_end_on=_GRANT.c.period_end_on,
        )
    )
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .order_by(_STEP.c.id)
)


# Made once: on a quiet morning making it would take longer than asking it for every phase.
_DUE = STEPS_TO_FILL.where(
    _STEP.c.phase == bindparam("phase"),
    (_STEP.c.next_action_on <= bindparam("on")) | (_STEP.c.gather_on <= bindparam("on")),
)


def find_due(connection: Connection, due: DueToGather) -> tuple[list[StepToFill], list[int]]:
    """Return the steps to gather for, and the ids of those for which sources are asked no more.

    Those are the steps that were left out, or whose grant is over.
    """
    asked = due.part.of(_DUE, _STEP.c.grant_id)
    found = shape_rows(StepToFill, connection.execute(asked, {"phase": due.phase, "on": due.on}))
    lacking = [step for step in found if _lacks_figures(step)]
    over = [step.id for step in found if step.gather_on is not None and not _lacks_figures(step)]
    return lacking, over


def _lacks_figures(step: StepToFill) -> bool:
    answered = step.status == StepStatus.DONE and step.grant_status == GrantStatus.OPEN
    return answered or step.status in UNSETTLED


def ask_again(engine: Engine, asked: Collection[int], on: date) -> None:
    """Let the next round ask outside sources again for the unsettled of the steps for which they were asked, by ids."""
    everyone = sorted(asked)
    for start in range(0, len(everyone), _AT_ONCE):
        ids = everyone[start : start + _AT_ONCE]
        unsettled = update(_STEP).where(_STEP.c.id.in_(ids), _STEP.c.status.in_(UNSETTLED))
        with transaction(engine) as connection:
            connection.execute(unsettled.values(gather_on=on + timedelta(days=1)))


def ask_no_more(engine: Engine, over: Collection[int]) -> None:
    """Ask no more for the figures of these steps, by ids."""
    with transaction(engine) as connection:
        connection.execute(update(_STEP).where(_STEP.c.id.in_(over)).values(gather_on=None))
