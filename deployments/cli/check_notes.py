"""Note what is allowed in a programme, but that its author should have meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from models.programme.language.each import read_each
from models.programme.language.rule import Name, Shift, points_of
from models.programme.plan import Programme
from models.reading.fields import written_date
from models.rules.dates.follow import Readings, find_readings
from models.rules.dates.plan import calendar_of
from models.rules.dates.plan_shapes import names_used


def programme_notes(programme: Programme) -> Iterator[str]:
    """Yield what is allowed in a programme, but that its author should have meant."""
    used = {name for rule in programme.steps for name in names_used(rule)}
    used |= {rule.given for rule in programme.steps if rule.given}
    for name, rule in programme.dates.items():
        said = written_date(name)
        if name not in used:
            yield f"nothing counts from {said}: take it out, or let a rule count from it"
        elif rule.required and rule.given_by == "decision":
            yield f"a decision must give {said}: 'grants decide REF ... --date {said}=DATE'"
    for step in programme.steps:
        if step.title.sv == step.title.en == step.key.replace("-", " "):
            yield f"nobody knows what {step.key} is called in Swedish: add 'title: {{sv: ..., en: ...}}'"
    yield from _day_notes(programme)
    yield from _not_taken_in(programme)


def _day_notes(programme: Programme) -> Iterator[str]:
    """Yield where the readings of a rule differ, and what a period that ends early or in a short month gives."""
    calendar = calendar_of(programme)
    for step in programme.steps:
        readings = find_readings(step.due, calendar)
        if readings is not None:
            yield f"{step.key}: {_differing(readings)}"
        points = list(points_of(step.due))
        ends = [one for one in points if isinstance(one, Name) and one.text == "period_end"]
        if ends and not read_each(step.each or "").is_cut_with_grant and not (step.last and step.last.due):
            yield f"{step.key} counts from the whole period's end, also where the grant ends before it"
        if any(isinstance(one, Shift) and one.unit == "months" and one.point in ends for one in points):
            yield f"{step.key}: a month after 30 June is 30 July; for the month's end say 'end of the month'"


def _differing(readings: Readings) -> str:
    """Return for which days readings differ: by the days of a month, or by what is rarer."""
    differ, same = readings.differ, readings.same
    every = f"{len(differ) + len(same):,}".replace(",", " ")
    if not differ:
        return f"its readings are one day for each of {every} days"
    if len(differ) <= len(same):
        return f"its readings differ for {len(differ)} of {every} days, as {_some(differ)}"
    return f"its readings differ for all of {every} days but {len(same)}, as {_some(same)}"


def _some(days: Sequence[date]) -> str:
    return ", ".join(map(str, days[:3]))


def _not_taken_in(programme: Programme) -> Iterator[str]:
    """Yield the numbers that the last period does not have where another step takes it in: no total has them."""
    rules = {rule.key: rule for rule in programme.steps}
    for rule in programme.steps:
        later = rules.get(rule.fold_last_into or "")
        asked = {one.key for one in later.questions} if later else set()
        lost = [one.key for one in rule.questions if one.counts and one.key not in asked]
        if later and lost:
            yield f"{later.key} takes in the last period of {rule.key} and does not ask: {', '.join(lost)}"
