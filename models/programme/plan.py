"""The plan of a programme, made from its file: a funder's rules with every default filled in, and ladders."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from models.programme.instalment import InstalmentRule
from models.programme.question import Question, Words
from models.programme.step import StepRule
from models.programme.written.source import BodyRule, SourceRule
from models.reading.fields import Currency, DateName, IsoDate, Key, QuestionKey, Strict
from models.reading.number import Sum


class RungRule(Strict):
    """A rung: `days` (negative before the due date, 0 on it) or `working_days`, and whom to tell.

    Its `position` in its ladder, from 1, is counted by the plan and not stored.
    """

    days: int | None = None
    working_days: int | None = None
    to: tuple[str, ...]
    position: int = Field(default=0, exclude=True)

    @model_validator(mode="after")
    def _tells(self) -> Self:
        if self.shift <= 0 and self.to != ("owner",):
            raise ValueError("a rung up to the due date tells the owner alone")
        return self

    @property
    def shift(self) -> int:
        """The distance from the due date, in the rung's unit."""
        return self.days if self.days is not None else self.working_days or 0

    @property
    def escalates(self) -> bool:
        """Whether the rung comes after the due date."""
        return self.shift > 0

    @property
    def unit(self) -> str:
        """Either 'days' or 'working_days'."""
        return "days" if self.days is not None else "working_days"

    @property
    def key(self) -> str:
        """A name that says when, such as '30-days-before' or '1-working-day-after'."""
        if self.shift == 0:
            return "on-the-day"
        noun = "day" if self.unit == "days" else "working-day"
        plural = "" if abs(self.shift) == 1 else "s"
        return f"{abs(self.shift)}-{noun}{plural}-{'before' if self.shift < 0 else 'after'}"


# The version of the language of a plan's sentences. A grant is read as long as this program knows its version.
LANGUAGE = 2

Year = Annotated[int, Field(ge=1900, le=2099)]


class NamedDate(Strict):
    """A date that the grant or a decision gives, by name; the watch reports a `required` one that is missing."""

    title: Words
    given_by: Literal["grant", "decision"]
    required: bool = True


class CalendarRule(Strict):
    """Whose working days count: a country's two letters, a part of it, and days that differ."""

    country: str
    subdivision: str | None = None
    extra_holidays: tuple[IsoDate, ...] = ()
    not_holidays: tuple[IsoDate, ...] = ()


class QuietDays(Strict):
    """Days of every year, as 07-01, on which nobody is reminded; the last may lie in the next year."""

    first: str
    last: str


class Programme(Strict):
    """The plan of a programme, as the database stores it and every rule reads it.

    `amounts` are sums that somebody publishes for each year; a missing year takes the year before.
    `ceiling` is the part of the award that is never exceeded before the last instalment. From
    `small_numbers` people on, a `sensitive` number is not small.

    A returned report has `mend_working_days` to be corrected. "Not yet" is accepted up to
    `promise_working_days` after a due date of our own choice.
    """

    programme: Key
    title: Words
    source: str
    currency: Currency
    calendar: CalendarRule
    dates: dict[DateName, NamedDate] = {}
    bodies: dict[Key, BodyRule] = {}
    amounts: dict[QuestionKey, dict[Year, Sum]] = {}
    quiet: tuple[QuietDays, ...] = ()
    ladders: dict[Key, tuple[RungRule, ...]]
    steps: tuple[StepRule, ...]
    instalments: tuple[InstalmentRule, ...]
    ceiling: str | None = None
    sources: dict[Key, SourceRule] = {}
    small_numbers: int = 5
    mend_working_days: int = 5
    promise_working_days: int = 5

    @field_validator("ladders")
    @classmethod
    def _numbered(cls, ladders: dict[str, tuple[RungRule, ...]]) -> dict[str, tuple[RungRule, ...]]:
        return {
            name: tuple(rung.model_copy(update={"position": at}) for at, rung in enumerate(rungs, 1))
            for name, rungs in ladders.items()
        }

    @property
    def rate_of(self) -> int | None:
        """The number of the first instalment at the decision's rate; the decision states the rate there."""
        return next((instalment.number for instalment in self.instalments if instalment.share.rate), None)

    def step(self, key: str) -> StepRule:
        """Return the step rule with that key; KeyError if there is none."""
        for rule in self.steps:
            if rule.key == key:
                return rule
        raise KeyError(key)

    def question(self, name: str) -> Question | None:
        """Return the question that STEP.QUESTION names, also by one of its parts; None without one."""
        step, _, key = name.partition(".")
        questions = (question for rule in self.steps if rule.key == step for question in rule.questions)
        return next(
            (question for question in questions if key == question.key or key.startswith(f"{question.key}.")),
            None,
        )


def rules_of(programme: Programme) -> Mapping[str, StepRule]:
    """Return the programme's steps by their keys."""
    return {rule.key: rule for rule in programme.steps}
