"""Foresee who gets the letters of somebody who is away."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from models.rules.dates.plan import calendar_of
from models.rules.notices.alarms import Foreseen, list_letters_instead
from models.rules.notices.quiet_days import find_day_to_tell
from models.rules.notices.recipients import decide_reached, decide_reached_in
from models.tables.columns import id_of, table_of
from models.tables.person import Person
from models.tables.step import Step
from tasks.grant.records import Records, read_records
from tasks.people.holdings import steps_about
from tasks.step_facts.alarms import foresee
from tasks.store.people import load_people

_PERSON = table_of(Person)


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Who gets an absent person's letters: so many planned ones each, by name, and who gets any other.

    `stand_in` is empty where nobody can be reached in the `person`'s place.
    """

    person: str
    stand_in: str
    letters: tuple[tuple[str, int], ...]


def foresee_absence(
    connection: Connection, person_id: int, first: date, last: date, today: date
) -> Meanwhile:
    """Return who gets the letters of the days from `first` to `last`, of a person whose absence is written."""
    letters = set(_letters_instead(connection, person_id, first, last, today))
    counted = Counter(reader for _, reader in letters)
    people = load_people(connection, [person_id], today)
    reached = decide_reached(person_id, people, max(first, today))
    stand_in = reached.person_id if reached is not None else None
    wanted = {person_id, *counted, *((stand_in,) if stand_in else ())}
    rows = connection.execute(select(_PERSON.c.id, _PERSON.c.name).where(_PERSON.c.id.in_(wanted)))
    names = {row.id: row.name for row in rows}
    return Meanwhile(
        person=names[person_id],
        stand_in=names[stand_in] if stand_in else "",
        letters=tuple(sorted((names[reader], count) for reader, count in counted.items())),
    )


def _letters_instead(
    connection: Connection, person_id: int, first: date, last: date, today: date
) -> Iterator[tuple[date, int]]:
    """Yield each letter that somebody gets in the person's place, by its day and its reader, perhaps more than once."""
    found = connection.execute(steps_about(person_id, last)).all()
    records = read_records(connection, {row.grant_id for row in found})
    steps = [records.steps_by_id[row.id] for row in found]
    above = {holder for roles in records.roles.values() for holder in roles.values()}
    people = load_people(connection, {person_id, *above}, today)
    for step, tellings in foresee(records, steps, today):
        ahead = list(tellings)
        yield from list_letters_instead(ahead, person_id, last)
        begins_on = find_day_to_tell(max(first, today), calendar_of(records[step.grant_id].programme))
        if step.owner_id == person_id and begins_on <= last and _is_told(records, step, ahead, begins_on):
            reached = decide_reached_in(records.roles[step.grant_id], person_id, people, begins_on)
            if reached is not None:
                yield begins_on, reached.person_id


def _is_told(records: Records, step: Step, ahead: Sequence[Foreseen], on: date) -> bool:
    """Return whether the owner knows of a step by a day: its stand-in is told of it then, as the absence begins."""
    return bool(records.told.get((id_of(step), step.due_on))) or any(one.on < on for one in ahead)
