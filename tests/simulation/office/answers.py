"""Answer what a step asks, by chance, so that the rules can take it."""

import random
from datetime import date
from typing import Any

from models.commands.steps import StoredFile
from models.programme.question import WHY, Question
from models.programme.step import StepRule


def answers_to(rule: StepRule, chance: random.Random, today: date) -> dict[str, Any]:
    """Return an answer to each of the step's questions, with parts that add up and a word where one may be asked."""
    found: dict[str, Any] = {}
    for question in rule.questions:
        if not question.required and chance.random() < 0.5:
            continue
        parts = {f"{question.key}.{part.key}": chance.randrange(1, 50) for part in question.parts}
        found |= parts
        found[question.key] = sum(parts.values()) if parts else _answer(question, chance, today)
        if parts or question.checks:
            found[f"{question.key}.{WHY}"] = "Så blev det."
    return found


def _answer(question: Question, chance: random.Random, today: date) -> Any:
    match question.kind:
        case "money":
            return str(chance.randrange(0, 40_000))
        case "number":
            return chance.randrange(0, 30)
        case "date":
            return today.isoformat()
        case "yes_no":
            return chance.random() < 0.5
        case "choice":
            return chance.choice(question.options).key
    return "Samverkan med polisen."


def files_for(rule: StepRule, step_id: int, on: date) -> tuple[StoredFile, ...]:
    """Return a file for each document that the step needs, of that day; the simulation keeps no contents."""
    return tuple(
        StoredFile(
            f"{one.key}.pdf", "application/pdf", 10, "0" * 64, f"{step_id}-{on}-{one.key}-{number}", one.key
        )
        for number, one in enumerate(rule.documents)
    )
