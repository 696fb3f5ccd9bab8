"""Load the facts of a batch of letters from the records of their grants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam, select

from models.facts.letter import ItemView, LetterRow, LetterView
from models.notice_kinds import AT_ONCE, rank_kind
from models.rules.notices.contents import NoticeNow, is_told
from models.tables.columns import table_of
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from tasks.grant.money import part_of
from tasks.grant.records import Records, read_records
from tasks.step_facts.item import make_item, read_around, sort_items
from tasks.step_facts.step import ItemReader, NoticeAtHand, instalment_number
from tasks.store.queries import columns_of, shape_rows

_LETTER, _NOTICE, _PERSON, _STEP = (table_of(model) for model in (Letter, Notice, Person, Step))
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_LETTERS = (
    select(*columns_of(LetterRow, _LETTER, _PERSON))
    .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    .where(_LETTER.c.id.in_(_IDS))
)
_NOTICES = (
    select(_NOTICE.c.letter_id, *columns_of(NoticeAtHand, _NOTICE, _STEP))
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .where(_NOTICE.c.letter_id.in_(_IDS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.id)
)


@dataclass(frozen=True, slots=True)
class LetterBatch:
    """Letters by their ids, their notices by the letters' ids, and the records of their grants."""

    letters: Mapping[int, LetterRow]
    notices: Mapping[int, Sequence[NoticeAtHand]]
    records: Records


def load_letters(connection: Connection, letter_ids: Collection[int]) -> LetterBatch:
    """Return the letters with all their facts, to be made within the connection's transaction.

    Raises ValueError if a row cannot be read (bad JSON, an invalid programme); a missing letter is
    left out.
    """
    given = {"ids": list(letter_ids)}
    letters = {letter.id: letter for letter in shape_rows(LetterRow, connection.execute(_LETTERS, given))}
    rows = connection.execute(_NOTICES, given).all()
    notices: dict[int, list[NoticeAtHand]] = {}
    for row, notice in zip(rows, shape_rows(NoticeAtHand, rows), strict=True):
        notices.setdefault(row.letter_id, []).append(notice)
    told = [notice for of_letter in notices.values() for notice in of_letter]
    records = read_records(connection, {notice.grant_id for notice in told})
    if told:
        read_around(records, told)
    return LetterBatch(letters, notices, records)


def make_letter(batch: LetterBatch, letter_id: int, today: date) -> tuple[LetterView | None, tuple[int, ...]]:
    """Return the letter on a day (None without notices), and the ids of the notices dropped from it.

    Raises KeyError for a letter that does not exist.
    """
    letter = batch.letters[letter_id]
    notices = batch.notices.get(letter_id, ())
    told = [notice for notice in notices if _is_told(batch.records, notice)]
    kept = {notice.id for notice in told}
    dropped = tuple(notice.id for notice in notices if notice.id not in kept)
    if not told:
        return None, dropped
    together: dict[tuple[int, str], list[NoticeAtHand]] = {}
    # The newest first within a kind.
    for notice in sorted(told, key=lambda notice: (rank_kind(notice.kind), -notice.id)):
        # One item asks for a step; its news of money and decisions are items of their own.
        alone = notice.kind if notice.kind in AT_ONCE else ""
        together.setdefault((notice.step_id, alone), []).append(notice)
    reader = ItemReader(letter.person_id, letter.language, letter.letter_on, letter.id)
    items = sort_items((make_item(batch.records, those, reader) for those in together.values()), today)
    return LetterView(letter, today, items, _first_message_id(batch.records, letter, items)), dropped


def _is_told(records: Records, notice: NoticeAtHand) -> bool:
    """Return whether a notice is still told, by its step and instalment as they are now."""
    record = records[notice.grant_id]
    step = records.steps_by_id[notice.step_id]
    now = NoticeNow(
        kind=notice.kind,
        person_id=notice.person_id,
        told_due_on=notice.due_on,
        told_version=notice.step_version,
        status=step.status,
        due_on=step.due_on,
        version=step.version,
        receipt=step.receipt,
    )
    return is_told(now, part_of(record, instalment_number(record, step, notice)))


def _first_message_id(records: Records, letter: LetterRow, items: Sequence[ItemView]) -> str | None:
    """Return the Message-ID of the first letter that reached the person about the most pressing step."""
    for item in items:
        for told in records.sent.get(item.step_id, ()):
            before = told.letter_id < letter.id and told.has_arrived
            if before and told.person_id == letter.person_id:
                return told.message_id
    return None
