"""Say to which account money is paid."""

from __future__ import annotations

from tasks.wording.words import Speaker


def word_account(say: Speaker, account: str) -> str:
    """Return a kept account for a reader: giro numbers and IBANs name themselves, a bank's account is called one."""
    if account[:1].isdecimal():
        return say.gettext("Account %(number)s", number=account)
    return account.removeprefix("other: ")
