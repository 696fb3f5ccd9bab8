"""Read a YAML file strictly, and say in one line what is wrong and where."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Hashable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from models.errors import BadInput, ProgrammeInvalid
from models.programme import Programme

Shape = TypeVar("Shape", bound=BaseModel)
Place = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """YAML with two surprises taken out: 'on' and 'no' stay words, and dates stay text until they are checked."""

    yaml_implicit_resolvers = {
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class _Lines:
    """Where each value of a document stands."""

    def __init__(self, node: yaml.Node | None) -> None:
        self.of: dict[Place, int] = {(): 1}
        if node is not None:
            self._walk((), node)

    def _walk(self, place: Place, node: yaml.Node) -> None:
        self.of.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self.of[(*place, str(key.value))] = key.start_mark.line + 1
                self._walk((*place, str(key.value)), value)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk((*place, index), value)

    def nearest(self, place: Sequence[str | int]) -> int:
        """Return the line of the place, or of what encloses it."""
        found = tuple(place)
        while found not in self.of:
            found = found[:-1]
        return self.of[found]


def read_programme(path: Path) -> Programme:
    """Return the programme in the file; ProgrammeInvalid names file, line and how to mend it."""
    return read_shape(path, Programme, ProgrammeInvalid)


def read_shape(path: Path, shape: type[Shape], error: type[BadInput]) -> Shape:
    """Return the YAML file's content in the given shape; `error` in one line when it does not fit."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = getattr(problem, "strerror", None) or "not UTF-8 text"
        raise error(f"{path}: {reason}") from problem
    return parse_shape(text, str(path), shape, error)


def parse_shape(text: str, name: str, shape: type[Shape], error: type[BadInput]) -> Shape:
    """Return the YAML text in the given shape; `name` stands for the file in messages."""
    try:
        node = yaml.compose(text, Loader=_Loader)
        _refuse_repeated_keys(node, name, error)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        raise error(f"{where}: not YAML: {problem.problem or problem.context}") from problem
    except yaml.YAMLError as problem:
        raise error(f"{name}: not YAML: {str(problem).splitlines()[0]}") from problem
    if not isinstance(content, dict):
        raise error(f"{name}: expected keys and values, found {type(content).__name__}")
    try:
        return shape.model_validate(content)
    except ValidationError as problem:
        _explain(problem, _Lines(node), name, shape, error)


def _refuse_repeated_keys(node: yaml.Node | None, name: str, error: type[BadInput]) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise error(f"{name}, line {key.start_mark.line + 1}: a key must be a word")
            if key.value in seen:
                raise error(f"{name}, line {key.start_mark.line + 1}: the key '{key.value}' stands twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, name, error)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(value, name, error)


def _explain(
    problem: ValidationError, lines: _Lines, name: str, shape: type[BaseModel], error: type[BadInput]
) -> NoReturn:
    # An unknown key is the likelier slip where a required one is missing beside it.
    found = min(problem.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = [part for part in found["loc"] if part != "[key]"]
    line = lines.nearest(place)
    dotted = ".".join(str(part) for part in place) or "file"
    message = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        message = f"unknown key '{place[-1]}'{_suggest(str(place[-1]), shape, place[:-1])}"
    elif found["type"] == "missing":
        message = f"the key '{place[-1]}' is missing"
    elif isinstance(found["input"], str | int | float):
        message = f"{message} (found '{str(found['input'])[:60]}')" if "'" not in message else message
    raise error(f"{name}, line {line}: {dotted}: {message}") from problem


def _suggest(key: str, shape: type[BaseModel], place: Sequence[str | int]) -> str:
    keys = _keys_at(shape.model_json_schema(), place)
    near = get_close_matches(key, keys, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(keys))}"


def _keys_at(schema: dict[str, Any], place: Sequence[str | int]) -> list[str]:
    """Return the keys that the JSON Schema allows at a place."""
    definitions = schema.get("$defs", {})
    here: dict[str, Any] = schema
    for part in place:
        here = _resolve(here, definitions)
        if isinstance(part, int):
            here = here.get("items") or {}
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties") or {}
    return list(_resolve(here, definitions).get("properties", {}))


def _resolve(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    for option in (schema, *schema.get("anyOf", ())):
        if "$ref" in option:
            found: dict[str, Any] = definitions[option["$ref"].rsplit("/", 1)[-1]]
            return found
        if option.get("type") in ("array", "object"):
            found = option
            return found
    return schema


def programme_hash(programme: Programme) -> str:
    """Return the version hash of a programme: of its content, whatever the file's spacing or order of keys."""
    body = json.dumps(programme.model_dump(mode="json"), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()
