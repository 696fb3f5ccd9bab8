"""Queue again the notices that were only captured, once there is a mail server."""

import logging
from datetime import date

from sqlalchemy import Engine, exists, select, update

from models.tables.columns import table_of
from models.tables.letter import Letter, Notice
from models.tables.step import Step
from tasks.outbox.queue import IS_CAPTURED
from tasks.store.database import reading, transaction
from tasks.store.queries import IS_UNSETTLED

log = logging.getLogger(__name__)

_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_STEP = table_of(Step)
# A rung that counts for its ladder, though its letter reached nobody; in a sample no letter has failed.
_UNTOLD = (
    (_NOTICE.c.position > 0)
    & _NOTICE.c.failed_at.is_not(None)
    & _NOTICE.c.letter_id.in_(select(_LETTER.c.id).where(IS_CAPTURED))
)
_ANY_UNTOLD = select(exists().where(_UNTOLD))
_ITS_STEPS = select(_NOTICE.c.step_id).where(_UNTOLD, _NOTICE.c.due_on == _STEP.c.due_on)
# A notice is unique by its rung: a kept one leaves the rung to the one that is told.
_OFF_THE_LADDER = update(_NOTICE).where(_UNTOLD)


def tell_captured_again(engine: Engine, on: date) -> int:
    """Give captured rungs back to their ladders; return the number of their steps.

    The next round tells each step what its day asks for: the highest reminder reached, or the first
    escalation.
    """
    with reading(engine) as connection:
        if not connection.execute(_ANY_UNTOLD).scalar_one():
            return 0
    with transaction(engine) as connection:
        steps = update(_STEP).where(IS_UNSETTLED, _STEP.c.id.in_(_ITS_STEPS.correlate(_STEP)))
        count = connection.execute(steps.values(next_action_on=on)).rowcount
        connection.execute(_OFF_THE_LADDER.values(kept_on=on, position=0))
    log.warning("what was kept in the mailbox is told by mail from now on", extra={"steps": count})
    return count
