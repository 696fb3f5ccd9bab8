"""Decide what an organisation is called on a day."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol


class DatedName(Protocol):
    """A name, and the day from which it holds."""

    name: str
    valid_from_on: date


def name_on(names: Iterable[DatedName], on: date, *, short: str = "") -> str:
    """Return the organisation's name on the day: the first if all are later, empty if it has none.

    A short name has no days. If letters ask for it and there is one, it is the name.
    """
    if short:
        return short
    ordered = sorted(names, key=lambda name: name.valid_from_on)
    held = [name.name for name in ordered if name.valid_from_on <= on]
    if held:
        return held[-1]
    return ordered[0].name if ordered else ""
