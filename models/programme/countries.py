"""The weekends and public holidays of countries and their regions."""

import re
import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays

from models.errors import Unreadable
from models.reading.number import shown
from models.reading.value_faults import Reading, did_you_mean

_THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = range(3, 7)
# Days that Swedish offices are closed and that SFS 1930:173 section 2 treats as holidays, by the name that the
# holidays package gives them in its 'de facto' category.
_CATEGORIES = {"SE": ("public", "de_facto")}


# Kept: a plan asks for each day that it counts, and the package takes half a millisecond.
@lru_cache(maxsize=512)
def holidays_of(country: str, subdivision: str | None, year: int, language: str = "en") -> Mapping[date, str]:
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
    weekend = weekend_of(country)
    return {day: name for day, name in found.items() if day.weekday() not in weekend and day.year == year}


# Kept, as its holidays are.
@lru_cache(maxsize=256)
def weekend_of(country: str) -> frozenset[int]:
    """Return the weekdays, Monday being 0, on which offices close: as today, whatever they were before.

    Where the package knows Sunday alone as the day of rest, offices are taken to close on Saturdays as well.
    """
    known = frozenset(holidays.country_holidays(country).weekend)
    return known if known & {_THURSDAY, _FRIDAY} else frozenset({_SATURDAY, _SUNDAY})


def require_holidays(country: str, subdivision: str | None) -> None:
    """Pass when the place's holidays are known; Unreadable when they are not."""
    try:
        known = holidays.country_holidays(country if re.fullmatch("[A-Z]{2}", country) else "")
    except NotImplementedError:  # the package's way to say that it does not know the country
        raise Unreadable(Reading.NO_CALENDAR(value=shown(country))) from None
    if subdivision is not None and subdivision not in known.subdivisions:
        near = did_you_mean(subdivision, known.subdivisions)
        raise Unreadable(Reading.NO_PART_OF(value=shown(subdivision), country=country, near=near))
