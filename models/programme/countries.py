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
# Days that Swedish offices are closed and that SFS 1930:173 section 2 treats as holidays, by their
# category in the holidays package.
_CATEGORIES = {"SE": ("public", "de_facto")}


# Cached: a plan asks for each day that it counts, and the package takes half a millisecond.
@lru_cache(maxsize=512)
def holidays_of(country: str, subdivision: str | None, year: int, language: str = "en") -> Mapping[date, str]:
    """Return the year's holidays by name, in English if the language has none; those of a weekend as well."""
    country_days = holidays.country_holidays(country)
    categories = tuple(
        category
        for category in _CATEGORIES.get(country, ("public",))
        if category in country_days.supported_categories
    )
    named = language if language in country_days.supported_languages else "en_US"
    # For India and Korea the package knows the moving holidays of some decades only, and warns about other years.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        of_year = holidays.country_holidays(
            country, subdiv=subdivision, years=year, categories=categories or None, language=named
        )
    return {day: name for day, name in of_year.items() if day.year == year}


# Cached like the holidays.
@lru_cache(maxsize=256)
def weekend_of(country: str) -> frozenset[int]:
    """Return the weekdays, Monday being 0, on which offices close today, whatever they were before.

    Where the package knows only Sunday as the day of rest, offices are taken to close on Saturdays
    as well.
    """
    weekend = frozenset(holidays.country_holidays(country).weekend)
    return weekend if weekend & {_THURSDAY, _FRIDAY} else frozenset({_SATURDAY, _SUNDAY})


def require_holidays(country: str, subdivision: str | None) -> None:
    """Return if the place's holidays are known; raise Unreadable if they are not."""
    try:
        known = holidays.country_holidays(country if re.fullmatch("[A-Z]{2}", country) else "")
    except NotImplementedError:  # raised by the package for an unknown country
        raise Unreadable(Reading.NO_CALENDAR(value=shown(country))) from None
    if subdivision is not None and subdivision not in known.subdivisions:
        near = did_you_mean(subdivision, known.subdivisions)
        raise Unreadable(Reading.NO_PART_OF(value=shown(subdivision), country=country, near=near))
