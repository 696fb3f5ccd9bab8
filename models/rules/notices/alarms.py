"""Foresee whom a step's ladder tells that the step is late, and on which days."""

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
    """A day on which others than the owner, or the owner's deputy, are told that a step is late."""

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
    """Yield the alarms after today, as the rounds will send them if nothing is done until then."""
    if step.due_on is None or not may_tell(step.start):
        return
    on_rungs = [notice for notice in told if notice.position]
    earliest = next_day_to_tell(today, calendar)
    for rung, day in list_days_ahead(step, ladder, on_rungs, calendar):
        if not rung.escalates:
            continue
        on = max(day, earliest)
        earliest = next_day_to_tell(on, calendar)
        reached = decide_recipients(rung, ladder, on_rungs, line, on)
        for person in reached:
            on_rungs.append(ToldNotice(rung.position, person.person_id, on, person.instead_of_id))
        others = [
            person for person in reached if line.owner_id not in (person.person_id, person.instead_of_id)
        ]
        if others:
            yield Alarm(on, tuple(person.person_id for person in others))
