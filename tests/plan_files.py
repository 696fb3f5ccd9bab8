"""Read the plans of odd programmes that tests keep: a plan's own keys, as the database keeps them, in YAML."""

from __future__ import annotations

from pathlib import Path

from models.programme.checks.names import check
from models.programme.file import Programme
from tasks.programmes.strict_yaml import read_yaml


def read_plan(path: Path) -> Programme:
    """Return the plan in a file."""
    return plan_of_text(path.read_text(encoding="utf-8"))


def plan_of_text(text: str) -> Programme:
    """Return the plan that a text is."""
    return check(Programme.model_validate(read_yaml(text)[0]))
