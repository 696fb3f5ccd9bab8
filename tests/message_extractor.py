"""Extract what code says for `pybabel`: the calls of gettext, the messages by their kind, the errors' own sentences."""

import ast
import io
from collections.abc import Collection, Iterator, Mapping
from typing import IO

from babel.messages.extract import extract_python

from models import errors

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
        if not isinstance(node, ast.ClassDef):
            continue
        bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
        if "Message" in bases:
            yield from ((one.lineno, None, said, []) for one in node.body if (said := _value(one)))
        elif bases & known or node.name in _ERRORS:
            known.add(node.name)
            yield node.lineno, None, (ast.get_docstring(node) or "").splitlines()[0], []


def _value(member: ast.stmt) -> str:
    """Return what a message's member says; empty for what is no member."""
    value = member.value if isinstance(member, ast.Assign) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
