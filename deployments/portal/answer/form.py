"""A form that does one command: its fields, its words, and what was handed in with it so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Self

from deployments.portal.answer.fields import Field
from deployments.portal.answer.values import fill, read_day, read_sum, totals_fit
from deployments.portal.web.nonce import FormFor
from deployments.portal.web.page_message import PageMessage, message
from models.commands.decisions import Decide, GiveDates
from models.commands.money import Claim, Pay, Release
from models.commands.steps import StepAnswer
from models.programme.question import Question
from models.vocabulary import StepKind


class Act(StrEnum):
    """Which form it is, as its post and its drafts name it."""

    DONE = "done"
    NOTHING = "nothing"
    NOT_NEEDED = "not_needed"
    NOT_YET = "not_yet"
    NOT_ME = "not_me"
    APPROVE = "approve"
    RETURN = "return"
    CLAIM = "claim"
    PAID = "paid"
    RELEASE = "release"
    DECIDE = "decide"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Form(ABC):
    """A way to answer, by its `act` and its fields, which its template names; `step` is empty of an instalment's.

    One that is `checked` shows once more what will be recorded before it acts. One that `keeps` can be kept as it is
    and sent later; it was `kept_at` a local time. `files` are what was handed in with it so far: document id, name, and
    the name of the field that it belongs to. `kind` is its step's, which is `with_funder` when the funder answers it.
    """

    act: ClassVar[Act]
    keeps: ClassVar[bool] = False
    checked: ClassVar[bool] = False

    about: FormFor
    grant: str
    step: str
    currency: str
    fields: tuple[Field, ...] = ()
    kind: StepKind | None = None
    with_funder: bool = False
    opened: bool = False
    instalment: int = 0
    questions: tuple[Question, ...] = ()
    kept_at: datetime | None = None
    files: tuple[tuple[int, str, str], ...] = ()

    @abstractmethod
    def command(self) -> StepAnswer | Decide | GiveDates | Claim | Pay | Release:
        """Return the command that the filled form gives."""

    def check(self) -> Self:
        """Return the filled form with an error at each field that does not go with the others."""
        return self

    def filled(self, posted: Mapping[str, str]) -> Self:
        """Return the form as it was posted, with an error in each field that must be corrected."""
        fields = tuple(_sum_fits(field, self.currency) for field in fill(self.fields, posted))
        return replace(self, fields=totals_fit(self.questions, fields)).check()

    @property
    def is_wrong(self) -> bool:
        """Whether something must be corrected."""
        return any(field.error for field in self.fields)

    @property
    def answered(self) -> tuple[int, int]:
        """How many of the questions that must be answered are, and how many there are."""
        asked = [field for field in self.fields if field.required and field.name.startswith("q-")]
        return sum(bool(field.value) for field in asked), len(asked)

    def value(self, name: str) -> str:
        """Return what stands in a field; empty when there is no such field."""
        return next((field.value for field in self.fields if field.name == name), "")

    def day(self, name: str) -> date | None:
        """Return the day in a field; None where it is empty or not there."""
        return read_day(self.value(name))

    def amount(self) -> int | None:
        """Return the sum that was typed, in minor units; None where its field is empty or not there."""
        typed = self.value("amount")
        return read_sum(typed, self.currency) if typed else None

    def with_errors(self, errors: Mapping[str, PageMessage]) -> Self:
        """Return the form with these errors at its fields, by their names."""
        fields = (replace(field, error=errors.get(field.name, field.error)) for field in self.fields)
        return replace(self, fields=tuple(fields))

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in with it."""
        return any(field.kind == "file" for field in self.fields)

    def files_at(self, name: str) -> list[tuple[int, str]]:
        """Return what was handed in so far at a field: document id and name."""
        return [(number, file) for number, file, at in self.files if at == name]


def _sum_fits(field: Field, currency: str) -> Field:
    """Check a sum of money that is booked, and not only reported: it must be whole in minor units."""
    if field.kind != "money" or field.error or not field.value or field.name.startswith("q-"):
        return field
    if read_sum(field.value, currency) is None:
        return replace(field, error=message("unreadable", kind="money", whole=False))
    return field
