"""Decide which entries of a ledger count for a project, and which are kept without their text."""

from collections import Counter
from collections.abc import Iterable, Iterator

from models.facts.ledger import Entry
from models.programme.language.accounts import Accounts

# Payroll is class 5 in a municipality's chart of accounts, and 70-76 in a company's.
PAYROLL = Accounts(("5", "70-76"))


def project_key(text: str) -> str:
    """Return a project's number as it is compared: "0007 Bostad först" and 7 are the same."""
    first = text.strip().casefold().partition(" ")[0]
    return first.lstrip("0") or first if first.isdecimal() else first


def projects_of(text: str) -> frozenset[str]:
    """Return the projects that are typed for a grant, as they are compared."""
    return frozenset(project_key(part) for part in text.replace(";", ",").split(",") if part.strip())


def select_entries(entries: Iterable[Entry], accounts: Accounts) -> list[Entry]:
    """Return the entries on the accounts."""
    return [entry for entry in entries if accounts.hold(entry.account)]


def sum_by_account(entries: Iterable[Entry]) -> dict[str, int]:
    """Return each account's sum in minor units, in the order of the accounts."""
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.account] += entry.amount_minor
    return {account: sums[account] for account in sorted(sums)}


def number_alike(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield the entries of a file, with those that are alike told apart by their order."""
    seen: Counter[tuple[object, ...]] = Counter()
    for entry in entries:
        nth = seen[entry.key]
        seen[entry.key] += 1
        if nth:
            yield Entry(
                entry.day, entry.voucher, entry.account, entry.project, entry.text, entry.amount_minor, nth
            )
        else:
            yield entry
