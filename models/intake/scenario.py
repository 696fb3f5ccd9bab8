"""The strict shape of a scenario file: what people do on which day, for `grants replay`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from models.intake.file import DecisionEntry, ImportFile
from models.reading.address import Email
from models.reading.fields import Day, Strict
from models.reading.number import Sum
from models.reading.reference import Reference
from models.vocabulary import PaperKind

ACTS = (
    "answer",
    "not_yet",
    "approve",
    "return",
    "withdraw",
    "not_needed",
    "release",
    "claim",
    "paid",
    "decide",
    "paper",
)


class PaperEntry(Strict):
    """A paper that a person makes: its kind, the step or the instalment that it is about.

    `small` is what becomes of small numbers of people. `confirm` says that what it states provisionally is right, and
    that no sentence of it states a number that is not printed.
    """

    kind: PaperKind
    step: str | None = None
    instalment: int | None = None
    small: Literal["show", "fewer", "totals"] | None = None
    confirm: bool = False


class ScriptedAct(Strict):
    """One thing that a person does. `refused: true` says that the rules must refuse it."""

    on: Day
    grant: Reference
    by: Email | None = None
    answer: str | None = None
    not_yet: str | None = None
    approve: str | None = None
    return_: str | None = Field(default=None, alias="return")
    withdraw: str | None = None
    not_needed: str | None = None
    release: int | None = None
    claim: int | None = None
    paid: int | None = None
    decide: DecisionEntry | None = None
    paper: PaperEntry | None = None
    data: dict[str, object] = {}
    documents: dict[str, str] = {}  # the documents that the step asks for: key -> content
    amount: Sum | None = None  # what a claim is for, where the programme leaves it to the claim
    note: str = ""
    expected_on: Day | None = None
    refused: bool = False

    @model_validator(mode="after")
    def _one_act(self) -> Self:
        named = [name for name in ACTS if self.value(name) is not None]
        if len(named) != 1:
            raise ValueError(f"say one of {', '.join(ACTS)} (found {', '.join(named) or 'none'})")
        if self.by is None and self.decide is None:
            raise ValueError("say 'by' whom")
        return self

    def value(self, name: str) -> object:
        """Return the act's subject, by the act's word."""
        return getattr(self, "return_" if name == "return" else name)

    @property
    def verb(self) -> str:
        """The act's word."""
        return next(name for name in ACTS if self.value(name) is not None)


class Scenario(ImportFile):
    """An import file with a script: decisions of its grants are recorded on their day."""

    script: tuple[ScriptedAct, ...] = ()  # type: ignore[assignment]
