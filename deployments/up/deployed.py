"""Whether the embedded Prefect has today's deployments: the deploy step takes seconds, so it is not done twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import flows
from deployments.shipped_files import PREFECT_FILE

# The zone of the shipped schedules; an office's own stands in the file that is deployed.
_SHIPPED_ZONE = "timezone: Europe/Stockholm"


@dataclass(frozen=True, slots=True)
class Deployed:
    """The file that is deployed from Prefect's home, and the hash of what was deployed last."""

    home: Path
    timezone: str

    @property
    def file(self) -> Path:
        """The deployments in the office's time zone."""
        return self.home / "prefect.yaml"

    @property
    def _note(self) -> Path:
        return self.home / "deployed"

    def is_current(self) -> bool:
        """Return whether these deployments, of this program and this Prefect, are deployed already."""
        return self._note.exists() and self._note.read_text(encoding="utf-8") == self._hash()

    def write_file(self) -> None:
        """Write the file that is deployed."""
        self.file.write_text(self._text(), encoding="utf-8")

    def note(self) -> None:
        """Note that it is deployed."""
        self._note.write_text(self._hash(), encoding="utf-8")

    def forget(self) -> None:
        """Let it be deployed again: Prefect has a new database."""
        self._note.unlink(missing_ok=True)

    def _text(self) -> str:
        return PREFECT_FILE.read_text(encoding="utf-8").replace(_SHIPPED_ZONE, f"timezone: {self.timezone}")

    def _hash(self) -> str:
        sources = [path.read_bytes() for path in sorted(Path(flows.__path__[0]).glob("*.py"))]
        parts = [self._text().encode(), metadata.version("prefect").encode(), *sources]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()
