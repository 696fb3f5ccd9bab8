"""Prove over ten years of days where the readings of a rule differ."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from models.programme.language.rule import Either, Rule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.follow import reach_rule

_FIRST, _LAST = date(2025, 1, 1), date(2034, 12, 31)


class Readings(NamedTuple):
    """For which days of ten years the readings of a rule differ, and for which they are one."""

    name: str
    differ: tuple[date, ...]
    same: tuple[date, ...]


def find_readings(rule: Rule, calendar: WorkCalendar) -> Readings | None:
    """Return where the readings of a rule differ; None for one that has none, or that counts from several days."""
    rule = rule.otherwise or rule
    if not isinstance(rule.what, Either) or len(rule.names) != 1:
        return None
    (name,) = rule.names
    differ: list[date] = []
    same: list[date] = []
    for count in range((_LAST - _FIRST).days + 1):
        day = _FIRST + timedelta(days=count)
        done = {name.removesuffix(".done"): day}
        reached = reach_rule(rule, Anchors({name: KnownDate(day)}, done=done), calendar)
        (differ if len(reached.readings) > 1 else same).append(day)
    return Readings(name, tuple(differ), tuple(same))
