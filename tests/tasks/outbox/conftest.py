"""Hold that delivery leaves no connection open."""

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _connections_are_closed() -> Iterator[None]:
    """Fail the test that leaves a connection to the collector of garbage: elsewhere the collector tells nobody."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        gc.collect()
    gc.freeze()  # what the test left is not looked through after each one that follows
