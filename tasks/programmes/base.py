"""Lay one programme file over the one that it extends, and know where each value was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.errors import ProgrammeInvalid
from models.reading.messages import did_you_mean
from models.reading.number import shown
from tasks.programmes.strict_yaml import Lines, Place, Spot


@dataclass(frozen=True, slots=True)
class Told:
    """A value of a file, and where it stands; `parts` hold what was laid together from several files."""

    value: Any
    file: str
    lines: Lines
    place: Place = ()
    parts: Mapping[str | int, Told] = field(default_factory=dict)

    def part(self, name: str | int) -> Told:
        """Return what stands under a key, or at a position."""
        if name in self.parts:
            return self.parts[name]
        return Told(self.value[name], self.file, self.lines, (*self.place, name))

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
        return Spot(self.file, self.lines.nearest((*self.place, *rest)))

    def laid_over(self, parts: Mapping[str | int, Told]) -> Told:
        """Return the same place with other keys and values."""
        value = {name: part.value for name, part in parts.items()}
        return Told(value, self.file, self.lines, self.place, parts)


# What a word or a sentence alone stands for, where the other file says keys: `approval: funder`.
_ALONE = {"approval": "by", "claim": "due", "paid": "due"}


def lay_over(below: Told, above: Told, place: Place = ()) -> Told:
    """Return what holds when one value is laid over another: keys one by one, all else whole; nothing takes a key out.

    ProgrammeInvalid where something is taken out that is not there.
    """
    if isinstance(below.value, str) and isinstance(above.value, dict):
        key = "kind" if place[-2:-1] == ("questions",) else _ALONE.get(str(place[-1]))
        below = below if key is None else replace(below, value={key: below.value})
    if not (isinstance(below.value, dict) and isinstance(above.value, dict)):
        return above
    parts = {key: below.part(key) for key in below.value}
    for key, value in above.value.items():
        told = above.part(key)
        if value is not None:
            parts[key] = lay_over(parts[key], told, (*place, key)) if key in parts else told
        elif parts.pop(key, None) is None:
            where = ".".join(shown(part) for part in (*place, key))
            near = did_you_mean(key, below.value)
            raise ProgrammeInvalid(f"{told.nearest(())}: {where}: there is nothing to take out{near}")
    return above.laid_over(parts)
