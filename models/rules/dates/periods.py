"""Cut a grant's time into its reporting periods."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from models.programme.instalment import InstalmentRule
from models.programme.language.each import Each, names_of_year, read_each
from models.programme.step import StepRule, joins
from models.reading.date import SPANS
from models.rules.dates.anchors import KnownDate
from models.rules.dates.calendar import add_months

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A part of the grant's time, both ends included; `runs_to` is its end in the calendar, uncut."""

    label: str
    start_on: date
    end_on: date
    runs_to: date

    @property
    def days(self) -> dict[str, KnownDate]:
        """The days of the period from which a rule may count, by name."""
        after = self.runs_to + _DAY
        days = {"period_start": self.start_on, "period_end": self.runs_to, "period_cut_end": self.end_on}
        return {name: KnownDate(day) for name, day in {**days, "next_period_start": after}.items()}

    @property
    def own_label(self) -> str:
        """Its label; a joined period has that of the last one that it spans."""
        return self.label.rpartition(SPANS)[2]


def list_periods(
    rule: StepRule | InstalmentRule, first: date, last: date, given: Mapping[str, date]
) -> tuple[Period, ...]:
    """Return the periods of a step or a payment without those that it skips.

    A period whose questions another step asks is included. `given` are the days that the decision
    gives; a rule that lists its periods by them has none until they are given.
    """
    each = read_each(rule.each or "")
    ends = sorted({given[key] for key in each.keys if key in given})
    if each.listed and not ends:
        return ()
    periods = cut_periods(each, first, last, joins(rule.first, rule.last), ends)
    if rule.first is not None and rule.first.skip:
        periods = periods[1:]
    if rule.last is not None and rule.last.skip:
        periods = periods[:-1]
    return periods


def cut_periods(
    each: Each,
    first: date,
    last: date,
    joins: tuple[int | None, int | None] = (None, None),
    ends: Sequence[date] = (),
) -> tuple[Period, ...]:
    """Return the periods that tile `first` to `last`, the outer ones clipped; none if `last` is earlier.

    A first or last period that the grant cuts short joins its neighbour if fewer than `joins`
    months are left of it: always for 0, never for None. A grant's only period is kept. Periods that
    are left out every year are removed last. `ends` are the last days of listed ones, in order. The
    time after the last of them is one more period, cut short.
    """
    if last < first:
        return ()
    if each.listed:
        whole = list(_listed(ends, first, last))
    else:
        whole = list(_ranges(each, first, last) if each.ranges else _regular(each, first, last))
    cut = [
        period._replace(start_on=max(period.start_on, first), end_on=min(period.end_on, last))
        for period in whole
    ]
    early = whole[0].start_on < first and _is_short(joins[0], cut[0])
    unlisted = each.listed and last not in ends
    late = (unlisted or whole[-1].end_on > last) and _is_short(joins[1], cut[-1])
    names = [period.label for period in cut]
    if early and len(cut) > 1:
        head = cut.pop(0)
        names.pop(0)
        cut[0] = cut[0]._replace(start_on=head.start_on, label=_spanning(head.label, cut[0].label))
    if late and len(cut) > 1:
        tail = cut.pop()
        label = _spanning(cut[-1].label, tail.label)
        cut[-1] = cut[-1]._replace(end_on=tail.end_on, runs_to=tail.runs_to, label=label)
    kept = zip(cut, names, strict=False)
    return tuple(period for period, name in kept if not (each.without and name.endswith(each.without)))


def _spanning(first: str, last: str) -> str:
    """Return the label of two periods, or joined ones, together: 2026-Q1-to-2026-Q2, or M1-M6."""
    begins = first.partition(SPANS)[0]
    ends = last.rpartition(SPANS)[2]
    if begins.startswith("M"):
        return f"{begins.partition('-')[0]}-{ends.rpartition('-')[2]}"
    return f"{begins}{SPANS}{ends}"


def _is_short(under: int | None, cut: Period) -> bool:
    """Return whether fewer than `under` months are left of a period that was cut short."""
    return under is not None and (under == 0 or cut.end_on + _DAY < add_months(cut.start_on, under))


def _regular(each: Each, first: date, last: date) -> Iterator[Period]:
    """Yield the periods of this many months that touch the time, not clipped.

    Those of a project are each counted from its first day, so that no month's end moves the next.
    """
    begins = first
    months = each.months
    if not each.project:
        since = (first.year * 12 + first.month - each.starts) // months * months + each.starts - 1
        begins = date(since // 12, since % 12 + 1, 1)
    for position in count():
        start = add_months(begins, position * months)
        ends = add_months(begins, (position + 1) * months) - _DAY
        if start > last:
            return
        label = (
            _months_label(position * months + 1, (position + 1) * months)
            if each.project
            else _label(each, start)
        )
        yield Period(label, start, ends, ends if not each.project else min(ends, last))


def _ranges(each: Each, first: date, last: date) -> Iterator[Period]:
    """Yield ranges of project months; the last goes on to the grant's end."""
    for position, (begin, end) in enumerate(each.ranges):
        start = add_months(first, begin - 1)
        if start > last:
            return
        ends = add_months(first, end) - _DAY if end else last
        if position == len(each.ranges) - 1:
            ends = max(ends, last)
        label = _months_label(begin, end) if end else f"M{begin}-END"
        yield Period(label, start, ends, min(ends, last))


def _listed(ends: Sequence[date], first: date, last: date) -> Iterator[Period]:
    """Yield the periods that end on those days, each labelled by its number, and the time after them."""
    begins = [first, *(end + _DAY for end in ends if first <= end < last)]
    for number, start in enumerate(begins, 1):
        end = begins[number] - _DAY if number < len(begins) else last
        yield Period(str(number), start, end, end)


def _months_label(first: int, last: int) -> str:
    return f"M{first}" if first == last else f"M{first}-M{last}"


def _label(each: Each, start: date) -> str:
    """Return a period's label: 2026, 2026-27, 2026-03, 2026-Q1, 2026-H1; any other by its first day."""
    if each.months == 12:
        return f"{start.year}" if each.starts == 1 else f"{start.year}-{(start.year + 1) % 100:02}"
    names = names_of_year(each.months) if each.starts == 1 else ()
    return f"{start.year}-{names[(start.month - 1) // each.months]}" if names else start.isoformat()
