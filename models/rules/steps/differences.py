"""Say what a programme says otherwise than the version of it that was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from models.programme.expand.names import name_of
from models.programme.plan import Programme
from models.vocabulary import StepKind


@dataclass(frozen=True, slots=True)
class Difference:
    """A key that is another, as a file calls it (`final-report.approved.due`), and its values; None for none."""

    key: str
    before: str | None
    after: str | None


def programme_differences(old: Programme, new: Programme) -> tuple[Difference, ...]:
    """Return the keys of which the programmes say something else, in the order of the older one.

    Entries of a list are known by their `key` or `number`, others by their place from 1; an entry that is there on one
    side only is one difference.
    """
    names = dict(_names(old)) | dict(_names(new))
    found = _differences((), *(one.model_dump(mode="json") for one in (old, new)))
    return tuple(replace(one, key=_written(one.key, names)) for one in found)


def _names(programme: Programme) -> Iterator[tuple[str, str]]:
    """Yield what the parts of a plan are called in its file, by their first two keys."""
    payments = {one.instalment: one.key for one in programme.steps if one.kind is StepKind.PAYMENT}
    named = [
        payments.get(one.number, str(one.number)).removeprefix("payment-") for one in programme.instalments
    ]
    for step in programme.steps:
        yield f"steps.{step.key}", name_of(step, named)
    for number, name in enumerate(named, 1):
        yield f"instalments.{number}", name


_WORDS = {"extra_holidays": "holiday", "not_holidays": "working day", "owner": "by", "over_periods": "over"}


def _written(key: str, names: Mapping[str, str]) -> str:
    """Return what a file calls a key of the plan."""
    first, *rest = key.split(".")
    if rest and (part := f"{first}.{rest[0]}") in names:
        return ".".join((names[part], *(_WORDS.get(one, one) for one in rest[1:])))
    return ".".join((first, *(_WORDS.get(one, one) for one in rest)))


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
