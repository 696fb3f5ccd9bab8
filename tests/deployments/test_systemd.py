"""The units for one machine and several: systemd finds nothing wrong, and they start what `grants up` starts."""

import re
import subprocess
from pathlib import Path

from tests.source_tree import ROOT

UNITS = ROOT / "deployments" / "systemd"


def units_here(folder: Path) -> list[Path]:
    """Return copies of the units that expect the clone where it is."""
    for unit in UNITS.iterdir():
        said = unit.read_text(encoding="utf-8").replace("/opt/grantline", str(ROOT))
        (folder / unit.name).write_text(said, encoding="utf-8")
    return sorted(path for path in folder.iterdir() if path.suffix != ".env")


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    units = units_here(tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_units_start_what_the_supervisor_starts() -> None:
    supervisor = (ROOT / "deployments" / "up" / "supervisor.py").read_text(encoding="utf-8")
    for name in ("server", "worker"):
        unit = (UNITS / f"grantline-{name}.service").read_text(encoding="utf-8")
        (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        options = [word for word in command.split() if word.startswith("--")]
        assert len(options) > 3
        assert [option for option in options if f'"{option}"' not in supervisor] == []


def test_settings_of_prefect_stand_in_one_file_for_both_ways() -> None:
    for unit in UNITS.glob("*.service"):
        said = unit.read_text(encoding="utf-8")
        assert "EnvironmentFile=/opt/grantline/deployments/prefect.env\n" in said
        assert "PREFECT_" not in said


def test_units_for_several_machines_take_their_settings_from_one_more_file() -> None:
    several = {"grantline-api@", "grantline-services", "grantline-worker@", "grantline-portal@"}
    for unit in UNITS.glob("*.service"):
        said = unit.read_text(encoding="utf-8")
        assert ("prefect-machines.env" in said) is (unit.stem in several)
