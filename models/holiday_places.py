"""Say whether the holidays of a country, or of a part of it, are known."""

from __future__ import annotations

import re

import holidays

from models.suggestions import did_you_mean
from models.written_numbers import shown


def require_holidays(country: str, subdivision: str | None) -> None:
    """Pass when the place's holidays are known; ValueError, in words for whoever wrote it, when they are not."""
    try:
        if not re.fullmatch("[A-Z]{2}", country):
            raise NotImplementedError
        known = holidays.country_holidays(country)
    except NotImplementedError:
        wanted = "there is no calendar of '{}': write a country's two letters, as SE"
        raise ValueError(wanted.format(shown(country))) from None
    if subdivision is not None and subdivision not in known.subdivisions:
        near = did_you_mean(subdivision, known.subdivisions)
        raise ValueError(f"'{shown(subdivision)}' is no part of {country}{near}")
