"""Show the letters of any day as they would leave, and write nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from models.facts.worded_letter import Outcome, PressSettings
from tasks.round.dry import DryRound
from tasks.round.phases import run_round
from tasks.round.values import RoundDay, day_off

_AT = time(7)


def letters_of_day(
    engine: Engine, day: date, zone: ZoneInfo, press: PressSettings, country: str, grant: str | None = None
) -> list[Outcome] | None:
    """Return the letters that the day's round would send, of all grants or one; None where offices are closed.

    What rounds before that day would send is in them too.
    """
    if day_off(day, country):
        return None
    now = datetime.combine(day, _AT, tzinfo=zone).astimezone(UTC)
    dry = DryRound(engine, now)
    run_round(dry.tried(), RoundDay(day, now, grant, country))
    return dry.written(day, press)
