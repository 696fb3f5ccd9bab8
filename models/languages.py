"""List the languages: English, and each that has a file in `templates/translations`."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from models.errors import Unreadable
from models.reading.number import shown
from models.reading.value_faults import Reading

TRANSLATIONS = Path(__file__).parents[1] / "templates" / "translations"
LANGUAGES = (*sorted((path.stem for path in TRANSLATIONS.glob("*.po")), reverse=True), "en")


def _spoken(language: str) -> str:
    if language not in LANGUAGES:
        raise Unreadable(Reading.NONE_OF(value=shown(language), known=", ".join(LANGUAGES)))
    return language


Language = Annotated[str, AfterValidator(_spoken), WithJsonSchema({"type": "string", "enum": [*LANGUAGES]})]
