"""Write YAML as people write it in these files: no quotes where none are needed, nothing repeated by '*'."""

from __future__ import annotations

import yaml

from tasks.programmes.strict_yaml import PLAIN_VALUES


class _Dumper(yaml.SafeDumper):
    """Quotes only what the strict reader would take for something else than text."""

    yaml_implicit_resolvers = PLAIN_VALUES

    def ignore_aliases(self, data: object) -> bool:
        """Return that a value that is shared is written twice."""
        return True


def yaml_text(value: object) -> str:
    """Return a value as the text of a file, which reads back as the same value; what holds only words on one line."""
    return str(
        yaml.dump(
            value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
        )
    )
