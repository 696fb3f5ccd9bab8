"""Run the worked examples in a programme file: the dates and sums that an award gives."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import partial

from models.currency import sum_text
from models.errors import Unreadable
from models.programme.expand.plan_names import name_of
from models.programme.expand.sentences import Place, Problem
from models.programme.instalment import InstalmentRule
from models.programme.plan import Programme
from models.programme.written.file import Example, Written
from models.reading.fields import date_of, iso_date, written_date
from models.reading.number import is_part, read_amount, read_part, shown
from models.reading.value_faults import did_you_mean
from models.rules.dates.anchors import KnownDate
from models.rules.dates.periods import list_periods
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.money.shares import (
    PartToSize,
    Sized,
    build_part,
    find_funded_minor,
    find_share,
    find_unused,
    size_parts,
)
from tasks.programmes.yaml_faults import InExample

NONE = "none"


def find_slips(written: Written, programme: Programme) -> Iterator[Problem]:
    """Yield unknown names in the examples, and texts that are not a sum or a day."""
    payments = list(written.payments)
    events = [name_of(step, payments) for step in programme.steps]
    questions = [f"{step.key}.{question.key}" for step in programme.steps for question in step.questions]
    for number, example in enumerate(written.examples):
        place: Place = ("examples", number)
        award = (*place, "award")
        answers = (*place, "answers")
        gives = (*place, "gives")
        dates = example.award.dates
        share = example.award.share
        yield from _unknown(dates, "date of the decision", list(written.dates), (*award, "dates"))
        if dates.keys() <= written.dates.keys():
            yield from _missing(dates, programme, (*award, "dates"))
        yield from _unknown(share, "payment", payments, (*award, "share"))
        yield from _unknown(example.done, "event", events, (*place, "done"))
        yield from _unknown(example.answers, "question", questions, answers)
        yield from _unknown(example.gives, "event or payment", [*events, *payments], gives)
        sum_of = partial(read_amount, currency=programme.currency)
        yield from _unreadable({"sum": (example.award.sum,)}, sum_of, award)
        sums_said = {key: (part,) for key, part in share.items() if not is_part(part)}
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


def _missing(dates: Collection[str], programme: Programme, place: Place) -> Iterator[Problem]:
    """Yield the dates that the decision must give and an example leaves out."""
    needed = [key for key, rule in programme.dates.items() if rule.required and rule.given_by == "decision"]
    for name in map(written_date, needed):
        if name not in dates:
            yield Problem(place, InExample.MUST_GIVE(date=name))


def _days_of(text: str) -> list[date]:
    """Return a day, or each of several readings of one."""
    return [iso_date(day) for day in text.split(" or ")]


def _unreadable(
    said: Mapping[str, Collection[str]], read: Callable[[str], object], place: Place
) -> Iterator[Problem]:
    for name, texts in said.items():
        for text in texts:
            try:
                _ = None if text == NONE else read(text)
            except Unreadable as error:
                yield Problem((*place, name), error.remark)
            except ValueError as error:
                yield Problem((*place, name), str(error))


def find_differences(written: Written, programme: Programme) -> Iterator[Problem]:
    """Yield where an example's stated result differs from the programme's."""
    for number, example in enumerate(written.examples):
        calendar = dict(example_calendar(written, number, programme))
        for name, expected in example.gives.items():
            calculated = calendar.get(name) or (NONE,)
            wanted = expected or (NONE,)
            if name in written.payments:
                wanted = tuple(_sum(amount, programme) for amount in expected)
            if wanted != calculated:
                differs = InExample.OTHERWISE(said=list(wanted), given=list(calculated))
                yield Problem(("examples", number, "gives", name), differs)


def _sum(text: str, programme: Programme) -> str:
    return NONE if text == NONE else sum_text(read_amount(text, programme.currency), programme.currency)


def example_calendar(
    written: Written, number: int, programme: Programme
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what an example's award gives: each event's days with their readings, each payment's sums."""
    worked = _Worked(written, programme, written.examples[number])
    days: dict[str, list[str]] = {}
    for step in worked.plan():
        text = " or ".join(step.receipt.readings) or str(step.due_on or NONE)
        days.setdefault(worked.name(step), []).append(text)
    yield from ((name, tuple(texts)) for name, texts in days.items())
    yield from worked.sums().items()


def example_plan(written: Written, number: int, programme: Programme) -> tuple[PlannedStep, ...]:
    """Return the steps of an example's award, dated as if each were done on its last day."""
    return _Worked(written, programme, written.examples[number]).plan()


@dataclass(frozen=True, slots=True)
class _Worked:
    """An example of a file, and the file's programme."""

    written: Written
    programme: Programme
    example: Example

    def name(self, step: PlannedStep) -> str:
        return name_of(step.rule, list(self.written.payments))

    def amount(self, text: str) -> int:
        return read_amount(text, self.programme.currency)

    @property
    def given(self) -> dict[str, date]:
        """The days that the decision gives."""
        return {date_of(name): day for name, day in self.example.award.dates.items()}

    def plan(self) -> tuple[PlannedStep, ...]:
        """Return the steps; those that the example does not mention are dated as done on their last day."""
        award = self.example.award
        days = self.given | {"decided_on": award.decision}
        if award.application is not None:
            days["applied_on"] = award.application
        dates = {name: KnownDate(day) for name, day in days.items()}
        facts = PlanFacts(dates, award.start, award.end, award_minor=self.amount(award.sum))
        done: dict[str, date] = {}
        planned = plan_steps(self.programme, facts) if self.example.done else ()
        for name, on in self.example.done.items():
            keys = [step.key for step in planned if self.name(step) == name]
            done |= dict(zip(keys, on, strict=False))
        return plan_steps(self.programme, replace(facts, done=done, as_if_done=True))

    def sums(self) -> dict[str, tuple[str, ...]]:
        """Return the sums of every payment, one a period, as texts."""
        award = self.example.award
        currency = self.programme.currency
        named = [
            (name, rule, position)
            for name, rule in zip(self.written.payments, self.programme.instalments, strict=True)
            for position in range(self._count(rule))
        ]
        sized: Sequence[Sized] = ()
        # Unused money depends on what was paid before, which is known only the second time.
        for _ in range(2):
            came = list(zip((rule.number for _, rule, _ in named), sized, strict=False))
            parts = [
                self._part(
                    rule,
                    name,
                    position,
                    sum(instalment.amount_minor or 0 for at, instalment in came if at < rule.number),
                )
                for name, rule, position in named
            ]
            sized = size_parts(self.amount(award.sum), parts, self.programme.ceiling)
        sums: dict[str, tuple[str, ...]] = {}
        for (name, _, _), size in zip(named, sized, strict=True):
            text = NONE if size.amount_minor is None else sum_text(size.amount_minor, currency)
            sums[name] = (*sums.get(name, ()), text)
        return {name: sums.get(name, ()) for name in self.written.payments}

    def _count(self, rule: InstalmentRule) -> int:
        award = self.example.award
        return len(list_periods(rule, award.start, award.end, self.given)) if rule.each is not None else 1

    def _answers(self, name: str) -> tuple[str, ...]:
        """Return the answers to a question, and that of the step in which its last period is asked."""
        step, _, question = name.partition(".")
        into = self.programme.step(step).fold_last_into
        answers = self.example.answers
        return (*answers.get(name, ()), *(answers.get(f"{into}.{question}", ()) if into else ()))

    def _stated(self, name: str) -> int | None:
        """Return a payment as the decision states it: a sum, or a part of the award."""
        share = self.example.award.share.get(name)
        if share is None:
            return None
        return (
            find_share(self.amount(self.example.award.sum), share) if is_part(share) else self.amount(share)
        )

    def _rate(self) -> Fraction | None:
        """Return the rate of costs in the decision, from whichever payment at that rate states it."""
        rules = zip(self.written.payments, self.programme.instalments, strict=True)
        shares = (self.example.award.share.get(name, "") for name, rule in rules if rule.share.rate)
        return next((read_part(share) for share in shares if is_part(share)), None)

    def _part(self, rule: InstalmentRule, name: str, position: int, paid_minor: int) -> PartToSize:
        by_question = ([self.amount(answer) for answer in self._answers(name)] for name in rule.spending)
        answers = [sum(together) for together in zip(*by_question, strict=False)]
        of_costs = rule.share.kind == "rest" and bool(rule.spending)
        claimed = next(iter(answers[position:]), None)
        if of_costs:
            claimed = sum(answers)
        unused_question = rule.share.unused
        unused = (
            sum(map(self.amount, self.example.answers.get(unused_question.text, ())))
            if unused_question
            else 0
        )
        return replace(
            build_part(rule, self.programme.currency),
            stated_minor=self._stated(name),
            claimed_minor=None if claimed is None else find_funded_minor(rule.share, claimed, self._rate()),
            unused_minor=find_unused(rule, paid_minor, unused) if unused_question else 0,
        )
