"""What is logged, as JSON: one object a line, with what it was given and where it went wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.source_tree import ROOT

SAID = """
import logging
from tasks.log_format import set_up_logs
from tasks.settings import load_settings
logging.basicConfig(format="%(levelname)s: %(message)s")
set_up_logs(load_settings())
log = logging.getLogger("grants")
log.warning("letter %s waits", 7, extra={"letter_id": 7})
try:
    raise ValueError("a line\\nand another")
except ValueError:
    log.exception("broken")
"""


def logged(folder: Path, **settings: str) -> list[str]:
    """Return the lines of standard error."""
    environment = os.environ | settings | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SAID]
    return subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True
    ).stderr.splitlines()


def test_log_is_an_object_a_line_where_the_settings_say_json(tmp_path: Path) -> None:
    waits, broken = map(json.loads, logged(tmp_path, GRANTS_LOG_FORMAT="json"))
    assert waits.pop("at").endswith("+00:00")
    assert waits == {"level": "warning", "logger": "grants", "message": "letter 7 waits", "letter_id": 7}
    assert (broken["level"], broken["message"]) == ("error", "broken")
    assert broken["exception"].endswith("ValueError: a line\nand another")


def test_log_is_text_otherwise(tmp_path: Path) -> None:
    assert logged(tmp_path)[:2] == ["WARNING: letter 7 waits", "ERROR: broken"]
