"""Put the steps of a plan in order: by phase, and each after what it waits for."""

from __future__ import annotations

from collections.abc import Iterable

from models.programme.names import template_key
from models.programme.step import StepRule
from models.vocabulary import Phase

_PHASES = [*Phase]


def in_order(steps: Iterable[StepRule]) -> tuple[StepRule, ...]:
    """Return the steps by phase; within one as the file has them, save that each follows what it waits for."""
    by_phase = sorted(steps, key=lambda one: _PHASES.index(one.phase))
    named = {one.key: one for one in by_phase}
    found: dict[str, StepRule] = {}

    def add(step: StepRule, seen: frozenset[str]) -> None:
        for key in map(template_key, step.may_await):
            other = named.get(key)
            if other is not None and other.phase is step.phase and key not in seen:
                add(other, seen | {key})
        found.setdefault(step.key, step)

    for one in by_phase:
        add(one, frozenset((one.key,)))
    return tuple(found.values())
