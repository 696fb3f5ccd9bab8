"""Load a grant's reports for its documents: which are told of, and what each of them answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.programme.question import Question
from models.tables.step import Figure, Step
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reports:
    """A grant's reports in their order, with what each of them answers.

    `only` keeps to one step: what a follow-up of its own says. `gathered` are what sources gave, by
    step id and question. `answers` are by step id. `typed` are the ids of steps whose answers are
    typed and not handed in.
    """

    work: GrantAtWork
    every: Sequence[Step]
    only: Step | None
    gathered: Mapping[int, Mapping[str, Figure]]
    answers: Mapping[int, Answers]
    typed: frozenset[int]

    @property
    def told(self) -> list[Step]:
        """The reports that the document tells of."""
        return [step for step in self.every if self.only in (None, step)]

    @property
    def applications(self) -> list[Step]:
        """Those of them by which the grant was applied for."""
        return [step for step in self.told if step.phase is Phase.APPLICATION]

    @property
    def final(self) -> list[Step]:
        """Those of them that report on all of the grant."""
        return [step for step in self.told if step.phase is Phase.FINAL_REPORT]

    @property
    def periodic(self) -> list[Step]:
        """Those of them that ask something about a period; several may be about one."""
        return [step for step in self.told if step.period and self.questions_of(step)]

    def questions_of(self, step: Step) -> Sequence[Question]:
        """Return what a report asks."""
        rule = self.work.record.rule_of(step)
        return rule.questions if rule else ()

    def answers_of(self, step: Step) -> Answers:
        """Return what a report answers, by question."""
        return self.answers.get(step.id or 0, {})


def load_reports(
    work: GrantAtWork, only: Step | None = None, typed: Mapping[int, Answers] | None = None
) -> Reports:
    """Return the grant's reports, or one alone; what is `typed`, by step id, replaces a step's answers."""
    ordered = sorted(work.steps.values(), key=lambda step: step.position)
    every = [step for step in ordered if step.kind is StepKind.REPORT]
    gathered = {
        step.id or 0: {figure.question: figure for figure in figures}
        for step in every
        if (figures := work.record.figures_of(step))
    }
    answers = {step.id or 0: _answers(work, step, gathered, typed or {}) for step in every}
    return Reports(
        work=work, every=every, only=only, gathered=gathered, answers=answers, typed=frozenset(typed or {})
    )


def _answers(
    work: GrantAtWork,
    step: Step,
    gathered: Mapping[int, Mapping[str, Figure]],
    typed: Mapping[int, Answers],
) -> Answers:
    """Return what a step answers: what was typed, else handed in, else gathered, question by question."""
    step_id = step.id or 0
    figures = {key: figure.value for key, figure in gathered.get(step_id, {}).items()}
    return {**figures, **(work.record.handed_in(step) or {}), **typed.get(step_id, {})}


def as_number(value: object) -> Decimal | None:
    """Return an answer as a number; None if it is no number."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
