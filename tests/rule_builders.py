"""Builders of values for the pure rules: each has defaults for everything, so that a test names only what matters."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from deployments.shipped_files import PROGRAMMES
from models.programme.checks.unknown_names import find_problems
from models.programme.language.amounts import Origin, RowCondition
from models.programme.language.kinds import AskedQuestion
from models.programme.language.rule import Name
from models.programme.plan import Programme, RungRule
from models.programme.question import Question
from models.programme.written.source import BodyRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee import Fit, Matter, MeetingFacts, MeetingPlan, plan_days
from models.rules.dates.planned_meeting import PlannedMeeting, build_plan_json
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, Phase, StepKind, StepStatus
from tasks.programmes.files import ProgrammeRegistry

# Offices' files in which less happens than in those that come with the product.
PLAIN = Path(__file__).parent / "programmes" / "plain"
WORDS = {"sv": "slutrapport", "en": "final report"}


@lru_cache
def reference_programme(name: str = "development-funds-2009") -> Programme:
    """Return one of the programmes that the reference grants run under, read once a process."""
    return ProgrammeRegistry(PLAIN, PROGRAMMES).get(name)


def sound(programme: Programme) -> Programme:
    """Return the plan when it holds together; ValueError, with the first problem, when it does not."""
    problem = next(find_problems(programme), None)
    if problem is not None:
        raise ValueError(problem.sentence)
    return programme


def a_step_rule(key: str, **changes: Any) -> dict[str, Any]:
    """Return a step of a programme file: a report on a written date."""
    rule = {"key": key, "phase": "final-report", "kind": "report", "title": WORDS, "todo": WORDS}
    return {**rule, "due": "on 2011-01-20", **changes}


def a_small_programme(*steps: dict[str, Any], **changes: Any) -> Programme:
    """Return a programme of these steps, with one instalment and one ladder."""
    body = {
        "programme": "small-funds",
        "title": WORDS,
        "source": "the decision letter",
        "currency": "SEK",
        "calendar": {"country": "SE"},
        "ladders": {"default": [{"days": 0, "to": ["owner"]}]},
        "steps": steps,
        "instalments": [{"number": 1, "share": "100 %"}],
    }
    return sound(Programme.model_validate({**body, **changes}))


def a_planned_step(**values: Any) -> Step:
    """Return an open report, not saved anywhere."""
    defaults: dict[str, Any] = {
        "id": 1,
        "grant_id": 1,
        "key": "final-report",
        "phase": Phase.FINAL_REPORT,
        "kind": StepKind.REPORT,
        "position": 1,
        "template_key": "final-report",
        "due_on": date(2011, 1, 20),
        "ladder": "default",
        "owner_role": "coordinator",
        "status": StepStatus.OPEN,
    }
    return Step(**(defaults | values))


def an_approval(
    status: StepStatus = StepStatus.OPEN, key: str = "final-report-approval", **values: Any
) -> Step:
    """Return an approval of the final report, not saved anywhere."""
    return a_planned_step(key=key, kind=StepKind.APPROVAL, status=status, **values)


def a_meeting(fit: Fit = Fit.FITS, held_on: date = date(2011, 1, 18), **of_matter: Any) -> PlannedMeeting:
    """Return a meeting planned for an approval: that of the reference grant, of which every day is known."""
    committee = BodyRule.model_validate({"title": WORDS})
    matter = Matter(**{"needed_on": held_on, **of_matter})
    days = plan_days(MeetingFacts(held_on), matter, committee, WorkCalendar("SE"))
    return build_plan_json(MeetingPlan(fit, matter, days))


def a_withheld_instalment(**values: Any) -> Instalment:
    """Return the last fifth, with a condition, not saved anywhere."""
    defaults: dict[str, Any] = {
        "id": 2,
        "grant_id": 1,
        "number": 2,
        "share": "rest",
        "conditional": True,
        "amount_minor": 10_000_000,
        "status": InstalmentStatus.WITHHELD,
    }
    return Instalment(**(defaults | values))


def a_question(key: str = "spent", kind: str = "money", **values: Any) -> Question:
    """Return a question that must be answered."""
    return Question.model_validate({"key": key, "title": WORDS, "kind": kind, **values})


def an_origin(
    source: str = "",
    column: str = "",
    answer: str = "",
    where: dict[str, str] | None = None,
    rows: Any = None,
    **more: Any,
) -> Origin:
    """Return where a figure comes from; `more` is a cell, or an account."""
    if answer:
        step, _, question = answer.partition(".")
        return Origin("answer", answer=AskedQuestion(step, question), rows=rows)
    kind: Any = "cell" if more.get("cell") else "column"
    conditions = tuple(RowCondition(*one) for one in (where or {}).items())
    return Origin(kind, Name(source), column, rows=rows, where=conditions, **more)


def a_ladder(*rungs: dict[str, Any]) -> tuple[RungRule, ...]:
    """Return rungs, lowest first, as the database keeps them."""
    return tuple(RungRule.model_validate({**rung, "position": at}) for at, rung in enumerate(rungs, 1))


def the_default_ladder() -> tuple[RungRule, ...]:
    """Return the default ladder: 30, 14, 7, 1 days before, on the day, 1, 5 and 10 working days after."""
    return a_ladder(*(rung.model_dump() for rung in reference_programme().ladders["default"]))
