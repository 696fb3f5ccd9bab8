"""Where the files lie that Grantline brings: programmes, advisories, and what Prefect is given."""

from pathlib import Path

PROGRAMMES = Path(__file__).with_name("programmes")
ADVISORIES = Path(__file__).with_name("advisories.yaml")
PREFECT_FILE = Path(__file__).with_name("prefect.yaml")
PREFECT_SETTINGS = Path(__file__).with_name("prefect.env")


def programme_folders(home: Path) -> tuple[Path, Path]:
    """Return where programmes lie: the organisation's own, which win, and those that Grantline brings."""
    return home / "programmes", PROGRAMMES
