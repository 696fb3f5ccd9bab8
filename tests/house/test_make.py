"""Hold what make does with an environment that is there already, without installing anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_tree import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the Makefile and what it looks at, and an installed environment of this Python."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / "run.stamp").touch()
    return tmp_path


def _would_do(clone: Path, *asked: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--dry-run", "install", *asked]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    return subprocess.run(command, cwd=clone, env=plain, capture_output=True, text=True, check=False)


def _another(folder: Path, says: str) -> str:
    """Return the path of what answers as an interpreter somewhere else does."""
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("asked", [(), (f"PYTHON={sys.executable}",)], ids=["none", "its own"])
def test_make_keeps_an_environment_of_the_python_that_is_asked_for(
    clone: Path, asked: tuple[str, ...]
) -> None:
    done = _would_do(clone, *asked)
    assert done.returncode == 0
    assert "rm -rf" not in done.stdout
    assert "Installing" not in done.stdout


def test_install_passes_over_a_python_that_the_services_user_may_not_read(
    clone: Path, tmp_path: Path
) -> None:
    shutil.rmtree(clone / ".venv")
    closed = tmp_path / "root"
    closed.mkdir(mode=0o700)
    python = shutil.copy(Path(sys.executable).resolve(), closed / "python3")
    command = ["make", "install", f"PYTHON={python}"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))}
    done = subprocess.run(command, cwd=clone, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"make: passed over {python}, which the service's user may not read\n" in done.stderr
    assert "make: no Python 3.11 or newer" in done.stderr
    assert not (clone / ".venv" / "bin").exists()


def test_make_makes_an_environment_of_another_python_again(clone: Path) -> None:
    python = _another(clone, "echo /opt/another/bin/python3")
    done = _would_do(clone, f"PYTHON={python}")
    said = done.stdout.index(f".venv is of another Python than {python}: it is made again.")
    assert said < done.stdout.index("rm -rf .venv") < done.stdout.index("Installing")


def test_make_keeps_an_environment_where_the_python_that_is_asked_for_does_not_run(clone: Path) -> None:
    python = _another(clone, "exit 1")
    done = _would_do(clone, f"PYTHON={python}")
    assert done.returncode == 2
    assert f"no Python 3.11 or newer: PYTHON={python}" in done.stderr
    assert "rm -rf" not in done.stdout
