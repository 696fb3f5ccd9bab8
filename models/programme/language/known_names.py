"""Check the names in a sentence against those in its programme."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from models.programme.language.kinds import AskedQuestion
from models.programme.language.rule import (
    NAMES,
    OF_THE_DECISION,
    PERIOD_ANCHORS,
    Name,
    PartOfTime,
    Rule,
    points_of,
)
from models.programme.language.tokens import SentenceFault, meant

# Every step can be asked for its spending.
SPENT = "spent"
_WHICH = (".first", ".last", ".previous", ".1")
_ONCE = "this step does not come once a period; say each, or count from grant_start or grant_end"

# The cures of names that are often written by mistake.
_OTHERWISE = {
    f"{span}_{side}": f"a step's own periods have the day; write period_{side}"
    for span in ("month", "quarter", "half", "year")
    for side in ("start", "end")
} | {
    f"project_{side}": f"the project's days are those of the grant; write grant_{side}"
    for side in ("start", "end")
}


@dataclass(frozen=True, slots=True)
class ProgrammeNames:
    """The names in a programme: dates of the decision, steps and payments with their `each`, questions.

    `approved` are the steps that somebody approves; `each` is that of the step whose sentence is
    read.
    """

    dates: Collection[str] = ()
    steps: Mapping[str, str] = field(default_factory=dict)
    approved: Collection[str] = ()
    payments: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Collection[str]] = field(default_factory=dict)
    amounts: Collection[str] = ()
    sources: Collection[str] = ()
    each: str = ""


def find_faults(value: object, known: ProgrammeNames) -> Iterator[SentenceFault]:
    """Yield the faults of the names in a rule, in events or in another sentence's value, in order."""
    if isinstance(value, Rule):
        yield from find_faults(tuple(point for point in points_of(value) if isinstance(point, Name)), known)
        if not known.each and any(
            isinstance(point, PartOfTime) and point.of == "period" for point in points_of(value)
        ):
            yield SentenceFault(_ONCE, 0)
    elif isinstance(value, Name):
        fault = _wrong_day(value.text, known)
        if fault is not None:
            yield SentenceFault(fault, value.at, len(value.text.removesuffix(OF_THE_DECISION)))
    elif isinstance(value, AskedQuestion):
        yield from _unknown_question(value, known.questions)
    elif isinstance(value, tuple):
        for part in value:
            yield from find_faults(part, known)
    elif is_dataclass(value):
        for entry in fields(value):
            held = getattr(value, entry.name)
            if isinstance(held, Name):
                yield from _unknown_name(entry.name, held, getattr(known, f"{entry.name}s"))
            else:
                yield from find_faults(held, known)


def _unknown_name(what: str, name: Name, known: Collection[str]) -> Iterator[SentenceFault]:
    if name.text not in known:
        fault = f"there is no {what} '{name.text}'{meant(name.text, known)}"
        yield SentenceFault(fault, name.at, len(name.text))


def _unknown_question(
    ask: AskedQuestion, questions: Mapping[str, Collection[str]]
) -> Iterator[SentenceFault]:
    whole = [f"{step}.{question}" for step, some in questions.items() for question in {*some, SPENT}]
    if ask.step not in questions:
        fault = f"there is no step '{ask.step}'{meant(ask.text, whole)}"
    elif ask.question not in {*questions[ask.step], SPENT}:
        near = meant(ask.text, whole)
        fault = (
            f"'{ask.step}' does not ask '{ask.question}'{near}; only spent is asked without being declared"
        )
    else:
        return
    yield SentenceFault(fault, ask.at, len(ask.text))


def _wrong_day(text: str, known: ProgrammeNames) -> str | None:
    """Return the fault of a name that days are counted from; None if it has none."""
    name, *marks = text.split(".")
    date = text.removesuffix(OF_THE_DECISION)
    each = known.steps.get(name) or known.payments.get(name)
    if text.endswith(OF_THE_DECISION):
        return None if date in known.dates else f"the decision has no date '{date}'{meant(date, known.dates)}"
    if text in PERIOD_ANCHORS and not known.each:
        return _ONCE
    if text in known.dates:
        return f"'{text}' is a date of the decision; write '{text}{OF_THE_DECISION}'"
    if text in _OTHERWISE:
        return _OTHERWISE[text]
    if text == "approval" and known.approved:
        return f"say whose approval it is; write {next(iter(known.approved))}.approved"
    if name in known.payments and not {"claimed", "paid"} & {*marks[-1:]}:
        return f"'{name}' is a payment, which has two days; write {name}.claimed or {name}.paid"
    if "approved" in marks and name in known.steps and name not in known.approved:
        return f"nobody approves '{name}'; say approval in that step"
    if "previous" in marks and each and each != known.each:
        return f"'{name}.previous' is of the period before; write 'each: {each}' here too"
    plain = ".".join("1" if mark.isdecimal() else mark for mark in (name, *marks))
    names = [*NAMES, *_events(known)]
    if plain in names:
        return None
    return f"there is no step, payment or date '{text}'{meant(text, names)}"


def _events(known: ProgrammeNames) -> Iterator[str]:
    """Yield every event that a rule can name; any number of a period is written 1."""
    ends = {name: ("", ".done", *((".approved",) if name in known.approved else ())) for name in known.steps}
    ends |= dict.fromkeys(known.payments, (".claimed", ".paid"))
    for name, endings in ends.items():
        which = ("", *_WHICH) if known.steps.get(name) or known.payments.get(name) else ("",)
        yield from (f"{name}{ordinal}{ending}" for ending in endings for ordinal in which)
