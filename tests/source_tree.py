"""Read the project's own tree for the tests that hold its rules."""

import ast
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CODE = {"flows", "tasks", "models", "templates", "deployments"}


@cache
def tree() -> tuple[str, ...]:
    """Paths of all files that are, or are about to be, committed."""
    command = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in set(listed.split("\0")) if path and (ROOT / path).is_file()))


@cache
def parsed(path: str) -> ast.Module:
    """Return the syntax tree of a file, which nobody changes: many rules read it."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


@cache
def nodes_of(module: ast.Module) -> tuple[ast.AST, ...]:
    """Return all nodes of a syntax tree: each rule that walks through all of them again takes a second."""
    return tuple(ast.walk(module))


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Path and syntax tree of every Python file under the folders."""
    for path in tree():
        if path.endswith(".py") and path.split("/")[0] in folders:
            yield path, parsed(path)


def in_sources(rule: Callable[[ast.Module], list[str]], *folders: str) -> list[str]:
    """What a rule says about every Python file under the folders, each line led by the file's path."""
    return [f"{path}: {fault}" for path, module in sources(*folders) for fault in rule(module)]


@cache
def project() -> dict[str, Any]:
    """The parsed pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def uses(module: ast.Module) -> tuple[tuple[str, int], ...]:
    """Full dotted name and line of every name and attribute that is used, import aliases resolved."""
    known: dict[str, str] = {}
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            known |= {
                a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0]
                for a in node.names
            }
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = []
    for node in nodes_of(module):
        if isinstance(node, ast.Name | ast.Attribute):
            head, _, rest = _dotted(node).partition(".")
            found.append((".".join(filter(None, [known.get(head, head), rest])), node.lineno))
    return tuple(found)


def _dotted(node: ast.expr) -> str:
    """Return an expression as it is written; for names with dots, much faster than `ast.unparse`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ast.unparse(node)
