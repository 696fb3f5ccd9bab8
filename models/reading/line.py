"""Read texts of one line, and texts in a person's own words."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from models.errors import Unreadable
from models.reading.number import is_visible
from models.reading.personal_number import without_personal_number
from models.reading.plain_text import is_one_line
from models.reading.value_faults import Reading


def _line(value: str) -> str:
    if not is_one_line(value):
        raise Unreadable(Reading.NOT_ONE_LINE())
    return value


def _filled(value: str) -> str:
    if not is_visible(value):
        raise Unreadable(Reading.EMPTY())
    return value


def as_text(value: object) -> object:
    """Return a number as its text: YAML reads 500000 as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


OptionalLine = Annotated[str, BeforeValidator(as_text), AfterValidator(_line)]
Line = Annotated[OptionalLine, AfterValidator(_filled)]
# A person's own words: they go into the journal, which is never edited.
FreeText = Annotated[str, AfterValidator(without_personal_number)]
