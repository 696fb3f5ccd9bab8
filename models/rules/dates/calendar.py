"""Which days are working days, and how to step from one to another."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache

import holidays

_DAY = timedelta(days=1)
_THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = range(3, 7)
# Days that Swedish offices are closed and that SFS 1930:173 section 2 treats as holidays, by the name that the
# holidays package gives them in its 'de facto' category.
_CATEGORIES = {"SE": ("public", "de_facto")}


@lru_cache(maxsize=512)
def _holidays_of(
    country: str, subdivision: str | None, year: int, language: str = "en"
) -> Mapping[date, str]:
    """Return the year's holidays; by their English names where there are none in the language."""
    known = holidays.country_holidays(country)
    wanted = tuple(c for c in _CATEGORIES.get(country, ("public",)) if c in known.supported_categories)
    named = language if language in known.supported_languages else "en_US"
    # Of India and Korea the package knows the moving holidays of some decades only, and warns of another year.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        found = holidays.country_holidays(
            country, subdiv=subdivision, years=year, categories=wanted or None, language=named
        )
    # Sundays are named as holidays for Sweden by the package; the weekend covers them here.
    weekend = _weekend_of(country)
    return {day: name for day, name in found.items() if day.weekday() not in weekend and day.year == year}


@lru_cache(maxsize=256)
def _weekend_of(country: str) -> frozenset[int]:
    """Return the weekdays, Monday being 0, on which offices close: as today, whatever they were before.

    Where the package knows Sunday alone as the day of rest, offices are taken to close on Saturdays as well.
    """
    known = frozenset(holidays.country_holidays(country).weekend)
    return known if known & {_THURSDAY, _FRIDAY} else frozenset({_SATURDAY, _SUNDAY})


class WorkCalendar:
    """The working days of a country or one of its parts: all but its weekend and its holidays.

    `extra` are further days off, `worked` the country's holidays on which offices are open all the same. `quiet` are
    days of every year, the first and the last of each stretch as "07-01", on which nobody is reminded.
    """

    def __init__(
        self,
        country: str = "SE",
        subdivision: str | None = None,
        extra: Iterable[date] = (),
        worked: Iterable[date] = (),
        quiet: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.country = country
        self.subdivision = subdivision
        self.extra = frozenset(extra)
        self.worked = frozenset(worked)
        self.quiet = tuple(quiet)
        self.place = f"{country}-{subdivision}" if subdivision else country
        self._weekend = _weekend_of(country)
        self._known: dict[date, bool] = {}
        self._counted: dict[tuple[date, int], date] = {}

    def is_working(self, day: date) -> bool:
        """Return whether offices are open on the day."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._is_open(day)
        return known

    def _is_open(self, day: date) -> bool:
        if day.weekday() in self._weekend or day in self.extra:
            return False
        return day in self.worked or day not in _holidays_of(self.country, self.subdivision, day.year)

    def day_off(self, day: date, language: str = "en") -> str | None:
        """Return why offices are closed on the day: "Saturday", or the holiday's name; None when they are open."""
        if self.is_working(day):
            return None
        if day.weekday() in self._weekend:
            return f"{day:%A}"
        holiday = _holidays_of(self.country, self.subdivision, day.year, language).get(day)
        return holiday or ("ledig dag" if language == "sv" else "a day off")

    def before_quiet(self, day: date) -> date:
        """Return the day itself, or the last working day before the quiet days that hold it."""
        found = day
        for _ in range(366 if self.quiet else 0):
            if not self._is_quiet(found):
                return found
            found = self.on_or_before(found - _DAY)
        return day

    def after_quiet(self, day: date, by: date) -> date:
        """Return the day itself, or the first working day after the quiet days that hold it, where that is by `by`."""
        found = day
        while found <= by:
            if not self._is_quiet(found):
                return found
            found = self.on_or_after(found + _DAY)
        return day

    def _is_quiet(self, day: date) -> bool:
        at = f"{day:%m-%d}"
        return any(
            first <= at <= last if first <= last else at >= first or at <= last for first, last in self.quiet
        )

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
        known = self._counted.get((day, count))
        if known is None:
            known = self._counted[day, count] = self._add(day, count)
        return known

    def _add(self, day: date, count: int) -> date:
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def between(self, first: date, last: date) -> int:
        """Return the number of working days after `first` up to and including `last`; 0 if it is not later."""
        count, day = 0, first
        while day < last:
            day += _DAY
            count += self.is_working(day)
        return count


@lru_cache(maxsize=64)
def offices_in(place: str) -> WorkCalendar:
    """Return the working days of a country, "SE", or of a part of one, "DE-BY"."""
    country, _, subdivision = place.partition("-")
    return WorkCalendar(country, subdivision or None)
