"""Decide which entries of a ledger are of a project, which of them are costs, and what another reading changes."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from models.facts.ledger import Difference, Entry

# Costs are in these classes of accounts, in a municipality's chart as in a company's.
COSTS = ("4", "5", "6", "7")
_FEWEST_LOST = 3  # vouchers of a month, before a file is doubted


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


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def compare_entries(kept: Mapping[int, Entry], read: Iterable[Entry], months: Collection[date]) -> Difference:
    """Return how what was read differs from what is kept, by id; it is right for the `months` that it tells.

    The newest reading of a month is right, so a ledger of the year so far and one of a month can follow each other.
    Rows that are alike count one by one.
    """
    unmatched: dict[Entry, list[int]] = {}
    for entry_id, entry in kept.items():
        if month_of(entry.day) in months:
            unmatched.setdefault(entry, []).append(entry_id)
    added = []
    for entry in read:
        ids = unmatched.get(entry)
        if ids:
            ids.pop()
        else:
            added.append(entry)
    gone = tuple(sorted(entry_id for ids in unmatched.values() for entry_id in ids))
    return Difference(tuple(added), gone, _doubt(kept, gone))


def _doubt(kept: Mapping[int, Entry], gone: Collection[int]) -> tuple[date, ...]:
    """Return the months that lose more than half of their vouchers, and at least three."""
    before = _vouchers_by_month(kept.values())
    missing = set(gone)
    after = _vouchers_by_month(entry for entry_id, entry in kept.items() if entry_id not in missing)
    lost = {month: len(vouchers - after.get(month, set())) for month, vouchers in before.items()}
    return tuple(
        month
        for month, count in sorted(lost.items())
        if count >= _FEWEST_LOST and count > len(before[month]) / 2
    )


def _vouchers_by_month(entries: Iterable[Entry]) -> dict[date, set[str]]:
    vouchers: dict[date, set[str]] = {}
    for entry in entries:
        vouchers.setdefault(month_of(entry.day), set()).add(entry.voucher)
    return vouchers
