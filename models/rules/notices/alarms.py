"""Foresee whom a step's ladder tells that it is late, and on which days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import (
    LadderStep,
    StepPeople,
    ToldNotice,
    decide_recipients,
    list_days_ahead,
)
from models.rules.notices.quiet_days import may_tell, next_day_to_tell


@dataclass(frozen=True, slots=True)
class Alarm:
    """A day on which people other than the owner, or their deputy, are told that a step is late."""

    on: date
    person_ids: tuple[int, ...]


def foresee_alarms(
    step: LadderStep,
    ladder: Sequence[RungRule],
    told: Iterable[ToldNotice],
    line: StepPeople,
    today: date,
    calendar: WorkCalendar,
) -> Iterator[Alarm]:
    """Yield the alarms of the days after today, as the rounds will tell them if nothing is done until then."""
    if step.due_on is None or not may_tell(step.start):
        return
    said = [notice for notice in told if notice.position]
    earliest = next_day_to_tell(today, calendar)
    for rung, day in list_days_ahead(step, ladder, said, calendar):
        if not rung.escalates:
            continue
        on = max(day, earliest)
        earliest = next_day_to_tell(on, calendar)
        reached = decide_recipients(rung, ladder, said, line, on)
        said += [ToldNotice(rung.position, one.person_id, on, one.instead_of_id) for one in reached]
        others = [one for one in reached if line.owner_id not in (one.person_id, one.instead_of_id)]
        if others:
            yield Alarm(on, tuple(one.person_id for one in others))
