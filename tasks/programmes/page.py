"""Write the page that explains the programme file: prose from a template, tables from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.programme.written.file import Written

_TEMPLATES = Path(__file__).parents[2] / "templates" / "reference"
_HEAD = "| key | default | what it is |\n|---|---|---|"


def reference_page() -> str:
    """Return the page, as Markdown."""
    # The page is text for GitHub and editors, and nobody's input stands in it.
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    tables = {shape.__name__: _table(shape) for shape in shapes_of(Written)}
    return environment.get_template("programmes.md").render(table=tables)


def shapes_of(shape: type[BaseModel]) -> list[type[BaseModel]]:
    """Return the shape and all that stand in it, each once, in the order in which a reader meets them."""
    found = [shape]
    for one in found:
        for field in one.model_fields.values():
            found += [inner for inner in _shapes_in(field.annotation) if inner not in found]
    return found


def _shapes_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes_in(part)


def _table(shape: type[BaseModel]) -> str:
    return "\n".join([_HEAD, *(_row(name, field) for name, field in shape.model_fields.items())])


def _row(name: str, field: FieldInfo) -> str:
    cells = [f"`{name}`", _default(field), field.description or ""]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default in (None, "", (), {}):
        return "none"
    if isinstance(field.default, BaseModel):
        return "its own defaults"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"
