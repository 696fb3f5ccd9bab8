"""Make the JSON Schema of programme files, for editors."""

import copy
from typing import Any

from pydantic import BaseModel

from models.programme.written.file import Written

Schema = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REF = "#/$defs/"
_CHANGE = "Change"


def programme_schema() -> Schema:
    """Return the schema of a programme file; one that extends another may give any part of a key or entry."""
    whole = shape_schema(Written)
    shapes = whole.pop("$defs")
    shapes["Programme"] = whole
    shapes |= {f"{name}{_CHANGE}": _as_change(shape) for name, shape in shapes.items()}
    shapes[f"Programme{_CHANGE}"]["required"] = ["extends", "programme"]
    return {
        "$schema": _DIALECT,
        "title": "a programme file",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"{_REF}Programme{_CHANGE}"},
        "else": {"$ref": f"{_REF}Programme"},
        "$defs": shapes,
    }


def shape_schema(shape: type[BaseModel]) -> Schema:
    """Return the schema of one shape of a file."""
    schema = shape.model_json_schema(by_alias=True)
    for part in _parts_of(schema):
        if "patternProperties" in part:  # else an invalid name would be accepted
            part.setdefault("additionalProperties", False)
        if part.get("type") == "string" and part.get("minLength") == 1:
            part.setdefault("pattern", r"\S")  # blanks are trimmed away
    return schema


def _parts_of(schema: object) -> list[Schema]:
    """Return every mapping within a schema, itself included."""
    if isinstance(schema, dict):
        return [schema, *(part for value in schema.values() for part in _parts_of(value))]
    if isinstance(schema, list):
        return [part for value in schema for part in _parts_of(value)]
    return []


def _as_change(schema: Schema) -> Schema:
    """Return the shape of a part that a file inherits: any of its keys, and `~` to remove one."""
    changed = copy.deepcopy(schema)
    for part in _parts_of(changed):
        if str(part.get("$ref", "")).startswith(_REF):
            part["$ref"] += _CHANGE
    for part in (changed, *changed.get("anyOf", ())):
        if "properties" in part:
            part["properties"] = {key: _or_nothing(value) for key, value in part["properties"].items()}
            part["required"] = []
    return changed


def _or_nothing(schema: Schema) -> Schema:
    """Return the schema of a value, or of `~`; a named value of a mapping can be removed too."""
    if "patternProperties" in schema:
        named = schema["patternProperties"]
        schema["patternProperties"] = {pattern: _or_nothing(value) for pattern, value in named.items()}
    about: Schema = {key: schema.pop(key) for key in ("description", "examples") if key in schema}
    return {**about, "anyOf": [schema, {"type": "null"}]}
