"""Decide which entries of a ledger are of a project, which of them are costs, and what another reading changes."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from models.facts.ledger import (
    BooksChange,
    Credit,
    Difference,
    Entry,
    ListedVoucher,
    Receipts,
    Reversal,
    VoucherChanges,
)

# Costs are in these classes of accounts, in a municipality's chart as in a company's.
COSTS = ("4", "5", "6", "7")
_SHORTEST_REFERENCE = 5  # signs
_DIGIT = re.compile(r"\d")
_AROUND = ".,;:()[]\"'”"
# A voucher's costs by account.
_Key: TypeAlias = tuple[int, str]
_Costs: TypeAlias = Mapping[str, int]
_FEWEST_LOST = 3  # vouchers of a month, before a file is doubted


def project_key(text: str) -> str:
    """Return a project's number as it is compared: "0007 Bostad först" and 7 are the same."""
    first = text.strip().casefold().partition(" ")[0]
    return first.lstrip("0") or first if first.isdecimal() else first


def project_keys(projects: Iterable[str]) -> frozenset[str]:
    """Return the projects that rows name, as they are compared; a row without one is of none."""
    return frozenset(map(project_key, projects)) - {""}


def projects_of(text: str) -> frozenset[str]:
    """Return the projects that are typed, as they are compared."""
    return frozenset(project_key(part) for part in text.replace(";", ",").split(",") if part.strip())


def is_of_projects(project: str, wanted: Collection[str]) -> bool:
    """Return whether a row's project is one of those wanted, as they are compared; all are where none is named."""
    return not wanted or project_key(project) in wanted


def is_cost(account: str) -> bool:
    """Return whether an account is one of costs."""
    return account.startswith(COSTS)


def sum_costs(entries: Iterable[Entry]) -> int:
    """Return the sum of the costs, in minor units."""
    return sum(entry.amount_minor for entry in entries if is_cost(entry.account))


def sum_by_account(entries: Iterable[Entry]) -> dict[str, int]:
    """Return each account's sum in minor units, in the order of the accounts."""
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.account] += entry.amount_minor
    return {account: sums[account] for account in sorted(sums)}


def reference_words(text: str) -> frozenset[str]:
    """Return the words of a text that can be somebody's number for a grant: of five signs or more, with a digit."""
    words = (word.strip(_AROUND).casefold() for word in text.split())
    return frozenset(word for word in words if len(word) >= _SHORTEST_REFERENCE and _DIGIT.search(word))


def references_of(reference: str, funder_reference: str | None) -> frozenset[str]:
    """Return the words by which a text may name a grant: of our number for it, and of the funder's."""
    return reference_words(f"{reference} {funder_reference or ''}")


def mark_receipt(entry: Entry, text: str, receipts: Receipts) -> Entry:
    """Return a row, marked where its account is one of received grants, with the first known number in its text."""
    if not is_on_accounts(entry.account, receipts.accounts):
        return entry
    known = sorted(reference_words(text) & receipts.references)
    return replace(entry, is_receipt=True, reference=next(iter(known), ""))


def list_credits(entries: Iterable[Entry]) -> tuple[Credit, ...]:
    """Return the money that vouchers book as received, by day; one that another voucher mirrors is taken back by it.

    Money that was accrued is mirrored, too, before or after: it did not come twice.
    """
    rows = [entry for entry in entries if entry.is_receipt]
    sums = _sum_by_voucher(rows)
    came = {key: minor for key, minor in sums.items() if sum(minor.values()) < 0}
    went = {key: minor for key, minor in sums.items() if sum(minor.values()) > 0}
    days = _days_of(rows)
    taken_back = {key: by for by, key in _find_reversals(came, went, days).items()}
    references: dict[_Key, set[str]] = {}
    for entry in rows:
        references.setdefault(_key_of(entry), set()).update({entry.reference} - {""})
    found = [
        Credit(
            day=days[key],
            voucher=key[1],
            amount_minor=-sum(minor.values()),
            references=frozenset(references[key]),
            reversed_by=taken_back[key][1] if key in taken_back else "",
        )
        for key, minor in came.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.voucher)))


def list_vouchers(entries: Iterable[Entry], payroll: str) -> tuple[ListedVoucher, ...]:
    """Return the vouchers of the costs, by account and day, each with its sum; they come to the sum of the costs.

    On the accounts of `payroll`, as "5, 70-76", a voucher can be one person's pay: these are one line a month.
    """
    sums: Counter[tuple[str, date, str]] = Counter()
    for entry in entries:
        if is_cost(entry.account):
            is_pay = is_on_accounts(entry.account, payroll)
            day, voucher = (month_of(entry.day), "") if is_pay else (entry.day, entry.voucher)
            sums[entry.account, day, voucher] += entry.amount_minor
    return tuple(ListedVoucher(*key, minor) for key, minor in sorted(sums.items()))


def is_on_accounts(account: str, bounds: str) -> bool:
    """Return whether an account is within one of the bounds, as "5, 70-76": a bound is an account's first digits."""
    for part in bounds.split(","):
        first, _, last = part.strip().partition("-")
        if first and first <= account[: len(first)] and account[: len(last or first)] <= (last or first):
            return True
    return False


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
    return Difference(tuple(added), gone, _doubt(kept, added, gone))


def _doubt(kept: Mapping[int, Entry], added: Iterable[Entry], gone: Collection[int]) -> tuple[date, ...]:
    """Return the months that lose more than half of their vouchers, and at least three."""
    before = _vouchers_by_month(kept.values())
    missing = set(gone)
    stay = [entry for entry_id, entry in kept.items() if entry_id not in missing]
    after = _vouchers_by_month([*stay, *added])
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


def changed_since(then: Iterable[Entry], now: Iterable[Entry]) -> BooksChange:
    """Return how the costs that are booked now differ from those that were; only the costs of the entries count.

    A voucher's rows may be parted, joined or written again: only its sum by account counts. One that came since and
    mirrors one that stood there reverses it.
    """
    then, now = list(then), list(now)
    before, after = _costs_by_voucher(then), _costs_by_voucher(now)
    new = {key: costs for key, costs in after.items() if key not in before}
    gone = [costs for key, costs in before.items() if key not in after]
    kept = {key: costs for key, costs in before.items() if key in after}
    altered = [sum(after[key].values()) - sum(kept[key].values()) for key in kept if after[key] != kept[key]]
    pairs = _find_reversals(kept, new, _days_of([*then, *now]))
    added = [costs for key, costs in new.items() if key not in pairs]
    return BooksChange(
        then_minor=_sum_of(before.values()),
        now_minor=_sum_of(after.values()),
        added=VoucherChanges(len(added), _sum_of(added)),
        gone=VoucherChanges(len(gone), -_sum_of(gone)),
        altered=VoucherChanges(len(altered), sum(altered)),
        reversed=tuple(
            Reversal(voucher=key[1], by=by[1], amount_minor=sum(new[by].values()))
            for by, key in pairs.items()
        ),
    )


def _key_of(entry: Entry) -> _Key:
    """Return what a row's voucher is known by: its number begins again each year."""
    return entry.day.year, entry.voucher


def _costs_by_voucher(entries: Iterable[Entry]) -> dict[_Key, _Costs]:
    return _sum_by_voucher(entry for entry in entries if is_cost(entry.account))


def _sum_by_voucher(entries: Iterable[Entry]) -> dict[_Key, _Costs]:
    """Return each voucher's sums by account, without what comes to nothing."""
    sums: dict[_Key, Counter[str]] = {}
    for entry in entries:
        sums.setdefault(_key_of(entry), Counter())[entry.account] += entry.amount_minor
    without_zeros = {
        key: {account: minor for account, minor in costs.items() if minor} for key, costs in sums.items()
    }
    return {key: costs for key, costs in sorted(without_zeros.items()) if costs}


def _days_of(entries: Iterable[Entry]) -> Mapping[_Key, date]:
    """Return each voucher's first day."""
    days: dict[_Key, date] = {}
    for entry in entries:
        days[_key_of(entry)] = min(entry.day, days.get(_key_of(entry), entry.day))
    return days


def _find_reversals(
    kept: Mapping[_Key, _Costs], new: Mapping[_Key, _Costs], days: Mapping[_Key, date]
) -> dict[_Key, _Key]:
    """Return which vouchers came that mirror one that stood there, each with that one: of several the nearest."""
    open_ones: dict[frozenset[tuple[str, int]], list[_Key]] = {}
    for key, costs in kept.items():
        open_ones.setdefault(frozenset(costs.items()), []).append(key)
    pairs = {}
    for key, costs in new.items():
        mirrored = open_ones.get(frozenset((account, -minor) for account, minor in costs.items()))
        if mirrored:
            nearest = min(mirrored, key=lambda one: (abs(days[one] - days[key]), one))
            mirrored.remove(nearest)
            pairs[key] = nearest
    return pairs


def _sum_of(vouchers: Iterable[_Costs]) -> int:
    return sum(sum(costs.values()) for costs in vouchers)
