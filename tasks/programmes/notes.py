"""Note what is unwise in a programme, step by step, for `grants check` and the programme's page."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from models.facts.receipt import Term
from models.message import Common, Remark
from models.programme.language.each import read_each
from models.programme.language.rule import Either, Name, Shift, points_of
from models.programme.plan import Programme
from models.reading.fields import written_date
from models.rules.dates.dependencies import list_names
from models.rules.dates.plan import calendar_of
from models.rules.dates.rolling import find_readings
from models.rules.watch.concerns import CANNOT_BE_MET, Concern, ConcernKind, find_concerns, find_dead_ends
from tasks.programmes.note_faults import Noted
from tasks.programmes.sample_award import SampleAward, edge_awards, sample_awards

# Puts a note of a plan into words: `ReceiptWords.note`.
SayNote: TypeAlias = Callable[[Term], str]


@dataclass(frozen=True, slots=True)
class Found:
    """A concern about a step of a plan (its key), or a programme's step in any plan, and about others."""

    kind: ConcernKind
    key: str
    steps: tuple[str, ...]
    sentence: Remark

    @property
    def warns(self) -> bool:
        """Whether it cannot be met."""
        return self.kind in CANNOT_BE_MET

    def __str__(self) -> str:
        """The sentence with its weight."""
        return f"{'warning' if self.warns else 'note'}: {self.sentence}"


def find_in_award(concerns: Iterable[Concern], say: SayNote) -> list[Found]:
    """Return the concerns of one award."""
    return [Found(one.kind, one.key, one.steps, Common.AS_IS(why=say(one.why))) for one in concerns]


def given_days(programme: Programme, sample: SampleAward) -> list[str]:
    """Return the days that its decision gives: a sample's are invented, and a date may depend on them."""
    days = sample.facts.dates
    return [
        f"{written_date(name)} {days[name].on}"
        for name, rule in programme.dates.items()
        if rule.given_by == "decision" and name in days
    ]


def find_over_awards(programme: Programme, say: SayNote) -> list[Found]:
    """Return the concerns of any of the sample awards, once, with how many have it and one of them.

    A concern that only an award at the edge has is stated of that award.
    """
    awards = list(sample_awards(programme))
    seen: dict[tuple[ConcernKind, tuple[str, ...]], list[Remark]] = {}
    for award in awards:
        for key, sentence in _concerns_of(programme, award, say).items():
            seen.setdefault(key, []).append(sentence)
    sentences = {
        key: Noted.IN_SOME(count=len(reasons), all=len(awards), why=reasons[0])
        for key, reasons in seen.items()
    }
    for edge in edge_awards(programme):
        for key, sentence in _concerns_of(programme, edge.award, say).items():
            sentences.setdefault(key, Noted.AT_THE_EDGE(edge=edge.said, why=sentence))
    return [Found(kind, steps[0], steps, sentence) for (kind, steps), sentence in sentences.items()]


def _concerns_of(
    programme: Programme, award: SampleAward, say: SayNote
) -> dict[tuple[ConcernKind, tuple[str, ...]], Remark]:
    """Return a sentence for each kind of concern about the same steps in an award."""
    facts = award.facts
    given = "".join(f", {one}" for one in given_days(programme, award))
    concerns = {
        (one.kind, one.steps): say(one.why)
        for one in (*find_dead_ends(award.planned), *find_concerns(programme, award.planned))
    }
    return {
        key: Noted.OF_A_GRANT(why=why, start=facts.period_start_on, end=facts.period_end_on, given=given)
        for key, why in concerns.items()
    }


def without_silent(programme: Programme, found: Sequence[Found]) -> tuple[list[Found], Remark | None]:
    """Return the other concerns, and one sentence for the steps whose rule does not mention days off."""
    silent = [one for one in found if _is_silent(programme, one)]
    sentence = Noted.SILENT(steps=[one.key for one in silent]) if silent else None
    return [one for one in found if one not in silent], sentence


def _is_silent(programme: Programme, found: Found) -> bool:
    due = programme.step(found.steps[0]).due
    rule = due.otherwise or due
    silent = rule.off is None and not isinstance(rule.what, Either)
    return found.kind is ConcernKind.READ_IN_TWO_WAYS and silent


def programme_notes(programme: Programme) -> Iterator[Remark]:
    """Yield what is allowed in a programme but probably not intended."""
    used = {name for rule in programme.steps for name in list_names(rule)}
    used |= {rule.given for rule in programme.steps if rule.given}
    for name, rule in programme.dates.items():
        said = written_date(name)
        if name not in used:
            yield Noted.NOTHING_COUNTS(date=said)
        elif rule.required and rule.given_by == "decision":
            yield Noted.DECISION_GIVES(date=said)
    for step in programme.steps:
        if step.title.sv == step.title.en == step.key.replace("-", " "):
            yield Noted.NO_TITLE(step=step.key)
    yield from _day_notes(programme)


def _day_notes(programme: Programme) -> Iterator[Remark]:
    """Yield where a rule's readings differ, and what a period gives that ends early or in a short month."""
    calendar = calendar_of(programme)
    for step in programme.steps:
        readings = find_readings(step.due, calendar)
        if readings is not None:
            yield _differing(step.key, *readings)
        points = list(points_of(step.due))
        ends = [one for one in points if isinstance(one, Name) and one.text == "period_end"]
        if ends and not read_each(step.each or "").is_cut_with_grant and not (step.last and step.last.due):
            yield Noted.WHOLE_PERIOD(step=step.key)
        if any(isinstance(one, Shift) and one.unit == "months" and one.point in ends for one in points):
            yield Noted.MONTHS_END(step=step.key)


def _differing(step: str, differ: Sequence[date], same: Sequence[date]) -> Remark:
    """Return the days for which readings differ: by the days of a month, or by what is rarer."""
    every = f"{len(differ) + len(same):,}".replace(",", " ")
    if not differ:
        return Noted.READ_ALIKE(step=step, every=every)
    if len(differ) <= len(same):
        return Noted.READ_OTHERWISE(step=step, count=len(differ), every=every, days=list(differ[:3]))
    return Noted.READ_ALIKE_BUT(step=step, every=every, count=len(same), days=list(same[:3]))
