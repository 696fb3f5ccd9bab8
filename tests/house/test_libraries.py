"""Hold that nothing private of a library is used, no module imports itself by way of others, and no message is read.

What is left of before is listed here. The list may shrink and never grow: an entry that is no longer needed fails.
"""

import ast

from tests.error_words import looks_into_messages
from tests.libraries import find_circles, private_names, private_uses
from tests.measures import module_names, product

# Libraries that raise one class for everything.
MESSAGES = {"tasks/documents/pdf/documents.py"}


def test_nothing_private_of_a_library_is_used() -> None:
    modules = product()
    own = {name for one in modules.values() for name in private_names(one)}
    assert [(path, names) for path, one in modules.items() if (names := private_uses(one, own))] == []


def test_private_name_is_found_and_an_innocent_one_is_not() -> None:
    for code in (
        "from prefect import _internal",
        "import prefect._waiters",
        "import asyncio\nasyncio.tasks._all_tasks",
        "from sqlalchemy import Engine\nEngine._run_ddl = None",
        "def f(runner):\n    runner._cancel()",
        "from click import _Base\nclass Mine(_Base): pass",
        "open('/proc/locks')",
    ):
        assert len(private_uses(ast.parse(code), {"_mine"})) == 1, code
    for code in (
        "import mail\nself._mine = mail.__version__",
        "from models.vocabulary import _mine",
        "def f(row):\n    return row._mapping",  # what its documentation names
    ):
        assert private_uses(ast.parse(code), {"_mine"}) == [], code


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert list(find_circles(module_names(product()))) == []


def test_circle_is_found() -> None:
    modules = {
        "tasks.words.dates": ast.parse("from tasks.words.vocabulary import word"),
        "tasks.words.vocabulary": ast.parse("def word():\n    from tasks.words import dates"),
        "tasks.words": ast.parse(""),
    }
    (ring,) = find_circles(modules)
    assert set(ring) == {"tasks.words.dates", "tasks.words.vocabulary"}


def test_nothing_looks_into_a_message() -> None:
    found = {path for path, one in product().items() if looks_into_messages(one)}
    assert found == MESSAGES


def test_look_into_a_message_is_found_and_one_that_is_passed_on_is_not() -> None:
    for code in (
        "try: f()\nexcept OSError as error:\n    'locked' in str(error)",
        "try: f()\nexcept E as e:\n    if e.detail == 'late': g()",
        "try: f()\nexcept E as e:\n    e.args[0].startswith('no')",
        "def f(error: OSError):\n    return PATTERN.search(str(error))",
        "try: f()\nexcept E as e:\n    'x' in str(e.orig).lower()",
    ):
        assert len(looks_into_messages(ast.parse(code))) == 1, code
    for code in (
        "try: f()\nexcept E as e:\n    raise Refused(str(e)) from e",
        "try: f()\nexcept E as e:\n    e.code == 5",
        "'x' in str(path)",
    ):
        assert looks_into_messages(ast.parse(code)) == [], code
