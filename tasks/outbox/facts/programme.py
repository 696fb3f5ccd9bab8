"""Work out once what letters and pages look up in a recorded programme."""

from __future__ import annotations

from dataclasses import dataclass

from models.programme.file import Programme
from models.programme.step import StepRule
from models.rules.notices.contents import direct_needs, needs_closure


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """A programme with its steps by key, what must come before each of them, and all that one waits for."""

    programme: Programme
    rules: dict[str, StepRule]
    before: dict[str, frozenset[str]]
    needed: frozenset[str]


def programme_facts(programme: Programme) -> ProgrammeFacts:
    """Return what is known of a recorded programme, worked out once a process: `load_programmes` gives the same one."""
    kept = _facts.get(id(programme))
    if kept is None or kept.programme is not programme:
        rules = {rule.key: rule for rule in programme.steps}
        needed = frozenset(need for rule in programme.steps for need in direct_needs(rule))
        kept = _facts[id(programme)] = ProgrammeFacts(programme, rules, needs_closure(programme), needed)
    return kept


_facts: dict[int, ProgrammeFacts] = {}
