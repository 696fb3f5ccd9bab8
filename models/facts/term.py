"""A part of why something is as it is: its kind, by which a template words it, and its values, plain as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeAlias

Term: TypeAlias = Mapping[str, Any]
# Where a date comes from: as somebody wrote it, or what happened (`happened`, `our_choice`).
Source: TypeAlias = str | Term
_PLAIN = (str, int)


def term(kind: str, **values: object) -> Term:
    """Return a term of the kind with its values; days become ISO 8601, and what is None is left out."""
    found: dict[str, Any] = {"kind": kind}
    for name, value in values.items():
        if value is not None:
            found[name] = plain(value)
    return found


def plain(value: object) -> object:
    """Return a value as JSON holds it: days as ISO 8601, what is a sequence as a list."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return value
    return [plain(one) for one in value] if isinstance(value, Iterable) else value


def happened(kind: str, on: date) -> Source:
    """Return a source that is known by its day: a decision, a return, a withdrawal, a shortening, a confirmation."""
    return term(kind, on=on)


def our_choice(swedish: str, english: str) -> Source:
    """Return the source of a time that we chose ourselves, with why, in a programme's own words."""
    return term("choice", sv=swedish, en=english)


def is_choice(source: Source) -> bool:
    """Return whether we chose the time ourselves."""
    return not isinstance(source, str) and source["kind"] == "choice"
