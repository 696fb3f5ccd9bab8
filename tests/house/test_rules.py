"""Hold that the rules remember nothing: what they say depends on what they are given, and on nothing before it."""

import ast

from tests.source_tree import sources, uses

KEEPERS = {f"functools.{name}" for name in ("cache", "cached_property", "lru_cache", "singledispatch")}
GROWS = {"add", "append", "clear", "extend", "insert", "pop", "popitem", "setdefault", "update"}


def kept(module: ast.Module) -> list[str]:
    """What a module keeps from one call to the next: caches, what is known by its id, and containers that grow."""
    found = [f"line {line}: {name}" for name, line in uses(module) if name in KEEPERS]
    names = {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in (inner for outer in module.body for inner in ast.walk(outer)):
        changed = _changed(node)
        if isinstance(changed, ast.Name) and changed.id in names:
            found.append(f"line {changed.lineno}: {changed.id} grows")
        elif isinstance(node, ast.Global) or _asks_id(node):
            found.append(ast.unparse(node))
    return found


def _changed(node: ast.AST) -> ast.expr | None:
    """Return the container that a statement or call changes."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in GROWS:
        return node.func.value
    return None


def _asks_id(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id"


def test_rules_cache_nothing() -> None:
    rules = [(path, module) for path, module in sources("models") if path.startswith("models/rules/")]
    assert [f"{path}: {fault}" for path, module in rules for fault in kept(module)] == []


def test_what_a_rule_keeps_is_found() -> None:
    for code in (
        "from functools import lru_cache\n@lru_cache\ndef f(): pass",
        "import functools\nf = functools.cache(find)",
        "def f(rule):\n    return id(rule)",
        "_known: dict[int, int] = {}\ndef f(k):\n    _known.setdefault(k, 1)",
        "_known = {}\ndef f(key):\n    _known[key] = 1",
        "last = None\ndef f(day):\n    global last\n    last = day",
    ):
        assert len(kept(ast.parse(code))) == 1, code


def test_what_a_call_keeps_for_itself_is_none_of_it() -> None:
    code = "NAMES = {1: 'one'}\ndef f(key):\n    found = {}\n    found[key] = NAMES[key]\n    return found"
    assert kept(ast.parse(code)) == []
