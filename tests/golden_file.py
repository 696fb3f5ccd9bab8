"""Compare a text with its golden file, which people review as text."""

import os
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
# UPDATE_GOLDEN=1 rewrites the files. The test fails all the same: what is new has to be read first.
_UPDATE = "UPDATE_GOLDEN" in os.environ


def assert_golden(name: str, text: str) -> None:
    """Fail unless the text is the golden file `name`, character by character."""
    path = GOLDEN / name
    if _UPDATE and (not path.exists() or path.read_text(encoding="utf-8") != text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{name} is rewritten: read it, then run without UPDATE_GOLDEN")
    assert text == path.read_text(encoding="utf-8")


def golden_names(folder: str) -> set[str]:
    """Return the golden files of a folder, without their suffix."""
    return {path.stem for path in (GOLDEN / folder).glob("*.txt")}
