"""What a page is to say: values, and the name of the macro in `templates/pages/messages.html` that words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A sentence or two of a page by their macro's name, and the values that its arguments get."""

    name: str
    values: Mapping[str, object]


def message(name: str, /, **values: object) -> PageMessage:
    """Return the message that the macro with this name words."""
    return PageMessage(name, values)
