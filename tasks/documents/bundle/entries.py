"""Hold a line of the registry's index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: when, which way, from whom, to whom, what, and the file in the zip.

    The file is empty for one that lies elsewhere, or that is `lost`: gone from the disk, or changed there. `secrecy` is
    what the registrar has to try before it is handed out.
    """

    on: date
    way: str
    sender: str
    receiver: str
    about: str
    file: str = ""
    sha256: str = ""
    secrecy: str = ""
    lost: bool = False
