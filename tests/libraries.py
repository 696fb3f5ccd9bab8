"""Find private names of other libraries in the code, and modules of ours that import each other in a ring."""

import ast
from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from tests.source_tree import CODE, nodes_of

OURS = CODE | {"tests"}
# Their documentation names these: the underscore keeps them apart from fields.
DOCUMENTED = {"_asdict", "_fields", "_make", "_mapping", "_replace"}


def is_private(name: str) -> bool:
    """Return whether a name begins with one underscore: `__version__` and the like are public."""
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__")) and name != "_"


def private_uses(module: ast.Module, own: Collection[str]) -> list[str]:
    """Return the private names of other libraries that a module imports, reads, replaces or subclasses, and /proc.

    `own` are the private names that our code defines: another one, read from an object, is a library's.
    """
    foreign = _foreign_names(module)
    found = []
    for node in nodes_of(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [name for name in _imported(node) if any(map(is_private, name.split(".")))]
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in DOCUMENTED:
            if _root(node) in foreign or node.attr not in own:
                found.append(ast.unparse(node))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/proc/")
        ):
            found.append(node.value)
    return sorted(set(found))


def private_names(module: ast.Module) -> Iterator[str]:
    """Yield the private names that a module defines: functions, classes, variables and attributes of its objects."""
    for node in nodes_of(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _root(node) == "self":
            yield node.attr


def _foreign_names(module: ast.Module) -> dict[str, str]:
    """Return the names that stand for something of another library, each with the library's own name for it."""
    names: dict[str, str] = {}
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_foreign(alias.name):
                    names[(alias.asname or alias.name).split(".")[0]] = alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and _is_foreign(node.module):
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return names


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if _is_foreign(alias.name)]
    if node.module and node.module != "__future__" and _is_foreign(node.module):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def _is_foreign(name: str) -> bool:
    # What only type checkers read is documented for them.
    return name.split(".")[0] not in OURS | {"_typeshed"}


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes, calls and subscripts begins with; nothing for another expression."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def imports_within(modules: Mapping[str, ast.Module], folder: str) -> dict[str, set[str]]:
    """Return which modules of a folder each of them imports, by their dotted names; also inside functions."""
    inside = {name for name in modules if name.startswith(f"{folder}.")}
    found: dict[str, set[str]] = {}
    for name in inside:
        found[name] = {one for one in _ours(modules[name]) if one in inside and one != name}
    return found


def _ours(module: ast.Module) -> Iterator[str]:
    for node in nodes_of(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_circle(imports: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Return modules that import each other in a ring, the first one last again; nothing where there is no ring."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def find_circles(modules: Mapping[str, ast.Module]) -> list[tuple[str, ...]]:
    """Return one ring of each group of folders or modules that import each other, folder by folder."""
    folders = {name.rpartition(".")[0] for name in modules}
    found = []
    for folder in sorted(folders | {name.split(".")[0] for name in modules}):
        ring = find_circle(_between_parts(imports_within(modules, folder), folder))
        if ring:
            found.append(ring)
    return found


def _between_parts(imports: Mapping[str, set[str]], folder: str) -> dict[str, set[str]]:
    """Return which parts of a folder import which: its modules and the folders in it, each as one."""

    def part(name: str) -> str:
        return f"{folder}.{name.removeprefix(f'{folder}.').split('.')[0]}"

    found: dict[str, set[str]] = {}
    for name, others in imports.items():
        found.setdefault(part(name), set()).update(part(one) for one in others if part(one) != part(name))
    return found
