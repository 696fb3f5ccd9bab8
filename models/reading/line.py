"""Read the texts of one line that a file holds: an address, a name, a reference."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from models.errors import Unreadable
from models.reading.messages import Reading
from models.reading.number import is_visible, shown
from models.reading.plain_text import without_personal_number
from models.reading.reference import read_reference

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Printable ASCII without what an address list, a quoted name or an encoded-word is made of; dots stand alone and
# between other characters, or no letter to the address could be printed.
_EMAIL = re.compile(
    rf"(?!.*=\?)(?!\.)(?!.*\.\.)(?!.*\.@)[!#-'*+\-/-9=?A-Z^-~.]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = value.strip().lower()
    if not value.isascii() or len(email) > 254 or not _EMAIL.match(email):
        raise Unreadable(Reading.NOT_AN_ADDRESS(value=shown(value, 80)))
    return email


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise Unreadable(Reading.NOT_ONE_LINE())
    return value


def _filled(value: str) -> str:
    if not is_visible(value):
        raise Unreadable(Reading.EMPTY())
    return value


def _text(value: object) -> object:
    # YAML reads 500000 as a number; it is meant as what was written.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def mailbox_of(email: str) -> str:
    """Return the mailbox that an address leads to: what follows a plus sign only sorts what comes."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


Email = Annotated[str, AfterValidator(clean_email)]
_NUMBER_TOO = WithJsonSchema({"type": ["string", "integer"], "title": "a text, or a whole number"})
OptionalLine = Annotated[str, BeforeValidator(_text), AfterValidator(_line), _NUMBER_TOO]
Line = Annotated[OptionalLine, AfterValidator(_filled)]
# What a person wrote in their own words: it goes into the journal, out of which nothing is taken.
FreeText = Annotated[str, AfterValidator(without_personal_number)]
FreeLine = Annotated[Line, AfterValidator(without_personal_number)]
Reference = Annotated[str, BeforeValidator(_text), AfterValidator(read_reference), _NUMBER_TOO]
