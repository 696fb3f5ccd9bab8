"""Write YAML as people write it in these files: no quotes where none are needed, nothing repeated by '*'."""

from __future__ import annotations

from typing import Any

import yaml

from tasks.strict_yaml import PLAIN_VALUES


class _Dumper(yaml.SafeDumper):
    """Quotes only what the strict reader would take for something else than text."""

    yaml_implicit_resolvers = PLAIN_VALUES

    def ignore_aliases(self, data: Any) -> bool:
        """Return that a value that is shared is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)


def yaml_text(value: Any) -> str:
    """Return a value as the text of a file, which reads back as the same value."""
    return _written(value, width=110)


def yaml_line(key: str, value: Any) -> str:
    """Return a key and its value as one line."""
    return _written({key: value}, width=10_000, default_flow_style=True).strip()[1:-1]


def _written(value: Any, **options: Any) -> str:
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, **options))
