"""Where the files lie that Grantline brings: the programmes and Prefect's deployments."""

from __future__ import annotations

from pathlib import Path

PROGRAMMES = Path(__file__).with_name("programmes")
PREFECT_FILE = Path(__file__).with_name("prefect.yaml")
