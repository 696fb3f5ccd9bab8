"""Deploy prefect.yaml to the environment's server, keep its automations, word its forms: a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from flows.context import open_context
from flows.overview import keep_forms
from tasks.prefect.automations import keep_automations


def main(file: str) -> int:
    """Deploy what the file describes as Prefect's documentation says; return the exit code."""
    command = [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", file]
    code = subprocess.run(command, cwd=Path(file).parent, check=False).returncode  # noqa: S603
    if code == 0:
        asyncio.run(_keep())
    return code


async def _keep() -> None:
    await keep_automations()
    await keep_forms(open_context())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
