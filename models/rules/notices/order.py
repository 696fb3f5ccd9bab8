"""Decide the order of items in a letter and on a person's page."""

from datetime import date
from typing import TypeAlias

from models.facts.letter import ItemView
from models.notice_kinds import rank_kind
from models.rules.steps.stand import HANGS_AHEAD
from models.vocabulary import NoticeKind

# A sort key: what is asked, the office's own, the reader's own, what can be lost; then the day, how pressing the kind
# is, and the step.
Urgency: TypeAlias = tuple[bool, bool, bool, bool, date, int, int]


def can_be_lost(*, holds_money: bool, on: date | None, today: date) -> bool:
    """Return whether money can be lost now: it hangs on what is late, or due within `HANGS_AHEAD`."""
    return holds_money and on is not None and on <= today + HANGS_AHEAD


def sort_key(
    *,
    asks: bool,
    mine: bool,
    with_funder: bool,
    losable: bool,
    on: date | None,
    kind: NoticeKind,
    step_id: int,
) -> Urgency:
    """Return a sort key: what asks for something first, and what waits for the funder after all that is ours.

    The reader's own comes before another's, and what can be lost before the rest. Then comes the day by which it is
    asked (undated last), and how pressing the kind is.
    """
    return not asks, with_funder, not mine, not losable, on or date.max, rank_kind(kind), step_id


def item_sort_key(item: ItemView, today: date) -> Urgency:
    """Return the sort key of an item of a letter or of a page."""
    on = item.asked_on(today)
    return sort_key(
        asks=item.asks,
        mine=item.mine,
        with_funder=item.with_funder,
        losable=can_be_lost(holds_money=item.holds_money, on=on, today=today),
        on=on,
        kind=item.kind,
        step_id=item.step_id,
    )
