"""Let a command load the one country whose holidays it needs, not all 250 that there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_PACKAGE = "holidays.countries"


class _Countries(MetaPathFinder):
    """Finds the package of countries, which the holidays package imports before a single one of them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the package, to be filled when it is asked for more than a country's own module."""
        spec = PathFinder.find_spec(fullname, path) if fullname == _PACKAGE else None
        if spec is not None and spec.loader is not None:
            spec.loader = _FilledLater(spec.loader)
        return spec


class _FilledLater(Loader):
    def __init__(self, whole: Loader) -> None:
        self._whole = whole

    def exec_module(self, module: ModuleType) -> None:
        """Leave the package empty until one of its own names is asked for."""

        def fill(name: str) -> Any:
            del module.__getattr__
            self._whole.exec_module(module)
            return getattr(module, name)

        vars(module)["__getattr__"] = fill


def load_single_countries() -> None:
    """Let a country of the holidays package be imported without the others: a sixth of a command's start."""
    if _PACKAGE not in sys.modules:
        sys.meta_path.insert(0, _Countries())
