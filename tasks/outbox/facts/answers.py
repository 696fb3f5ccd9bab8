"""Find what is answered of a step so far: how much of it, what a source says otherwise, and a "not yet"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.facts.letter import Conflict, NotYet, Progress
from models.reading.plain_text import one_line
from models.rules.notices.contents import count_progress, is_collected
from models.vocabulary import AnswerKind
from tasks.outbox.facts.step import StepAtHand, words_in
from tasks.words.conflicts import find_conflicts
from tasks.words.translator import speaker


def progress_of(at: StepAtHand) -> Progress | None:
    """Return how far the step's questions are answered; None where it asks none."""
    if at.rule is None or not at.rule.questions:
        return None
    known = set(at.data.figures[at.row.step_id])
    for answer in at.data.answers[at.row.step_id]:
        known |= {key for key, value in answer.data.items() if value not in (None, "")}
    has_source = at.facts.programme.figures is not None and at.row.figures_file is not None
    found = count_progress(at.rule.questions, known, has_source)
    required = [one for one in at.rule.questions if one.required]
    by_hand = [one for one in required if not is_collected(one, has_source)]
    to_write = (
        one for one in by_hand if not {one.key, *(f"{one.key}.{part.key}" for part in one.parts)} <= known
    )
    figures_in = len(by_hand) < len(required) and found is not None and not found.collected
    titles = tuple(words_in(one.title, at.language) for one in to_write)
    return replace(found, to_write=titles, figures_in=figures_in) if found else None


def conflicts_in(at: StepAtHand) -> Iterator[Conflict]:
    """Yield where the reader's draft, or else the last answer, is another than a source's figure."""
    row, reader, programme = at.row, at.letter.person_id, at.facts.programme
    figures = at.data.figures.get(row.step_id)
    if at.rule is None or figures is None:
        return
    draft = at.data.drafts.get((row.step_id, reader))
    done = [one for one in at.data.answers[row.step_id] if one.kind == AnswerKind.DONE]
    given = dict(done[-1].data) if done else {}
    yours = draft is not None or bool(done and done[-1].by_id == reader)
    given |= {key.removeprefix("q-"): text for key, text in (draft or {}).items()}
    money = (row.currency, programme.small_numbers)
    for one in find_conflicts(speaker(at.language), at.rule, (figures, given), programme, money):
        yield replace(one, yours=yours)


def last_not_yet(at: StepAtHand) -> NotYet | None:
    """Return the last answer, where it is "not yet"."""
    answers = at.data.answers[at.row.step_id]
    if not answers or answers[-1].kind != AnswerKind.NOT_YET:
        return None
    last = answers[-1]
    return NotYet(at.person(last.by_id), last.answered_on, last.expected_on, one_line(last.note, 160))
