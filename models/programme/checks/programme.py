"""Check that a programme whose every field is right by itself holds together."""

from __future__ import annotations

from models.programme.checks.names import find_problems
from models.programme.file import Programme
from models.programme.problem import DoesNotHold


def check(programme: Programme) -> Programme:
    """Return the programme when it holds together; DoesNotHold, with the first problem, when it does not."""
    problem = next(find_problems(programme), None)
    if problem is not None:
        raise DoesNotHold(problem)
    return programme
