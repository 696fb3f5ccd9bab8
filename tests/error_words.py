"""Find code that looks into the message of an error."""

import ast
from collections.abc import Iterator

# What an error says, beside str(error).
WORDS = {"args", "detail", "message", "orig", "reason", "strerror"}
LOOKS = {"endswith", "find", "fullmatch", "index", "match", "search", "startswith", "findall"}


def looks_into_messages(module: ast.Module) -> list[str]:
    """Return where the words of an error are compared, searched or matched: what it is, its class must say."""
    found = set()
    for errors, within in _scopes(module):
        for node in ast.walk(within):
            if _looks(node, errors):
                found.add(ast.unparse(node))
    return sorted(found)


def _scopes(module: ast.Module) -> Iterator[tuple[set[str], ast.AST]]:
    """Yield the handlers and functions that have an error at hand, with the names by which they have it."""
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield {node.name}, node
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            errors = {one.arg for one in arguments if one.annotation and _is_error(one.annotation)}
            if errors:
                yield errors, node


def _is_error(annotation: ast.expr) -> bool:
    name = ast.unparse(annotation).rpartition(".")[2]
    return name.endswith(("Error", "Exception"))


def _looks(node: ast.AST, errors: set[str]) -> bool:
    if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn | ast.Eq) for op in node.ops):
        return any(_is_message(one, errors) for one in (node.left, *node.comparators))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS:
        return any(_is_message(one, errors) for one in (node.func.value, *node.args))
    return False


def _is_message(node: ast.expr, errors: set[str]) -> bool:
    """Return whether an expression is the words of one of the errors, or made of them."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str":
        return bool(node.args) and _root(node.args[0]) in errors
    if isinstance(node, ast.Attribute):
        return (node.attr in WORDS and _root(node) in errors) or _is_message(node.value, errors)
    if isinstance(node, ast.Call):
        return _is_message(node.func, errors)
    return isinstance(node, ast.Subscript) and _is_message(node.value, errors)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
