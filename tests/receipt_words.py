"""A receipt in words, as the tests read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.facts.receipt import Receipt, read_receipt
from models.programme.language.rule import Rule
from models.programme.plan import Programme
from models.rules.watch.concerns import Concern
from tasks.words.receipts import ReceiptWords


@dataclass(frozen=True)
class Said:
    """What a receipt says: the rule, the counting, the source, and what is to know."""

    rule: str
    arithmetic: str
    source: str
    warnings: tuple[str, ...]


def in_words(
    receipt: Receipt | Mapping[str, Any],
    language: str = "en",
    programme: Programme | None = None,
    rule: Rule | None = None,
    today: date = date.min,
) -> Said:
    """Return what a receipt says in a language, its days in ISO 8601."""
    words = ReceiptWords(language, programme, today, days_as_iso=True)
    found = receipt if isinstance(receipt, Receipt) else read_receipt(receipt)
    notes = tuple(words.notes(found))
    return Said(words.rule_of(found, rule), words.counted(found), words.source(found.source), notes)


def concern_in_words(one: Concern, language: str = "en", programme: Programme | None = None) -> str:
    """Return what is impossible or unwise in a plan."""
    return ReceiptWords(language, programme, date.min, days_as_iso=True).note(one.why)
