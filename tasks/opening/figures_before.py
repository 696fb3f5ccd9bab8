"""Keep the figures that were gathered for a grant's steps before it was imported, with where they came from."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select

from models.grant_entries import GrantEntry
from models.rules.acceptance import fields_of, read_answer
from models.sentence import Sentence
from models.step import Figure, Step
from models.step_entries import FigureEntry
from models.vocabulary import StepStatus
from tasks.grants.at_work.grant_at_work import GrantAtWork, rule_of
from tasks.grants.at_work.outside_figures import ask_again_later
from tasks.opening.imported_steps import no_question, not_ahead, not_read, step_called, wrong


def bring_in_figures(work: GrantAtWork, entry: GrantEntry, *, opening: bool) -> bool:
    """Keep the entry's figures; return whether any was new. A grant that runs here gathers its own.

    What was gathered here since the file was written stays as it is.
    """
    fresh = entry.figures if opening else _not_here(work, entry.figures)
    if fresh and not opening:
        raise wrong(
            work,
            Sentence(
                "figures: '%(step)s' has another '%(question)s' here, and the grant runs here already: its sources"
                " give it",
                step=fresh[0].step,
                question=fresh[0].question,
            ),
        )
    rows = []
    for one in fresh:
        step = step_called(work, one.step, Sentence("figures"))
        about = Sentence("figures: '%(question)s'", question=one.question)
        not_ahead(work, about, one.gathered_at.date())
        rows.append(
            {
                **one.model_dump(include={"question", "source", "sha256", "accounts", "gathered_at"}),
                "step_id": step.id,
                "period": one.about,
                "value": _value(work, step, one),
            }
        )
    work.add(Figure, rows)
    for key in dict.fromkeys(one.step for one in fresh):
        questions = sorted({one.question for one in fresh if one.step == key})
        work.happened("figures_imported", work.steps[key], questions=questions)
        if work.steps[key].status is StepStatus.DONE:
            ask_again_later(work, work.steps[key])
    return bool(rows)


def _value(work: GrantAtWork, step: Step, one: FigureEntry) -> str:
    """Return the value as it is kept."""
    rule = rule_of(work, step)
    asked = {
        key: field
        for question in (rule.questions if rule else ())
        for key, field in fields_of(question).items()
    }
    if one.question not in asked:
        raise wrong(work, no_question(Sentence("figures"), step.key, one.question, asked))
    try:
        return str(read_answer(asked[one.question], one.value, work.grant.currency))
    except ValueError as error:
        raise wrong(work, not_read(Sentence("figures"), step.key, one.question, error)) from error


def _not_here(work: GrantAtWork, figures: Sequence[FigureEntry]) -> list[FigureEntry]:
    """Return what of them the grant does not have, and has gathered nothing newer of."""
    if not figures:
        return []
    keys = {step.id: step.key for step in work.steps.values()}
    query = select(Figure).where(col(Figure.step_id).in_(list(keys)))
    here: dict[tuple[str, str], list[Figure]] = {}
    for row in work.session.exec(query):
        here.setdefault((keys[row.step_id], row.question), []).append(row)
    return [
        one for one in figures if not any(_holds(row, one) for row in here.get((one.step, one.question), ()))
    ]


def _holds(row: Figure, one: FigureEntry) -> bool:
    """Return whether the figure is the entry's, or was gathered after it, perhaps from a newer file."""
    held = (row.source, row.value, row.sha256, row.period, row.accounts)
    return row.gathered_at > one.gathered_at or held == (
        one.source,
        one.value,
        one.sha256,
        one.about,
        one.accounts,
    )
