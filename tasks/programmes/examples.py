"""Run the worked examples of a programme file: an award, and the days and sums that it gives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from models.programme.expand.names import name_of
from models.programme.money import InstalmentRule
from models.programme.plan import Programme
from models.programme.problem import Place, Problem
from models.programme.written.example import Example
from models.programme.written.file import Written
from models.reading.fields import date_of, iso_date
from models.reading.messages import did_you_mean
from models.reading.number import is_part, read_amount, read_part, shown
from models.rules.dates.anchors import KnownDate
from models.rules.dates.periods import periods_of
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.dates.thresholds import sum_text
from models.rules.money.shares import Part, Sized, funded, part_of, share_of, size_parts, unused_of

NONE = "none"


class Difference(NamedTuple):
    """What an example says of an event or a payment, and what the programme gives."""

    example: int
    name: str
    expected: tuple[str, ...]
    found: tuple[str, ...]


def find_slips(written: Written, programme: Programme) -> Iterator[Problem]:
    """Yield names in the examples that stand for nothing, and sums and days that are none."""
    payments = list(written.payments)
    events = [name_of(step, payments) for step in programme.steps]
    asked = [f"{step.key}.{one.key}" for step in programme.steps for one in step.questions]
    for number, example in enumerate(written.examples):
        place: Place = ("examples", number)
        award, answers, gives = (*place, "award"), (*place, "answers"), (*place, "gives")
        dates, share = example.award.dates, example.award.share
        yield from _unknown(dates, "date of the decision", list(written.dates), (*award, "dates"))
        yield from _unknown(share, "payment", payments, (*award, "share"))
        yield from _unknown(example.done, "event", events, (*place, "done"))
        yield from _unknown(example.answers, "question", asked, answers)
        yield from _unknown(example.gives, "event or payment", [*events, *payments], gives)
        sum_of = partial(read_amount, currency=programme.currency)
        yield from _unreadable({"sum": (example.award.sum,)}, sum_of, award)
        sums_said = {key: (one,) for key, one in share.items() if not is_part(one)}
        yield from _unreadable(sums_said, sum_of, (*award, "share"))
        yield from _unreadable(example.answers, sum_of, answers)
        sums, days = (
            {key: example.gives[key] for key in names if key in example.gives} for names in (payments, events)
        )
        yield from _unreadable(sums, sum_of, gives)
        yield from _unreadable(days, _days_of, gives)


def _unknown(said: Mapping[str, object], what: str, known: Sequence[str], place: Place) -> Iterator[Problem]:
    for name in said:
        if name not in known:
            yield Problem((*place, name), f"there is no {what} '{shown(name)}'{did_you_mean(name, known)}")


def _days_of(text: str) -> list[date]:
    """Return a day, or each of several readings of one."""
    return [iso_date(one) for one in text.split(" or ")]


def _unreadable(
    said: Mapping[str, Collection[str]], read: Callable[[str], object], place: Place
) -> Iterator[Problem]:
    for name, texts in said.items():
        for text in texts:
            try:
                _ = None if text == NONE else read(text)
            except ValueError as error:
                yield Problem((*place, name), str(error))


def find_differences(written: Written, programme: Programme) -> Iterator[Difference]:
    """Yield where an example of the file comes out otherwise; examples are counted from 1."""
    for number, example in enumerate(written.examples, 1):
        plan = _plan(written, programme, example)
        sums = _sums(written, programme, example)
        for name, expected in example.gives.items():
            if name in written.payments:
                wanted: tuple[str, ...] = tuple(_sum(one, programme) for one in expected)
                found = sums[name]
            else:
                wanted, found = expected, tuple(_days(_steps_of(written, plan, name), expected)) or (NONE,)
            if wanted != found:
                yield Difference(number, name, wanted, found)


def example_calendar(
    written: Written, number: int, programme: Programme
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what an example's award gives: each event's days with their readings, each payment's sums."""
    example = written.examples[number]
    days: dict[str, list[str]] = {}
    for step in _plan(written, programme, example):
        said = " or ".join(step.receipt.readings) or str(step.due_on or NONE)
        days.setdefault(name_of(step.rule, list(written.payments)), []).append(said)
    yield from ((name, tuple(said)) for name, said in days.items())
    yield from _sums(written, programme, example).items()


def _steps_of(written: Written, plan: Sequence[PlannedStep], name: str) -> list[PlannedStep]:
    return [one for one in plan if name_of(one.rule, list(written.payments)) == name]


def _days(steps: Sequence[PlannedStep], expected: tuple[str, ...]) -> Iterator[str]:
    """Yield the days of an event, all readings of one where the example has them."""
    for position, step in enumerate(steps):
        readings = step.receipt.readings
        several = position < len(expected) and " or " in expected[position]
        yield " or ".join(readings) if several and readings else str(step.due_on or NONE)


def _plan(written: Written, programme: Programme, example: Example) -> tuple[PlannedStep, ...]:
    award = example.award
    given = {date_of(name): day for name, day in award.dates.items()} | {"decided_on": award.decision}
    if award.application is not None:
        given["applied_on"] = award.application
    dates = {name: KnownDate(day) for name, day in given.items()}
    minor = read_amount(award.sum, programme.currency)
    facts = PlanFacts(dates, award.start, award.end, award_minor=minor)
    done: dict[str, date] = {}
    planned = plan_steps(programme, facts) if example.done else ()
    for name, days in example.done.items():
        keys = [one.key for one in _steps_of(written, planned, name)]
        done |= dict(zip(keys, days, strict=False))
    return plan_as_if_done(programme, replace(facts, done=done))


def plan_as_if_done(programme: Programme, facts: PlanFacts) -> tuple[PlannedStep, ...]:
    """Return the steps of an award as if each that is not done were done on its last day."""
    done = dict(facts.done)
    while True:
        planned = plan_steps(programme, replace(facts, done=done))
        found = {step.key: step.due_on for step in planned if step.due_on is not None}
        if found.keys() <= done.keys():
            return planned
        done |= {key: due for key, due in found.items() if key not in done}


def _sums(written: Written, programme: Programme, example: Example) -> dict[str, tuple[str, ...]]:
    """Return the sums of every payment, one a period, as texts."""
    award = read_amount(example.award.sum, programme.currency)
    named = [
        (name, rule, position)
        for name, rule in zip(written.payments, programme.instalments, strict=True)
        for position in range(_count(rule, example))
    ]
    rate = _rate(programme, example, written.payments)
    sized: Sequence[Sized] = ()
    for _ in range(2):  # what is unused is of what was paid before: the second time that is known
        paid = {rule.number: 0 for _, rule, _ in named}
        for (_, rule, _), one in zip(named, sized, strict=False):
            for number in paid:
                paid[number] += (one.amount_minor or 0) if rule.number < number else 0
        parts = [
            _part(programme, rule, example, name, position, paid, rate) for name, rule, position in named
        ]
        sized = size_parts(award, parts, programme.ceiling)
    return {
        name: tuple(
            _text(one, programme) for (whose, _, _), one in zip(named, sized, strict=True) if whose == name
        )
        for name in written.payments
    }


def _text(sized: Sized, programme: Programme) -> str:
    return NONE if sized.amount_minor is None else sum_text(sized.amount_minor, programme.currency)


def _sum(text: str, programme: Programme) -> str:
    return NONE if text == NONE else sum_text(read_amount(text, programme.currency), programme.currency)


def _count(rule: InstalmentRule, example: Example) -> int:
    if rule.each is None:
        return 1
    award = example.award
    given = {date_of(name): day for name, day in award.dates.items()}
    return len(periods_of(rule, award.start, award.end, given))


def _answers(programme: Programme, example: Example, name: str) -> tuple[str, ...]:
    """Return the answers to a question, and that of the step in which its last period is asked."""
    step, _, question = name.partition(".")
    into = programme.step(step).fold_last_into
    return (*example.answers.get(name, ()), *(example.answers.get(f"{into}.{question}", ()) if into else ()))


def _stated(said: str, example: Example, currency: str) -> int:
    """Return what the decision says of a payment: a sum, or a part of the award."""
    return (
        share_of(read_amount(example.award.sum, currency), said)
        if is_part(said)
        else read_amount(said, currency)
    )


def _rate(programme: Programme, example: Example, payments: Collection[str]) -> Fraction | None:
    """Return the rate of costs that the decision names, of whichever payment at that rate it says it."""
    rated = (name for name, one in zip(payments, programme.instalments, strict=True) if one.share.rate)
    said = (example.award.share.get(name, "") for name in rated)
    return next((read_part(one) for one in said if is_part(one)), None)


def _part(
    programme: Programme,
    rule: InstalmentRule,
    example: Example,
    name: str,
    position: int,
    paid: dict[int, int],
    rate: Fraction | None,
) -> Part:
    currency, stated = programme.currency, example.award.share.get(name)
    said = (
        [read_amount(one, currency) for one in _answers(programme, example, name)] for name in rule.spending
    )
    answers = [sum(together) for together in zip(*said, strict=False)]
    of_costs = rule.share.kind == "rest" and bool(rule.spending)
    claimed = sum(answers) if of_costs else answers[position] if position < len(answers) else None
    asked = rule.share.unused
    unused = sum(read_amount(one, currency) for one in example.answers.get(asked.text, ())) if asked else 0
    return replace(
        part_of(rule, currency),
        stated_minor=None if stated is None else _stated(stated, example, currency),
        claimed_minor=None if claimed is None else funded(rule.share, claimed, rate),
        unused_minor=unused_of(rule, paid[rule.number], unused) if asked else 0,
    )
