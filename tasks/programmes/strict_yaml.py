"""Read YAML strictly: no surprising types, no bombs, and the line of every value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from models.message import Remark
from models.reading.number import shown
from tasks.programmes.yaml_faults import Shaped

Place = tuple[str | int, ...]

_DEEPEST = 50
_MOST_VALUES = 200_000  # read in some ten seconds, and in less than 200 MB
_LONGEST = 131_072  # letters, as in a cell of a table
_STR = "tag:yaml.org,2002:str"


class Spot(NamedTuple):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


class YamlFault(Exception):
    """The text cannot be read; `line` counts from 1, and `remark` says what is wrong."""

    def __init__(self, line: int | None, remark: Remark) -> None:
        self.line = line
        self.remark = remark
        super().__init__(str(remark))


def _fault(at: yaml.Event | yaml.Node, remark: Remark) -> YamlFault:
    return YamlFault(_line_of(at.start_mark), remark)


# PyYAML brings libyaml's parser, which is four times as fast, for most machines.
_QUICKEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_QUICKEST):  # type: ignore[misc]
    """A loader that converts only whole numbers, true, false and null; all else stays text, dates too.

    So 'no' and 'on' are words, 0123 keeps its zero, and 500000.50 its last digit.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    ("null", r"~|null|", ("~", "n", "")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), list(_first))


class _Dumper(yaml.SafeDumper):
    """A dumper that quotes only what the loader would convert."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def write_yaml(content: object) -> str:
    """Return the document as text that `read_yaml` reads back the same, its innermost values on one line."""
    return str(
        yaml.dump(
            content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
        )
    )


def read_yaml(text: str) -> tuple[Any, Lines]:
    """Return the text's content and the lines of its values; YamlFault if it cannot be read."""
    try:
        _check_size(text)
        node = yaml.compose(text, Loader=_Loader)
        if node is None:
            raise YamlFault(None, Shaped.EMPTY_FILE())
        lines = Lines(node)
        return _Loader("").construct_document(node), lines
    except yaml.MarkedYAMLError as problem:
        raise _explained(problem, text) from problem
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise YamlFault(line, Shaped.CONTROL_CHARACTER()) from problem
    except (ValueError, OverflowError) as problem:
        raise YamlFault(1, Shaped.NO_CHARACTER()) from problem


# The commonest mistakes of authors, by the parser's own words; all others share one sentence.
_SLIPS = {
    "mapping values are not allowed": Shaped.COLON_TOO_MANY,
    "tab character": Shaped.TAB,
    "quoted scalar: found unexpected end": Shaped.QUOTE_OPEN,
    "could not find expected ':'": Shaped.COLON_MISSING,
    "did not find expected ',' or": Shaped.BRACKET_OPEN,
    "did not find expected key": Shaped.INDENTATION,
    "did not find expected '-' indicator": Shaped.INDENTATION,
}


def _explained(problem: yaml.MarkedYAMLError, text: str) -> YamlFault:
    """Return a fault of the parser's in our words."""
    why = f"{problem.context}: {problem.problem}"
    kind = next((kind for words, kind in _SLIPS.items() if words in why), Shaped.NOT_YAML)
    mark: Any = problem.problem_mark or problem.context_mark
    if kind is Shaped.NOT_YAML and mark is not None and text[mark.index : mark.index + 1] == "\t":
        kind = Shaped.TAB
    if kind is Shaped.BRACKET_OPEN and mark is not None and text[mark.index : mark.index + 1] == ":":
        opened: Any = problem.context_mark
        kind = Shaped.COLON_TOO_MANY if opened is not None and opened.line == mark.line else kind
    if kind in (Shaped.QUOTE_OPEN, Shaped.COLON_MISSING):
        mark = problem.context_mark or mark  # where it begins, which can be long before it is noticed
    return YamlFault(_line_of(mark), kind(column=mark.column + 1 if mark else 1))


def _check_size(text: str) -> None:
    """Refuse tags, and more than a file of people and grants can need, before all of it is in memory."""
    for number, event in enumerate(yaml.parse(text, Loader=_QUICKEST)):
        if number > _MOST_VALUES:
            raise _fault(event, Shaped.TOO_MANY_VALUES(most=_MOST_VALUES))
        if getattr(event, "tag", None) not in (None, "!"):
            raise _fault(event, Shaped.TAG())
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _LONGEST:
            raise _fault(event, Shaped.TEXT_TOO_LONG(most=_LONGEST))


def _line_of(mark: Any) -> int | None:
    return int(mark.line) + 1 if mark else None


class Lines:
    """The line of each value of a document; duplicate keys are refused, and so is endless repetition."""

    def __init__(self, node: yaml.Node | None = None) -> None:
        self._of: dict[Place, int] = {(): 1}
        if node is not None:
            self._walk((), node)

    def _walk(self, place: Place, node: yaml.Node) -> None:
        # Each repetition with '*' counts, or nine lines could become a billion values.
        if len(self._of) > _MOST_VALUES:
            raise _fault(node, Shaped.TOO_MANY_VALUES(most=_MOST_VALUES))
        if len(place) > _DEEPEST:
            raise _fault(node, Shaped.TOO_DEEP(most=_DEEPEST))
        self._of.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._add_key(place, key)
                self._walk((*place, key.value), value)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._walk((*place, index), value)

    def _add_key(self, place: Place, key: yaml.Node) -> None:
        if not isinstance(key, yaml.ScalarNode):
            raise _fault(key, Shaped.KEY_NOT_A_WORD())
        key.tag = _STR
        if (*place, key.value) in self._of:
            raise _fault(key, Shaped.KEY_TWICE(key=shown(key.value)))
        self._of[(*place, key.value)] = key.start_mark.line + 1

    def nearest(self, place: Sequence[str | int]) -> int:
        """Return the line of the place, or of its enclosing value."""
        enclosing = tuple(place)
        while enclosing not in self._of:
            enclosing = enclosing[:-1]
        return self._of[enclosing]
