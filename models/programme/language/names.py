"""Hold the names in a due rule against what its programme has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.programme.language.fault import SentenceFault, meant
from models.programme.language.rule import (
    NAMES,
    OF_THE_DECISION,
    PERIOD_ANCHORS,
    Name,
    Part,
    Rule,
    points_of,
)

_MEETING = ("agenda", "documents", "draft")
_WHICH = ("first", "last", "previous")


@dataclass(frozen=True, slots=True)
class Known:
    """What a programme has to count from: dates of the decision, and steps and payments, each with its `each`.

    `approved` are the steps that somebody approves; `bodies` are the approvals that a body
    takes at a meeting, `each` is that of the step whose rule it is.
    """

    dates: frozenset[str]
    steps: Mapping[str, str]
    approved: frozenset[str] = frozenset()
    payments: Mapping[str, str] = field(default_factory=dict)
    each: str = ""
    bodies: frozenset[str] = frozenset()


def find_name_faults(rule: Rule, known: Known) -> Iterator[SentenceFault]:
    """Yield what is wrong with the names of a rule, in their order."""
    for point in points_of(rule):
        if isinstance(point, Name):
            said = find_wrong_name(point.text, known)
            if said is not None:
                length = len(point.text.removesuffix(OF_THE_DECISION))
                yield SentenceFault(said, point.at, length)
        elif isinstance(point, Part) and point.of == "period" and not known.each:
            yield SentenceFault(_ONCE, 0)


_ONCE = "this step does not come once a period; say each, or count from grant_start or grant_end"


def find_wrong_name(text: str, known: Known) -> str | None:
    """Return what is wrong with a name that days are counted from; None where nothing is."""
    if text.endswith(OF_THE_DECISION):
        name = text.removesuffix(OF_THE_DECISION)
        return None if name in known.dates else f"the decision has no date '{name}'{meant(name, known.dates)}"
    if text in PERIOD_ANCHORS:
        return None if known.each else _ONCE
    if text in NAMES:
        return None
    if text in known.dates:
        return f"'{text}' is a date of the decision; write '{text}{OF_THE_DECISION}'"
    return _wrong_step(text, known)


def _wrong_step(text: str, known: Known) -> str | None:
    name, *marks = text.split(".")
    if name in known.payments and (not marks or marks[-1] not in ("claimed", "paid")):
        return f"'{name}' is a payment, which has two days; write {name}.claimed or {name}.paid"
    if name not in known.steps and name not in known.payments:
        every = (*NAMES, *known.steps, *known.payments, *(f"{one}{OF_THE_DECISION}" for one in known.dates))
        if not marks:
            return f"'{name}' is no step, payment or date{meant(name, every)}"
        whole = [".".join((one, *marks)) for one in (*known.steps, *known.payments)]
        return f"there is no step or payment '{name}'{meant(text, whole)}"
    said: tuple[str, ...] = ("claimed", "paid") if name in known.payments else ("done", "approved")
    said += _MEETING if name in known.bodies else ()
    for mark in marks:
        if mark not in (*said, *_WHICH) and not mark.isdecimal():
            return f"'{mark}' is not said of '{name}'{meant(mark, (*said, *_WHICH))}"
    if "approved" in marks and name not in known.approved:
        return f"nobody approves '{name}'; say approval in that step"
    each = known.steps.get(name) or known.payments.get(name)
    which = next((mark for mark in marks if mark in _WHICH or mark.isdecimal()), None)
    if which is not None and not each:
        once = ".".join(mark for mark in (name, *marks) if mark != which)
        return f"'{name}' comes once, so it has no '{which}'; write {once}"
    return None
