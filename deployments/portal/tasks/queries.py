"""The queries for what a person has to do, or was told about."""

from datetime import date

from sqlalchemy import (
    BindParameter,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    not_,
    or_,
    select,
    union,
)
from sqlmodel import select as select_models

from models.notice_kinds import LAPSING
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, NoticeKind
from tasks.store.lateness import written_out
from tasks.store.queries import (
    IS_RUNNING,
    IS_UNSETTLED,
    awaits_meeting,
    doable_steps,
    steps_stood_in,
    time_has_come,
)

_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_GRANT = table_of(Grant)
_STEP = table_of(Step)
_INSTALMENT = table_of(Instalment)

_LONG_TOLD = (NoticeKind.ESCALATION, NoticeKind.STAND_IN, NoticeKind.PUT_OFF)

_READER: BindParameter[int] = bindparam("reader_id", type_=Integer)
_TODAY: BindParameter[date] = bindparam("today", type_=Date)

_CURRENT = _NOTICE.c.step_version == _STEP.c.version
_STANDS_IN = _STEP.c.id.in_(steps_stood_in(_READER, _TODAY))
_IS_OPEN = doable_steps(_TODAY)
_TOLD = _NOTICE.c.due_on == _STEP.c.due_on
_ASKED = func.coalesce(or_(and_(_TOLD, _CURRENT), _IS_OPEN), False)
_AWAITS_MEETING = func.coalesce(awaits_meeting(_TODAY), False)


def passed_on(letter_id: int, person_id: int) -> Select[int]:
    """Select the ids of the unsettled steps of a letter that were its reader's then, and are somebody else's now."""
    return (
        select(_STEP.c.id)
        .where(
            _NOTICE.c.letter_id == letter_id,
            _NOTICE.c.revoked_at.is_not(None),
            _NOTICE.c.step_id == _STEP.c.id,
            _STEP.c.owner_id != person_id,
            IS_UNSETTLED,
        )
        .distinct()
        .order_by(_STEP.c.id)
    )


def _steps() -> Select[object]:
    """Select the reader's steps, and others that they were told about.

    `asked` says that it can be done, or that a notice still asks the reader about it, and that it does not wait on an
    agenda for its meeting; `mine` that it is theirs to do.
    """
    # The reader's letters, and not all notices: their number does not grow with that of the grants.
    letters = select(_LETTER.c.id).where(_LETTER.c.person_id == _READER)
    newest = (
        select(_NOTICE.c.step_id, func.max(_NOTICE.c.id).label("notice_id"))
        .where(
            _NOTICE.c.letter_id.in_(letters),
            _NOTICE.c.person_id == _READER,
            _NOTICE.c.kind.in_(LAPSING),
            _NOTICE.c.dropped_at.is_(None),
            # Told of it while it was theirs: another's now.
            _NOTICE.c.revoked_at.is_(None),
        )
        .group_by(_NOTICE.c.step_id)
        .cte("newest")
    )
    own = select(_STEP.c.id).where(_STEP.c.owner_id == _READER, IS_UNSETTLED)
    here = bindparam("letter_id", type_=Integer)
    told_long = and_(_TOLD, or_(_NOTICE.c.letter_id == here, _NOTICE.c.kind.in_(_LONG_TOLD), _STANDS_IN))
    mine = or_(_STEP.c.owner_id == _READER, _STANDS_IN)
    return (
        select(
            _STEP.c.id.label("step_id"),
            func.coalesce(mine, False).label("mine"),
            and_(_ASKED, not_(_AWAITS_MEETING)).label("asked"),
            _STEP.c.grant_id,
            _STEP.c.template_key,
            _STEP.c.due_on,
            _STEP.c.with_funder,
            _GRANT.c.programme_id,
        )
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .outerjoin(newest, newest.c.step_id == _STEP.c.id)
        .outerjoin(_NOTICE, _NOTICE.c.id == newest.c.notice_id)
        .where(
            # An OR over both would read every step that there is.
            _STEP.c.id.in_(union(own, select(newest.c.step_id))),
            IS_UNSETTLED,
            IS_RUNNING,
            time_has_come(),
            or_(_STEP.c.owner_id == _READER, told_long),
        )
        .order_by(_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.id)
    )


ALL_STEPS = _steps()

# The instalments ready to release in the grants where the reader was asked to confirm one.
_ASKED_OF = (
    select(_STEP.c.grant_id)
    .join(_NOTICE, _NOTICE.c.step_id == _STEP.c.id)
    .join(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .where(
        _LETTER.c.person_id == _READER,
        _NOTICE.c.person_id == _READER,
        _NOTICE.c.kind == NoticeKind.CONFIRM_RELEASE,
    )
)
RELEASES = (
    select_models(Instalment)
    .join(Grant, _GRANT.c.id == _INSTALMENT.c.grant_id)
    .where(
        _INSTALMENT.c.status == written_out(InstalmentStatus.RELEASABLE),
        IS_RUNNING,
        _INSTALMENT.c.grant_id.in_(_ASKED_OF),
    )
    .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
)
