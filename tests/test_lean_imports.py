"""A command loads the country that it asks for, and everything is still there for whoever asks for more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ASKS = """
import sys
from deployments.lean_imports import load_single_countries
load_single_countries()
import holidays
swedish = holidays.country_holidays("SE", years=2026)
alone = [name for name in sys.modules if name.startswith("holidays.countries.")]
from holidays.countries import Norway, Sweden
print("2026-06-06" in swedish, alone, isinstance(swedish, Sweden), "2026-05-17" in Norway(), len(sys.modules) > 250)
"""


def test_country_is_loaded_alone_until_others_are_asked_for() -> None:
    root = Path(__file__).parent.parent
    ran = subprocess.run([sys.executable, "-c", ASKS], cwd=root, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("True ['holidays.countries.sweden'] True True True\n", "")
