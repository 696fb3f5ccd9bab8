"""Hostile files at every door: each refused with one line, in little memory and no time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from zlib import compress

import pytest

from tasks.files.inspection import inspect_file
from tests.hostile_files import (
    a_document,
    a_jpg,
    a_pdf,
    a_png,
    a_stream,
    a_workbook,
    hostile_files,
    packed,
    said_of_endings,
)
from tests.hostile_tricks import hostile_tricks

MOST_MB, MOST_SECONDS = 300, 2.0


def test_hostile_files_are_refused_in_one_line_little_memory_and_no_time(tmp_path: Path) -> None:
    must: dict[tuple[str, str], None] = {}
    names = set()
    for name, content, doors in (*hostile_files(), *hostile_tricks()):
        (tmp_path / name).write_bytes(content)
        names.add(name)
        must |= dict.fromkeys((name, door) for door in doors)
    assert len(names) >= 500
    found = json.loads(
        subprocess.run(
            [sys.executable, "-m", "tests.hostile_doors", str(tmp_path)],
            capture_output=True,
            check=True,
            text=True,
            timeout=240,
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        ).stdout
    )
    answers = {(name, door): (said, seconds) for name, door, said, seconds in found["answers"]}
    assert [place for place in must if not answers[place][0]] == []
    assert [place for place, (said, _) in answers.items() if "\n" in said or len(said) > 300] == []
    assert [(place, seconds) for place, (_, seconds) in answers.items() if seconds > MOST_SECONDS] == []
    assert found["peak_mb"] < MOST_MB


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.xlsx", packed(a_workbook()), id="workbook"),
        pytest.param(
            "a.xlsx", packed(said_of_endings(b"bin")), id="workbook that names a kind it does not hold"
        ),
        pytest.param(
            "a.xlsx",
            packed(a_workbook(), xl__pivotCache__records1_dot_xml=b"<a>" + b"<r/>" * 100_000 + b"</a>"),
            id="workbook with a pivot table's rows",
        ),
        pytest.param("a.docx", packed(a_document()), id="document"),
        pytest.param(
            "a.docx",
            packed(
                a_document(),
                word__media__a_dot_svg=b"<!DOCTYPE svg PUBLIC 'svg' 'http://example.org/'><svg/>",
            ),
            id="document with a picture that names its kind",
        ),
        pytest.param("a.pdf", a_pdf(b"<< >>"), id="pdf"),
        pytest.param(
            "a.pdf",
            a_pdf(a_stream(compress(bytes(600_000))), b"<< >>" * 200),
            id="pdf in which more follows on a long packed stream",
        ),
        pytest.param("a.png", a_png(), id="png"),
        pytest.param("a.jpg", a_jpg(), id="jpg"),
        pytest.param("a.csv", "Tel;Not\n+46 (0)8-1;- Möte (inställt)\n-5;a=b\n".encode(), id="table"),
    ],
)
def test_what_the_hostile_files_are_made_of_is_taken(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert "/" in inspect_file(tmp_path / name, name)
