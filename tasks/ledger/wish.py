"""Say which rows of a ledger are wanted, and what is kept of their texts."""

from collections.abc import Collection
from dataclasses import dataclass

from models.programme.language.accounts import Accounts, read_accounts
from models.programme.written.source import EntriesRule
from models.reading.personal_number import hide_personal_numbers
from models.reading.plain_text import one_line
from models.rules.ledger import PAYROLL, project_key

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class LedgerWish:
    """Which rows are wanted: of these projects, or all of them; and how the columns are called.

    `all_of` is the project of a file that has no column of projects.
    """

    rule: EntriesRule
    projects: Collection[str] | None = None
    all_of: str = ""
    sheet: str | None = None

    @property
    def payroll(self) -> Accounts:
        """The accounts whose rows are kept without their text."""
        return read_accounts(self.rule.payroll or "") or PAYROLL

    def takes(self, project: str) -> bool:
        """Return whether the rows of a project are wanted."""
        if self.projects is None:
            return True
        return project_key(project or self.all_of) in self.projects

    def kept_text(self, account: str, text: str) -> str:
        """Return what is kept of a row's text: nothing of payroll, and no personal identity number."""
        if not text or self.payroll.hold(account):
            return ""
        return hide_personal_numbers(one_line(text, _LONGEST))
