"""Make the office's part of a plan: its ladders and quiet days."""

from __future__ import annotations

import re
from datetime import date
from functools import partial

from models.programme.expand.sentences import Sentences
from models.programme.ladder import RungRule
from models.programme.language.kinds import MONTHS
from models.programme.plan import QuietDays
from models.programme.problem import Place
from models.programme.written.file import Written

_RUNG = re.compile(r"([1-9][0-9]{0,3}) (working )?days? (before|after)\Z")
_QUIET = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]+) to ([0-9]{1,2}) ([A-Z][a-z]+)\Z")
_MANAGERS = ("unit_manager", "head_of_department", "head_of_administration")
_USUAL = {
    "default": ((-30, -14, -7, -1, 0), (1, 5, 10)),
    "short": ((-7, -1, 0), (1, 2, 3)),
    "ask-the-funder": ((0,), (10, 30)),
}


def _usual(days: tuple[int, ...], working_days: tuple[int, ...]) -> tuple[RungRule, ...]:
    told = (RungRule(days=one, to=("owner",)) for one in days)
    risen = (
        RungRule(working_days=one, to=("owner", who))
        for one, who in zip(working_days, _MANAGERS, strict=False)
    )
    return (*told, *risen)


def make_ladders(written: Written, sentences: Sentences) -> dict[str, tuple[RungRule, ...]]:
    """Return the usual ladders, and those of the file over them."""
    found = {name: _usual(*days) for name, days in _USUAL.items()}
    for name, rungs in written.ladders.items():
        made = []
        for when, told in rungs.items():
            match = _RUNG.match(when)
            if match is None and when != "on the day":
                sentences.say(
                    ("ladders", name, when), "write '7 days before', 'on the day' or '5 working days after'"
                )
                continue
            count = 0 if match is None else int(match[1]) * (-1 if match[3] == "before" else 1)
            unit = "working_days" if match is not None and match[2] else "days"
            rung = {unit: count, "to": told}
            made += [one for one in [sentences.make(("ladders", name, when), partial(_rung, rung))] if one]
        found[name] = tuple(sorted(made, key=_distance))
    return found


def _distance(rung: RungRule) -> tuple[bool, float]:
    """Return how far from the due date a rung is, in days: five working days are about a week."""
    return rung.shift > 0, rung.shift * (1.4 if rung.unit == "working_days" else 1)


def _rung(rung: dict[str, object]) -> RungRule:
    return RungRule.model_validate(rung)


def make_quiet(written: Written, sentences: Sentences) -> tuple[QuietDays, ...]:
    """Return the quiet days of the plan."""
    if written.quiet is None:
        return ()
    place: Place = ("quiet",)
    match = _QUIET.match(written.quiet)
    try:
        days = [date(2000, MONTHS.index(match[n + 1]) + 1, int(match[n])) for n in (1, 3)] if match else []
    except ValueError:
        days = []
    if not days:
        sentences.say(place, "write the days as '1 July to 31 July'")
        return ()
    first, last = (f"{one:%m-%d}" for one in days)
    return (QuietDays(first=first, last=last),)
