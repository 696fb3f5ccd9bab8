"""Lay one programme file over the one that it extends, and know where each value was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.errors import ProgrammeInvalid
from models.reading.number import shown
from models.reading.suggestion import did_you_mean
from tasks.programmes.strict_yaml import Lines, Place, Spot

# What an entry of a list is known by, so that one of the same name changes it.
_NAMES = ("key", "number")
REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Told:
    """A value of a file, and where it stands; `parts` hold what was laid together from several files.

    `generation` is 0 for the file that was asked for, 1 for the one that it extends, and so on.
    """

    value: Any
    file: str
    lines: Lines
    generation: int = 0
    place: Place = ()
    parts: Mapping[str | int, Told] = field(default_factory=dict)

    def part(self, name: str | int) -> Told:
        """Return what stands under a key, or at a position."""
        if name in self.parts:
            return self.parts[name]
        return Told(self.value[name], self.file, self.lines, self.generation, (*self.place, name))

    def nearest(self, place: Sequence[str | int]) -> Spot:
        """Return where the value at a place was said, or what encloses it."""
        here = self
        for position, name in enumerate(place):
            if not here.parts:
                return here._spot(place[position:])
            if name not in here.parts:
                break
            here = here.parts[name]
        return here._spot(())

    def _spot(self, rest: Sequence[str | int]) -> Spot:
        return Spot(self.generation, self.lines.nearest((*self.place, *rest)), self.file)

    def laid_over(self, parts: Mapping[str | int, Told]) -> Told:
        """Return the same place with other contents: keys and values, or a list where it was one."""
        values = {name: part.value for name, part in parts.items()}
        value = list(values.values()) if isinstance(self.value, list) else values
        return Told(value, self.file, self.lines, self.generation, self.place, parts)


def lay_over(below: Told, above: Told, place: Place = ()) -> Told:
    """Return what holds when one value is laid over another: keys and named entries one by one, all else whole.

    ProgrammeInvalid where something is taken out that is not there.
    """
    if len(place) == 2 and place[0] == "periods" and isinstance(below.value, str):
        below = replace(below, value={"every": below.value})  # a word alone stands for it
    if isinstance(below.value, dict) and isinstance(above.value, dict):
        return _keys_over(below, above, place)
    name = _name_of_entries(below.value, above.value)
    return above if name is None else _entries_over(below, above, place, name)


def _keys_over(below: Told, above: Told, place: Place) -> Told:
    parts = {key: below.part(key) for key in below.value}
    for key, value in above.value.items():
        told = above.part(key)
        if value is not None:
            parts[key] = lay_over(below.part(key), told, (*place, key)) if key in below.value else told
        elif parts.pop(key, None) is None and key not in below.value:
            near = did_you_mean(key, below.value)
            raise _fault(told, (*place, key), f"there is nothing to take out{near}")
    return above.laid_over(parts)


def _entries_over(below: Told, above: Told, place: Place, name: str) -> Told:
    entries = {_known_by(one, name): one for one in _entries(below)}
    inherited = set(entries)
    for told in _entries(above):
        known = _known_by(told, name)
        where = (*place, str(known))
        if known in entries and known not in inherited:
            raise _fault(told, where, f"another entry has the {name} '{shown(known)}' already")
        if REMOVE in told.value:
            if told.value != {name: known, REMOVE: True}:
                raise _fault(told, where, f"to take it out, write {{{name}: {shown(known)}, {REMOVE}: true}}")
            if known not in inherited:
                near = did_you_mean(str(known), [str(one) for one in inherited])
                raise _fault(told, where, f"there is nothing to take out{near}")
            del entries[known]
        elif known in inherited and known in entries:
            entries[known] = lay_over(entries[known], told, where)
        else:
            entries[known] = told
        inherited.discard(known)
    return above.laid_over(dict(enumerate(entries.values())))


def _name_of_entries(below: object, above: object) -> str | None:
    """Return what the entries of both lists are known by; None where one has entries without a name."""
    if not (isinstance(below, list) and isinstance(above, list) and below and above):
        return None

    def has_all(name: str) -> bool:
        return all(isinstance(one, dict) and isinstance(one.get(name), str | int) for one in (*below, *above))

    return next((name for name in _NAMES if has_all(name)), None)


def _entries(told: Told) -> Iterator[Told]:
    return (told.part(position) for position in range(len(told.value)))


def _known_by(told: Told, name: str) -> str | int:
    known: str | int = told.value[name]
    return known


def _fault(told: Told, place: Place, sentence: str) -> ProgrammeInvalid:
    where = ".".join(shown(part) for part in place)
    return ProgrammeInvalid(f"{told.nearest(())}: {where}: {sentence}")
