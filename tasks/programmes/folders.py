"""The folders of programme files: Grantline's own, and the organisation's."""

from pathlib import Path

# They stand with what starts Grantline, since an office copies and reads them: data by its path, no import.
SHIPPED = Path(__file__).parents[2] / "deployments" / "programmes"


def programme_folders(home: Path) -> tuple[Path, Path]:
    """Return the folders of programmes: the organisation's own, which takes precedence, and the shipped."""
    return home / "programmes", SHIPPED
