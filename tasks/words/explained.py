"""What explains a step, as values that a template words: its date, its holder, who was told, what a round does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.facts.receipt import Receipt
from models.tables.letter import Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED

# That a person was told of a step, and what became of the letter.
ToldFact = tuple[Notice, Person, str]


@dataclass(frozen=True, slots=True)
class RoundFact:
    """What a round does: why, at which rung, to whom; and when it looks again. No reason: nothing is left to do."""

    on: date
    reason: str | None
    rung: str | None
    tells: tuple[str, ...]
    next_on: date | None = None
    next_rung: str | None = None


@dataclass(frozen=True, slots=True)
class CutClaim:
    """That less can be claimed than was wanted, in minor units."""

    wanted_minor: int
    reached_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class StepExplained:
    """A step with all that explains it; people are named with their addresses.

    `argument` is the grant's reference as a command wants it. `confirmed` is who found out which of several days holds,
    and when; `stakes` are a letter's sentences about the money that waits for the step.
    """

    title: str
    reference: str
    argument: str
    row: Step
    receipt: Receipt
    done_by: str
    owner: str
    confirmed: tuple[str, date] | None
    waits_for: tuple[str, ...]
    cut: CutClaim | None
    stakes: tuple[str, ...]
    told: tuple[ToldFact, ...]
    round: RoundFact

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.row.status in SETTLED
