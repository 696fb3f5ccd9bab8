"""Run the office's trial on a machine of its own, and see that this one is as it was."""

import subprocess
import sys
from pathlib import Path

from tests.source_tree import ROOT

ENTER = Path(__file__).with_name("enter.sh")
# What an installation writes to: packages, settings, users, services, homes, programs, mounts and processes.
_FOLDERS = (
    "/etc",
    "/usr/local",
    "/usr/bin",
    "/usr/sbin",
    "/opt",
    "/srv",
    "/var/lib/dpkg",
    "/var/spool",
    "/home",
)


def machine() -> dict[str, str]:
    """Return what this machine has: its files with size, time and owner, and its mounts."""
    found = {
        folder: _said("find", folder, "-xdev", "-printf", r"%p %s %T@ %m %u\n")
        for folder in _FOLDERS
        if Path(folder).exists()
    }
    return found | {"mounts": _said("findmnt", "--list", "--noheadings", "-o", "TARGET,FSTYPE")}


def _said(*command: str) -> str:
    return "\n".join(
        sorted(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())
    )


def main() -> int:
    """Return 0 where all was as the README says and nothing is left behind."""
    before = machine()
    command = [str(ENTER), "env", f"--chdir={ROOT}", sys.executable, "-m", "tests.office.trial"]
    tried = subprocess.run(command, check=False).returncode
    after = machine()
    changed = [name for name in before if before[name] != after[name]]
    for name in changed:
        lines = set(before[name].splitlines()) ^ set(after[name].splitlines())
        print(f"changed on this machine: {name}: {sorted(lines)[:6]}", file=sys.stderr)
    if not changed:
        print("this machine is as it was")
    return tried or int(bool(changed))


if __name__ == "__main__":
    sys.exit(main())
