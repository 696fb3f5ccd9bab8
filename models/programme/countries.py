"""Say whether the holidays of a country, or of a part of it, are known."""

from __future__ import annotations

import re

import holidays

from models.reading.number import shown
from models.reading.suggestion import did_you_mean


def require_holidays(country: str, subdivision: str | None) -> None:
    """Pass when the place's holidays are known; ValueError, in words for whoever wrote it, when they are not."""
    known = _calendar(country)
    if known is None:
        meant = country.upper() if _calendar(country.upper()) is not None else None
        near = f"did you mean '{meant}'?" if meant else "write a country's two letters, as SE"
        raise ValueError(f"there is no calendar of '{shown(country)}': {near}")
    if subdivision is not None and subdivision not in known.subdivisions:
        meant_part = did_you_mean(subdivision, known.subdivisions)
        raise ValueError(f"'{shown(subdivision)}' is no part of {country}{meant_part}")


def _calendar(country: str) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country) if re.fullmatch("[A-Z]{2}", country) else None
    except NotImplementedError:  # the package's way to say that it does not know the country
        return None
