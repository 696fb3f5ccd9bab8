"""Write the page that explains the programme file: prose from a template, tables from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.programme.file import Programme
from tasks.programmes.schema import Schema, shape_schema

_TEMPLATES = Path(__file__).parents[2] / "templates" / "reference"
_HEAD = "| key | default | values | what it is |\n|---|---|---|---|"


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
    tables = {shape.__name__: _table(shape) for shape in shapes_of(Programme)}
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
    schema = shape_schema(shape)
    defined = schema.get("$defs", {})
    keys = _keys_of(schema, defined)
    rows = [_row(name, field, keys[name], defined) for name, field in shape.model_fields.items()]
    return "\n".join([_HEAD, *rows])


def _keys_of(schema: Schema, defined: dict[str, Schema]) -> dict[str, Schema]:
    """Return the schemas of a shape's keys; one that a rule within itself needs stands among the definitions."""
    if "$ref" in schema:
        return _keys_of(defined[schema["$ref"].rsplit("/", 1)[-1]], defined)
    if "properties" in schema:
        found: dict[str, Schema] = schema["properties"]
        return found
    some = (_keys_of(one, defined) for one in schema.get("anyOf", ()))
    return next(filter(None, some), {})


def _row(name: str, field: FieldInfo, schema: Schema, defined: dict[str, Schema]) -> str:
    cells = [f"`{name}`", _default(field), values_in_words(schema, defined), field.description or ""]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default in (None, "", (), {}):
        return "none"
    if isinstance(field.default, BaseModel):
        return "its own defaults"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def values_in_words(schema: Schema, defined: dict[str, Schema]) -> str:
    """Return what a key can hold, as its schema says: closed words, bounds, or what kind of thing it is."""
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "title" in schema:
        return str(schema["title"])
    if "$ref" in schema:
        return values_in_words(defined[schema["$ref"].rsplit("/", 1)[-1]], defined)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            some = [one for one in schema[several] if one.get("type") != "null"]
            titled = [
                one for one in some if "title" in one
            ]  # a word alone stands for the whole that has a title
            return " or ".join(values_in_words(one, defined) for one in titled or some)
    return _of_type(schema, defined)


def _of_type(schema: Schema, defined: dict[str, Schema]) -> str:
    kind = schema.get("type")
    if kind == "object":
        named = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
        return f"name -> {values_in_words(named[0] or {}, defined)}"
    if kind == "array":
        return f"list of: {values_in_words(schema['items'], defined)}"
    if kind == "boolean":
        return "true, false"
    if kind == "integer":
        least, most = schema.get("minimum"), schema.get("maximum")
        return f"{least} to {most}" if most is not None else f"a number from {least}"
    if kind == "string":
        return "one character" if schema.get("maxLength") == 1 else str(schema.get("const", "a text"))
    raise TypeError(f"no words for {schema}")
