"""Deploy prefect.yaml to the server of the environment, and keep Prefect's automations: a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tasks.prefect.automations import keep_automations


def main(file: str) -> int:
    """Deploy what the file describes as Prefect's documentation says; return the exit code."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", file]
    code = subprocess.run(command, cwd=Path(file).parent, check=False).returncode  # noqa: S603
    if code == 0:
        asyncio.run(keep_automations())
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
