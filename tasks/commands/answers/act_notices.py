"""Find the notices of an act that is undone: unsent ones are cancelled, the others say who was told."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from models.forms.spec import ACTS
from models.notice_kinds import LAPSING
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.letter import Confirmation, Letter, Notice
from models.vocabulary import LetterStatus
from tasks.commands.at_work.grant import GrantAtWork

_NOTICE = table_of(Notice)
_LETTER = table_of(Letter)
_EVENT = table_of(JournalEvent)
_QUEUED = and_(
    _EVENT.c.step_id == _NOTICE.c.step_id,
    _EVENT.c.person_id == _NOTICE.c.person_id,
    _EVENT.c.detail["letter"].as_integer() == _NOTICE.c.letter_id,
    _EVENT.c.detail["rung"].as_string() == _NOTICE.c.rung,
)
# A letter that goes once more may have arrived already. FOR UPDATE keeps a delivery from claiming
# one at the same time.
_HAS_LEFT = or_(_LETTER.c.status != LetterStatus.QUEUED, _LETTER.c.repeat_at.is_not(None))
_STANDING = (
    select(
        _NOTICE.c.id, _NOTICE.c.person_id, _NOTICE.c.failed_at, _NOTICE.c.letter_id, _HAS_LEFT.label("left")
    )
    .join(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .join(_EVENT, _QUEUED)
    .where(_NOTICE.c.dropped_at.is_(None), _NOTICE.c.kept_on.is_(None))
    .order_by(_NOTICE.c.letter_id, _NOTICE.c.id)
    .with_for_update(of=_LETTER, key_share=True)
)


def take_notices_back(
    work: GrantAtWork, act: Confirmation, opened: Collection[int | None], now: datetime
) -> list[int]:
    """Cancel the act's notices that have not left; return the ids of the people who were told.

    The journal says which notices are its own: those queued with it, and those since then that ask
    for a step that it `opened`. Each frees its rung, so that a repeated act is told again. A letter that
    loses a notice is written again.
    """
    connection = work.session.connection()
    tells = {kind for act in ACTS.values() if act.reversible_for for kind in act.tells}
    at_once = and_(_EVENT.c.at == act.acted_at, _NOTICE.c.kind.in_(tells))
    since = and_(_EVENT.c.at >= act.acted_at, _NOTICE.c.step_id.in_(opened), _NOTICE.c.kind.in_(LAPSING))
    notices = connection.execute(
        _STANDING.where(_EVENT.c.grant_id == work.grant_id, or_(at_once, since))
    ).all()
    waiting = [row for row in notices if not row.left]
    all_ids = [row.id for row in notices]
    mine = update(_NOTICE).where(_NOTICE.c.id.in_(all_ids))
    connection.execute(mine.values(kept_on=work.today, position=0))
    cancelled = update(_NOTICE).where(_NOTICE.c.id.in_([row.id for row in waiting]))
    connection.execute(cancelled.values(dropped_at=now))
    letters = update(_LETTER).where(_LETTER.c.id.in_({row.letter_id for row in waiting}))
    connection.execute(letters.values(content=None))
    work.record.batch.forget("told")
    people = {row.person_id for row in notices if row.left and row.failed_at is None}
    return sorted(people - {act.person_id})
