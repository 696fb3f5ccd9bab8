"""List what is to be done about money: to confirm, to claim, late, to pay back, and to hold against the books."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Select, func, select

from models.rules.steps.stand import HANGS_AHEAD
from models.vocabulary import InstalmentStatus, StepKind, StepStatus
from tasks.grant.since_report import ChangedReport
from tasks.overview.changed_books import list_changed_books
from tasks.overview.grants import IS_OPEN, Seen, among
from tasks.overview.money import IS_OF_STEP, missing_minor
from tasks.overview.standing import GRANT, INSTALMENT, PERSON, STEP
from tasks.overview.titles import next_titles, step_titles
from tasks.store.database import AnyRow
from tasks.store.lateness import has_passed, is_unsettled, written_out
from tasks.words.translator import Translator

# The number of moves that a page names of each kind.
MOST_MOVES = 8


class MoneyMove(StrEnum):
    """What somebody has to do about money, or the funder."""

    CONFIRM = "confirm"  # two people say that the condition is met
    CLAIM = "claim"  # the claim is due soon, or late
    LATE = "late"  # money that should have come
    REPAY = "repay"  # what was not spent, or what left on an approval withdrawn since
    BOOKS = "books"  # reports since which the books changed


@dataclass(frozen=True, slots=True)
class Move:
    """A step about money: of which grant, what it is called, by when, who has it, and the sum.

    The sum is None while it is not known; that of a report is by how much the books changed. `first` is who has
    confirmed a part of which a second person must say the same.
    """

    kind: MoneyMove
    reference: str
    grant: str
    title: str
    due_on: date | None
    holder: str
    holder_id: int | None
    amount_minor: int | None
    currency: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class Moves:
    """The moves of a kind that are due first, and how many more there are."""

    kind: MoneyMove
    rows: tuple[Move, ...]
    more: int


def list_moves(connection: Connection, say: Translator, today: date, seen: Seen = None) -> list[Moves]:
    """Return what is to be done about the money of the grants that are seen, kind by kind; none of a kind is left out.

    A claim is listed once it is due within `HANGS_AHEAD`, a payment once its day has passed.
    """
    found = []
    for kind in _CONDITIONS:
        rows = connection.execute(_query(kind, today, seen).limit(MOST_MOVES)).all()
        if rows:
            titles = next_titles(connection, {row.reference for row in rows}, say)
            moves = tuple(_move(kind, row, titles) for row in rows)
            found.append(Moves(kind, moves, int(rows[0].in_all) - len(rows)))
    reports = list_changed_books(connection, seen)
    if reports:
        titles = step_titles(connection, {one.record.grant.reference for one in reports[:MOST_MOVES]}, say)
        moves = tuple(_move_of_report(one, titles) for one in reports[:MOST_MOVES])
        found.append(Moves(MoneyMove.BOOKS, moves, len(reports) - len(moves)))
    return found


def _move_of_report(one: ChangedReport, titles: dict[tuple[str, str], str]) -> Move:
    grant = one.record.grant
    return Move(
        kind=MoneyMove.BOOKS,
        reference=grant.reference,
        grant=grant.title,
        title=titles[grant.reference, one.step.key],
        due_on=None,
        holder=one.record.person(one.step.owner_id),
        holder_id=one.step.owner_id,
        amount_minor=one.change.sum_minor,
        currency=grant.currency,
    )


def _query(kind: MoneyMove, today: date, seen: Seen) -> Select[tuple[object, ...]]:
    """Return the query of a kind's steps, the earliest first, each with how many there are in all."""
    first = PERSON.alias("first")
    return (
        select(
            func.count().over().label("in_all"),
            GRANT.c.reference,
            GRANT.c.title.label("grant"),
            GRANT.c.currency,
            STEP.c.key,
            STEP.c.due_on,
            STEP.c.owner_id.label("holder_id"),
            func.coalesce(PERSON.c.name, "").label("holder"),
            func.coalesce(first.c.name, "").label("first"),
            func.coalesce(STEP.c.repays_minor, missing_minor()).label("amount_minor"),
        )
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .outerjoin(INSTALMENT, IS_OF_STEP)
        .outerjoin(PERSON, PERSON.c.id == STEP.c.owner_id)
        .outerjoin(first, first.c.id == INSTALMENT.c.requested_by_id)
        .where(is_unsettled(STEP), IS_OPEN, *among(seen), *_CONDITIONS[kind], *_days(kind, today))
        .order_by(STEP.c.due_on.is_(None), STEP.c.due_on, GRANT.c.reference_key, STEP.c.position)
    )


_IS_RELEASABLE = INSTALMENT.c.status == str(InstalmentStatus.RELEASABLE)
# Few grants have such a part: said so that SQLite begins with them, by the index of releasable parts.
_HAS_RELEASABLE = STEP.c.grant_id.in_(
    select(INSTALMENT.c.grant_id).where(INSTALMENT.c.status == written_out(InstalmentStatus.RELEASABLE))
)
_OPEN = STEP.c.status == str(StepStatus.OPEN)
_CONDITIONS: dict[MoneyMove, tuple[ColumnElement[bool], ...]] = {
    # The claim of such a part waits for the two.
    MoneyMove.CONFIRM: (STEP.c.kind == str(StepKind.CLAIM), _HAS_RELEASABLE, _IS_RELEASABLE),
    MoneyMove.CLAIM: (STEP.c.kind == str(StepKind.CLAIM), _OPEN, ~_IS_RELEASABLE),
    MoneyMove.LATE: (STEP.c.kind == str(StepKind.PAYMENT),),
    MoneyMove.REPAY: (STEP.c.kind.in_([str(StepKind.REPAYMENT), str(StepKind.RECOVERY)]), _OPEN),
}


def _days(kind: MoneyMove, today: date) -> tuple[ColumnElement[bool], ...]:
    """Return the condition on a step's day, where its kind has one."""
    match kind:
        case MoneyMove.CLAIM:
            return (STEP.c.due_on <= today + HANGS_AHEAD,)
        case MoneyMove.LATE:
            return (has_passed(STEP.c.due_on, today),)
        case _:
            return ()


def _move(kind: MoneyMove, row: AnyRow, titles: dict[tuple[str, str], str]) -> Move:
    return Move(
        kind=kind,
        reference=row.reference,
        grant=row.grant,
        title=titles.get((row.reference, row.key), row.key),
        due_on=row.due_on,
        holder=row.holder,
        holder_id=row.holder_id,
        amount_minor=row.amount_minor,
        currency=row.currency,
        first=row.first,
    )
