"""What people record of a funder's decisions: what was decided, and what is otherwise in a recorded one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.vocabulary import DecisionKind


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A funder's decision as a person reports it; `dates` are named dates that it sets."""

    kind: DecisionKind
    decided_on: date
    amount_minor: int | None = None
    total_minor: int | None = None
    purpose: str = ""
    conditions: str = ""
    dates: Mapping[str, date] = field(default_factory=dict)
    source: str = ""
    instalments: Mapping[int, int | str] = field(default_factory=dict)  # a sum in minor units, or "60 %"


@dataclass(frozen=True, slots=True)
class Decide:
    """The funder decided: sums and dates are set, and what waited for it is settled."""

    grant: str
    decision: DecisionInput


@dataclass(frozen=True, slots=True)
class Correct:
    """What is otherwise in the decision that is recorded as of a day; of which kind, where that day has several.

    `said` are fields of a DecisionInput by name, as they should be; what it does not mention stays. A date or an
    instalment that is None there is one of which the decision says nothing. One that is `annulled` was never made.
    """

    grant: str
    recorded_on: date
    kind: DecisionKind | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    annulled: bool = False


@dataclass(frozen=True, slots=True)
class GiveDates:
    """A letter of the funder's says dates that its decision left out."""

    grant: str
    letter: DecisionInput
