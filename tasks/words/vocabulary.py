"""Put names into words: phases, roles, decisions, states, and the titles of steps."""

from datetime import date
from typing import Literal, Protocol, TypeAlias

from models.facts.letter import StepName
from models.programme.step import StepRule
from models.rules.steps.order import opens_later
from models.vocabulary import StepStatus
from tasks.words.templates import word_from, words_module, words_of
from tasks.words.translator import Translator

# The macros of `templates/explanations/names.j2`.
Named: TypeAlias = Literal[
    "phase",
    "role",
    "decision",
    "paper",
    "notice",
    "share",
    "account",
    "grant_status",
    "step_status",
    "news",
    "letter_state",
]


def word_name(say: Translator, what: Named, *keys: str) -> str:
    """Return the words for a stored value: a phase, a role, a decision; for `news` also at which rung."""
    return word_from(words_module(say.language, "names"), what, *keys)


def word_heading(say: Translator, column: str) -> str:
    """Return the heading of a column of a list that is saved as a spreadsheet."""
    return str(words_of(say.language, "pages/lists.html").heading(column))


def word_meeting(say: Translator, body: str) -> str:
    """Return the name of a deciding body's meeting in a calendar."""
    return str(words_of(say.language, "pages/lists.html").meeting(body))


class StandingStep(Protocol):
    """The part of a step that its status depends on."""

    @property
    def status(self) -> str:
        """Its status."""

    @property
    def opens_on(self) -> date | None:
        """The day from which it can be done."""

    @property
    def due_on(self) -> date | None:
        """The day by which it must be done."""

    @property
    def with_funder(self) -> bool:
        """Whether the funder does it."""


def word_step(say: Translator, name: StepName) -> str:
    """Return a step's title as in a sentence, with its period: "uppföljning, kvartal 1 2010"."""
    return say.titled(name.title, name.period)


def word_step_title(say: Translator, rule: StepRule | None, kind: str, period: str | None) -> str:
    """Return a step's title as in a sentence, with its period if there is one step per period."""
    if rule is None:
        return word_untitled(say, kind)
    return say.titled(rule.title.in_language(say.language), period if rule.each else None)


def word_untitled(say: Translator, kind: str) -> str:
    """Return the name of a step that comes from no programme."""
    return str(words_module(say.language, "names").untitled(kind))


def word_todo(say: Translator, kind: str, *, is_missing: bool, is_paid: bool) -> str:
    """Return what to do about a step that no programme words: money that is missing, or was withdrawn."""
    return str(words_module(say.language, "names").todo(kind, is_missing, is_paid))


def word_step_status(say: Translator, step: StandingStep, today: date, *, late: bool) -> str:
    """Return a step's status, and whether it is late, or when it opens if it waits only for its day."""
    if opens_later(step, today):
        return str(words_module(say.language, "names", today).opens(step.opens_on))
    if step.status == StepStatus.OPEN and step.with_funder:
        return str(words_module(say.language, "names").step_status("with_funder"))
    return str(words_module(say.language, "names").step_status("late" if late else step.status))


def word_slack(say: Translator, due_on: date | None, today: date) -> str:
    """Return how far away a due date is: "12 days left", "Today", "3 days late"; empty if there is none."""
    return "" if due_on is None else str(words_module(say.language, "names").slack((due_on - today).days))


def word_held_up(say: Translator) -> str:
    """Return that a step whose day is over waits for an earlier one."""
    return str(words_module(say.language, "names").held_up())


def word_document(say: Translator, name: str, /, *key: str, **facts: object) -> str:
    """Return the text of that name in `templates/explanations/documents.j2`, filled in from the facts."""
    return word_from(words_module(say.language, "documents"), name, *key, **facts)
