"""Read a YAML file strictly, and say in one line what is wrong and where."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from models.errors import BadInput, ProgrammeInvalid
from models.programme import Programme
from tasks.plain_files import read_plain_file
from tasks.shape_faults import explain_misfit, kind_of
from tasks.strict_yaml import YamlFault, read_yaml

Shape = TypeVar("Shape", bound=BaseModel)


def read_programme(path: Path) -> Programme:
    """Return the programme in the file; ProgrammeInvalid names file, line and how to mend it."""
    return read_shape(path, Programme, ProgrammeInvalid)


def read_shape(path: Path, shape: type[Shape], error: type[BadInput]) -> Shape:
    """Return the YAML file's content in the given shape; `error` in one line when it does not fit."""
    content = read_plain_file(path, error)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise error(f"{path}, line {line}: not UTF-8 text: save the file as UTF-8") from problem
    return parse_shape(text, str(path), shape, error)


def parse_shape(text: str, name: str, shape: type[Shape], error: type[BadInput]) -> Shape:
    """Return the YAML text in the given shape; `name` stands for the file in messages."""
    try:
        content, lines = read_yaml(text)
    except YamlFault as fault:
        where = f"{name}, line {fault.line}" if fault.line else name
        raise error(f"{where}: {fault.sentence}") from fault
    if not isinstance(content, dict):
        raise error(f"{name}, line 1: expected keys and values, found {kind_of(content)}")
    try:
        return shape.model_validate(content)
    except ValidationError as problem:
        line, sentence = explain_misfit(problem, content, lines, shape)
        raise error(f"{name}, line {line}: {sentence}") from problem
