"""Where programme files lie: those that Grantline ships, and the organisation's own."""

from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "deployments" / "programmes"


def programme_folders(home: Path) -> tuple[Path, Path]:
    """Return the folders of programmes: the organisation's own, whose files win, and what Grantline brings."""
    return home / "programmes", SHIPPED
