"""The kinds of value of a written programme: texts, titles in one language or both, and lists of names."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from models.reading.fields import Words


def _as_text(value: Any) -> Any:
    """Return a scalar as text: what YAML takes for a number or a yes is a word here."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _in_both(value: Any) -> Any:
    """Return a title in both languages, where one stands for both."""
    value = _as_text(value)
    if isinstance(value, str):
        return {"sv": value, "en": value}
    if isinstance(value, dict) and len(value) == 1:
        said = next(iter(value.values()))
        return {"sv": said, "en": said} if value.keys() <= {"sv", "en"} else value
    return value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _names(value: Any) -> Any:
    """Return names as a list: one text holds several, with blanks or commas between."""
    found: list[Any] = []
    for one in _listed(value):
        found += one.replace(",", " ").split() if isinstance(one, str) else [one]
    return found


Text = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
Title = Annotated[Words, BeforeValidator(_in_both)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_listed)]
Names = Annotated[tuple[Text, ...], BeforeValidator(_names)]
