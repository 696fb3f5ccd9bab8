"""Read the plans of odd programmes that tests keep: a plan's own keys, as the database keeps them, in YAML."""

from pathlib import Path
from typing import Any

import yaml

from models.programme.plan import Programme
from tasks.programmes.strict_yaml import read_yaml
from tests.rule_builders import reference_programme, sound


def read_plan(path: Path) -> Programme:
    """Return the plan in a file."""
    return plan_of_text(path.read_text(encoding="utf-8"))


def plan_of_text(text: str) -> Programme:
    """Return the plan that a text is."""
    return sound(Programme.model_validate(read_yaml(text)[0]))


def plan_of_reference(name: str = "development-funds-2009") -> dict[str, Any]:
    """Return the keys of the plan of one of the programmes that come with the product, to be changed."""
    return reference_programme(name).model_dump(mode="json", exclude_defaults=True)


def steps_of(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a plan's steps by their keys."""
    return {one["key"]: one for one in plan["steps"]}


def write_plan(path: Path, plan: dict[str, Any]) -> None:
    """Write a plan as a file of which the tests' registry reads it."""
    path.write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
