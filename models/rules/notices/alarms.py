"""Foresee what a step's ladder tells on the days to come: its alarms, and the letters of an absent person."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.programme.plan import RungRule
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.ladder import LadderStep, StepPeople, ToldNotice, decide_telling
from models.rules.notices.quiet_days import find_next_day_to_tell
from models.rules.notices.recipients import ReachedPerson

# So long after the due date a rung waits for somebody who can be reached.
_LONGEST_WAIT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class AlarmDay:
    """A day on which people other than the owner, or their deputy, are told that a step is late."""

    on: date
    person_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A day on which a rung of a step's ladder tells people."""

    on: date
    rung: RungRule
    reached: tuple[ReachedPerson, ...]


def foresee_tellings(
    step: LadderStep,
    ladder: Sequence[RungRule],
    told: Iterable[ToldNotice],
    line: StepPeople,
    today: date,
    calendar: WorkCalendar,
) -> Iterator[Foreseen]:
    """Yield what the rounds after today will tell, as each of them decides it, if nothing is done until then."""
    if step.due_on is None:
        return
    notices = list(told)
    last = max(step.due_on, today) + _LONGEST_WAIT
    on: date | None = find_next_day_to_tell(today, calendar)
    while on is not None and on <= last:
        telling = decide_telling(step, ladder, notices, line, on, calendar)
        if telling.rung is not None:
            yield Foreseen(on, telling.rung, telling.reached)
            for person in telling.reached:
                notices.append(ToldNotice(telling.rung.position, person.person_id, on, person.instead_of_id))
        on = telling.next_action_on


def find_alarms(tellings: Iterable[Foreseen], owner_id: int) -> Iterator[AlarmDay]:
    """Yield the alarms among a step's tellings: those that escalate to somebody other than its owner."""
    for telling in tellings:
        others = [
            person for person in telling.reached if owner_id not in (person.person_id, person.instead_of_id)
        ]
        if telling.rung.escalates and others:
            yield AlarmDay(telling.on, tuple(person.person_id for person in others))


def list_letters_instead(
    tellings: Iterable[Foreseen], person_id: int, until: date
) -> Iterator[tuple[date, int]]:
    """Yield the letters that others get in a person's place up to a day, each by its day and its reader."""
    for telling in tellings:
        if telling.on > until:
            return
        for person in telling.reached:
            if person.instead_of_id == person_id:
                yield telling.on, person.person_id
