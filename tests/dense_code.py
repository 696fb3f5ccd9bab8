"""Find lines that say more than one thing: they are counted by `tests.measures`, and two kinds are refused."""

import ast
from collections.abc import Iterator

from tests.source_tree import nodes_of

MOST_POSITIONAL = 5
# What SQLAlchemy and decorators take any number of, all alike.
_LISTS = {"select", "where", "table", "options", "asking", "print", "Filter", "insert", "or_", "and_"}


def conditionals_within(module: ast.Module) -> Iterator[int]:
    """Yield the lines of conditional expressions that hold another."""
    for node in nodes_of(module):
        if isinstance(node, ast.IfExp):
            inner = (part for part in ast.walk(node) if part is not node)
            yield from [node.lineno] if any(isinstance(part, ast.IfExp) for part in inner) else []


def hidden_columns(module: ast.Module) -> Iterator[int]:
    """Yield the lines of `*(table.c[name] for name in ("a", "b"))`: the type checker sees no column there."""
    for node in nodes_of(module):
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.GeneratorExp):
            made = node.value.elt
            over = node.value.generators[0].iter
            if isinstance(made, ast.Subscript) and isinstance(over, ast.Tuple):
                yield node.lineno


def paired_assignments(module: ast.Module) -> Iterator[int]:
    """Yield the lines of `a, b = x, y`, where no value needs a name that is assigned there."""
    for node in nodes_of(module):
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Tuple):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Tuple):
            names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
            read = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
            yield from [] if names & read else [node.lineno]


def unnamed_values(module: ast.Module) -> Iterator[int]:
    """Yield the lines of calls with more than `MOST_POSITIONAL` values that are not called by their names."""
    for node in nodes_of(module):
        if isinstance(node, ast.Call) and len(node.args) > MOST_POSITIONAL:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield from [] if called in _LISTS else [node.lineno]


DENSE = {
    "conditionals within conditionals": conditionals_within,
    "columns that no type checker sees": hidden_columns,
    "assignments of two things": paired_assignments,
    f"calls with more than {MOST_POSITIONAL} unnamed values": unnamed_values,
}
