"""Hold a step that a letter or a list is about: its grant's record, its notice and its reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from models.facts.letter import StepName
from models.programme.plan import Programme
from models.programme.question import Words
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.notices.contents import InstalmentFacts
from models.tables.step import Step
from models.vocabulary import NoticeKind, StepKind
from tasks.grant.money import parts_of
from tasks.grant.records import GrantRecord
from tasks.words.translator import translator
from tasks.words.vocabulary import word_untitled


@dataclass(frozen=True, slots=True)
class NoticeAtHand:
    """A notice to tell: its step as it was then, and its maker's notes."""

    id: int
    grant_id: int
    step_id: int
    step_version: int
    due_on: date | None
    kind: NoticeKind
    person_id: int
    instead_of_id: int | None
    told_on: date
    detail: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ItemReader:
    """The reader of a step's facts, their language, and the day; `letter_id` is 0 on a page."""

    person_id: int
    language: str
    on: date
    letter_id: int = 0


@dataclass(frozen=True)
class StepAtHand:
    """A step of a grant, its most pressing notice, and the reader."""

    record: GrantRecord
    step: Step
    notice: NoticeAtHand
    reader: ItemReader

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.reader.language

    @property
    def programme(self) -> Programme:
        """The grant's programme."""
        return self.record.programme

    @cached_property
    def rule(self) -> StepRule | None:
        """The programme's rule for the step; None if no programme gives it, as for a recovery."""
        return self.record.rule_of(self.step)

    @cached_property
    def unsettled(self) -> list[Step]:
        """The grant's steps that are still to be done, in order."""
        return self.record.unsettled

    @cached_property
    def parts(self) -> tuple[InstalmentFacts, ...]:
        """The parts of the grant's award."""
        return parts_of(self.record)

    @cached_property
    def own(self) -> InstalmentFacts | None:
        """The part that the notice or its step is about."""
        return self.part_of(self.notice)

    def part_of(self, notice: NoticeAtHand) -> InstalmentFacts | None:
        """Return the part of a money notice of the step: by its maker's note, else by its step."""
        number = instalment_number(self.record, self.step, notice)
        return next((part for part in self.parts if part.number == number), None)

    def name(self, kind: str, period: str | None, rule: StepRule | None) -> StepName:
        """Return a step of the grant as the reader knows it."""
        return name_step(self.record, kind, period, rule, self.language)

    def person(self, person_id: object) -> str:
        """Return a person's name; empty for anything that is not a known person's id."""
        return one_line(self.record.person(person_id), 120)

    def called(self, known_as: int | str) -> str:
        """Return an organisation's name in letters on the reader's day, by its id or key."""
        return one_line(self.record.called(known_as, self.reader.on, short=True), 160)


def name_step(
    record: GrantRecord, kind: str, period: str | None, rule: StepRule | None, language: str
) -> StepName:
    """Return what a step of a grant is called in a language."""
    if rule is None:
        return StepName(word_untitled(translator(language), kind), StepKind(kind))
    # Only a step that comes once a period is named with it: the final report carries the period
    # that was folded into it.
    period = one_line(period) if rule.each else ""
    about = record.rules.get(rule.approves) if rule.approves else None
    return StepName(
        words_in(rule.title, language),
        StepKind(kind),
        period,
        words_in(rule.definite, language) if rule.definite else "",
        name_step(record, about.kind, None, about, language) if about else None,
    )


def instalment_number(record: GrantRecord, step: Step, notice: NoticeAtHand) -> int | None:
    """Return the number of a notice's instalment: by its maker's note, else by its step."""
    noted = notice.detail.get("instalment") if isinstance(notice.detail, dict) else None
    if type(noted) is int:
        return noted
    return number_of_step(record, step)


def number_of_step(record: GrantRecord, step: Step) -> int | None:
    """Return the number of a step's instalment; None if its period has no part yet."""
    rule = record.rule_of(step)
    return step.instalment or (rule.instalment if rule and not rule.each else None)


def words_in(words: Words, language: str) -> str:
    """Return a programme's words in a language, on one line."""
    return one_line(words.in_language(language), 300)
