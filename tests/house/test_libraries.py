"""Hold that nothing private of a library is used, no module imports itself by way of others, and no message is read.

What is left of before is listed here. The list may shrink and never grow: an entry that is no longer needed fails.
"""

from __future__ import annotations

import ast

import pytest

from tests.libraries import find_circles, private_names, private_uses
from tests.measures import module_names, product
from tests.messages import looks_into_messages

# Libraries that raise one class for everything.
MESSAGES = {"tasks/documents/pdf/documents.py"}


def test_nothing_private_of_a_library_is_used() -> None:
    modules = product()
    own = {name for one in modules.values() for name in private_names(one)}
    assert [(path, names) for path, one in modules.items() if (names := private_uses(one, own))] == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("from prefect import _internal", id="a private module"),
        pytest.param("from uvicorn._compat import run", id="a module in a private one"),
        pytest.param("import prefect._waiters", id="a private module by its full name"),
        pytest.param("import asyncio\nasyncio.tasks._all_tasks", id="a private attribute of a module"),
        pytest.param("from sqlalchemy import Engine\nEngine._run_ddl = None", id="one that is replaced"),
        pytest.param("def f(runner):\n    runner._cancel()", id="one of an object"),
        pytest.param("from click import _Base\nclass Mine(_Base): pass", id="a private class to stand on"),
        pytest.param("open('/proc/locks')", id="the kernel's own files"),
    ],
)
def test_private_name_is_found(code: str) -> None:
    assert len(private_uses(ast.parse(code), {"_mine"})) == 1


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import mail\nself._mine = mail.__version__", id="our own, and what is public"),
        pytest.param("from models.vocabulary import _mine", id="one of ours, imported"),
        pytest.param("def f(row):\n    return row._mapping", id="what its documentation names"),
    ],
)
def test_innocent_name_is_not_private(code: str) -> None:
    assert private_uses(ast.parse(code), {"_mine"}) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert list(find_circles(module_names(product()))) == []


def test_circle_is_found() -> None:
    modules = {
        "tasks.words.dates": ast.parse("from tasks.words.names import word"),
        "tasks.words.names": ast.parse("def word():\n    from tasks.words import dates"),
        "tasks.words": ast.parse(""),
    }
    (ring,) = find_circles(modules)
    assert set(ring) == {"tasks.words.dates", "tasks.words.names"}


def test_nothing_looks_into_a_message() -> None:
    found = {path for path, one in product().items() if looks_into_messages(one)}
    assert found == MESSAGES


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("try: f()\nexcept OSError as error:\n    'locked' in str(error)", id="a word in it"),
        pytest.param("try: f()\nexcept E as e:\n    if e.detail == 'late': g()", id="what it says of itself"),
        pytest.param("try: f()\nexcept E as e:\n    e.args[0].startswith('no')", id="how it begins"),
        pytest.param("def f(error: OSError):\n    return PATTERN.search(str(error))", id="a pattern"),
        pytest.param("try: f()\nexcept E as e:\n    'x' in str(e.orig).lower()", id="the driver's own"),
    ],
)
def test_look_into_a_message_is_found(code: str) -> None:
    assert len(looks_into_messages(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("try: f()\nexcept E as e:\n    raise Refused(str(e)) from e", id="passed on"),
        pytest.param("try: f()\nexcept E as e:\n    e.code == 5", id="its code"),
        pytest.param("'x' in str(path)", id="another text"),
    ],
)
def test_message_that_is_passed_on_is_not_looked_into(code: str) -> None:
    assert looks_into_messages(ast.parse(code)) == []
