"""Make a programme's plan of its written file, or find all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.programme.countries import require_holidays
from models.programme.expand.added_steps import with_usual
from models.programme.expand.ladders import make_ladders, make_quiet
from models.programme.expand.making import Making
from models.programme.expand.order import in_order
from models.programme.expand.payments import Paid, make_payment
from models.programme.expand.questions import FIGURES
from models.programme.expand.sentences import Sentences
from models.programme.expand.steps import make_steps
from models.programme.expand.words import APPLIED
from models.programme.ladder import RungRule
from models.programme.language.each import print_each, read_each
from models.programme.language.names import Known, find_faults
from models.programme.language.rule import NAMES, OF_THE_DECISION, Name, points_of
from models.programme.plan import CalendarRule, NamedDate, Programme
from models.programme.problem import Place, Problem
from models.programme.step import StepRule
from models.programme.written.file import Written
from models.programme.written.step import WrittenStep
from models.reading.fields import date_of

_INSTEAD = "quarter"
# What the language says itself: no step is called so. A payment may be: it is named with its event, as first.paid.
_WORDS = frozenset(
    ("first", "last", "previous", "done", "approved", "claimed", "paid", "rest", "kept", "funder", "decision")
)


@dataclass(frozen=True, slots=True)
class Expanded:
    """The plan of a written file; None where anything is wrong, which `problems` then say, all of it."""

    programme: Programme | None
    problems: tuple[Problem, ...] = ()


def expand(written: Written) -> Expanded:
    """Return the plan of a written file, or what is wrong with its sentences and names."""
    sentences = Sentences()
    written = with_usual(written)
    _refuse_words(written, sentences)
    making = Making(written, _known(written, sentences), sentences)
    made = _make(making)
    found = None if sentences.problems else sentences.make((), lambda: Programme.model_validate(made))
    return Expanded(None if sentences.problems else found, tuple(sentences.problems))


def _refuse_words(written: Written, sentences: Sentences) -> None:
    for name in written.steps:
        if name in _WORDS:
            sentences.say(("steps", name), f"'{name}' is a word of the language: choose another")
    for name in written.dates:
        if name in NAMES:
            sentences.say(("dates", name), f"every grant has the day '{name}': take it out here")
    for name in written.payments:
        if name in written.steps:
            sentences.say(("payments", name), f"a step is called '{name}' too: call one of them otherwise")


def _known(written: Written, sentences: Sentences) -> Known:
    steps = {
        name: _periods(one.each, written, sentences, ("steps", name)) for name, one in written.steps.items()
    }
    payments = {}
    for name, one in written.payments.items():
        of_step = steps.get(one.each or "")
        payments[name] = of_step or _periods(one.each, written, sentences, ("payments", name))
    return Known(
        dates=written.dates,
        steps=steps,
        approved=[name for name, one in written.steps.items() if one.approval is not None],
        payments=payments,
        questions={name: list(_asked(one)) for name, one in written.steps.items()},
        amounts=written.amounts,
        sources={*written.sources, FIGURES},
    )


def _asked(step: WrittenStep) -> Iterator[str]:
    for key, one in step.questions.items():
        yield from (key, *(f"{key}.{part}" for part in one.split))


def _periods(each: str | None, written: Written, sentences: Sentences, place: Place) -> str:
    """Return the periods that a sentence says, or another step's; nothing where none are said.

    For one that cannot be read a quarter stands, so that what counts from its end is not refused too.
    """
    seen: list[str] = []
    while each in written.steps and each not in seen:
        seen.append(each)
        each = written.steps[each].each
    if each is None and not seen:
        return ""
    if each is None or each in seen:
        said = f"'{seen[-1]}' does not come once a period: write quarter, half or year"
        sentences.say((*place, "each"), said)
        return _INSTEAD
    found = sentences.read(read_each, each, (*place, "each"))
    if found is None:
        return _INSTEAD
    names = (Name(name + OF_THE_DECISION, each.find(name)) for name in found.listed)
    sentences.refuse(find_faults(tuple(names), Known(dates=written.dates)), each, (*place, "each"))
    return print_each(found)


def _make(making: Making) -> dict[str, object]:
    """Return the keys of the plan."""
    written, sentences = making.written, making.sentences
    made = [step for name in written.steps for step in make_steps(making, name)]
    found = (make_payment(making, name, number) for number, name in enumerate(written.payments, 1))
    paid = [one for one in found if one is not None]
    steps = [*made, *(step for one in paid for step in one.steps)]
    return {
        "programme": written.programme,
        "title": written.title,
        "source": written.source,
        "currency": written.currency,
        "calendar": _calendar(written, sentences),
        "dates": _dates(making),
        "bodies": written.bodies,
        "amounts": {
            name: {int(year): text for year, text in one.items()} for name, one in written.amounts.items()
        },
        "quiet": make_quiet(written, sentences),
        "ladders": _used(make_ladders(written, sentences), written, steps),
        "steps": in_order(steps),
        "instalments": tuple(one.instalment for one in paid),
        "ceiling": _ceiling(paid, sentences),
        "sources": written.sources,
        "small_numbers": written.small_numbers,
        "mend_working_days": written.mend_working_days,
        "promise_working_days": written.promise_working_days,
    }


def _used(
    ladders: dict[str, tuple[RungRule, ...]], written: Written, steps: list[StepRule]
) -> dict[str, tuple[RungRule, ...]]:
    """Return the ladders that a step takes, and those that the file says."""
    used = {"default", *written.ladders, *(one.ladder for one in steps)}
    return {name: rungs for name, rungs in ladders.items() if name in used}


def _calendar(written: Written, sentences: Sentences) -> CalendarRule | None:
    country, _, part = written.country.partition("-")
    try:
        require_holidays(country, part or None)
    except ValueError as error:
        sentences.say(("country",), str(error))
        return None
    return CalendarRule(
        country=country,
        subdivision=part or None,
        extra_holidays=tuple(day for day, said in written.calendar.items() if said == "holiday"),
        not_holidays=tuple(day for day, said in written.calendar.items() if said == "working day"),
    )


def _dates(making: Making) -> dict[str, NamedDate]:
    """Return the dates of a grant and its decision; one is needed unless 'else' or 'given' says otherwise."""
    rules = [one for one in making.rules.values() if one is not None]
    spared = {
        rule.what.text.removesuffix(OF_THE_DECISION)
        for rule in rules
        if rule.otherwise is not None and isinstance(rule.what, Name)
    }
    given = {
        sentence.partition(" of ")[0].strip()
        for step in making.written.steps.values()
        for sentence in step.when
        if sentence.endswith(" given")
    }
    lists = [read_each(each).listed for each in making.each.values() if each]
    spared |= {name for one in lists for name in one[1:]}
    counted = {name for one in lists for name in one[:1]} | {
        point.text.removesuffix(OF_THE_DECISION)
        for rule in rules
        for point in points_of(rule)
        if isinstance(point, Name) and rule.otherwise is None
    }
    dates = {
        date_of(name): NamedDate(
            title=title,
            given_by="decision",
            required=name not in given and (name in counted or name not in spared),
        )
        for name, title in making.written.dates.items()
    }
    return {"applied_on": NamedDate(title=APPLIED, given_by="grant", required=False), **dates}


def _ceiling(paid: list[Paid], sentences: Sentences) -> str | None:
    found = {one.most for one in paid if one.most is not None}
    if len(found) > 1:
        sentences.say(("payments",), "two payments say 'in all' differently: write the same part")
    return next(iter(found), None)
