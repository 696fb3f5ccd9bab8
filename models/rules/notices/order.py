"""Decide the order of items in a letter and on a person's page."""

from datetime import date
from typing import TypeAlias

from models.facts.letter import ItemView
from models.vocabulary import NoticeKind

# The kinds of notices, the most pressing first.
PRESSING = (
    NoticeKind.ESCALATION,
    NoticeKind.RETURNED,
    NoticeKind.CONFIRM_RELEASE,
    NoticeKind.RELEASE_DECLINED,
    NoticeKind.BOUNCED,
    NoticeKind.STAND_IN,
    NoticeKind.HANDED_OVER,
    NoticeKind.REMINDER,
    NoticeKind.WITHDRAWN,
    NoticeKind.PUT_OFF,
    NoticeKind.NO_MEETING,
    NoticeKind.DATE_MISSING,
    NoticeKind.SOURCE_CHANGED,
    NoticeKind.UNSPENT,
    NoticeKind.REPLIED,
    NoticeKind.EXTENDED,
    NoticeKind.MOVED,
    NoticeKind.DECIDED,
    NoticeKind.NEW_ACCOUNT,
    NoticeKind.RELEASED,
    NoticeKind.PAID,
    NoticeKind.APPROVED,
)
# A sort key: what is asked, the reader's own, the office's own; then the day, how pressing the kind is, and the step.
Urgency: TypeAlias = tuple[bool, bool, bool, date, int, int]
_RANK = {kind: rank for rank, kind in enumerate(PRESSING)}


def rank_of(kind: NoticeKind) -> int:
    """Return how pressing a kind is; lower is more pressing."""
    return _RANK[kind]


def order_of(
    *, asks: bool, mine: bool, with_funder: bool, on: date | None, kind: NoticeKind, step_id: int
) -> Urgency:
    """Return a sort key: items that ask for something first, and the reader's own before another's.

    What waits for the funder comes after what can be lost here. Then comes the day by which it is asked (undated last),
    and how pressing the kind is.
    """
    return not asks, not mine, with_funder, on or date.max, rank_of(kind), step_id


def order_of_item(item: ItemView, today: date) -> Urgency:
    """Return the sort key of an item of a letter or of a page."""
    return order_of(
        asks=item.asks,
        mine=item.mine,
        with_funder=item.with_funder,
        on=item.asked_on(today),
        kind=item.kind,
        step_id=item.step_id,
    )
