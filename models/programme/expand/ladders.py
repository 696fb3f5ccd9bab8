"""Make the office's part of a plan: its ladders and quiet days."""

from __future__ import annotations

from functools import partial

from models.programme.expand.sentences import Sentences
from models.programme.ladder import RungRule
from models.programme.plan import QuietDays
from models.programme.written.fields import quiet_days
from models.programme.written.file import Written

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
        made = [
            sentences.make(("ladders", name, when), partial(_rung, when, to)) for when, to in rungs.items()
        ]
        found[name] = tuple(sorted(filter(None, made), key=_distance))
    return found


def _rung(when: str, told: tuple[str, ...]) -> RungRule:
    count, *unit = when.split() if when != "on the day" else ("0",)
    days = int(count) * (-1 if "before" in unit else 1)
    return RungRule.model_validate({"working_days" if "working" in unit else "days": days, "to": told})


def _distance(rung: RungRule) -> tuple[bool, float]:
    """Return how far from the due date a rung is, in days: five working days are about a week."""
    return rung.shift > 0, rung.shift * (1.4 if rung.unit == "working_days" else 1)


def make_quiet(written: Written) -> tuple[QuietDays, ...]:
    """Return the quiet days of the plan."""
    if written.quiet is None:
        return ()
    first, last = (f"{one:%m-%d}" for one in quiet_days(written.quiet))
    return (QuietDays(first=first, last=last),)
