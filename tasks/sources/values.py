"""Turn a source's values into one figure: several values, a ledger's accounts, an answer in JSON."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.errors import Unreadable
from models.intake.headings import is_cell_error, is_hidden_number
from models.programme.language.amounts import Origin
from models.reading.number import FILE_DECIMALS, read_signed, unmistakable
from tasks.sources.source_faults import Sourced, SourceFailed


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a source gave, its place in a file, and its account."""

    value: object
    place: str = ""
    account: object = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How a source's values become a figure: the source, the rule and the currency.

    `scale` multiplies the sums later, so that thousands may have more decimals.
    """

    name: str
    gather: Origin
    currency: str = "SEK"
    scale: int = 1

    def of_several(self, values: Sequence[Given]) -> object:
        """Return one figure for the values, not multiplied; None without any.

        SourceFailed for too many, or for one that cannot be read: a sum would silently leave it
        out.
        """
        for given in values:
            if is_cell_error(given.value):
                raise SourceFailed(
                    Sourced.CELL_ERROR(name=self.name, place=self._place(given), broken=given.value)
                )
            if is_hidden_number(given.value):
                raise SourceFailed(
                    Sourced.HIDDEN_NUMBER(name=self.name, place=self._place(given), hidden=given.value)
                )
        if not values:
            return None
        if self.gather.rows == "sum" or (self.gather.rows == "periods" and len(values) > 1):
            return unmistakable(sum((self._signed(given) for given in values), Decimal(0)))
        if len(values) > 1 and self.gather.rows != "last":
            raise SourceFailed(
                Sourced.SEVERAL_ROWS(name=self.name, column=self.gather.column or self.gather.cell)
            )
        return values[-1].value

    def by_account(self, values: Sequence[Given]) -> dict[str, str]:
        """Return each account's total, in the order of their names; empty if accounts are not wanted."""
        if not self.gather.account:
            return {}
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for given in values:
            account = given.account
            whole = int(account) if isinstance(account, float) and account.is_integer() else account
            sums["" if whole is None else " ".join(str(whole).split())] += self._signed(given)
        return {account: f"{sums[account]:f}" for account in sorted(sums)}

    def _place(self, given: Given) -> str:
        return given.place or f"'{self.gather.column or self.gather.cell}'"

    def _signed(self, given: Given) -> Decimal:
        """Return an amount that can be negative, such as a ledger's corrections."""
        decimals = FILE_DECIMALS if self.scale > 1 else 2
        try:
            return read_signed(given.value, self.currency, decimals=decimals)
        except Unreadable as error:
            place = self._place(given)
            raise SourceFailed(Sourced.CELL(name=self.name, place=place, why=error)) from error


def filled(text: str, names: Mapping[str, str]) -> str:
    """Return a text with the values of its names in braces."""
    return re.sub(r"\{([a-z_]+)\}", lambda match: names[match[1]], text)


def at_path(name: str, body: bytes, path: str) -> object:
    """Return the one value at a path of an answer in JSON; SourceFailed if there is none."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(Sourced.NOT_JSON(name=name)) from error
    for part in path.split("."):
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise SourceFailed(Sourced.NO_PATH(name=name, path=path))
    if isinstance(value, dict | list):
        raise SourceFailed(Sourced.NOT_ONE_VALUE(name=name, path=path))
    return value


def _no_number(constant: str) -> None:
    raise ValueError(constant)  # JSON has no NaN or Infinity


def hash_of(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the hash of a query's rows."""
    return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()
