"""Make a programme's plan from its written file, or list all its faults."""

from collections.abc import Iterator
from functools import partial

from models.programme.expand.builder import PlanBuilder
from models.programme.expand.payments import make_payment
from models.programme.expand.phases import in_order, with_usual
from models.programme.expand.questions import FIGURES
from models.programme.expand.sentences import Place, Problem, Sentences
from models.programme.expand.steps import make_steps
from models.programme.expand.words import APPLIED
from models.programme.language.each import print_each, read_each
from models.programme.language.known_names import ProgrammeNames, find_faults
from models.programme.language.rule import NAMES, OF_THE_DECISION, Name, points_of
from models.programme.plan import CalendarRule, NamedDate, Programme, QuietDays, RungRule
from models.programme.written.fields import read_quiet_days
from models.programme.written.file import Written
from models.programme.written.step import WrittenStep
from models.reading.fields import date_of
from models.reading.number import print_part

_MANAGERS = ("unit_manager", "head_of_department", "head_of_administration")
_USUAL = {
    "default": ((-30, -14, -7, -1, 0), (1, 5, 10)),
    "short": ((-7, -1, 0), (1, 2, 3)),
    "paper": ((-42, -7, -1, 0), (1, 2, 3)),
    "agenda": ((-14, -7, -1, 0), (1, 2, 3)),
    "ask-the-funder": ((0,), (10, 30)),
}


def _usual(days: tuple[int, ...], working_days: tuple[int, ...]) -> tuple[RungRule, ...]:
    told = (RungRule(days=day, to=("owner",)) for day in days)
    risen = (
        RungRule(working_days=days, to=("owner", who))
        for days, who in zip(working_days, _MANAGERS, strict=False)
    )
    return (*told, *risen)


def make_ladders(written: Written, sentences: Sentences) -> dict[str, tuple[RungRule, ...]]:
    """Return the usual ladders, and the file's own instead of them."""
    ladders = {name: _usual(*days) for name, days in _USUAL.items()}
    for name, rungs in written.ladders.items():
        made = [
            sentences.make(("ladders", name, when), partial(_rung, when, to)) for when, to in rungs.items()
        ]
        ladders[name] = tuple(sorted(filter(None, made), key=_distance))
    return ladders


def _rung(when: str, readers: tuple[str, ...]) -> RungRule:
    count, *unit = when.split() if when != "on the day" else ("0",)
    days = int(count) * (-1 if "before" in unit else 1)
    return RungRule.model_validate({"working_days" if "working" in unit else "days": days, "to": readers})


def _distance(rung: RungRule) -> tuple[bool, float]:
    """Return a sort key of a rung by its distance from the due date in days: five working days are a week."""
    return rung.shift > 0, rung.shift * (1.4 if rung.unit == "working_days" else 1)


def make_quiet(written: Written) -> tuple[QuietDays, ...]:
    """Return the quiet days of the plan."""
    if written.quiet is None:
        return ()
    first, last = (f"{day:%m-%d}" for day in read_quiet_days(written.quiet))
    return (QuietDays(first=first, last=last),)


_INSTEAD = "quarter"
# The language's own words cannot be steps' names. A payment may be called so: it is named with its
# event, as first.paid.
_WORDS = frozenset(
    ("first", "last", "previous", "done", "approved", "claimed", "paid", "rest", "kept", "funder", "decision")
)


def expand(written: Written) -> tuple[Programme | None, list[Problem]]:
    """Return the plan of a written file, or None and all faults in its sentences and names."""
    sentences = Sentences()
    written = with_usual(written)
    _refuse_words(written, sentences)
    builder = PlanBuilder(written, _known(written, sentences), sentences)
    made = _make(builder)
    plan = None if sentences.problems else sentences.make((), lambda: Programme.model_validate(made))
    return None if sentences.problems else plan, sentences.problems


def _refuse_words(written: Written, sentences: Sentences) -> None:
    for name in _WORDS & written.steps.keys():
        sentences.say(("steps", name), f"'{name}' is a word of the language: choose another")
    for name in set(NAMES) & written.dates.keys():
        sentences.say(("dates", name), f"every grant has the day '{name}': take it out here")
    for name in written.payments.keys() & written.steps.keys():
        sentences.say(("payments", name), f"a step is called '{name}' too: call one of them otherwise")


def _known(written: Written, sentences: Sentences) -> ProgrammeNames:
    steps = {
        name: _periods(step.each, written, sentences, ("steps", name)) for name, step in written.steps.items()
    }
    payments = {}
    for name, payment in written.payments.items():
        of_step = steps.get(payment.each or "")
        payments[name] = of_step or _periods(payment.each, written, sentences, ("payments", name))
    return ProgrammeNames(
        dates=written.dates,
        steps=steps,
        approved=[name for name, step in written.steps.items() if step.approval is not None],
        payments=payments,
        questions={name: list(_asked(step)) for name, step in written.steps.items()},
        amounts=written.amounts,
        sources={*written.sources, FIGURES},
    )


def _asked(step: WrittenStep) -> Iterator[str]:
    for key, question in step.questions.items():
        yield from (key, *(f"{key}.{part}" for part in question.split))


def _periods(each: str | None, written: Written, sentences: Sentences, place: Place) -> str:
    """Return the periods that a sentence says, or another step's; empty without a sentence.

    An unreadable sentence becomes a quarter, so that rules that count from its end are not refused
    too.
    """
    seen: list[str] = []
    while each in written.steps and each not in seen:
        seen.append(each)
        each = written.steps[each].each
    if each is None and not seen:
        return ""
    if each is None or each in seen:
        fault = f"'{seen[-1]}' does not come once a period: write quarter, half or year"
        sentences.say((*place, "each"), fault)
        return _INSTEAD
    periods = sentences.read(read_each, each, (*place, "each"))
    if periods is None:
        return _INSTEAD
    names = (Name(name + OF_THE_DECISION, each.find(name)) for name in periods.listed)
    sentences.refuse(find_faults(tuple(names), ProgrammeNames(dates=written.dates)), each, (*place, "each"))
    return print_each(periods)


def _make(builder: PlanBuilder) -> dict[str, object]:
    """Return the keys of the plan; keys that file and plan share are taken over."""
    written = builder.written
    sentences = builder.sentences
    made = [step for name in written.steps for step in make_steps(builder, name)]
    payments = (make_payment(builder, name, number) for number, name in enumerate(written.payments, 1))
    paid = [payment for payment in payments if payment is not None]
    instalments = tuple(instalment for instalment, _ in paid)
    steps = in_order([*made, *(step for _, steps in paid for step in steps)])
    in_all = {payment.share.in_all for payment in instalments} - {None}
    if len(in_all) > 1:
        sentences.say(("payments",), "two payments say 'in all' differently: write the same part")
    used = {"default", *written.ladders, *(step.ladder for step in steps)}
    ladders = make_ladders(written, sentences)
    same = Programme.model_fields.keys() & Written.model_fields.keys()
    return {name: getattr(written, name) for name in same} | {
        "calendar": _calendar(written),
        "dates": _dates(builder),
        "quiet": make_quiet(written),
        "ladders": {name: rungs for name, rungs in ladders.items() if name in used},
        "steps": steps,
        "instalments": instalments,
        "ceiling": next((print_part(share) for share in in_all if share is not None), None),
    }


def _calendar(written: Written) -> CalendarRule:
    country, _, part = written.country.partition("-")
    return CalendarRule(
        country=country,
        subdivision=part or None,
        extra_holidays=tuple(day for day, kind in written.calendar.items() if kind == "holiday"),
        not_holidays=tuple(day for day, kind in written.calendar.items() if kind == "working day"),
    )


def _dates(builder: PlanBuilder) -> dict[str, NamedDate]:
    """Return the dates of a grant and its decision; a date is required unless 'else' or 'given' says otherwise."""
    counted: set[str] = set()
    spared: set[str] = set()
    for rule in filter(None, builder.rules.values()):
        named = (
            point.text.removesuffix(OF_THE_DECISION) for point in points_of(rule) if isinstance(point, Name)
        )
        if rule.otherwise is None:
            counted.update(named)
        else:
            spared.add(next(named))
    for each in filter(None, builder.each.values()):
        listed = read_each(each).listed
        counted.update(listed[:1])
        spared.update(listed[1:])
    given = {
        sentence.partition(" of ")[0].strip()
        for step in builder.written.steps.values()
        for sentence in step.when
        if sentence.endswith(" given")
    }
    dates = {
        date_of(name): NamedDate(
            title=title,
            given_by="decision",
            required=name not in given and (name in counted or name not in spared),
        )
        for name, title in builder.written.dates.items()
    }
    return {"applied_on": NamedDate(title=APPLIED, given_by="grant", required=False), **dates}
