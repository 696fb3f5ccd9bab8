"""Decide which entries of a ledger are of a project, and which of them are costs."""

from collections import Counter
from collections.abc import Collection, Iterable

from models.facts.ledger import Entry

# Costs are in these classes of accounts, in a municipality's chart as in a company's.
COSTS = ("4", "5", "6", "7")


def project_key(text: str) -> str:
    """Return a project's number as it is compared: "0007 Bostad först" and 7 are the same."""
    first = text.strip().casefold().partition(" ")[0]
    return first.lstrip("0") or first if first.isdecimal() else first


def projects_of(text: str) -> frozenset[str]:
    """Return the projects that are typed, as they are compared."""
    return frozenset(project_key(part) for part in text.replace(";", ",").split(",") if part.strip())


def is_of_projects(project: str, wanted: Collection[str]) -> bool:
    """Return whether a row's project is one of those wanted, as they are compared; all are where none is named."""
    return not wanted or project_key(project) in wanted


def sum_costs(entries: Iterable[Entry]) -> int:
    """Return the sum of the costs, in minor units."""
    return sum(entry.amount_minor for entry in entries if entry.account.startswith(COSTS))


def sum_by_account(entries: Iterable[Entry]) -> dict[str, int]:
    """Return each account's sum in minor units, in the order of the accounts."""
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.account] += entry.amount_minor
    return {account: sums[account] for account in sorted(sums)}
