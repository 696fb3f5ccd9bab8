"""Find what was answered of a step, and what was told about it, before the letter at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.facts.letter import Conflict, ItemView, LetterRow, NotYet, Progress
from models.reading.plain_text import one_line
from models.rules.notices.contents import count_progress, is_collected
from models.tables.grant import Grant
from models.tables.step import Figure, Step
from models.vocabulary import AnswerKind, LetterStatus, NoticeKind
from tasks.outbox.facts.rows import DbRow, LetterData
from tasks.outbox.facts.step import StepAtHand, words_in
from tasks.store.answers import last_answers
from tasks.store.database import reading
from tasks.store.programmes import load_programme
from tasks.words.answers import find_conflicts, word_conflicts
from tasks.words.translator import Translator, translator

_ASKING = frozenset(
    {
        NoticeKind.REMINDER,
        NoticeKind.ESCALATION,
        NoticeKind.STAND_IN,
        NoticeKind.HANDED_OVER,
        NoticeKind.RETURNED,
    }
)


def sent_before(at: StepAtHand) -> tuple[tuple[str, tuple[date, ...]], ...]:
    """Return who got accepted letters about the step at this due date, and on which days."""
    days: dict[int, list[date]] = {}
    for told in at.data.history[at.row.step_id]:
        gone = told.status == LetterStatus.ACCEPTED and told.letter_id != at.letter.id
        if gone and told.due_on == at.row.told_due_on and told.kind in _ASKING:
            found = days.setdefault(told.person_id, [])
            if told.told_on not in found:
                found.append(told.told_on)
    return tuple((at.person(person_id), tuple(sorted(found))) for person_id, found in days.items())


def also_told(at: StepAtHand, rows: Sequence[DbRow]) -> tuple[str, ...]:
    """Return who else is told that the step is late, on the days of the letter's own notices of it."""
    late = [row for row in rows if row.kind == NoticeKind.ESCALATION]
    names: dict[str, None] = {}
    for row in late:
        for told in at.data.history[row.step_id]:
            same = (told.due_on, told.told_on, told.kind) == (row.told_due_on, row.told_on, row.kind)
            if same and told.person_id != at.letter.person_id:
                names.setdefault(at.person(told.person_id))
    return tuple(names)


def first_message_id(data: LetterData, letter: LetterRow, items: Sequence[ItemView]) -> str | None:
    """Return the Message-ID of the first accepted letter to the person about the most pressing step."""
    for item in items:
        for told in data.history[item.step_id]:
            before = told.letter_id < letter.id and told.status == LetterStatus.ACCEPTED
            if before and told.person_id == letter.person_id:
                return str(told.message_id)
    return None


def progress_of(at: StepAtHand) -> Progress | None:
    """Return how far the step's questions are answered; None where it asks none."""
    if at.rule is None or not at.rule.questions:
        return None
    known = set(at.data.figures[at.row.step_id])
    for answer in at.data.answers[at.row.step_id]:
        known |= {key for key, value in answer.data.items() if value not in (None, "")}
    has_source = at.row.figures_file is not None
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
    for one in find_conflicts(translator(at.language), at.rule, (figures, given), programme, money):
        yield replace(one, yours=yours)


def last_not_yet(at: StepAtHand) -> NotYet | None:
    """Return the last answer, where it is "not yet"."""
    answers = at.data.answers[at.row.step_id]
    if not answers or answers[-1].kind != AnswerKind.NOT_YET:
        return None
    last = answers[-1]
    return NotYet(at.person(last.by_id), last.answered_on, last.expected_on, one_line(last.note, 160))


def conflicts_of_step(engine: Engine, reference: str, step_key: str, say: Translator) -> list[str]:
    """Return the sentences about the step's last answer; none where no source says otherwise."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).one()
        step = session.exec(select(Step).where(Step.grant_id == grant.id, Step.key == step_key)).first()
        programme = load_programme(connection, grant.programme_id)
        rules = {rule.key: rule for rule in programme.steps}
        if step is None or step.template_key not in rules:
            return []
        kept = session.exec(select(Figure).where(Figure.step_id == step.id).order_by(col(Figure.id)))
        figures = {one.question: (one.value, one.source) for one in kept}
        given = last_answers(session, [step.id]).get(step.id or 0, {})
        money = (grant.currency, programme.small_numbers)
        found = [*find_conflicts(say, rules[step.template_key], (figures, given), programme, money)]
    return list(word_conflicts(say, found)) if found else []
