"""Say what a step is called, where it stands, and how far its due date is."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from models.facts.letter import StepName
from models.programme.step import StepRule
from models.vocabulary import StepStatus
from tasks.words.names import step_status_name
from tasks.words.templates import words_module
from tasks.words.translator import Translator


class StandingStep(Protocol):
    """A step, as far as where it stands is to be said."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def opens_on(self) -> date | None:
        """From when it can be done."""


def word_step(say: Translator, name: StepName) -> str:
    """Return a step's title as in a sentence, with its period: "uppföljning, kvartal 1 2010"."""
    return say.titled(name.title, name.period)


def word_step_title(say: Translator, rule: StepRule | None, kind: str, period: str | None) -> str:
    """Return a step's title as in a sentence, with its period when it comes once a period."""
    if rule is None:
        return word_untitled(say, kind)
    return say.titled(rule.title.in_language(say.language), period if rule.each else None)


def word_untitled(say: Translator, kind: str) -> str:
    """Return what a step is called that no programme gives."""
    return str(words_module(say.language, "names").untitled(kind))


def word_todo(say: Translator, kind: str, *, is_missing: bool, is_paid: bool) -> str:
    """Return what to do about a step whose programme does not say: a part of the money is missing, or was withdrawn."""
    return str(words_module(say.language, "names").todo(kind, is_missing, is_paid))


def word_step_status(say: Translator, step: StandingStep, today: date) -> str:
    """Return where a step stands; one that nothing keeps but its own day says when it opens."""
    if opens_later(step, today):
        return str(words_module(say.language, "names", today).opens(step.opens_on))
    return step_status_name(say, step.status)


def opens_later(step: StandingStep, today: date) -> bool:
    """Return whether nothing keeps a step from being done but the day from which it can be."""
    return step.status == StepStatus.OPEN and step.opens_on is not None and step.opens_on > today


def word_slack(say: Translator, due_on: date | None, today: date) -> str:
    """Return how far a due date is: "12 days left", "Today", "3 days late"; empty when there is none."""
    return "" if due_on is None else str(words_module(say.language, "names").slack((due_on - today).days))
