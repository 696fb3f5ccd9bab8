"""Gather the quarter's figures, remind of follow-ups and escalate the late ones."""

from __future__ import annotations

from datetime import date

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.round_run import run_phase
from flows.workroom import in_one_line, in_thread, on_schedule, open_workroom, run_name
from models.errors import GrantError
from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase

_FIRST_MONTHS = (1, 4, 7, 10)


@flow(name="follow-up", flow_run_name=run_name("follow-ups"))
async def follow_up(on: date | None = None, grant: str | None = None) -> State:
    """Gather the quarter's figures, remind of follow-ups and escalate the late ones.

    The schedule starts it on each weekday that can be a quarter's first working day; only that one counts.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    if on_schedule():
        try:
            room = await in_thread(open_workroom)
            today = room.day_of(on)
        except GrantError as error:
            return Failed(message=in_one_line(error))
        if today != first_working_day_of_quarter(today, room.settings.country):
            return Completed(message="Not the first working day of a quarter")
    return await run_phase(Phase.FOLLOW_UP, on, grant)


def first_working_day_of_quarter(day: date, country: str) -> date:
    """Return the country's first working day of the quarter that the day lies in."""
    month = max(first for first in _FIRST_MONTHS if first <= day.month)
    return offices_in(country).on_or_after(day.replace(month=month, day=1))
