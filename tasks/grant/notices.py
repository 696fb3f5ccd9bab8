"""Read which notices were sent about grants' steps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlmodel import Session, col
from sqlmodel import select as select_models

from models.rules.notices.ladder import ToldNotice
from models.tables.columns import table_of
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import LetterStatus, NoticeKind
from tasks.grant.queries import IDS, OF_STEPS
from tasks.store.database import AnyRow
from tasks.store.queries import columns_of, shape_rows

_NOTICE = table_of(Notice)
_LETTER = table_of(Letter)


@dataclass(frozen=True, slots=True)
class SentNotice:
    """A notice of a step, and the result of its letter; `failed_at` is set if it did not arrive.

    `revoked_at` is set if the step has gone to somebody else. Its maker's notes and the letter's
    bytes are not read. Both are long, and a garbled one would spoil every letter about its grant.
    """

    id: int
    step_id: int
    step_version: int
    due_on: date
    kind: NoticeKind
    person_id: int
    instead_of_id: int | None
    told_on: date
    revoked_at: datetime | None
    letter_id: int
    reader_id: int
    status: LetterStatus
    message_id: str
    failed_at: datetime | None

    @property
    def has_arrived(self) -> bool:
        """Whether the person has the letter: from a mail server, or in a sample in the portal's mailbox."""
        return self.status in (LetterStatus.ACCEPTED, LetterStatus.CAPTURED) and self.failed_at is None


_SENT = (
    select(*columns_of(SentNotice, _NOTICE, _LETTER, reader_id=_LETTER.c.person_id))
    .join(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .where(_NOTICE.c.step_id.in_(OF_STEPS), _NOTICE.c.dropped_at.is_(None))
    .order_by(_NOTICE.c.letter_id, _NOTICE.c.id)
)
_DETAILS = select(_NOTICE.c.id, _NOTICE.c.detail).where(_NOTICE.c.id.in_(IDS))
# The notices as ladders count them, after the step's id and the due date at which each was told.
TOLD = select(
    _NOTICE.c.step_id,
    _NOTICE.c.due_on,
    *columns_of(ToldNotice, _NOTICE, failed=_NOTICE.c.failed_at.is_not(None)),
)
_TOLD_OF_GRANTS = TOLD.where(_NOTICE.c.step_id.in_(OF_STEPS)).order_by(_NOTICE.c.id)


def load_sent(connection: Connection, grant_ids: Sequence[int]) -> Mapping[int, Sequence[SentNotice]]:
    """Return the notices of each step by letter, in the order of the letters, by the steps' ids."""
    by_step: dict[int, list[SentNotice]] = defaultdict(list)
    rows = connection.execute(_SENT, {"ids": list(grant_ids)}) if grant_ids else ()
    for row in shape_rows(SentNotice, rows):
        by_step[row.step_id].append(row)
    return by_step


def load_told(
    connection: Connection, grant_ids: Sequence[int]
) -> Mapping[tuple[int, date | None], Sequence[ToldNotice]]:
    """Return the notices as ladders count them, by the step's id and the due date."""
    return told_in(connection.execute(_TOLD_OF_GRANTS, {"ids": list(grant_ids)}) if grant_ids else ())


def told_in(rows: Iterable[AnyRow]) -> dict[tuple[int, date | None], list[ToldNotice]]:
    """Return the rows of `TOLD` by the step's id and the due date at which it was told."""
    by_step: dict[tuple[int, date | None], list[ToldNotice]] = {}
    for row in rows:
        by_step.setdefault((row.step_id, row.due_on), []).extend(shape_rows(ToldNotice, [row]))
    return by_step


def load_details(connection: Connection, notice_ids: Iterable[int]) -> dict[int, Mapping[str, object]]:
    """Return the notes of the notices' makers, by the notices' ids."""
    rows = connection.execute(_DETAILS, {"ids": list(notice_ids)})
    return {notice_id: detail or {} for notice_id, detail in rows}


def load_history(session: Session, step: Step) -> list[tuple[Notice, Person, str]]:
    """Return every notice of a step, its reader and the result of its letter, the oldest first.

    A notice that came with an imported grant has no letter here.
    """
    rows = session.exec(
        select_models(Notice, Person, Letter.status)
        .join(Person, col(Person.id) == col(Notice.person_id))
        .outerjoin(Letter, col(Letter.id) == col(Notice.letter_id))
        .where(Notice.step_id == step.id)
        .order_by(col(Notice.told_on), col(Notice.id))
    ).all()
    return [(notice, person, str(status or "imported")) for notice, person, status in rows]
