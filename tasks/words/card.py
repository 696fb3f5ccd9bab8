"""Say what a task's card tells: by when and why, how it stands, whose it was, each fact with its label."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.letter import ItemView
from tasks.words.money import word_payee, word_unspent
from tasks.words.receipts import ReceiptWords
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator, capitalised

# The macros of the facts that are to be known before an item is answered, and of the others.
_DECIDING = ("differs", "not_yet", "waits_for")
_BACKGROUND = ("progress", "owner", "letters", "spending", "next_step")


def word_due(say: Translator, item: ItemView, today: date) -> str:
    """Return by when, as people write it: weekday, day, and how far it is; empty when it does not matter."""
    if item.due_on is None or not item.dated:
        return ""
    return str(words_module(say.language, "card", today).due(item))


def word_reasons(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield of the facts those that are to be known before the item is answered."""
    yield from _facts(say, item, today, ("conditions",))
    yield from word_payee(say, item.payee, today)
    yield from word_unspent(say, item.unspent, item.adds_minor)
    yield from _date(say, item, today)
    yield from _facts(say, item, today, _DECIDING)


def word_background(
    say: Translator, item: ItemView, today: date, *, drafted: bool
) -> Iterator[tuple[str, str]]:
    """Yield the other facts: how far it has come, who was told, what has been spent, what comes next.

    Of one that is `drafted` its draft says how far it has come.
    """
    yield from _facts(say, item, today, _BACKGROUND[1:] if drafted else _BACKGROUND)


def _facts(say: Translator, item: ItemView, today: date, keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = words_module(say.language, "card", today)
    for key in keys:
        if said := one_paragraph(getattr(words, key)(item)):
            yield str(words.label(key, item)), said


def _date(say: Translator, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield why it is due on its day, and what is known of the meeting that takes it up."""
    if not item.dated or item.why is None or item.due_on is None:
        return
    words, label = (
        ReceiptWords(say.language, item.why.programme, today),
        words_module(say.language, "card", today).label,
    )
    why, last_open = words.why(item.why), item.why.working_on
    if last_open is not None and last_open >= today and not item.with_funder:
        why = f"{why} {words.closed(item.why)}".strip()
    if why:
        yield str(label("why", item)), why
    if item.why.receipt.meeting:
        notes = (f"{capitalised(note)}." for note in words.notes(item.why.receipt))
        yield str(label("meeting", item)), " ".join(notes)
