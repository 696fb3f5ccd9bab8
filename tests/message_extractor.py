"""Extract what code says for `pybabel`: calls of gettext, messages by kind, the errors' sentences, acts' words."""

import ast
import io
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from babel.messages.extract import extract_python

from models import errors

# What says an act and its fields, and in which of its arguments stand words.
_SPECS = frozenset({"Act", "Ask"})
_WORDS = frozenset({"label", "hint", "nothing", "title", "button", "done", "intro", "takes_back"})
Found = tuple[int, str | None, str | tuple[str, ...], list[str]]
_ERRORS = frozenset(
    name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.GrantError)
)


def extract_code(
    fileobj: IO[bytes],
    keywords: Mapping[str, object],
    comment_tags: Collection[str],
    options: dict[str, object],
) -> Iterator[Found]:
    """Yield line, function, message and comments of all that a module says, as `pybabel extract` asks for it."""
    content = fileobj.read()
    yield from extract_python(io.BytesIO(content), keywords, comment_tags, options)  # type: ignore[arg-type, misc]
    known = set(_ERRORS)
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SPECS:
            yield from ((node.lineno, None, said, []) for said in _spec_words(node))
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        if "Message" in bases:
            yield from ((one.lineno, None, said, []) for one in node.body if (said := _value(one)))
        elif bases & known or node.name in _ERRORS:
            known.add(node.name)
            yield node.lineno, None, (ast.get_docstring(node) or "").splitlines()[0], []


def _spec_words(call: ast.Call) -> Iterator[str]:
    """Yield what an act and its fields are called, in places of several sorts too."""
    for keyword in call.keywords:
        if keyword.arg in _WORDS:
            yield from (
                one.value
                for one in ast.walk(keyword.value)
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value
            )
        elif keyword.arg == "variants":
            yield from _variants(keyword.value)


def _variants(said: ast.expr) -> Iterator[str]:
    if isinstance(said, ast.Dict):
        for value in said.values:
            yield from _variants(value)
    elif isinstance(said, ast.Constant) and said.value:
        yield str(said.value)


def _value(member: ast.stmt) -> str:
    """Return what a message's member says; empty for what is no member."""
    value = member.value if isinstance(member, ast.Assign) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
