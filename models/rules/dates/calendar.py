"""Which days are working days, holidays and quiet days, and how a rule counts from one day to another."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from models.facts.receipt import Term, term
from models.programme.countries import holidays_of, weekend_of
from models.programme.language.each import SPAN_MONTHS
from models.programme.language.rule import WEEKDAYS, DayPlace, Shift, Weekday, YearDay

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working days of a country or one of its parts: all but its weekend and its holidays.

    `extra` are further days off; `worked` are holidays on which offices are open all the same. On
    `quiet` days nobody is reminded: each stretch is its first and last day of every year, as
    "07-01".
    """

    country: str
    subdivision: str | None = None
    extra: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()
    quiet: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """The country, or the part of it: "DE-BY"."""
        return f"{self.country}-{self.subdivision}" if self.subdivision else self.country

    def is_working(self, day: date) -> bool:
        """Return whether offices are open on the day."""
        if self.is_weekend(day) or day in self.extra:
            return False
        return day in self.worked or day not in holidays_of(self.country, self.subdivision, day.year)

    def is_weekend(self, day: date) -> bool:
        """Return whether the day is of the country's weekend."""
        return day.weekday() in weekend_of(self.country)

    def holiday(self, day: date, language: str = "en") -> str:
        """Return the name of the holiday on which offices are closed, also of a weekend; "" for any other day."""
        if self.is_working(day):
            return ""
        return holidays_of(self.country, self.subdivision, day.year, language).get(day) or ""

    def before_quiet(self, day: date) -> date:
        """Return the day itself, or the last working day before the quiet days that hold it."""
        if not self.quiet:
            return day
        candidate = day
        for _ in range(366):
            if not self._is_quiet(candidate):
                return candidate
            candidate = self.on_or_before(candidate - _DAY)
        return day

    def after_quiet(self, day: date, by: date) -> date:
        """Return the day itself, or the first working day after its quiet days if that is no later than `by`."""
        candidate = day
        while candidate <= by:
            if not self._is_quiet(candidate):
                return candidate
            candidate = self.on_or_after(candidate + _DAY)
        return day

    def _is_quiet(self, day: date) -> bool:
        month_day = f"{day:%m-%d}"
        for first, last in self.quiet:
            over_new_year = first > last
            if over_new_year and (month_day >= first or month_day <= last):
                return True
            if first <= month_day <= last:
                return True
        return False

    def on_or_after(self, day: date) -> date:
        """Return the day itself, or the next working day."""
        while not self.is_working(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return the day itself, or the working day before it."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def add(self, day: date, count: int) -> date:
        """Return the working day that lies `count` working days after (or before, if negative) the day.

        The day itself is never counted; with a count of 0 it is returned as it is.
        """
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def between(self, first: date, last: date) -> int:
        """Return how many working days lie after `first` up to and including `last`; 0 if `last` is not later."""
        count = 0
        day = first
        while day < last:
            day += _DAY
            count += self.is_working(day)
        return count


def offices_in(place: str) -> WorkCalendar:
    """Return the working days of a country, "SE", or of a part of one, "DE-BY"."""
    country, _, subdivision = place.partition("-")
    return WorkCalendar(country, subdivision or None)


def find_span_start(span: str, day: date) -> date:
    """Return the first day of the span that holds the day."""
    months = SPAN_MONTHS[span]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def find_span_end(span: str, day: date) -> date:
    """Return the last day of the span that holds the day."""
    return add_months(find_span_start(span, day), SPAN_MONTHS[span]) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the same day-number a number of months later or earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_ORDINALS = ("first", "second", "third", "fourth")


def count_from(
    point: Shift | DayPlace | YearDay | Weekday, start: date, calendar: WorkCalendar
) -> tuple[date, tuple[Term, ...]]:
    """Return the day that a part of a rule gives, counted from `start`, and the terms of the counting."""
    if isinstance(point, Shift):
        return _shifted(point, start, calendar)
    if isinstance(point, DayPlace):
        return _placed(point, start)
    if isinstance(point, YearDay):
        day = _year_day(point, start)
        values = {"yearly": f"{point.month:02}-{point.day:02}", "relation": point.relation}
    else:
        step = -_DAY if point.before else _DAY
        day = start + step
        while day.weekday() != point.weekday:
            day += step
        values = {"weekday": WEEKDAYS[point.weekday], "relation": "before" if point.before else "after"}
    return day, (term("calendar", on=start, day=day, **values),)


def _shifted(shift: Shift, start: date, calendar: WorkCalendar) -> tuple[date, tuple[Term, ...]]:
    sign = -1 if shift.before else 1
    count = shift.count
    if shift.unit == "working days":
        day = calendar.add(start, sign * count)
    elif shift.unit == "months":
        day = add_months(start, sign * count)
    else:
        day = start + timedelta(days=sign * count)
    unit = shift.unit.replace(" ", "_")
    mark = "-" if sign < 0 else "+"
    return day, (term("shifted", on=start, sign=mark, count=count, unit=unit, day=day),)


def _placed(place: DayPlace, start: date) -> tuple[date, tuple[Term, ...]]:
    months = SPAN_MONTHS[place.span] * place.nth * {"of": 0, "after": 1, "before": -1}[place.relation]
    held = add_months(start, months)
    first = find_span_start(place.span, held)
    last = find_span_end(place.span, held)
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
    """Return the day of a span that a number or a weekday names; its last day if the number is too high."""
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
    if point.relation == "before" and day >= start:
        return in_year(start.year - 1)
    return day
