"""Read an email address, and know which mailbox it leads to."""

import re
from typing import Annotated

from pydantic import AfterValidator

from models.errors import Unreadable
from models.reading.number import shown
from models.reading.value_faults import Reading

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Printable ASCII without what an address list, a quoted name or an encoded-word is made of. Dots
# are single and between other characters: else no letter to the address could be printed.
_EMAIL = re.compile(
    rf"(?!.*=\?)(?!\.)(?!.*\.\.)(?!.*\.@)[!#-'*+\-/-9=?A-Z^-~.]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"
)


def as_compared(email: str) -> str:
    """Return an address as addresses are compared: without regard to case, in ASCII alone.

    Other signs have small letters among ours: the Kelvin sign's is a k.
    """
    return email.strip().lower() if email.isascii() else email


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = as_compared(value)
    if not value.isascii() or len(email) > 254 or not _EMAIL.match(email):
        raise Unreadable(Reading.NOT_AN_ADDRESS(value=shown(value, 80)))
    return email


def mailbox_of(email: str) -> str:
    """Return the mailbox that an address leads to: what follows a plus sign only sorts what comes."""
    local, _, domain = as_compared(email).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


Email = Annotated[str, AfterValidator(clean_email)]
OptionalEmail = Annotated[str, AfterValidator(lambda value: clean_email(value) if value else "")]
