"""What differs for the first and the last period of a step or a payment."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from models.programme.language.field import RuleSentence
from models.reading.fields import Key, Strict


class EndPeriod(Strict):
    """What differs for the first or last period: not asked, asked `into` another step, or joined to its neighbour.

    `join` is under how many months are left of one that the grant cuts short; 0 for any. Its `due` holds instead of the
    step's, save for a date published for that period in either; its `needs` are waited for besides.
    """

    skip: bool = False
    join: int | None = None
    into: Key | None = None
    due: RuleSentence | None = None
    needs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_asks(self) -> Self:
        if [self.skip, self.into is not None, self.due is not None].count(True) > 1:
            raise ValueError("of 'skip', 'into' and 'due' write one")
        return self


def joins(first: EndPeriod | None, last: EndPeriod | None) -> tuple[int | None, int | None]:
    """Return under how many months a cut first and last period joins; 0 for any, None for none."""
    return first.join if first is not None else None, last.join if last is not None else None
