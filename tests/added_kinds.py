"""Add a file to a folder of kinds for a test: a channel or a source of the test's own, which no other file knows."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest


@contextmanager
def an_added_kind(kinds: ModuleType, folder: Path, name: str, text: str) -> Iterator[None]:
    """Let the folder `kinds` hold the file `name`.py with this text, too."""
    (folder / f"{name}.py").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "__path__", [*kinds.__path__, str(folder)])
        yield
    sys.modules.pop(f"{kinds.__name__}.{name}", None)
    vars(kinds).pop(name, None)
