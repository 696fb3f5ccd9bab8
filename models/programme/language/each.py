"""How a grant's time is cut into periods, as a sentence: `quarter`, `year from 1 April`, `months 1-18 and 19-end`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NoReturn

from models.programme.language.printed import MONTHS
from models.programme.language.rule import OF_THE_DECISION
from models.programme.language.tokens import Walk
from models.reading.fields import date_of

SPAN_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_RANGE = re.compile(r"([1-9][0-9]{0,2})-([1-9][0-9]{0,2}|end)\Z")
_WORDS = (
    "month, quarter, half, year, N months, months 1-18 and 19-end, NAME and NAME of the decision, or a step that"
    " has each"
)
_SLIPS = {
    "quarterly": "quarter",
    "monthly": "month",
    "yearly": "year",
    "annually": "year",
    "half_year": "half",
}
_SLIPS |= {"half-year": "half", "fiscal_year": "year from 1 July"}


@dataclass(frozen=True, slots=True)
class Each:
    """Periods of so many months, by the calendar or from the project's first day; or ranges of project months.

    `starts` is the month in which a calendar year of them begins. The last of `ranges` is open where it ends at 0.
    `without` are the periods of every year that are left out, as their names end. `listed` are the dates of the
    decision that end periods: each that it gives ends one, and the last of them takes what is left of the grant.
    """

    months: int = 0
    project: bool = False
    starts: int = 1
    ranges: tuple[tuple[int, int], ...] = ()
    without: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()

    @property
    def is_cut_with_grant(self) -> bool:
        """Whether the last period ends with the grant, as those of a project do."""
        return self.project or bool(self.ranges or self.listed)

    @property
    def keys(self) -> tuple[str, ...]:
        """What the tables call the dates that end the listed periods."""
        return tuple(map(date_of, self.listed))

    @property
    def label_form(self) -> tuple[str, str]:
        """How the periods are called: a pattern, and an example."""
        if self.listed:
            return "[1-9][0-9]?", "2"
        if self.is_cut_with_grant:
            return r"M[0-9]+(-(M[0-9]+|END))?", "M1-M18"
        if self.months == 12:
            return (r"[0-9]{4}", "2026") if self.starts == 1 else (r"[0-9]{4}-[0-9]{2}", "2025-26")
        names = names_of_year(self.months) if self.starts == 1 else ()
        if not names:
            return r"[0-9]{4}-[0-9]{2}-01", "its first day, 2026-03-01"
        return f"[0-9]{{4}}-({'|'.join(names)})", f"2026-{names[0]}"


@cache
def read_each(sentence: str) -> Each:
    """Return the periods that a sentence says; SentenceFault for one that cannot be read."""
    walk = Walk(sentence)
    if walk.follows("months"):
        found = _ranges(walk)
    elif [one.text for one in walk.tokens[-2:]] == OF_THE_DECISION.replace("the", "").split():
        found = _listed(walk)
    else:
        found = _regular(walk)
    if not walk.at_end:
        walk.fail("the periods are complete before this; what may follow is 'from 1 April' or 'except Q4'")
    return found


def _regular(walk: Walk) -> Each:
    project = walk.follows("project")
    months = _length(walk)
    start = walk.token
    starts = _start(walk) if walk.follows("from") else 1
    if not project and 12 % months:
        walk.fail(
            "so many months do not fill a year; write 1, 2, 3, 4, 6 or 12 months, or project", walk.tokens[0]
        )
    if project and starts != 1:
        walk.fail("a project's periods begin with the grant; leave out 'project' or 'from ...'", start)
    without = []
    while walk.follows("except"):
        without.append(_left_out(walk, months))
    if without and (project or starts != 1):
        walk.fail("only periods of the calendar year can be left out", walk.ahead(-1))
    return Each(months, project, starts, without=tuple(without))


def _length(walk: Walk) -> int:
    for span, months in SPAN_MONTHS.items():
        if walk.follows(span):
            return months
    number = walk.token
    if not (number.text.isdecimal() and walk.word(1) in ("months", "month")):
        _no_period(walk)
    walk.place += 2
    if not 1 <= int(number.text) <= 120:
        walk.fail("so many months are no period", number)
    return int(number.text)


def _no_period(walk: Walk) -> NoReturn:
    word = walk.word()
    if re.match(r"m[0-9]+(-m[0-9]+)?\Z", word):
        said = " and ".join(token.text.lower().replace("m", "") for token in walk.tokens)
        walk.fail(f"project months are written without M; write months {said}")
    cure = f"; write {_SLIPS[word]}" if word in _SLIPS else ""
    walk.fail(f"a period is expected here: {_WORDS}{cure}")


def _start(walk: Walk) -> int:
    if walk.word().title() in MONTHS:
        walk.fail(f"a day is expected here, as 1 October; write 1 {walk.token.text}")
    day = walk.take()
    if day.text != "1" or walk.word().title() not in MONTHS:
        walk.fail("a first day of a month is expected here, as 1 October", day)
    return MONTHS.index(walk.take().text.title()) + 1


def names_of_year(months: int) -> tuple[str, ...]:
    """Return how the names of a calendar year's periods end; nothing where they have none."""
    if months == 1:
        return tuple(f"{month:02}" for month in range(1, 13))
    letter = {3: "Q", 6: "H"}.get(months)
    return tuple(f"{letter}{number}" for number in range(1, 12 // months + 1)) if letter else ()


def _left_out(walk: Walk, months: int) -> str:
    token, names = walk.take(), names_of_year(months)
    if token.text.upper() not in names:
        said = (
            f"one of {', '.join(names)} is expected here"
            if names
            else "these periods have no names in a year"
        )
        walk.fail(said, token)
    return token.text.upper()


def _ranges(walk: Walk) -> Each:
    found: list[tuple[int, int]] = []
    following = 1
    while True:
        token = walk.token
        match = _RANGE.match(token.text)
        if match is None:
            walk.fail("project months are expected here, as 1-18")
        first, last = int(match[1]), 0 if match[2] == "end" else int(match[2])
        if first != following:
            walk.fail(f"the months go on from {following}; write {following}-{match[2]}")
        if last and last < first:
            walk.fail("these months end before they begin")
        walk.take()
        found.append((first, last))
        following = last + 1
        if not walk.follows("and"):
            return Each(ranges=tuple(found))
        if not last:
            walk.fail("nothing follows the months that go on to the end", walk.ahead(-1))


def _listed(walk: Walk) -> Each:
    names = [walk.take().text]
    while walk.follows("and"):
        names.append(walk.take().text)
    walk.expect("of decision")
    return Each(listed=tuple(names))


def print_each(each: Each) -> str:
    """Return the periods as their sentence."""
    if each.listed:
        return " and ".join(each.listed) + OF_THE_DECISION
    if each.ranges:
        said = (f"{first}-{last or 'end'}" for first, last in each.ranges)
        return f"months {' and '.join(said)}"
    span = next(
        (name for name, months in SPAN_MONTHS.items() if months == each.months), f"{each.months} months"
    )
    start = f"from 1 {MONTHS[each.starts - 1]}" if each.starts != 1 else ""
    left_out = (f"except {name}" for name in each.without)
    return " ".join(filter(None, ["project" if each.project else "", span, start, *left_out]))
