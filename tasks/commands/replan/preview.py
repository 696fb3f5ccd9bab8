"""Compare grants before and after a change: the dates, letters and payments that it moves.

The change is really made. `tasks.perform.preview` undoes it, and `perform` keeps it.
`tasks.people.notice_recipients` finds in the notices who is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from models.reading.fields import Words
from models.rules.dates.agenda import find_meeting
from models.rules.dates.committee import find_first_day
from models.rules.dates.plan import calendar_of
from models.rules.dates.planned_meeting import read_planned_meeting
from models.rules.notices.ladder import list_days_ahead
from models.tables.columns import id_of
from models.vocabulary import CLAIMED_OR_PAID, OUT, UNSETTLED, GrantStatus, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.date_notices import due_days, tell_what_is_new, tell_what_moved
from tasks.commands.replan.replan import replan


class What(StrEnum):
    """What a change can move; a table lists them in this order."""

    STEP = "step"  # it is added, or taken out
    DATE = "date"
    OPENS = "opens"
    PAYMENT = "payment"  # a sum, what it waits for, or the day by which it is claimed or expected
    LETTER = "letter"
    MEETING = "meeting"  # which takes an item; it is no line, but an ItemMoved


@dataclass(frozen=True, slots=True)
class Change:
    """A difference in a grant after the change; a missing value is None.

    `name` is a step's key or an instalment's number, `detail` a letter's rung or a property of a
    payment.
    """

    grant: str
    what: What
    name: str
    detail: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ItemMoved:
    """An item before a body whose day or meeting moves: the meeting that now takes it, None if no known one does.

    A meeting from `first_on` on can be prepared in time, and one up to `last_on` decides in time.
    """

    grant: str
    step: str
    held_on: date | None
    first_on: date
    last_on: date

    def as_json(self) -> dict[str, str | None]:
        """Return it as plain JSON values."""
        days = {"held_on": self.held_on, "first_on": self.first_on, "last_on": self.last_on}
        return {"grant": self.grant, "step": self.step} | {
            name: day.isoformat() if day is not None else None for name, day in days.items()
        }


@dataclass(frozen=True, slots=True)
class Consequences:
    """The consequences of a change: what moves, and where that leaves the items that move.

    After a decision also what no decision states yet: the dates that steps wait for, with their
    titles, and the instalments whose sums are missing.
    """

    changes: tuple[Change, ...] = ()
    unsaid: tuple[tuple[str, Words], ...] = ()
    unstated: tuple[int, ...] = ()
    items: tuple[ItemMoved, ...] = ()

    @classmethod
    def joined(cls, parts: Sequence[Consequences]) -> Self:
        """Return the consequences for many grants together."""
        changes = tuple(change for part in parts for change in part.changes)
        return cls(changes, items=tuple(item for part in parts for item in part.items))

    def as_json(self) -> dict[str, object]:
        """Return them as plain JSON values."""
        return {
            "changes": [asdict(change) for change in self.changes],
            "unsaid": [name for name, _ in self.unsaid],
            "unstated": list(self.unstated),
            "items": [item.as_json() for item in self.items],
        }


@dataclass(frozen=True, slots=True)
class Opened:
    """A step of a grant that can be done from now on: its key, who does it (empty for nobody), its due date."""

    grant: str
    step: str
    holder: str
    due_on: date | None
    with_funder: bool = False


NOTHING = Consequences()
Picture = Mapping[tuple[What, str, str], str]


def act_and_compare(
    work: GrantAtWork,
    act: Callable[[GrantAtWork], str | None],
    by_id: int | None = None,
    tell: Callable[[], None] = lambda: None,
) -> Consequences:
    """Make the change inside the caller's transaction, plan again, add the notices; return what moved.

    `act` makes the change and returns the reason, worded for the people whose dates move. None
    means that nothing changed, and nothing is planned for it. `tell` adds further notices, after
    planning.
    """

    def change() -> bool:
        dates = due_days(work)
        awarded = work.grant.award_minor is not None
        reason = act(work)
        if reason is None:
            return False
        replan(work)
        tell()
        tell_what_moved(work, dates, by_id, reason)
        if awarded:
            tell_what_is_new(work, [key for key, day in dates.items() if day is not None], reason)
        return True

    return compare_around(work, change)


def compare_around(work: GrantAtWork, change: Callable[[], bool | None]) -> Consequences:
    """Make a change that replans the grant; return what it moves.

    A change that returns False has changed nothing.
    """
    before = picture_of(work)
    if change() is False:
        return NOTHING
    return consequences_since(work, before)


def consequences_since(work: GrantAtWork, before: Picture, *, without: str = "") -> Consequences:
    """Return what moved since a picture was taken; `without` one step's own."""
    found = compare(work.grant.reference, before, picture_of(work), without=without)
    moved = dict.fromkeys(one.name for one in found if one.what in (What.DATE, What.MEETING))
    changes = tuple(one for one in found if one.what is not What.MEETING)
    return Consequences(changes, items=tuple(_items_moved(work, moved)))


def _items_moved(work: GrantAtWork, keys: Iterable[str]) -> Iterator[ItemMoved]:
    """Yield the items among steps that moved, with the meetings that can take them."""
    record = work.record
    for key in keys:
        step = work.steps.get(key)
        meeting = read_planned_meeting(step.receipt) if step is not None else None
        body = record.body_of(step) if step is not None else None
        if step is None or meeting is None or body is None:
            continue
        report = record.report_of(step)
        first_on = find_first_day(
            meeting.matter,
            work.programme.bodies[body],
            calendar_of(work.programme),
            work.today,
            has_draft=report is None or report.status not in UNSETTLED,
        )
        last_on = meeting.needed_on if meeting.is_taken else meeting.held_on
        held_on = meeting.held_on if meeting.is_taken else None
        yield ItemMoved(work.grant.reference, key, held_on, first_on, last_on)


def picture_of(work: GrantAtWork) -> Picture:
    """Return everything of a grant that a change can move: steps, days, payments, and coming letters."""
    picture: dict[tuple[What, str, str], str] = {}
    for key, step in work.steps.items():
        if step.status is StepStatus.CANCELLED:
            continue
        picture[What.STEP, key, ""] = "is there"
        if step.status not in UNSETTLED:
            continue
        pays = step.kind in (StepKind.CLAIM, StepKind.PAYMENT)
        if step.due_on is not None:
            what = (What.PAYMENT, key, "by") if pays else (What.DATE, key, "")
            picture[what] = step.due_on.isoformat()
        meeting = find_meeting(step)
        if meeting is not None:
            picture[What.MEETING, key, ""] = meeting.held_on.isoformat()
        if step.opens_on is not None:
            picture[What.OPENS, key, ""] = step.opens_on.isoformat()
    for part in work.instalments:
        comes = work.grant.status in (GrantStatus.OPEN, GrantStatus.CLOSED) or part.status in CLAIMED_OR_PAID
        if part.amount_minor is not None and comes:
            picture[What.PAYMENT, str(part.number), "sum"] = f"{part.amount_minor} {work.grant.currency}"
        if part.conditional and part.status not in OUT:
            picture[What.PAYMENT, str(part.number), "waits for"] = ", ".join(
                step.key for step in work.conditions_of(part)
            )
    return {**picture, **_letters(work)}


def _letters(work: GrantAtWork) -> Picture:
    """Return the day of each rung that is still to be told."""
    ladders = work.programme.ladders
    calendar = calendar_of(work.programme)
    told = work.record.batch.told
    days: dict[tuple[What, str, str], str] = {}
    for key, step in work.steps.items():
        if step.status not in UNSETTLED or step.due_on is None or step.ladder not in ladders:
            continue
        on_rungs = [notice for notice in told.get((id_of(step), step.due_on), []) if notice.position]
        facts = work.record.ladder_facts(step)
        for rung, day in list_days_ahead(facts, ladders[step.ladder], on_rungs, calendar):
            if day >= work.today:
                days[What.LETTER, key, rung.key] = day.isoformat()
    return days


def compare(reference: str, before: Picture, after: Picture, *, without: str = "") -> tuple[Change, ...]:
    """Return the differences of two pictures, in a table's order; `without` one step's own."""
    order = list(What)
    names = [name for name in dict.fromkeys((*before, *after)) if not without or name[1] != without]
    changed = [
        Change(reference, *name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
    return tuple(sorted(changed, key=lambda change: order.index(change.what)))


def open_steps(work: GrantAtWork) -> frozenset[str]:
    """Return the keys of the steps that can be done now."""
    return frozenset(key for key, step in work.steps.items() if step.status is StepStatus.OPEN)


def opened_since(work: GrantAtWork, before: frozenset[str], *, without: str = "") -> tuple[Opened, ...]:
    """Return the steps that can be done now and could not before, in the plan's order; `without` one of them."""
    keys = open_steps(work) - before - {without}
    return tuple(
        Opened(work.grant.reference, key, work.record.holder(step, work.today), step.due_on, step.with_funder)
        for key, step in work.steps.items()
        if key in keys
    )
