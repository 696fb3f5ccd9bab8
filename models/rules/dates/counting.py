"""Count from one day to another, as a due rule with one anchor says, and say how it was counted."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from models.facts.term import Term, term
from models.programme.due import ORDINALS, WEEKDAYS, DueRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.spans import add_months, span_end, span_start


def count_from(rule: DueRule, start: date, fiscal_month: int, calendar: WorkCalendar) -> tuple[date, Term]:
    """Return the day that a rule with one anchor gives, and the counting."""
    if rule.shift is not None:
        return _shifted(rule, start, calendar)
    span = rule.end_of or rule.start_of
    if span is not None:
        day = (span_end if rule.end_of else span_start)(span, start, fiscal_month)
        return day, term("span", on=start, span=span, ends=rule.end_of is not None, day=day)
    if rule.day_of_month is not None:
        day = span_start("month", start) + relativedelta(day=rule.day_of_month)
    elif rule.yearly is not None:
        day = _yearly(rule.yearly, start, following=rule.following is not None)
    else:
        day = _weekday(rule.weekday or "", start)
    said = {"day_of_month": rule.day_of_month, "yearly": rule.yearly, "weekday": rule.weekday}
    return day, term("calendar", on=start, following=rule.following is not None, day=day, **said)


def _shifted(rule: DueRule, start: date, calendar: WorkCalendar) -> tuple[date, Term]:
    count, unit = rule.shift or (0, "days")
    sign = -1 if rule.before is not None else 1
    if unit == "working_days":
        day = calendar.add(start, sign * count)
    elif unit in _MONTHS:
        day = add_months(start, sign * count * _MONTHS[unit])
    else:
        day = start + timedelta(days=sign * count * (7 if unit == "weeks" else 1))
    return day, term("shifted", on=start, sign="-" if sign < 0 else "+", count=count, unit=unit, day=day)


_MONTHS = {"months": 1, "quarters": 3, "years": 12}


def _yearly(month_day: str, start: date, *, following: bool) -> date:
    month, number = (int(part) for part in month_day.split("-"))

    def in_year(year: int) -> date:
        return date(year, month, 1) + relativedelta(day=number)

    day = in_year(start.year)
    return in_year(start.year + 1) if following and day <= start else day


def _weekday(text: str, start: date) -> date:
    *ordinal, name = text.split(" ")
    weekday = WEEKDAYS.index(name)
    if not ordinal:
        return start + timedelta(days=(weekday - start.weekday() - 1) % 7 + 1)
    if ordinal == ["last"]:
        day = span_end("month", start)
        return day - timedelta(days=(day.weekday() - weekday) % 7)
    day = span_start("month", start)
    return day + timedelta(days=(weekday - day.weekday()) % 7 + 7 * ORDINALS.index(ordinal[0]))
