"""Name the periods that are missing from a report's totals."""

from collections.abc import Iterator

from models.programme.plan import Programme
from models.vocabulary import DROPPED, AnswerKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.figures import ReportFigures
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_document


def incomplete_totals(say: Translator, work: GrantAtWork, figures: ReportFigures) -> Iterator[str]:
    """Yield a sentence for each set of periods missing from totals, with the questions concerned."""
    without: dict[tuple[str, ...], list[str]] = {}
    rows = [row for row in figures.rows if not row.part and row.over_periods != "none"]
    about = _steps_by_period(work) if len(figures.periods) > 1 else {}
    for row in rows:
        values = zip(figures.period_keys, row.values, strict=True)
        given = {work.steps[key].period for key, value in values if value is not None}
        forms = _forms(work.programme, row.key)
        missing = tuple(period for period, asking in about.items() if period not in given and asking & forms)
        if given and missing:
            without.setdefault(missing, []).append(capitalised(row.title))
    for missing, titles in without.items():
        periods = say.listed([say.period(period) for period in missing])
        sentence = word_document(say, "total_without", periods=periods)
        yield sentence if len(titles) == len(rows) else f"{say.listed(titles)}: {sentence}"


def _steps_by_period(work: GrantAtWork) -> dict[str, set[str]]:
    """Return the forms of each period in order, without those that had nothing to report."""
    steps = sorted(
        (step for step in work.steps.values() if step.period and step.status not in DROPPED),
        key=lambda step: step.position,
    )
    forms: dict[str, set[str]] = {}
    for step in steps:
        if not any(answer.kind is AnswerKind.NOTHING for answer in work.record.answers_of(step)):
            forms.setdefault(step.period or "", set()).add(step.template_key)
    return forms


def _forms(programme: Programme, key: str) -> set[str]:
    """Return the steps that ask a question, and those that include the last period of such a step."""
    asking = [rule for rule in programme.steps if any(question.key == key for question in rule.questions)]
    return {rule.key for rule in asking} | {rule.fold_last_into or "" for rule in asking}
