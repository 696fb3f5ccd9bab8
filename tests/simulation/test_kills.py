"""A few deliverers are killed at random moments, as the command kills hundreds."""

from pathlib import Path

import pytest

from tests.database_kinds import KINDS
from tests.simulation.kills import kill


@pytest.mark.parametrize("kind", KINDS)
def test_killed_deliverers_lose_nothing_and_repeat_nothing_without_a_reason(
    kind: str, tmp_path: Path
) -> None:
    killing, found = kill(kind, 3, 5, tmp_path)
    assert killing.kills == 3
    assert found.letters >= found.taken - found.repeated > 0
    assert (found.lost, found.unexplained) == (0, 0)
