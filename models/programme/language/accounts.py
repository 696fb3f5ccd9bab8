"""Accounts of a ledger by their first digits, as sentences and people write them: 4-7 except 607."""

import re
from dataclasses import dataclass

from models.errors import Unreadable
from models.programme.language.grammar import Forms, Sentence, SentenceForm
from models.programme.language.kinds import KINDS, Word
from models.programme.language.tokens import SentenceFault
from models.reading.number import shown
from models.reading.value_faults import Reading


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts `on` these bounds, without those on `but`: a bound is the first digits, or two with a hyphen."""

    on: tuple[str, ...]
    but: tuple[str, ...] = ()

    def hold(self, account: str) -> bool:
        """Return whether an account is one of them."""
        return _is_on(account, self.on) and not _is_on(account, self.but)


def _is_on(account: str, bounds: tuple[str, ...]) -> bool:
    for bound in bounds:
        first, _, last = bound.partition("-")
        # A bound holds against so many digits: 4-7 takes 40 and 7999, whatever an account's length.
        if first <= account[: len(first)] and account[: len(last or first)] <= (last or first):
            return True
    return False


def _bound(text: str) -> str:
    first, hyphen, last = text.partition("-")
    if hyphen and last[: len(first)] < first[: len(last)]:
        raise ValueError(f"no account is on these; write {last}-{first}")
    return text


KINDS |= {
    "account_bound": Word(
        "[0-9]{1,8}(?:-[0-9]{1,8})?", "an account's first digits are expected here, as 4-7 or 607", _bound
    ),
}
_FORM = SentenceForm(Accounts, "{on:account_bound:1:and} [except {but:account_bound:1:and}]")
KINDS |= {"accounts": Forms(_FORM)}
ACCOUNTS: Sentence[Accounts] = Sentence(_FORM)
# Costs are in these classes, in a municipality's chart of accounts as in a company's.
COSTS = Accounts(("4-7",))

_BETWEEN = re.compile(r"\s*(?:[,;+]|\b(?:och|and)\b)\s*", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:utom|förutom|except|but not)\b", re.IGNORECASE)


def read_accounts(text: str) -> Accounts | None:
    """Return the accounts that a person typed, as "4-7, 30 utom 607"; None for nothing, else Unreadable."""
    if not text.strip():
        return None
    on, *but = (" and ".join(filter(None, _BETWEEN.split(part.strip()))) for part in _EXCEPT.split(text))
    try:
        return ACCOUNTS.read(" except ".join((on, *but)))
    except SentenceFault as fault:
        raise Unreadable(Reading.NOT_ACCOUNTS(value=shown(text))) from fault


def accounts_text(text: str) -> str:
    """Return typed accounts as they are kept: "4-7 and 30 except 607"; Unreadable as `read_accounts`."""
    accounts = read_accounts(text)
    return "" if accounts is None else ACCOUNTS.printed(accounts)
