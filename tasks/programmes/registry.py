"""Find the programmes that grants name: in the programmes folder by name, or by path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from models.errors import ImportInvalid, ProgrammeInvalid
from models.programme.file import Programme
from models.reading.suggestion import did_you_mean
from models.sentence import Sentence
from tasks.programmes.files import read_programme


class Shelf(Protocol):
    """Where an import finds the programmes that its grants name."""

    def get(self, name: str) -> Programme:
        """Return the programme; ImportInvalid if there is none of that name."""


class ProgrammeShelf:
    """Programme files by name (in the programmes folder) or by path, each read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Programme] = {}

    def get(self, name: str) -> Programme:
        """Return the programme; ImportInvalid if there is no such file."""
        if name not in self._read:
            path = Path(name) if name.endswith((".yaml", ".yml")) else self._folder / f"{name}.yaml"
            if not path.is_file():
                near = did_you_mean(name, [file.stem for file in self._folder.glob("*.yaml")])
                raise ImportInvalid(
                    Sentence("there is no programme '%(name)s'%(near)s", name=name, near=near)
                )
            self._read[name] = read_programme(path)
        return self._read[name]

    def sound_ones(self) -> Iterator[Programme]:
        """Yield the folder's programmes, without those that cannot be read."""
        for path in sorted(self._folder.glob("*.yaml")):
            with suppress(ProgrammeInvalid):
                yield self.get(path.stem)
