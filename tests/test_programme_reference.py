"""Hold the pages that explain files to what the files may hold: each key, its default, and examples that are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from pydantic import BaseModel, TypeAdapter

from deployments.cli import run
from models.programme import (
    CalendarRule,
    CsvSource,
    DueRule,
    InstalmentRule,
    NamedDate,
    Option,
    Programme,
    Question,
    RungRule,
    StepRule,
    Words,
)
from models.vocabulary import Phase, Role, StepKind
from tasks.programme_files import read_programme
from tasks.strict_yaml import read_yaml
from tests.source_tree import ROOT

PAGE = (ROOT / "deployments" / "programmes" / "README.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTIONS: dict[type[BaseModel], str] = {
    Programme: "The file",
    Words: "Words (`title`, `todo`)",
    CalendarRule: "A calendar (`calendar`)",
    NamedDate: "A named date (`dates`)",
    RungRule: "A ladder's rung (`ladders`)",
    StepRule: "A step (`steps`)",
    DueRule: "A due rule (`due`, `opens`)",
    Question: "A question (`questions`)",
    Option: "An option or a part (`options`, `parts`)",
    InstalmentRule: "An instalment (`instalments`)",
    CsvSource: "A CSV file (`figures`)",
}


def rows(model: type[BaseModel]) -> dict[str, list[str]]:
    """Return the cells of the model's table by the key that each row begins with."""
    (section,) = [part for part in PAGE.split("\n## ")[1:] if part.partition("\n")[0] == SECTIONS[model]]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[1:] for cells in lines}


def default_of(model: type[BaseModel], key: str) -> str:
    """Return the default as the page writes it."""
    field = model.model_fields[key]
    if field.is_required():
        return "needed"
    if field.default in (None, "", (), {}):
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def test_every_model_of_the_file_has_a_section() -> None:
    seen: list[type[BaseModel]] = [Programme]
    for model in seen:
        named = [str(field.annotation) for field in model.model_fields.values()]
        named += [getattr(field.annotation, "__name__", "") for field in model.model_fields.values()]
        seen += [one for one in SECTIONS if one not in seen and any(one.__name__ in text for text in named)]
    assert set(seen) == set(SECTIONS)
    assert [part.partition("\n")[0] for part in PAGE.split("\n## ")[1:]] == list(SECTIONS.values())


@pytest.mark.parametrize("model", SECTIONS, ids=lambda model: str(model.__name__))
def test_every_key_is_explained_with_its_default(model: type[BaseModel]) -> None:
    said = {key: cells[0] for key, cells in rows(model).items()}
    assert said == {key: default_of(model, key) for key in model.model_fields}
    assert all(len(cells) == 4 and all(cells) for cells in rows(model).values())


EXAMPLES = [(model, key) for model in SECTIONS for key in model.model_fields]


@pytest.mark.parametrize(("model", "key"), EXAMPLES, ids=lambda one: getattr(one, "__name__", one))
def test_every_example_is_read(model: type[BaseModel], key: str) -> None:
    read, _ = read_yaml(rows(model)[key][3].strip("`"))
    assert list(read) == [key]
    field, adapter = model.model_fields[key], cast("Any", TypeAdapter)
    adapter(Annotated[field.annotation, field]).validate_python(read[key])


@pytest.mark.parametrize(
    ("model", "key", "words"),
    [
        (StepRule, "phase", list(Phase)),
        (StepRule, "kind", [kind for kind in StepKind if kind is not StepKind.RECOVERY]),
        (StepRule, "owner", list(Role)),
        (RungRule, "to", ["owner", *Role]),
    ],
)
def test_closed_words_are_all_named(model: type[BaseModel], key: str, words: list[str]) -> None:
    assert rows(model)[key][1] == ", ".join(words)


def test_smallest_programme_holds(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "small-funds.yaml"
    path.write_text(block, encoding="utf-8")
    assert read_programme(path).programme == "small-funds"


def test_import_file_in_the_readme_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"   ```yaml\n(.*?)   ```", README, re.DOTALL)
    path = tmp_path / "import.yaml"
    path.write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    assert run(["init"]) == 0
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "5 new" in capsys.readouterr().out
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "0 new" in capsys.readouterr().out
