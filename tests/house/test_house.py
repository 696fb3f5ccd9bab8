"""Hold the rules of the house: layout, names, clocks, and what may never be committed."""

import ast
import re
import socket
import sys
from pathlib import PurePosixPath

import pytest

from tests.dense_code import conditionals_within, hidden_columns
from tests.source_tree import CODE, ROOT, in_sources, nodes_of, tree, uses

# The lock of what runs lies beside pyproject.toml; that of the tests is theirs.
FILES = {"pyproject.toml", "requirements.lock", "README.md", "Makefile", "LICENSE", "CHANGELOG.md"}
FILES |= {"CONTRIBUTING.md", "SECURITY.md", "publiccode.yml", "REUSE.toml", "LICENSES"}
DOT_FOLDERS = {".ci", ".github"}


def strangers(paths: tuple[str, ...]) -> list[str]:
    """Top-level entries that the house does not have."""
    dotfiles = {path for path in paths if path.startswith(".") and "/" not in path}
    return sorted({path.split("/")[0] for path in paths} - CODE - {"tests"} - FILES - DOT_FOLDERS - dotfiles)


def clashing_stems(paths: tuple[str, ...]) -> list[str]:
    """Flow modules that hide the standard library or a package of ours, and modules beside a folder of one name.

    Prefect puts the folder of a flow first on the path.
    """
    modules = [PurePosixPath(path) for path in paths if path.endswith(".py")]
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    return [
        str(module)
        for module in modules
        if (module.parts[0] == "flows" and module.stem in sys.stdlib_module_names | CODE)
        or str(module.with_suffix("")) in folders
    ]


def test_top_level_has_only_what_the_house_has() -> None:
    assert strangers(tree()) == []


def test_stranger_at_top_level_is_found() -> None:
    for path in ("utils.py", "src/grantline.py", "docs/a.md", ".cache/x"):
        found = strangers((path, "models/tables/step.py", ".gitignore", ".ci/run"))
        assert found == [path.split("/")[0]]


def test_no_module_hides_another() -> None:
    assert clashing_stems(tree()) == []


def test_clashing_stem_is_found() -> None:
    for path, other in (
        ("flows/calendar.py", "models/tables/step.py"),  # shadows the standard library
        ("flows/models.py", "models/tables/step.py"),  # a package of ours
        ("deployments/portal.py", "deployments/portal/pages.html"),  # the folder beside it
    ):
        assert clashing_stems((path, other)) == [path]


def test_templates_hold_no_code() -> None:
    assert [path for path in tree() if path.startswith("templates/") and path.endswith(".py")] == [
        "templates/__init__.py"
    ]


def undescribed(module: ast.Module) -> list[str]:
    """A module without a docstring whose first line is a sentence."""
    first = (ast.get_docstring(module) or "").partition("\n")[0]
    return [] if first.endswith(".") else ["no one-sentence docstring"]


# What the time is: any of these below flows/ would make a replay, or a second run of the same day, differ.
CLOCKS = {f"datetime.{name}" for name in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")}
CLOCKS |= {f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "clock_gettime")}
CLOCKS |= {
    f"{base}.func.{name}" for base in ("sqlalchemy", "sqlmodel") for name in ("now", "current_timestamp")
}
# How long something took. It names no day, so tasks may measure with it; a rule has nothing to measure.
STOPWATCHES = {
    f"time.{name}{unit}" for name in ("monotonic", "perf_counter", "process_time") for unit in ("", "_ns")
}
SQL_CLOCK = re.compile(
    r"\bcurrent_(?:date|time|timestamp)\b|\blocaltimestamp\b|\bnow\(\)|'now'", re.IGNORECASE
)


def clock_reads(module: ast.Module, clocks: set[str]) -> list[str]:
    """Uses of a clock, in Python or in a piece of SQL."""
    docstrings = {id(node.value) for node in nodes_of(module) if isinstance(node, ast.Expr)}
    found = [f"line {line}: {name}" for name, line in uses(module) if name in clocks]
    for node in nodes_of(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            found += [f"line {node.lineno}: {match[0]} in SQL" for match in SQL_CLOCK.finditer(node.value)]
    return found


def query_makers(module: ast.Module) -> list[str]:
    """Names with which a rule could query or open a database: SQLModel hands them out beside the tables."""
    forbidden = {
        f"sqlmodel.{name}"
        for name in ("Session", "create_engine", "delete", "insert", "select", "text", "update")
    }
    return [f"line {line}: {name}" for name, line in uses(module) if name in forbidden]


def test_every_module_says_what_it_is() -> None:
    assert in_sources(undescribed, *CODE, "tests") == []


def test_models_read_no_clock() -> None:
    assert in_sources(lambda module: clock_reads(module, CLOCKS | STOPWATCHES), "models") == []


def test_tasks_read_no_clock() -> None:
    assert in_sources(lambda module: clock_reads(module, CLOCKS), "tasks") == []


def test_rules_make_no_queries() -> None:
    found = in_sources(query_makers, "models")
    assert [fault for fault in found if fault.startswith("models/rules/")] == []


def nested_conditionals(module: ast.Module) -> list[str]:
    """Conditional expressions that hold another: nobody reads these once."""
    return [f"line {line}: a conditional within a conditional" for line in conditionals_within(module)]


def unseen_columns(module: ast.Module) -> list[str]:
    """Columns of a table by names in a loop: the type checker sees none of them."""
    return [f"line {line}: columns by names in a loop" for line in hidden_columns(module)]


def test_conditionals_and_columns_are_said_plainly() -> None:
    assert in_sources(nested_conditionals, *CODE) == []
    assert in_sources(unseen_columns, *CODE) == []


def test_rule_about_modules_can_fail() -> None:
    for rule, code in (
        (nested_conditionals, "a = b if c else d if e else f"),
        (unseen_columns, "select(*(t.c[name] for name in ('a', 'b')))"),
        (undescribed, "import os"),
        (undescribed, '"""helpers"""'),
        (query_makers, "from sqlmodel import select as pick\npick(Step)"),
        (query_makers, "import sqlmodel\nsqlmodel.Session(engine)"),
    ):
        assert len(rule(ast.parse(code))) == 1, code


def test_clock_read_is_found() -> None:
    for code in (
        "import datetime as dt\ndt.date.today()",
        "from datetime import date as day\nday.today()",
        "from datetime import datetime as d\nField(default_factory=d.utcnow)",
        "from time import time_ns as n\nn()",
        "import time\ntime.monotonic()",
        "from sqlalchemy import func\nColumn(server_default=func.now())",
        "text('UPDATE letter SET sent_at = CURRENT_TIMESTAMP')",
        "text(\"SELECT datetime('now')\")",
    ):
        assert len(clock_reads(ast.parse(code), CLOCKS | STOPWATCHES)) == 1, code


def test_time_as_an_argument_is_no_clock_read() -> None:
    code = (
        '"""Say now()."""\ndef f(now, today, self): return now.date() == today and self.now and clock.today()'
    )
    assert clock_reads(ast.parse(code), CLOCKS | STOPWATCHES) == []


# What may never be committed. Put together here, so that this file does not hold what it looks for.
FOLDERS = ("work", "root", "tmp/g", "tmp/v", "opt/wheels", r"home/\w+", r"Users/\w+")
HOSTS = ("pypi org", "pythonhosted org", "npmjs org", "npmjs com", "debian org", "golang org", "crates io")
OF_A_MACHINE = re.compile(
    "|".join([rf"(?<![\w.~%-])/{name}\b" for name in FOLDERS] + [host.replace(" ", r"\.") for host in HOSTS])
)
ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[^\W\d_]{2,})")
RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:org|com|net))?|invalid|test|localhost)$", re.IGNORECASE)


def leaks(text: str) -> list[str]:
    """Folders of somebody's machine, hosts of package registries, addresses that could be a real person's."""
    found = [f"line {number}: {match[0]}" for number, match in matches(OF_A_MACHINE, text)]
    return found + [
        f"line {number}: {m[0]}" for number, m in matches(ADDRESS, text) if not RESERVED.search(m[1])
    ]


def matches(pattern: re.Pattern[str], text: str) -> list[tuple[int, re.Match[str]]]:
    """Matches of a pattern with the numbers of their lines."""
    return [(number, m) for number, line in enumerate(text.splitlines(), 1) for m in pattern.finditer(line)]


def test_nothing_of_a_machine_or_person_is_committed() -> None:
    texts = [(path, (ROOT / path).read_bytes()) for path in tree()]
    found = [
        f"{path}: {leak}"
        for path, raw in texts
        if b"\0" not in raw
        for leak in leaks(raw.decode(errors="replace"))
    ]
    assert found == []


def test_leak_is_found_and_innocent_text_is_none() -> None:
    for text in (
        "cd {}work/main".format("/"),
        "'{}root/.cache'".format("/"),
        "{}home/ana/grants".format("/"),
        "https://files.{}.org/packages".format("pythonhosted"),
        "ana{}stockholm.se".format("@"),
        "ana{}example.org.se".format("@"),
    ):
        assert len(leaks(f"ana@example.org\n{text}")) == 1, text
    for text in ("https://example.org/work/1", "~/work", "é@räksmörgås.example", "@pytest.fixture"):
        assert leaks(text) == []


def test_tests_cannot_leave_the_machine() -> None:
    # A datagram socket: connecting it sends nothing, should the guard ever be broken.
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        probe.connect(("192.0.2.1", 25))


# A file by its name, or by so much of its path as a README needs: `rolling.py`, `dates/rolling.py`.
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|j2|html|css|csv|typ))`")


# What is named in it: `rolling.py`: `find_off`, or `rolling.py` (`find_off`, `Rule`).
NAMED_IN_FILE = re.compile(rf"{NAMED_FILE.pattern}(?:: | \()((?:`[\w.]+`(?:, )?)+)")


def files_called(name: str) -> list[str]:
    """The paths that a file's name, or the end of its path, stands for."""
    return [path for path in tree() if f"/{path}".endswith(f"/{name}")]


def missing(readme: str) -> list[str]:
    """Return the files, and the names in files, that a README has and that are not there."""
    gone = {file for file in NAMED_FILE.findall(readme) if not files_called(file)}
    for file, names in NAMED_IN_FILE.findall(readme):
        text = "".join((ROOT / path).read_text(encoding="utf-8") for path in files_called(file))
        words = set(re.findall(r"\w+", text))
        gone |= {
            f"{file}: {name}" for name in re.findall(r"`([\w.]+)`", names) if not {*name.split(".")} <= words
        }
    return sorted(gone)


def test_what_readmes_name_is_there() -> None:
    found = {
        path: missing((ROOT / path).read_text(encoding="utf-8"))
        for path in tree()
        if path.endswith("README.md")
    }
    assert {path: names for path, names in found.items() if names} == {}


def test_no_readme_has_a_line_that_an_editor_cannot_show() -> None:
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in tree() if path.endswith(".md")}
    bricks = [
        f"{path}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if len(line) > 160 and "](" not in line
    ]
    assert bricks == []


def test_each_rule_has_a_row() -> None:
    table = (ROOT / "models" / "README.md").read_text(encoding="utf-8")
    rules = [path.removeprefix("models/") for path in tree() if path.startswith("models/rules/")]
    assert [path for path in rules if not path.endswith("__init__.py") and f"`{path}`" not in table] == []


def test_what_is_not_there_is_found() -> None:
    assert missing("see `dates/gone.py`, or `dates/rolling.py`") == ["dates/gone.py"]
    assert missing("`dates/rolling.py`: `find_off`, `find_on`") == ["dates/rolling.py: find_on"]
    assert missing("`dates/rolling.py` (`find_off`, `Rule.gone`)") == ["dates/rolling.py: Rule.gone"]
