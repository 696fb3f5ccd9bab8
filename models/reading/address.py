"""Read an email address, and find the mailbox it leads to."""

import re
from typing import Annotated

from pydantic import AfterValidator

from models.errors import Unreadable
from models.reading.number import shown
from models.reading.value_faults import Reading

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Printable ASCII without the signs of an address list, a quoted name or an encoded-word. Dots are
# single and between other characters: no letter could be printed otherwise.
_EMAIL = re.compile(
    rf"(?!.*=\?)(?!\.)(?!.*\.\.)(?!.*\.@)[!#-'*+\-/-9=?A-Z^-~.]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"
)


def as_compared(email: str) -> str:
    """Return an address as addresses are compared: in lower case, if it is all ASCII.

    Some other signs have ASCII letters as their lower case: the Kelvin sign's is a k.
    """
    return email.strip().lower() if email.isascii() else email


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = as_compared(value)
    if not value.isascii() or len(email) > 254 or not _EMAIL.match(email):
        raise Unreadable(Reading.NOT_AN_ADDRESS(value=shown(value, 80)))
    return email


def mailbox_of(email: str) -> str:
    """Return the mailbox of an address: a plus sign and the text after it only sort the mail."""
    local, _, domain = as_compared(email).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


Email = Annotated[str, AfterValidator(clean_email)]
OptionalEmail = Annotated[str, AfterValidator(lambda value: clean_email(value) if value else "")]
