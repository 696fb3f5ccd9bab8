"""Find the letters about a step that went before the one at hand, and who is told beside its reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.facts.letter import ItemView
from models.vocabulary import LetterStatus, NoticeKind
from tasks.outbox.facts.rows import DbRow, LetterData
from tasks.outbox.facts.step import StepAtHand

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


def first_message_id(data: LetterData, letter: DbRow, items: Sequence[ItemView]) -> str | None:
    """Return the Message-ID of the first accepted letter to the person about the most pressing step."""
    for item in items:
        for told in data.history[item.step_id]:
            before = told.letter_id < letter.id and told.status == LetterStatus.ACCEPTED
            if before and told.person_id == letter.person_id:
                return str(told.message_id)
    return None
