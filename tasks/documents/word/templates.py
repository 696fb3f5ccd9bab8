"""Name the Word templates that officers edit: the shipped ones, and the office's own."""

from pathlib import Path
from typing import get_args

from models.vocabulary import PaperKind

TEMPLATES = Path(__file__).parents[3] / "templates" / "documents"
Kind = PaperKind
# A paper is written in these: each kind has a template in each of them.
PAPER_LANGUAGES = ("sv", "en")


def own_templates(home: Path) -> Path:
    """Return a home's folder for the organisation's own templates, which have the shipped ones' names."""
    return home / "templates"


def template_names() -> tuple[str, ...]:
    """Return the names that a template can have: a kind of document in a language."""
    return tuple(name_of(kind, language) for kind in get_args(Kind) for language in PAPER_LANGUAGES)


def name_of(kind: str, language: str) -> str:
    """Return a template's name."""
    return f"{kind}.{language}.docx"


def template_path(name: str, own: Path | None) -> Path:
    """Return the organisation's own template if there is one, readable or not; else the shipped one."""
    if own is not None:
        try:
            (own / name).lstat()
        except FileNotFoundError:
            return TEMPLATES / name
        except OSError:  # opening it reports this
            pass
        return own / name
    return TEMPLATES / name
