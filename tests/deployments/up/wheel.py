"""Install the wheel as a stranger does, away from the tree: `make test-office` does, since it takes minutes."""

import subprocess
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.deployments.up.whole_start import READY_WITHIN, signed_in, up
from tests.free_ports import find_free_ports
from tests.source_tree import CODE, ROOT, project, tree

DIST = ROOT / "build" / "dist"
# Of the tree only a machine with the clone needs these.
_LEFT_OUT = ("deployments/containers/", "deployments/systemd/")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    subprocess.run(["make", "--old-file", ".venv/dev.stamp", "dist"], cwd=ROOT, check=True)


def _one(pattern: str) -> Path:
    (found,) = DIST.glob(pattern)
    return found


def test_wheel_and_source_hold_the_program_and_nothing_else() -> None:
    parts = {path for path in tree() if path.split("/")[0] in CODE and not path.startswith(_LEFT_OUT)}
    with zipfile.ZipFile(_one("*.whl")) as wheel:
        names = set(wheel.namelist())
        described = message_from_bytes(wheel.read(next(name for name in names if name.endswith("/METADATA"))))
    assert {name for name in names if ".dist-info/" not in name} == parts
    assert described["Version"] == project()["project"]["version"]
    assert str(described.get_payload()).strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()
    with tarfile.open(_one("*.tar.gz")) as source:
        files = {one.name.partition("/")[2] for one in source.getmembers() if one.isfile()}
    made = {name for name in files if name.startswith("grantline.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    licences = {path for path in tree() if path.startswith("LICENSE")}
    assert files - made == parts | licences | {"README.md", "pyproject.toml"}


def test_wheel_in_an_environment_of_its_own_serves_a_signed_in_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    place, home = tmp_path / "environment", tmp_path / "home"
    home.mkdir()
    subprocess.run(["uv", "venv", "--quiet", place], check=True)
    python = ["--python", str(place / "bin" / "python")]
    pins = ["--constraint", str(DIST / "constraints.txt")]
    subprocess.run(["uv", "pip", "install", "--quiet", *python, *pins, _one("*.whl")], cwd=home, check=True)
    grants = str(place / "bin" / "grants")
    said = subprocess.run([grants, "--version"], cwd=home, check=True, capture_output=True, text=True).stdout
    assert said == f"grants {project()['project']['version']}\n"
    with up(home, find_free_ports(2), "--sample", program=(grants,)) as whole:
        assert whole.wait_for("Ctrl-C stops it") < READY_WITHIN
        page = signed_in(whole)
        assert "SN-010" in page
        assert f"Grantline {project()['project']['version']}" in page
