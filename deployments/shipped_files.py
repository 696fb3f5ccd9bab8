"""Where the files lie that Grantline brings: the programmes, Prefect's deployments and Prefect's settings."""

from __future__ import annotations

from pathlib import Path

PROGRAMMES = Path(__file__).with_name("programmes")
PREFECT_FILE = Path(__file__).with_name("prefect.yaml")
PREFECT_SETTINGS = Path(__file__).with_name("prefect.env")


def programme_folders(home: Path) -> tuple[Path, Path]:
    """Return where programmes lie: the organisation's own, which win, and those that Grantline brings."""
    return home / "programmes", PROGRAMMES
