"""Whether an act can be undone: the table is the specification."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.rules.steps.undo import UndoableAct, UndoReason, decide_undo

ACTED = datetime(2010, 4, 30, 8, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
ACT = UndoableAct(step_version=3, acted_at=ACTED, undo_until_at=ACTED + DAY, undone_at=None)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("act", "version", "answers", "is_open", "after", "reason"),
    [
        pytest.param(ACT, 3, [], True, SECOND, UndoReason.UNDOABLE, id="at once"),
        pytest.param(ACT, 3, [], True, DAY - SECOND, UndoReason.UNDOABLE, id="in the last second"),
        pytest.param(ACT, 3, [], True, DAY, UndoReason.TOO_LATE, id="a day later"),
        pytest.param(ACT, 3, [ACTED - SECOND], True, SECOND, UndoReason.UNDOABLE, id="answered before it"),
        pytest.param(ACT, 3, [ACTED + SECOND], True, SECOND, UndoReason.ACTED_ON, id="answered after it"),
        pytest.param(ACT, 3, [ACTED], True, SECOND, UndoReason.ACTED_ON, id="answered in the same moment"),
        pytest.param(ACT, 4, [], True, SECOND, UndoReason.CHANGED, id="the step has changed"),
        pytest.param(ACT, 4, [ACTED], False, SECOND, UndoReason.GRANT_ENDED, id="the grant has ended"),
        pytest.param(
            replace(ACT, undo_until_at=None), 3, [], True, SECOND, UndoReason.NEVER, id="money or an approval"
        ),
        pytest.param(
            *(replace(ACT, undo_until_at=None), 3, [], False, SECOND, UndoReason.GRANT_ENDED),
            id="the act that ended the grant",
        ),
        pytest.param(
            replace(ACT, undone_at=ACTED + SECOND), 4, [], True, DAY, UndoReason.UNDONE, id="undone already"
        ),
    ],
)
def test_act_is_undone_within_a_day_and_before_the_next_step(
    act: UndoableAct,
    version: int,
    answers: list[datetime],
    is_open: bool,
    after: timedelta,
    reason: UndoReason,
) -> None:
    assert decide_undo(act, version, answers, grant_open=is_open, now=ACTED + after) is reason
    assert reason.accepted is (reason is UndoReason.UNDOABLE)
