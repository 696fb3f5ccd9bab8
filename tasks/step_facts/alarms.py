"""Foresee who is told, and when, that steps are late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from models.reading.plain_text import one_line
from models.rules.dates.plan import calendar_of
from models.rules.notices.alarms import Foreseen, find_alarms, foresee_tellings
from models.rules.notices.ladder import StepPeople
from models.tables.columns import id_of
from models.tables.step import Step
from tasks.grant.records import Records
from tasks.store.people import load_people


@dataclass(frozen=True, slots=True)
class AlarmAhead:
    """A day on which people are told that a step is late: their names and titles."""

    on: date
    people: tuple[tuple[str, str], ...]


def load_alarms(records: Records, steps: Iterable[Step], today: date) -> dict[int, tuple[AlarmAhead, ...]]:
    """Return, by the step's id, who will be told if it is not done; for our steps that have an owner."""
    alarms_by_step = {}
    for step, tellings in foresee(records, [step for step in steps if not step.with_funder], today):
        alarms_by_step[id_of(step)] = tuple(
            AlarmAhead(
                alarm.on,
                tuple(_named(records, person_id) for person_id in alarm.person_ids),
            )
            for alarm in find_alarms(tellings, step.owner_id or 0)
        )
    return alarms_by_step


def foresee(
    records: Records, steps: Iterable[Step], today: date
) -> Iterator[tuple[Step, Iterator[Foreseen]]]:
    """Yield each step that somebody has with what the rounds after today will tell of it, if nothing is done."""
    owned = [step for step in steps if step.owner_id is not None]
    owners = {step.owner_id for step in owned if step.owner_id is not None}
    holders = {person_id for step in owned for person_id in records.roles[step.grant_id].values()}
    people = load_people(records.session.connection(), owners | holders, today) if owned else {}
    records.learn_people(people)
    for step in owned:
        record = records[step.grant_id]
        ladder = record.programme.ladders.get(step.ladder, ())
        told = records.told.get((id_of(step), step.due_on), ())
        line = StepPeople(step.owner_id or 0, records.roles[step.grant_id], people)
        calendar = calendar_of(record.programme)
        yield step, foresee_tellings(record.ladder_facts(step), ladder, told, line, today, calendar)


def find_next_tellings(
    records: Records, steps: Iterable[Step], today: date
) -> Iterator[tuple[Step, Foreseen]]:
    """Yield each step that somebody has with what the first round tells of it that tells anything after today."""
    for step, tellings in foresee(records, steps, today):
        first = next(tellings, None)
        if first is not None:
            yield step, first


def _named(records: Records, person_id: int) -> tuple[str, str]:
    person = records.person(person_id)
    return (one_line(person.name, 120), one_line(person.title, 80)) if person is not None else ("", "")
