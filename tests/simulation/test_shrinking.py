"""A failing life is shrunk to what it takes."""

import pytest

from tests.simulation.shrinking import smallest


@pytest.mark.parametrize(
    ("guilty", "items"),
    [
        pytest.param({7}, range(100), id="one of many"),
        pytest.param({3, 61}, range(100), id="two that need each other"),
        pytest.param({0, 1}, range(2), id="all of them"),
        pytest.param({5}, [5], id="nothing to leave out"),
    ],
)
def test_failing_lives_shrink_to_those_that_fail(guilty: set[int], items: list[int]) -> None:
    tries = []

    def fails(kept: list[int]) -> bool:
        tries.append(kept)
        return guilty <= set(kept)

    assert set(smallest(list(items), fails)) == guilty
    assert len(tries) <= 60
