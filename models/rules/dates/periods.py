"""Cut a grant's time into the periods that a programme wants."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

from dateutil.rrule import rrulestr

from models.programme.period import PeriodRule, month_range
from models.rules.dates.spans import SPAN_MONTHS, add_months, next_span, span_start

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A part of the grant's time, both ends included; `runs_to` is its end as the calendar has it, uncut."""

    label: str
    start_on: date
    end_on: date
    runs_to: date


def cut_periods(rule: PeriodRule, first: date, last: date, fiscal_month: int = 1) -> tuple[Period, ...]:
    """Return the periods that tile `first` to `last`, the outer ones clipped; none if `last` is earlier.

    A period that the grant's start or end cuts short is kept, joined to its neighbour or left out, as the rule
    says, perhaps only one that is shorter than a length; one that stands alone is kept. Those of every year that the
    rule is `without` are left out at last.
    """
    if last < first:
        return ()
    whole = list(_whole(rule, first, last, fiscal_month))
    cut = [one._replace(start_on=max(one.start_on, first), end_on=min(one.end_on, last)) for one in whole]
    short_first, short_last = (cut[at] != whole[at] and _is_short(rule, cut[at]) for at in (0, -1))
    if short_first and rule.first != "keep" and len(cut) > 1:
        head = cut.pop(0)
        if rule.first == "merge":
            cut[0] = cut[0]._replace(start_on=head.start_on)
    if short_last and rule.last != "keep" and len(cut) > 1:
        tail = cut.pop()
        if rule.last == "merge":
            cut[-1] = cut[-1]._replace(end_on=tail.end_on, runs_to=tail.runs_to)
    return tuple(one for one in cut if not one.label.endswith(rule.without)) if rule.without else tuple(cut)


def _is_short(rule: PeriodRule, cut: Period) -> bool:
    """Return whether less is left of a period that was cut short than the rule lets stand for itself."""
    return rule.shorter_than is None or cut.end_on + _DAY < rule.shorter_than.added_to(cut.start_on)


def _whole(rule: PeriodRule, first: date, last: date, fiscal_month: int) -> Iterator[Period]:
    """Yield the periods that touch the time, not clipped."""
    if rule.every is not None:
        start = span_start(rule.every, first, fiscal_month)
        while start <= last:
            following = next_span(rule.every, start)
            yield Period(_label(rule.every, start, fiscal_month), start, following - _DAY, following - _DAY)
            start = following
    elif rule.rrule is not None:
        yield from _repeated(rule.rrule, first, last)
    else:
        yield from _project(rule, first, last)


def _project(rule: PeriodRule, first: date, last: date) -> Iterator[Period]:
    """Yield periods of project months: each counted from the first day, so that no month's end moves the next."""
    ranges = [month_range(text) for text in rule.months or ()]
    length = SPAN_MONTHS[rule.project] if rule.project else 0
    begins, position = first, 0
    while begins <= last:
        if rule.months is None:
            months = (position * length + 1, (position + 1) * length)
        elif position < len(ranges):
            months = ranges[position]
        else:
            return
        ends = add_months(first, months[1]) - _DAY
        if rule.months is not None and position == len(ranges) - 1:
            ends = max(ends, last)
        yield Period(_months_label(*months), begins, ends, min(ends, last))
        begins, position = ends + _DAY, position + 1


def _repeated(text: str, first: date, last: date) -> Iterator[Period]:
    """Yield periods that begin on the days of an RFC 5545 rule, which counts from the first day."""
    start, end = (datetime.combine(day, time()) for day in (first, last))
    rule = rrulestr(f"RRULE:{text}", dtstart=start)
    found = [one.date() for one in rule.between(start, end, inc=True)]
    following = rule.after(end)
    begins = [first, *(day for day in found if day != first), following.date() if following else last + _DAY]
    for position, (day, next_day) in enumerate(pairwise(begins)):
        # A first day that the rule does not give lies within a period that began before the grant.
        cut_short = position == 0 and day not in found
        ends = next_day - _DAY
        yield Period(day.isoformat(), day - _DAY if cut_short else day, ends, min(ends, last))


def _months_label(first: int, last: int) -> str:
    return f"M{first}" if first == last else f"M{first}-M{last}"


def _label(kind: str, start: date, fiscal_month: int) -> str:
    if kind == "year" or (kind == "fiscal_year" and fiscal_month == 1):
        return f"{start.year}"
    if kind == "fiscal_year":
        return f"{start.year}-{(start.year + 1) % 100:02}"
    if kind == "month":
        return f"{start.year}-{start.month:02}"
    letter = "Q" if kind == "quarter" else "H"
    return f"{start.year}-{letter}{(start.month - 1) // SPAN_MONTHS[kind] + 1}"
