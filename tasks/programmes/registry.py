"""Find the programmes that grants name: by their files' names, in the organisation's folder and the shipped one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from models.errors import ImportInvalid, ProgrammeInvalid
from models.programme.plan import Programme
from models.reading.messages import did_you_mean
from models.reading.number import shown
from tasks.programmes.files import programme_files, read_programme
from tasks.programmes.messages import Shaped


class Programmes(Protocol):
    """Where an import finds the programmes that its grants name."""

    def get(self, name: str) -> Programme:
        """Return the programme; ImportInvalid if there is none of that name."""


class ProgrammeRegistry:
    """Programme files by name, each read once; of two with the same name the one in the first of the folders.

    A programme is read with what the office's own file adds to it, where there is one. Its examples are for
    `grants check` and `grants doctor`, which count them.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._read: dict[str, Programme] = {}

    def get(self, name: str) -> Programme:
        """Return the programme; ImportInvalid if there is none of that name: no other file is looked at."""
        if name not in self._read:
            files = programme_files(*self._folders)
            if name not in files:
                raise ImportInvalid(Shaped.NO_PROGRAMME(name=shown(name), near=did_you_mean(name, files)))
            programme = read_programme(files[name], *self._folders, examples=False)
            self._read[name] = programme.model_copy(update={"programme": name})
        return self._read[name]

    def sound_ones(self) -> Iterator[Programme]:
        """Yield the folders' programmes, without those that cannot be read."""
        for name in programme_files(*self._folders):
            with suppress(ProgrammeInvalid):
                yield self.get(name)
