"""Turn what a source gave into one figure: several values, a ledger's accounts, an answer in JSON."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.errors import Unreadable
from models.intake.headings import is_cell_error
from models.programme.language.amounts import Origin
from models.reading.number import bare_sum, in_full, read_number, unmistakable
from tasks.sources.source_faults import Sourced, SourceFailed

_MOST_DECIMALS = 6  # of thousands, and of what is a number to its source
_BELOW = re.compile(r"-(.+)|(.+?)-|\((.+)\)")


@dataclass(frozen=True, slots=True)
class Given:
    """A value that a source gave, its place in a file, and its account."""

    value: object
    place: str = ""
    account: object = None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How a source's values are reckoned: whose they are, by which rule, in which currency.

    `scale` multiplies the sums later, which lets thousands have more decimals.
    """

    name: str
    gather: Origin
    currency: str = "SEK"
    scale: int = 1

    def of_several(self, values: Sequence[Given]) -> object:
        """Return one figure for the values, not multiplied; None without any.

        SourceFailed with too many, and with one that cannot be read: a sum would leave it out, and
        nobody see it.
        """
        for given in values:
            if is_cell_error(given.value):
                raise SourceFailed(
                    Sourced.CELL_ERROR(name=self.name, place=self._place(given), broken=given.value)
                )
        if not values:
            return None
        if self.gather.rows == "sum":
            return unmistakable(sum((self._signed(given) for given in values), Decimal(0)))
        if len(values) > 1 and self.gather.rows != "last":
            raise SourceFailed(
                Sourced.SEVERAL_ROWS(name=self.name, column=self.gather.column or self.gather.cell)
            )
        return values[-1].value

    def by_account(self, values: Sequence[Given]) -> dict[str, str]:
        """Return each account's total, in the order of their names; nothing if accounts are not asked for."""
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
        """Return an amount that can be below nothing, as a ledger's corrections are."""
        value = given.value
        try:
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                exact = round(value, _MOST_DECIMALS) if isinstance(value, float) else value
                number = read_number(abs(exact), _MOST_DECIMALS)
                return -number if value < 0 else number
            # The dash of "500:-" means kronor, and no negative number.
            text = bare_sum(str(value), self.currency)
            below = _BELOW.fullmatch(text)
            bare = bare_sum(next(filter(None, below.groups())), self.currency) if below else text
            plain = bare if self.scale > 1 else in_full(bare, self.currency)
            read_number(plain)  # "1.234" is asked about
            number = read_number(plain, _MOST_DECIMALS if self.scale > 1 else 2)
        except Unreadable as error:
            place = self._place(given)
            raise SourceFailed(Sourced.CELL(name=self.name, place=place, why=error)) from error
        return -number if below else number


def filled(text: str, names: Mapping[str, str]) -> str:
    """Return a text with what its names in braces stand for."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: names[found[1]], text)


def at_path(name: str, body: bytes, path: str) -> object:
    """Return the one value at a path of an answer in JSON; SourceFailed where there is none."""
    try:
        here = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(Sourced.NOT_JSON(name=name)) from error
    for part in path.split("."):
        if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            raise SourceFailed(Sourced.NO_PATH(name=name, path=path))
    if isinstance(here, dict | list):
        raise SourceFailed(Sourced.NOT_ONE_VALUE(name=name, path=path))
    return here


def _no_number(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def hash_of(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the hash of a query's rows."""
    return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()
