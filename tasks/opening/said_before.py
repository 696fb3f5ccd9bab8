"""Keep what people said about a grant's steps before it was imported: who, when, what, and what they noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import col, select

from models.grant_entries import GrantEntry
from models.rules.acceptance import fields_of, read_answer
from models.sentence import Sentence
from models.step import Answer, Step
from models.step_entries import SaidEntry
from models.vocabulary import UNSETTLED, AnswerKind, Role, StepStatus
from tasks.grants.at_work.grant_at_work import GrantAtWork, approvals_of, report_of, rule_of
from tasks.grants.planning.replanning import replan
from tasks.opening.imported_steps import no_question, not_ahead, not_read, step_called, wrong
from tasks.store.last_answers import last_answers

# Answers to a step's questions, by question, as they are kept.
Values = dict[str, str | int | bool]
_ANSWERS = Sentence("answers")
_SETTLES = {
    AnswerKind.DONE: StepStatus.DONE,
    AnswerKind.NOTHING: StepStatus.DONE,
    AnswerKind.APPROVED: StepStatus.APPROVED,
    AnswerKind.NOT_NEEDED: StepStatus.SKIPPED,
}


def bring_in_said(work: GrantAtWork, entry: GrantEntry, now: datetime, *, opening: bool) -> bool:
    """Keep what was said about steps, and what those that are done were answered with; return whether any was new.

    What is there is never changed by a file; in a grant that runs here, people say it themselves.
    """
    fresh = entry.said if opening else _not_said_here(work, entry.said)
    if fresh and not opening:
        raise wrong(
            work,
            Sentence(
                "said: '%(step)s' is another here, and the grant runs here already ('grants answer')",
                step=fresh[0].step,
            ),
        )
    done = {one.step for one in fresh if one.said is AnswerKind.DONE}
    answers = {
        step_called(work, key, _ANSWERS).key: _read_answers(work, key, said, given=key in done)
        for key, said in _unanswered(work, entry.answers).items()
    }
    earlier = _read_earlier(work, entry) if fresh else {}
    rows = _rows_said(work, fresh, answers, earlier, now)
    for key, left in earlier.items():
        if left:
            raise wrong(
                work,
                Sentence(
                    "answers: '%(step)s' was not said to be done %(count)s times ('said')",
                    step=key,
                    count=max(left),
                ),
            )
    rows += [_of_nobody(work, work.steps[key], now) | {"data": data} for key, data in answers.items()]
    work.add(Answer, rows)
    if rows:
        work.shared.forget()
        replan(work)
    _note_answers(work, rows)
    return bool(rows)


def know_answers(work: GrantAtWork, entry: GrantEntry) -> None:
    """Let a grant that is being opened know what the entry answers of the steps that it has by now.

    What was spent sizes its instalments; its answers are in the database only later.
    """
    for key, said in entry.answers.items():
        if key in work.steps:
            work.answered[work.steps[key].id or 0] = _read_answers(work, key, said, given=True)


def _read_earlier(work: GrantAtWork, entry: GrantEntry) -> dict[str, dict[int, Values]]:
    """Return what steps were answered with before they were answered again, by step and by which time it was."""
    return {
        step: {
            turn: _read_answers(work, step_called(work, step, _ANSWERS).key, said, given=True)
            for turn, said in turns.items()
        }
        for step, turns in entry.earlier.items()
    }


def _rows_said(
    work: GrantAtWork,
    fresh: Sequence[SaidEntry],
    answers: dict[str, Values],
    earlier: Mapping[str, dict[int, Values]],
    now: datetime,
) -> list[dict[str, Any]]:
    """Let what was said act on its steps; return its rows, with the answers, which are taken out of where they were.

    The last time that a step was said to be done has its answers, the times before have the earlier ones.
    """
    people = {email: _person(work, email) for one in fresh for email in (one.by, one.colleague) if email}
    last = {one.step: at for at, one in enumerate(fresh) if one.said is AnswerKind.DONE}
    turns: Counter[str] = Counter()
    rows = []
    for at, one in enumerate(fresh):
        step = step_called(work, one.step, Sentence("said"))
        not_ahead(work, Sentence("said: '%(step)s'", step=one.step), one.said_on)
        data = answers.pop(one.step) if last.get(one.step) == at and one.step in answers else {}
        if one.said is AnswerKind.DONE:
            turns[one.step] += 1
            data = data or earlier.get(one.step, {}).pop(turns[one.step], {})
        rows.append(_row(step, one.said, people[one.by], one.said_on, one.said_at or now) | {"data": data})
        rows[-1] |= {"note": one.note, "expected_on": one.expected_on}
        rows[-1] |= {"colleague_id": people[one.colleague] if one.colleague else None}
        _let_act(work, step, one, people)
    return rows


def _note_answers(work: GrantAtWork, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note which questions of which steps the import answered."""
    steps = {step.id: step for step in work.steps.values()}
    for step_id in dict.fromkeys(row["step_id"] for row in rows):
        questions = sorted({key for row in rows if row["step_id"] == step_id for key in row["data"]})
        work.happened("answers_imported", steps[step_id], questions=questions)


def _row(step: Step, kind: AnswerKind, by_id: int, on: date, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {"step_id": step.id, "step_version": step.version, "kind": kind}
    return row | {"by_id": by_id, "answered_on": on, "answered_at": now}


def _of_nobody(work: GrantAtWork, step: Step, now: datetime) -> dict[str, Any]:
    """Return the row of an answer of which the file does not say who gave it: its owner's, on the step's day."""
    by_id = step.done_by_id or step.owner_id or work.roles[Role.COORDINATOR]
    return _row(step, AnswerKind.DONE, by_id, step.done_on or work.today, now)


def _let_act(work: GrantAtWork, step: Step, one: SaidEntry, people: Mapping[str, int]) -> None:
    """Let the step go by what was said: who did it, when it is expected, whose it is, how often it came back."""
    settled = _SETTLES.get(one.said)
    if settled is StepStatus.SKIPPED:
        for gone in (step, *approvals_of(work, step)):
            if gone.status in UNSETTLED:
                gone.status, gone.done_on = settled, one.said_on
                work.happened("step_imported_as_done", gone, on=one.said_on.isoformat())
    if settled is not None and step.status is settled:
        step.done_by_id = people[one.by]
    if one.said is AnswerKind.NOT_YET:
        step.expected_on = one.expected_on
    if one.said is AnswerKind.NOT_ME:
        to_id = people[one.colleague] if one.colleague else work.roles.get(Role.UNIT_MANAGER)
        step.owner_id, step.owner_since_on = to_id or step.owner_id, one.said_on
    if one.said is AnswerKind.RETURNED:
        (report_of(work, step) or step).returned_count += 1


def _not_said_here(work: GrantAtWork, said: Sequence[SaidEntry]) -> list[SaidEntry]:
    """Return what of it the grant does not have."""
    if not said:
        return []
    keys = {step.id: step.key for step in work.steps.values()}
    query = select(Answer).where(col(Answer.step_id).in_(list(keys)))
    here = {(keys[row.step_id], row.kind, row.answered_on, row.note) for row in work.session.exec(query)}
    return [one for one in said if (one.step, one.said, one.said_on, one.note) not in here]


def _unanswered(work: GrantAtWork, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the answers to steps that have none here."""
    steps: Iterable[Step] = work.steps.values()
    known = {} if work.opening else last_answers(work.session, (step.id for step in steps))
    return {key: said for key, said in answers.items() if step_called(work, key, _ANSWERS).id not in known}


def _read_answers(work: GrantAtWork, key: str, said: Mapping[str, Any], *, given: bool) -> Values:
    """Return the answers as they are kept; a step that was answered, and sent back since, need not be done."""
    step = work.steps[key]
    if not given and (step.status is not StepStatus.DONE or step.done_on is None):
        raise wrong(work, Sentence("answers: '%(step)s' is not done: say the day under 'done'", step=key))
    rule = rule_of(work, step)
    asked = {
        key: one for question in (rule.questions if rule else ()) for key, one in fields_of(question).items()
    }
    values = {}
    for question, raw in said.items():
        if question not in asked:
            raise wrong(work, no_question(_ANSWERS, key, question, asked))
        try:
            values[question] = read_answer(asked[question], raw, work.grant.currency)
        except ValueError as error:
            raise wrong(work, not_read(_ANSWERS, key, question, error)) from error
    return values


def _person(work: GrantAtWork, email: str) -> int:
    found = work.shared.person_id(email)
    if found is None:
        raise wrong(work, Sentence("said: there is no person with the address '%(email)s'", email=email))
    return found
