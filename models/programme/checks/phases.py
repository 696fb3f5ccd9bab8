"""Check that no step waits for one of a later phase of the grant's life."""

from __future__ import annotations

from collections.abc import Iterator

from models.programme.names import template_key
from models.programme.plan import Programme
from models.programme.problem import Problem
from models.vocabulary import Phase

_PHASES = [*Phase]


def find_phase_problems(programme: Programme) -> Iterator[Problem]:
    """Yield steps that wait for one of a later phase."""
    phases = {step.key: step.phase for step in programme.steps}
    for index, step in enumerate(programme.steps):
        for key in map(template_key, step.needs):
            other = phases.get(key, step.phase)
            if _PHASES.index(other) > _PHASES.index(step.phase):
                said = f"it needs {key}, of a later phase ({other}) than its own ({step.phase})"
                yield Problem(("steps", index, "needs"), f"{said}: say 'phase' where one is wrong")
