"""Write YAML as people write it in these files: no quotes where none are needed, nothing repeated by '*'."""

from __future__ import annotations

from typing import Any

import yaml

from tasks.programmes.strict_yaml import PLAIN_VALUES


class _Dumper(yaml.SafeDumper):
    """Quotes only what the strict reader would take for something else than text."""

    yaml_implicit_resolvers = PLAIN_VALUES

    def ignore_aliases(self, data: object) -> bool:
        """Return that a value that is shared is written twice."""
        return True

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """Return keys and values; on one line where they are few and short."""
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = node.flow_style or _is_short([part for pair in node.value for part in pair])
        return node

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        """Return a list; on one line where it holds a few words."""
        node = super().represent_sequence(tag, sequence, flow_style)
        words = all(isinstance(one, yaml.ScalarNode) for one in node.value)
        node.flow_style = node.flow_style or (words and _is_short(node.value))
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)


def _is_short(nodes: list[yaml.Node]) -> bool:
    inner = (one for one in nodes if isinstance(one, yaml.CollectionNode))
    return all(one.flow_style for one in inner) and _width(nodes) < 90


def _width(nodes: list[yaml.Node]) -> int:
    """Return about how many characters the nodes take, side by side; many for a text of several lines."""
    width = 0
    for node in nodes:
        if isinstance(node, yaml.ScalarNode):
            width += 2 + len(node.value) + 100 * node.value.count("\n")
        else:
            parts = (
                [part for pair in node.value for part in pair]
                if isinstance(node, yaml.MappingNode)
                else node.value
            )
            width += 2 + _width(parts)
    return width


def yaml_text(value: object) -> str:
    """Return a value as the text of a file, which reads back as the same value."""
    return _written(value, width=110)


def yaml_line(key: str, value: object) -> str:
    """Return a key and its value as one line."""
    return _written({key: value}, width=10_000, default_flow_style=True).strip()[1:-1]


def _written(value: object, **options: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **options))
