"""The units for one machine and several: systemd finds nothing wrong, and they start what `grants up` starts."""

import json
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
    return sorted(path for path in folder.iterdir() if path.suffix in (".service", ".timer", ".target"))


def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    units = units_here(tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_units_start_what_grants_up_starts() -> None:
    everything = (ROOT / "deployments" / "up" / "launcher.py").read_text(encoding="utf-8")
    for name in ("server", "worker"):
        unit = (UNITS / f"grantline-{name}.service").read_text(encoding="utf-8")
        (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
        options = [word for word in command.split() if word.startswith("--")]
        assert len(options) > 3
        assert [option for option in options if f'"{option}"' not in everything] == []


def test_units_read_one_file_of_settings_in_one_way() -> None:
    for unit in UNITS.glob("*.service"):
        said = unit.read_text(encoding="utf-8")
        assert "Environment=GRANTS_SETTINGS=/etc/grantline.env\n" in said
        assert "PREFECT_" not in said


def test_units_for_several_machines_take_their_settings_from_one_more_file() -> None:
    several = {"grantline-api@", "grantline-services", "grantline-worker@", "grantline-portal@"}
    for unit in UNITS.glob("*.service"):
        said = unit.read_text(encoding="utf-8")
        read = re.findall(r"^EnvironmentFile=(.*)$", said, re.MULTILINE)
        machines = "/opt/grantline/deployments/prefect-machines.env"
        assert read == ([machines] if unit.stem in several else [])


def test_command_of_an_installed_service_reads_its_file_and_gives_prefect_what_stands_there(
    tmp_path: Path,
) -> None:
    """As a unit starts Prefect's own commands: what the file says wins over what one machine needs."""
    wrapper = tmp_path / "grants"
    said = (UNITS / "grants").read_text(encoding="utf-8").replace("/opt/grantline", str(ROOT))
    wrapper.write_text(said.replace("/etc/grantline.env", f"{tmp_path}/etc.env"), encoding="utf-8")
    wrapper.chmod(0o755)
    lines = (
        "GRANTS_HOME=home",
        "PREFECT_API_URL=http://127.0.0.1:4200/api",
        'PREFECT_API_AUTH_STRING="a: $b # c"',
    )
    (tmp_path / "etc.env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    shown = "import os, json; print(json.dumps(dict(os.environ)))"
    plain = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = [str(wrapper), "exec", "python", "-c", shown]
    done = subprocess.run(command, env=plain, cwd="/", capture_output=True, text=True, check=True)
    given = json.loads(done.stdout)
    assert given["GRANTS_SETTINGS"] == f"{tmp_path}/etc.env"
    assert given["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"
    assert given["PREFECT_UI_URL"] == "http://127.0.0.1:4200"
    assert given["PREFECT_API_AUTH_STRING"] == "a: $b # c"
    assert Path(given["PREFECT_HOME"]) == tmp_path / "home" / "prefect"
    assert given["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
