"""Find whose link it is, list what this person has to do or was told about, and load what a page shows of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union,
)

from deployments.portal.missing_dates import dates_to_ask
from models.columns import table_of
from models.errors import GrantError, LinkInvalid
from models.grant import Grant
from models.instalment import Instalment, InstalmentCondition
from models.letter import Letter, Notice
from models.letter_view import ItemView
from models.people import Person
from models.step import Step
from models.vocabulary import (
    NOTICE_LETTERS,
    UNSETTLED,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    StepKind,
    StepStatus,
)
from tasks.database import AnyRow
from tasks.letter_assembly import LetterMaker
from tasks.letter_data import STEP_AND_GRANT, LetterData, load_around
from tasks.links import read_link

_LETTER, _NOTICE, _PERSON = table_of(Letter), table_of(Notice), table_of(Person)
_GRANT, _STEP, _INSTALMENT = table_of(Grant), table_of(Step), table_of(Instalment)
_CONDITION = table_of(InstalmentCondition)

_ASKING = (
    NoticeKind.REMINDER,
    NoticeKind.ESCALATION,
    NoticeKind.STAND_IN,
    NoticeKind.HANDED_OVER,
    NoticeKind.RETURNED,
    NoticeKind.PUT_OFF,
)
_LONG_TOLD = (NoticeKind.ESCALATION, NoticeKind.STAND_IN, NoticeKind.PUT_OFF)


@dataclass(frozen=True, slots=True)
class Reader:
    """The person whose link it is, and the letter that carried it; one that is `over` opens no tasks any more."""

    id: int
    name: str
    email: str
    language: str
    letter_id: int
    over: bool = False


class LinkOver(GrantError):
    """The link has expired, or what its letter was about is closed or somebody else's now."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader
        self.said = ""  # what its page says first
        self.unheard = False  # whether an answer came, and was not taken


@dataclass(frozen=True, slots=True)
class TaskList:
    """All that a person has to see, in few words: `now` what asks for an answer, the reader's own first; `later`
    their own steps that nothing is asked about yet, those with a date and each grant's first without one (a whole
    life of waiting steps would hide what is to be done); `releases` the instalments to release.
    """

    now: Sequence[AnyRow]
    later: Sequence[AnyRow]
    releases: Sequence[AnyRow]

    @property
    def grants(self) -> set[int]:
        """The grants in which the person has something to see."""
        return {row.grant_id for row in (*self.now, *self.later, *self.releases)}

    @property
    def own(self) -> int:
        """How many things are the person's own to do."""
        return sum(bool(row.mine) for row in (*self.releases, *self.now))


@dataclass(frozen=True, slots=True)
class PersonTasks:
    """What a page shows: items with the rows they come from by step id, and instalments to release.

    `approvals` are the steps on which those instalments depend; `dates` names what a decision should have said of the
    day of undated steps, by their ids.
    """

    items: tuple[ItemView, ...]
    rows: dict[int, AnyRow]
    data: LetterData
    releases: Sequence[AnyRow]
    approvals: Sequence[AnyRow]
    dates: Mapping[int, tuple[str, ...]]


# Whether something in the letter is still its reader's, in a grant that is open.
_TELLS = exists().where(
    _NOTICE.c.letter_id == _LETTER.c.id,
    _NOTICE.c.revoked_at.is_(None),
    _NOTICE.c.step_id == _STEP.c.id,
    _STEP.c.grant_id == _GRANT.c.id,
    _GRANT.c.status == GrantStatus.OPEN,
)
# Queries are made once: making them takes longer than asking them.
_LINK = (
    select(
        *(_PERSON.c[name] for name in ("id", "name", "email", "language", "departed_on")),
        _LETTER.c.id.label("letter_id"),
        _LETTER.c.link_expires_at,
        or_(_LETTER.c.kind.not_in(NOTICE_LETTERS), _TELLS).label("tells"),
    )
    .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    .where(_LETTER.c.link_key == bindparam("link_key"), _LETTER.c.link_expires_at.is_not(None))
)


def find_reader(
    connection: Connection, token: str, keys: tuple[str, ...], today: date, now: datetime
) -> Reader | None:
    """Return whose link the token is; None when it is forged or unknown, or its person has left."""
    try:
        link_key = read_link(token, keys)
    except LinkInvalid:
        return None
    row = connection.execute(_LINK, {"link_key": link_key}).first()
    if row is None or (row.departed_on is not None and row.departed_on <= today):
        return None
    over = row.link_expires_at <= now or not row.tells
    return Reader(row.id, row.name, row.email, row.language, row.letter_id, over)


def list_tasks(connection: Connection, reader: Reader, today: date) -> TaskList:
    """Return the person's unsettled steps in open grants, and the others that they were told about, by due date.

    What a letter asked about is there to answer, even if it waits for something: page and letter count the same. So is
    what waits for a date that the decision did not say.
    """
    given = {"reader_id": reader.id, "letter_id": reader.letter_id}
    rows = connection.execute(_ALL, given).all()
    unsaid = dates_to_ask(connection, (row for row in rows if row.mine and row.due_on is None))
    asked, later = [], []
    for row in rows:
        if row.told or _is_open(row, today) or row.step_id in unsaid:
            asked.append(row)
        elif row.mine:
            later.append(row)
    undated = {row.grant_id: row.step_id for row in reversed(later) if row.due_on is None}
    return TaskList(
        now=sorted(asked, key=lambda row: not row.mine),
        later=[row for row in later if row.due_on is not None or undated[row.grant_id] == row.step_id],
        releases=connection.execute(_RELEASES, given).all(),
    )


def _is_open(row: AnyRow, today: date) -> bool:
    return row.status == StepStatus.OPEN and (row.opens_on is None or row.opens_on <= today)


def load_tasks(
    connection: Connection,
    reader: Reader,
    steps: Collection[AnyRow],
    releases: Sequence[AnyRow],
    at: tuple[date, datetime],
) -> PersonTasks:
    """Return listed steps and instalments in full, as of a day and time.

    Each step is put together as in a letter of today, so that page and letter say the same.
    """
    today, now = at
    given = {"reader_id": reader.id, "letter_id": reader.letter_id, "today": today, "now": now}
    ids = [row.step_id for row in steps]
    rows = connection.execute(_SOME, {**given, "ids": ids}).all() if steps else []
    data = LetterData()
    data.letters = {0: connection.execute(_LETTER_OF_TODAY, given).one()}
    data.notices[0] = list(rows)
    load_around(connection, data)
    view, _ = LetterMaker(data, today).make(0)
    return PersonTasks(
        items=view.items if view else (),
        rows={row.step_id: row for row in rows},
        data=data,
        releases=releases,
        approvals=connection.execute(_approvals([part.id for part in releases])).all() if releases else [],
        dates=dates_to_ask(connection, rows),
    )


_READER: BindParameter[int] = bindparam("reader_id", type_=Integer)
_TODAY: BindParameter[date] = bindparam("today", type_=Date)

_LETTER_OF_TODAY = select(
    literal(0).label("id"),
    literal("tasks").label("kind"),
    _PERSON.c.id.label("person_id"),
    _TODAY.label("letter_on"),
    bindparam("now", type_=_LETTER.c.queued_at.type).label("queued_at"),
    literal("").label("link_key"),
    literal("").label("message_id"),
    *(_PERSON.c[name] for name in ("name", "email", "language")),
).where(_PERSON.c.id == _READER)

_CURRENT = _NOTICE.c.step_version == _STEP.c.version
_STAND_IN = case((_NOTICE.c.instead_of_id == _STEP.c.owner_id, _NOTICE.c.instead_of_id), else_=None)
_TOLD = _NOTICE.c.due_on == _STEP.c.due_on
# What the page says of a step: what was told last if it still holds, else that it is due or late.
_SPOKEN = (NoticeKind.RETURNED, NoticeKind.HANDED_OVER, NoticeKind.STAND_IN)
_KIND = case(
    (and_(_CURRENT, _NOTICE.c.kind.in_(_SPOKEN)), _NOTICE.c.kind),
    (_STEP.c.due_on < _TODAY, str(NoticeKind.ESCALATION)),
    else_=str(NoticeKind.REMINDER),
)
_LISTED = (
    *(_STEP.c[name] for name in ("status", "grant_id", "template_key", "due_on")),
    _GRANT.c.programme_id,
)
# The shape of a letter's notices: the newest notice to the reader gives the kind.
_SHOWN = (
    _STEP.c.id.label("id"),
    literal(0).label("letter_id"),
    _KIND.label("kind"),
    _TODAY.label("told_on"),
    case((_CURRENT, _NOTICE.c.detail), else_=None).label("detail"),
    _READER.label("person_id"),
    _STAND_IN.label("instead_of_id"),
    _STEP.c.version.label("told_version"),
    _STEP.c.due_on.label("told_due_on"),
    *STEP_AND_GRANT,
)


def _steps(columns: Sequence[Any], only: Any = None) -> Select[Any]:
    """Select columns of the reader's steps, or of those among them with the ids.

    `told` says that a notice still asks the reader about the step, `mine` that it is theirs to do.
    """
    # The reader's letters, and not all notices: their number does not grow with that of the grants.
    letters = select(_LETTER.c.id).where(_LETTER.c.person_id == _READER)
    newest = (
        select(_NOTICE.c.step_id, func.max(_NOTICE.c.id).label("notice_id"))
        .where(
            _NOTICE.c.letter_id.in_(letters),
            _NOTICE.c.person_id == _READER,
            _NOTICE.c.kind.in_(_ASKING),
            _NOTICE.c.dropped_at.is_(None),
            # Told of it while it was theirs: another's now.
            _NOTICE.c.revoked_at.is_(None),
        )
        .group_by(_NOTICE.c.step_id)
        .cte("newest")
    )
    own = select(_STEP.c.id).where(_STEP.c.owner_id == _READER, _STEP.c.status.in_(UNSETTLED))
    here = bindparam("letter_id", type_=Integer)
    told_long = and_(_TOLD, or_(_NOTICE.c.letter_id == here, _NOTICE.c.kind.in_(_LONG_TOLD)))
    mine = or_(_STEP.c.owner_id == _READER, _STAND_IN.is_not(None))
    # An OR over both would read every step that there is.
    near: Any = union(own, select(newest.c.step_id)) if only is None else only
    return (
        select(
            _STEP.c.id.label("step_id"),
            _STEP.c.opens_on,
            func.coalesce(mine, False).label("mine"),
            func.coalesce(and_(_TOLD, _CURRENT), False).label("told"),
            *columns,
        )
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .outerjoin(newest, newest.c.step_id == _STEP.c.id)
        .outerjoin(_NOTICE, _NOTICE.c.id == newest.c.notice_id)
        .where(
            _STEP.c.id.in_(near),
            _STEP.c.status.in_(UNSETTLED),
            _GRANT.c.status == GrantStatus.OPEN,
            or_(_STEP.c.owner_id == _READER, told_long),
        )
        .order_by(_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.id)
    )


_ALL = _steps(_LISTED)
_SOME = _steps(_SHOWN, bindparam("ids", expanding=True))

# When the claim is due that leaves once an instalment is released.
_CLAIM_DUE = (
    select(_STEP.c.due_on)
    .where(
        _STEP.c.grant_id == _INSTALMENT.c.grant_id,
        _STEP.c.instalment == _INSTALMENT.c.number,
        _STEP.c.kind == StepKind.CLAIM,
    )
    .order_by(_STEP.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("claim_due_on")
)
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
_RELEASES = (
    select(
        *(
            _INSTALMENT.c[name]
            for name in ("id", "grant_id", "number", "amount_minor", "requested_by_id", "requested_on")
        ),
        *(_GRANT.c[name] for name in ("reference", "title", "currency", "programme_id")),
        _PERSON.c.name.label("asked_by"),
        _CLAIM_DUE,
        # Who has asked has done their part: the second one's is left.
        (func.coalesce(_INSTALMENT.c.requested_by_id, 0) != _READER).label("mine"),
    )
    .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
    .outerjoin(_PERSON, _PERSON.c.id == _INSTALMENT.c.requested_by_id)
    .where(
        _INSTALMENT.c.status == InstalmentStatus.RELEASABLE,
        _GRANT.c.status == GrantStatus.OPEN,
        _INSTALMENT.c.grant_id.in_(_ASKED_OF),
    )
    .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
)


def _approvals(instalment_ids: Sequence[int]) -> Any:
    """Select the steps that the instalments wait for: their programme step, and who recorded them when."""
    return (
        select(
            _CONDITION.c.instalment_id,
            *(_STEP.c[name] for name in ("template_key", "kind", "period", "done_on")),
            _PERSON.c.name,
        )
        .join(_STEP, _STEP.c.id == _CONDITION.c.step_id)
        .outerjoin(_PERSON, _PERSON.c.id == _STEP.c.done_by_id)
        .where(_CONDITION.c.instalment_id.in_(instalment_ids))
        .order_by(_CONDITION.c.instalment_id, _STEP.c.position)
    )
