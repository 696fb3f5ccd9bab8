"""Load a grant's reports for its documents: which are included, and the answers of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from models.programme.question import OURS, Question
from models.tables.columns import id_of
from models.tables.step import Figure, Step
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reports:
    """A grant's reports in their order, with their answers.

    `only` restricts them to one step, as for a follow-up. `gathered` are the figures from sources,
    by step id and question. `answers` are by step id. `typed` are the ids of steps whose answers
    are drafts. `settled` says that nothing in the document is provisional any more.
    """

    work: GrantAtWork
    every: Sequence[Step]
    only: Step | None
    gathered: Mapping[int, Mapping[str, Figure]]
    answers: Mapping[int, Answers]
    typed: frozenset[int]
    settled: bool = False

    @property
    def told(self) -> list[Step]:
        """The reports that the document is about."""
        return [step for step in self.every if self.only in (None, step)]

    @property
    def applications(self) -> list[Step]:
        """Those that are applications for the grant."""
        return [step for step in self.told if step.phase is Phase.APPLICATION]

    @property
    def final(self) -> list[Step]:
        """Those that report on the whole grant."""
        return [step for step in self.told if step.phase is Phase.FINAL_REPORT]

    @property
    def periodic(self) -> list[Step]:
        """Those with questions about a period; several may be about the same one."""
        return [step for step in self.told if step.period and self.questions_of(step)]

    def questions_of(self, step: Step) -> Sequence[Question]:
        """Return the questions of a report."""
        rule = self.work.record.rule_of(step)
        return rule.questions if rule else ()

    def answers_of(self, step: Step) -> Answers:
        """Return the answers of a report, by question."""
        return self.answers.get(id_of(step), {})


def settle_reports(reports: Reports) -> Reports:
    """Return the reports once an officer has confirmed what is provisional: without the marks of answers."""
    answers = {
        step_id: {key: value for key, value in answers.items() if not key.endswith(f".{OURS}")}
        for step_id, answers in reports.answers.items()
    }
    return replace(reports, answers=answers, settled=True)


def load_reports(
    work: GrantAtWork, only: Step | None = None, typed: Mapping[int, Answers] | None = None
) -> Reports:
    """Return the grant's reports, or one alone; drafts in `typed`, by step id, replace a step's answers."""
    ordered = sorted(work.steps.values(), key=lambda step: step.position)
    every = [step for step in ordered if step.kind is StepKind.REPORT]
    gathered = {
        id_of(step): {figure.question: figure for figure in figures}
        for step in every
        if (figures := work.record.figures_of(step))
    }
    answers = {id_of(step): _answers(work, step, gathered, typed or {}) for step in every}
    return Reports(
        work=work, every=every, only=only, gathered=gathered, answers=answers, typed=frozenset(typed or {})
    )


def _answers(
    work: GrantAtWork,
    step: Step,
    gathered: Mapping[int, Mapping[str, Figure]],
    typed: Mapping[int, Answers],
) -> Answers:
    """Return a step's answers: drafts, or handed in, or gathered, question by question."""
    step_id = id_of(step)
    figures = {key: figure.value for key, figure in gathered.get(step_id, {}).items()}
    return {**figures, **(work.record.handed_in(step) or {}), **typed.get(step_id, {})}


def as_number(value: object) -> Decimal | None:
    """Return an answer as a number; None if it is not one."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
