"""Say what a programme says otherwise than the version of it that was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.programme.plan import Programme


@dataclass(frozen=True, slots=True)
class Difference:
    """A key that is another, as `steps.final-report.late.1.loses`, and its values; None where it is not there."""

    key: str
    before: str | None
    after: str | None


def programme_differences(old: Programme, new: Programme) -> tuple[Difference, ...]:
    """Return the keys of which the programmes say something else, in the order of the older one.

    Entries of a list are known by their `key` or `number`, others by their place from 1; an entry that is there on one
    side only is one difference.
    """
    return tuple(_differences((), *(one.model_dump(mode="json") for one in (old, new))))


def _differences(path: tuple[str, ...], before: object, after: object) -> Iterator[Difference]:
    if _is_entry(before) is not _is_entry(after):
        yield Difference(".".join(path), _text(before), _text(after))
        return
    first, second = _named(before), _named(after)
    was, now = None if first else _text(before), None if second else _text(after)
    if was != now:
        yield Difference(".".join(path), was, now)
    for name in dict.fromkeys((*first, *second)):
        yield from _differences((*path, name), first.get(name), second.get(name))


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint(("key", "number"))


def _named(value: object) -> Mapping[str, object]:
    """Return the parts of keys and values, or of a list of them, by their names; none of a single value."""
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return {_name(one, place): one for place, one in enumerate(value, start=1)}
    return value if isinstance(value, dict) else {}


def _name(entry: object, place: int) -> str:
    known = entry if isinstance(entry, dict) else {}
    return str(known.get("key") or known.get("number") or place)


def _text(value: object) -> str | None:
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, dict):
        return "is there"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
