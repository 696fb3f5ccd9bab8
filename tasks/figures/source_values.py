"""Make one figure of what a source gave: several values, a ledger's accounts, an answer in JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from models.sheet_words import is_cell_error
from models.source_rule import GatherRule
from models.written_numbers import bare_sum, read_number
from tasks.figures.outside_sources import SourceFailed

_MOST_DECIMALS = 6  # of thousands
_CURRENCY = re.compile(r"\b[A-Z]{3}\b")


def of_several(name: str, values: Sequence[object], gather: GatherRule, scale: int = 1) -> object:
    """Return the one figure that the values are, or what they come to; None without any, SourceFailed with too many.

    What they come to is not multiplied by `scale`, which lets thousands have more decimals.
    """
    broken = next((value for value in values if is_cell_error(value)), None)
    if broken is not None:
        where = gather.column or gather.cell
        raise SourceFailed(
            "%(name)s: '%(where)s' holds the error '%(broken)s': mend its formula, and save the file",
            name=name,
            where=where,
            broken=broken,
        )
    if not values:
        return None
    if gather.rows == "sum":
        total = sum((_signed(name, value, scale) for value in values), Decimal(0))
        return f"{total:f}"
    if len(values) > 1 and gather.rows != "last":
        raise SourceFailed(
            "%(name)s: several rows fit '%(column)s': say 'where', or rows: sum",
            name=name,
            column=gather.column or gather.cell,
        )
    return values[-1]


def by_account(
    name: str, values: Sequence[tuple[Any, object]], gather: GatherRule, scale: int = 1
) -> dict[str, str]:
    """Return what each account comes to, in the order of their names; nothing where they are not asked for."""
    if gather.account is None:
        return {}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account, value in values:
        whole = int(account) if isinstance(account, float) and account.is_integer() else account
        sums["" if whole is None else " ".join(str(whole).split())] += _signed(name, value, scale)
    return {account: f"{sums[account]:f}" for account in sorted(sums)}


def _signed(name: str, value: object, scale: int) -> Decimal:
    """Return an amount that can be below nothing, as a ledger's corrections are."""
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value).strip()
    currency = _CURRENCY.search(text)
    text = bare_sum(text, currency[0] if currency else "SEK")
    below = text.startswith(("-", "−")) or text.endswith("-") or (text.startswith("(") and text.endswith(")"))
    try:
        number = read_number(text.strip("-−()").strip(), _MOST_DECIMALS if scale > 1 else 2)
    except ValueError as error:
        raise SourceFailed("%(name)s: %(why)s", name=name, why=error) from error
    return -number if below else number


def filled(text: str, names: Mapping[str, str]) -> str:
    """Return a text with what its names in braces stand for."""
    return re.sub(r"\{([a-z_]+)\}", lambda found: names[found[1]], text)


def at_path(name: str, body: bytes, path: str) -> object:
    """Return the one value at a path of an answer in JSON; SourceFailed where there is none."""
    try:
        here = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise SourceFailed("%(name)s: the service's answer is not JSON", name=name) from error
    for part in path.split("."):
        if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            raise SourceFailed("%(name)s: the service's answer has no '%(path)s'", name=name, path=path)
    if isinstance(here, dict | list):
        raise SourceFailed(
            "%(name)s: '%(path)s' of the service's answer is not one value", name=name, path=path
        )
    return str(here) if isinstance(here, Decimal) else here


def _no_number(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON


def hash_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the hash of a query's rows."""
    return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()
