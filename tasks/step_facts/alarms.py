"""Foresee who is told, and when, that steps are late."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.reading.plain_text import one_line
from models.rules.dates.plan import calendar_of
from models.rules.notices.alarms import foresee_alarms
from models.rules.notices.ladder import StepPeople
from models.tables.step import Step
from tasks.grant.records import Records
from tasks.store.shared import load_people


@dataclass(frozen=True, slots=True)
class AlarmAhead:
    """A day on which people are told that a step is late: their names, each with what they are."""

    on: date
    people: tuple[tuple[str, str], ...]


def find_alarms(records: Records, steps: Iterable[Step], today: date) -> dict[int, tuple[AlarmAhead, ...]]:
    """Return by the id of each step that somebody has, and that is not the funder's, who is told if it is not done."""
    own = [step for step in steps if step.owner_id is not None and not step.with_funder]
    owners = {step.owner_id for step in own if step.owner_id is not None}
    holders = {person_id for step in own for person_id in records.roles[step.grant_id].values()}
    people = load_people(records.session.connection(), owners | holders, today) if own else {}
    records.learn_people(people)
    found = {}
    for step in own:
        record = records[step.grant_id]
        ladder = record.programme.ladders.get(step.ladder, ())
        told = records.told.get((step.id or 0, step.due_on), ())
        line = StepPeople(step.owner_id or 0, records.roles[step.grant_id], people)
        alarms = foresee_alarms(
            record.ladder_facts(step), ladder, told, line, today, calendar_of(record.programme)
        )
        found[step.id or 0] = tuple(
            AlarmAhead(alarm.on, tuple(_named(records, person_id) for person_id in alarm.person_ids))
            for alarm in alarms
        )
    return found


def _named(records: Records, person_id: int) -> tuple[str, str]:
    person = records.person(person_id)
    return (one_line(person.name, 120), one_line(person.title, 80)) if person is not None else ("", "")
