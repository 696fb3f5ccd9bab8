"""Hold the pages that explain files to what the files may hold: each key, and examples that are read and planned."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from deployments.cli.main import run
from models.programme.check import TESTS
from models.programme.file import Programme
from models.rules.dates.anchors import KnownDate
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts, PlannedStep
from tasks.programmes.files import read_programme
from tasks.programmes.page import reference_page, shapes_of
from tests.source_tree import ROOT

PAGE = (ROOT / "deployments" / "programmes" / "README.md").read_text(encoding="utf-8")
README = (ROOT / "deployments" / "README.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "templates" / "reference" / "programmes.md").read_text(encoding="utf-8")
SHAPES = shapes_of(Programme)
KEYS = [(shape, key) for shape in SHAPES for key in shape.model_fields]


def test_page_is_what_the_models_say() -> None:
    assert reference_page() == PAGE, "the page is stale: run 'grants schema --page'"


def test_page_has_a_table_for_every_shape_of_the_file() -> None:
    assert sorted(re.findall(r"{{ table\.(\w+) }}", TEMPLATE)) == sorted(shape.__name__ for shape in SHAPES)


@pytest.mark.parametrize(("shape", "key"), KEYS, ids=lambda one: getattr(one, "__name__", one))
def test_every_key_is_described(shape: type[BaseModel], key: str) -> None:
    description = shape.model_fields[key].description
    assert description
    assert not description.endswith(".")


def rows(heading: str) -> dict[str, list[str]]:
    """Return the cells of the table under a heading by the key that each row begins with."""
    (section,) = [part for part in PAGE.split("\n## ")[1:] if part.partition("\n")[0] == heading]
    lines = [
        re.split(r"(?<!\\) \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| `")
    ]
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def test_page_names_every_test_of_a_check() -> None:
    said = PAGE.partition("\n## A check (`checks`)\n")[2].partition(".")[0]
    assert re.findall(r"`(\w+)`", said) == list(TESTS)


@pytest.mark.parametrize(
    ("heading", "key", "default"),
    [
        ("The file", "mend_working_days", "`5`"),
        ("A step (`steps`)", "phase", "needed"),
        ("A step (`steps`)", "owner", "`coordinator`"),
        ("A step (`steps`)", "needs", "none"),
        ("A named date (`dates`)", "required", "`true`"),
        ("A CSV file (`figures`)", "delimiter", "`;`"),
    ],
)
def test_table_says_default(heading: str, key: str, default: str) -> None:
    assert rows(heading)[key][0] == default


SMALLEST, *PIECES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_smallest_programme_holds(tmp_path: Path) -> None:
    path = tmp_path / "small-funds.yaml"
    path.write_text(SMALLEST, encoding="utf-8")
    assert read_programme(path).programme == "small-funds"


def single_rules(piece: str) -> list[str]:
    """Return the piece; one for each line where every line is a due rule of its own."""
    head = "".join(line for line in piece.splitlines(keepends=True) if line.startswith("# "))
    dues = [line for line in piece.splitlines() if line.startswith("due:")]
    as_step = "steps:\n  - key: report\n"
    return [f"{head}{as_step}    {due}\n" for due in dues] or [piece]


EXAMPLES = [one for piece in PIECES for one in single_rules(piece)]
DAYS = re.compile(r"# ([0-9]{4}-[0-9]{2}-[0-9]{2}(?:, [0-9]{4}-[0-9]{2}-[0-9]{2})*)$")


def claims(example: str) -> dict[tuple[str, str], list[date]]:
    """Return the days that the text claims, by step and by what they are, as ("report", "due")."""
    found, step, waiting = {}, "", None
    for line in example.splitlines():
        step = named[1] if (named := re.match(r"  - key: (\S+)", line)) else step
        days = DAYS.search(line)
        field = field[1] if (field := re.match(r"    (due|opens):", line)) else None
        if days and field is None:
            waiting = days[1]  # a claim on the line above its rule
        elif days or (waiting and field):
            said = days[1] if days else waiting
            found[step, str(field)] = [date.fromisoformat(day) for day in str(said).split(", ")]
            waiting = None
    assert waiting is None
    return found


def facts(example: str) -> PlanFacts:
    """Return what the page says of the grant, with what the example says beside it."""
    first, last = "2026-01-01", "2026-12-31"
    if grant := re.search(r"^# grant: (\S+) to (\S+)$", example, re.MULTILINE):
        first, last = grant[1], grant[2]
    dates = {"decided_on": KnownDate(date(2025, 11, 5)), "report_on": KnownDate(date(2027, 1, 20))}
    for name in re.findall(r"^# without (\S+)$", example, re.MULTILINE):
        del dates[name]
    for name, day in re.findall(r"^# (\w+_on): (\S+)$", example, re.MULTILINE):
        dates[name] = KnownDate(date.fromisoformat(day))
    done = re.findall(r"^# (\S+)\.done: (\S+)$", example, re.MULTILINE)
    return PlanFacts(
        dates,
        date.fromisoformat(first),
        date.fromisoformat(last),
        {key: date.fromisoformat(day) for key, day in done},
    )


def planned(example: str, folder: Path) -> tuple[PlannedStep, ...]:
    """Return the plan of the example, laid over the page's smallest programme."""
    (folder / "small-funds.yaml").write_text(SMALLEST, encoding="utf-8")
    head = "" if "extends:" in example else "extends: small-funds\nprogramme: example\n"
    (folder / "example.yaml").write_text(head + example, encoding="utf-8")
    programme = read_programme(folder / "example.yaml")
    return plan_steps(programme, facts(example))


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_worked_example_gives_the_days_that_it_claims(example: str, tmp_path: Path) -> None:
    claimed = claims(example)
    plan = planned(example, tmp_path)
    found = {
        (step, field): [getattr(one, f"{field}_on") for one in plan if one.rule.key == step]
        for step, field in claimed
    }
    assert claimed or "due:" not in example or "when:" in example
    assert found == claimed


def test_worked_examples_show_every_form_of_a_rule_and_of_a_period() -> None:
    text = "\n".join(EXAMPLES)
    wanted = [
        "year from 1 April",
        "project quarter",
        "months 1-18 and",
        "except Q4",
        "join",
        "first",
        "last",
        "skip",
        "into",
        "opens",
        "on",
        "at",
        "else",
        "either",
        "earlier of",
    ]
    wanted += [
        "later of",
        "days",
        "working days",
        "months",
        "end of",
        "start of",
        "of the grant",
        "except",
        "after",
        "before",
    ]
    wanted += [
        "or the next working day",
        "or the working day before",
        "even on a day off",
        "in GB-ENG",
        "our choice",
    ]
    assert [word for word in wanted if not re.search(rf"\b{word}\b", text)] == []
    for mark in (
        "report.done",
        "report.first",
        "report.last.done",
        "report.previous.done",
        "before report ",
        "by SFS 1930:173",
    ):
        assert mark in text


def test_import_file_in_the_readme_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"   ```yaml\n(.*?)   ```", README, re.DOTALL)
    path = tmp_path / "import.yaml"
    path.write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    assert run(["init"]) == 0
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "5 nya" in capsys.readouterr().out
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "0 nya" in capsys.readouterr().out
