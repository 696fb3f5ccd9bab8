"""Hold what the project stands on: declared imports, locks of them, no Prefect under a click or a command.

That every pin has its hash is held by each installation (`make`: `--require-hashes`).
"""

import ast
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.source_tree import CODE, ROOT, in_sources, nodes_of, project, sources


def declared(*groups: str) -> list[Requirement]:
    """Runtime dependencies and those of the named dependency groups."""
    wanted = list(project()["project"]["dependencies"])
    for group in groups:
        wanted += project()["dependency-groups"][group]
    return [Requirement(line) for line in wanted]


# Needed without an import of ours: the driver that a database's address names, and the world's time zones.
UNSEEN = {"psycopg", "tzdata"}


def foreign(module: ast.Module) -> set[str]:
    """Top-level packages of others that a module imports."""
    tops: set[str] = set()
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops.add(str(node.module).split(".")[0])
    return tops - sys.stdlib_module_names - CODE - {"tests"}


def undeclared(module: ast.Module, allowed: set[str]) -> list[str]:
    """Imported packages of others that no allowed distribution brings; `allowed` holds canonical names."""
    return sorted(top for top in foreign(module) if not allowed & brought_by(top))


def unused(requirements: list[Requirement], modules: list[ast.Module]) -> list[str]:
    """Requirements of which no module imports anything."""
    brought = {name for module in modules for top in foreign(module) for name in brought_by(top)}
    return [wanted.name for wanted in requirements if canonicalize_name(wanted.name) not in brought]


def brought_by(top: str) -> set[str]:
    """Canonical names of the installed distributions that bring a top-level package; its own where none does."""
    return {canonicalize_name(name) for name in packages().get(top, [top])}


@cache
def packages() -> dict[str, list[str]]:
    """The distributions of every importable top-level package; reading them all takes a moment."""
    return dict(packages_distributions())


def first_to_load(package: str, modules: list[str], folder: Path) -> str:
    """Import the modules one by one in a fresh interpreter; say after which the package is there, or ""."""
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}:\n"
        "    importlib.import_module(name)\n"
        f"    if {package!r} in sys.modules:\n"
        "        sys.exit(name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stderr.strip()


def modules_of(*prefixes: str) -> list[str]:
    """Dotted names of our modules that are, or lie in, one of the prefixes."""
    names = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path, _ in sources(*CODE)
    ]
    return [name for name in names if any(f"{name}.".startswith(f"{prefix}.") for prefix in prefixes)]


def test_every_import_of_the_product_is_declared() -> None:
    # What comes with an extra is imported where a setting asks for it, and is not installed here.
    extras = [
        Requirement(line)
        for lines in project()["project"]["optional-dependencies"].values()
        for line in lines
    ]
    allowed = {str(canonicalize_name(wanted.name)) for wanted in [*declared(), *extras]}
    assert in_sources(lambda module: undeclared(module, allowed), *CODE) == []


def test_every_import_of_the_tests_is_declared() -> None:
    allowed = {str(canonicalize_name(wanted.name)) for wanted in declared("test", "lint")}
    assert in_sources(lambda module: undeclared(module, allowed), "tests") == []


def test_every_declared_dependency_of_the_product_is_imported() -> None:
    modules = [module for _, module in sources(*CODE)]
    assert set(unused(declared(), modules)) == UNSEEN


def test_dependency_that_nothing_imports_is_found() -> None:
    wanted = [Requirement("pyyaml>=6"), Requirement("pytest")]
    assert unused(wanted, [ast.parse("import yaml"), ast.parse("import os")]) == ["pytest"]


def test_undeclared_import_is_found() -> None:
    module = ast.parse(
        "import os, models.tables.step, yaml\nfrom pytest import raises\nfrom nowhere.at import all_"
    )
    assert undeclared(module, {"pyyaml"}) == ["nowhere", "pytest"]


def test_command_line_and_portal_start_without_prefect() -> None:
    # The command line loads its commands by name, which import-linter cannot see.
    modules = modules_of("models", "tasks", "deployments.cli", "deployments.portal")
    assert first_to_load("prefect", modules, ROOT) == ""


def test_module_that_loads_a_forbidden_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "innocent.py").write_text("import json")
    (tmp_path / "guilty.py").write_text("import html5lib")
    assert first_to_load("html5lib", ["innocent", "guilty"], tmp_path) == "guilty"


def test_build_backend_is_locked_with_the_rest() -> None:
    assert project()["dependency-groups"]["build"] == project()["build-system"]["requires"]


PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==([^ ;]+)(?: ; [^\\]+)? \\$")


def pins(text: str) -> dict[str, str]:
    """Version of every pinned distribution, by canonical name."""
    found = [match for line in text.splitlines() if (match := PIN.match(line))]
    return {canonicalize_name(match[1]): match[2] for match in found}


def uncovered(requirements: list[Requirement], pinned: dict[str, str]) -> list[str]:
    """Requirements that the pins do not meet."""
    return [
        str(wanted)
        for wanted in requirements
        if (pin := pinned.get(canonicalize_name(wanted.name))) is None
        or not wanted.specifier.contains(pin, prereleases=True)
    ]


def read_lock(path: str) -> str:
    """The text of a lock."""
    return (ROOT / path).read_text(encoding="utf-8")


def test_lock_covers_what_runs() -> None:
    assert uncovered(declared("build"), pins(read_lock("requirements.lock"))) == []


def test_lock_of_the_tests_covers_what_tests() -> None:
    assert uncovered(declared("build", "test", "lint"), pins(read_lock("tests/requirements.lock"))) == []


def test_tests_run_on_the_versions_that_run() -> None:
    assert pins(read_lock("requirements.lock")).items() <= pins(read_lock("tests/requirements.lock")).items()


def test_list_of_what_it_is_made_of_names_all_that_is_locked(tmp_path: Path) -> None:
    shutil.copytree(ROOT, tmp_path / "clone", ignore=shutil.ignore_patterns(".*", "tests", "build"))
    clone = tmp_path / "clone"
    for made in (clone / "tests" / "requirements.lock", clone / ".venv" / "dev.stamp"):
        made.parent.mkdir()
        made.touch()
    subprocess.run(["make", "sbom", f"BIN={Path(sys.executable).parent}"], cwd=clone, check=True)
    bom = json.loads((clone / "build" / "grantline.cdx.json").read_text(encoding="utf-8"))
    assert bom["bomFormat"] == "CycloneDX"
    assert {one["name"]: one["version"] for one in bom["components"]} == pins(read_lock("requirements.lock"))


def test_requirement_that_the_lock_misses_is_found() -> None:
    wanted = [
        Requirement("rich>=15"),
        Requirement("click>=9"),
        Requirement("pyyaml>=6"),
        Requirement("absent"),
    ]
    pinned = {"rich": "15.0.0", "click": "8.5.1", "pyyaml": "6.0.4"}
    assert uncovered(wanted, pinned) == ["click>=9", "absent"]
