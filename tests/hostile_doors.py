"""Bring hostile files to every door, in a process of its own whose memory is measured: run by test_hostile_files."""

from __future__ import annotations

import glob
import json
import re
import sys
from pathlib import Path
from time import process_time

from models.errors import BadInput
from models.programme.source import GatherRule, SourceRule
from tasks.files.inspection import inspect_file
from tasks.intake.files import read_import
from tasks.intake.names import Known
from tasks.sources.reading import SourceReader
from tasks.sources.tables import Period

PERIOD = Period("REF-1", "", "", None, None)


def upload(path: Path) -> None:
    """Hand the file in."""
    inspect_file(path, path.name)


def bring_in(path: Path) -> None:
    """Import the file."""
    read_import(path, Known()).sound()


def gather(path: Path) -> None:
    """Take a figure out of the file."""
    kind = "xlsx" if path.suffix == ".xlsx" else "csv"
    source = SourceRule.model_validate({"kind": kind, "files": glob.escape(path.name)})
    rule = GatherRule.model_validate({"source": "ledger", "column": "Belopp", "rows": "sum"})
    SourceReader(path.parent).take("ledger", source, rule, PERIOD)


DOORS = {"upload": upload, "import": bring_in, "source": gather}


def said(path: Path, door: str) -> tuple[str, float]:
    """Return what the door says, nothing if it takes the file, and the seconds of processor that it took."""
    began = process_time()
    try:
        DOORS[door](path)
        answer = ""
    except BadInput as refused:
        answer = str(refused)
    return answer, process_time() - began


def main() -> None:
    """Bring every file to the doors that take its kind; print what they say, and the most memory that it took."""
    folder = Path(sys.argv[1])
    answers = [
        (path.name, door, *said(path, door))
        for path in sorted(folder.iterdir())
        for door in (DOORS if path.suffix in (".xlsx", ".csv") else ("upload",))
    ]
    # The process's own: what getrusage tells counts from that of who began it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(re.findall(r"VmHWM:\s+([0-9]+) kB", status)[0]) / 1024
    sys.stdout.write(json.dumps({"answers": answers, "peak_mb": peak}))


if __name__ == "__main__":
    main()
