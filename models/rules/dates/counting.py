"""Count from one day to another, as one part of a due rule says, and say how it was counted."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from models.facts.receipt import Term, term
from models.programme.language.each import SPAN_MONTHS
from models.programme.language.rule import WEEKDAYS, Place, Shift, Weekday, YearDay
from models.rules.dates.calendar import WorkCalendar, add_months, span_end, span_start

_ORDINALS = ("first", "second", "third", "fourth")


def count_from(
    point: Shift | Place | YearDay | Weekday, start: date, calendar: WorkCalendar
) -> tuple[date, tuple[Term, ...]]:
    """Return the day that a part of a rule gives, counted from another, and the counting."""
    if isinstance(point, Shift):
        return _shifted(point, start, calendar)
    if isinstance(point, Place):
        return _placed(point, start)
    if isinstance(point, YearDay):
        day = _year_day(point, start)
        said = {"yearly": f"{point.month:02}-{point.day:02}", "relation": point.relation}
    else:
        step = -1 if point.before else 1
        day = start + timedelta(days=step * ((step * (point.weekday - start.weekday()) - 1) % 7 + 1))
        said = {"weekday": WEEKDAYS[point.weekday], "relation": "before" if point.before else "after"}
    return day, (term("calendar", on=start, day=day, **said),)


def _shifted(shift: Shift, start: date, calendar: WorkCalendar) -> tuple[date, tuple[Term, ...]]:
    sign, count = (-1 if shift.before else 1), shift.count
    if shift.unit == "working days":
        day = calendar.add(start, sign * count)
    elif shift.unit == "months":
        day = add_months(start, sign * count)
    else:
        day = start + timedelta(days=sign * count)
    unit, mark = shift.unit.replace(" ", "_"), "-" if sign < 0 else "+"
    return day, (term("shifted", on=start, sign=mark, count=count, unit=unit, day=day),)


def _placed(place: Place, start: date) -> tuple[date, tuple[Term, ...]]:
    months = SPAN_MONTHS[place.span] * place.nth * {"of": 0, "after": 1, "before": -1}[place.relation]
    held = add_months(start, months)
    first, last = span_start(place.span, held), span_end(place.span, held)
    if place.place in ("end", "start"):
        ends = place.place == "end"
        day = last if ends else first
        counted = term("span", on=held, span=place.span, ends=ends, day=day)
    else:
        day = _within(place.place, first, last)
        counted = term("calendar", on=held, place=place.place, span=place.span, day=day)
    if not months:
        return day, (counted,)
    sign = "-" if months < 0 else "+"
    away = term("shifted", on=start, sign=sign, count=abs(months), unit="months", day=held)
    return day, (away, counted)


def _within(place: str, first: date, last: date) -> date:
    """Return the day of a span that a number or a weekday names; its last where it has no such number."""
    if place.isdecimal():
        return min(first + timedelta(days=int(place) - 1), last)
    ordinal, name = place.split(" ")
    weekday = WEEKDAYS.index(name)
    if ordinal == "last":
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * _ORDINALS.index(ordinal))


def _year_day(point: YearDay, start: date) -> date:
    def in_year(year: int) -> date:
        return date(year, point.month, 1) + relativedelta(day=point.day)

    day = in_year(start.year)
    if point.relation == "after" and day <= start:
        return in_year(start.year + 1)
    return in_year(start.year - 1) if point.relation == "before" and day >= start else day
