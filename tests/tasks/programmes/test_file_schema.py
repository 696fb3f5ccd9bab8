"""Hold the JSON Schemas to the readers: what is read passes, and what is refused for its shape does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from deployments.cli.main import run
from models.programme.file import Programme
from tasks.programmes.schema import import_schema, programme_schema
from tasks.programmes.strict_yaml import YamlFault, read_yaml
from tests.source_tree import ROOT
from tests.tasks.programmes.test_inheritance import BAD as BAD_HEIRS
from tests.tasks.programmes.test_inheritance import GOOD as GOOD_HEIRS
from tests.tasks.programmes.test_programme_files import BAD, GOOD, OURS

OF_PROGRAMME = Draft202012Validator(programme_schema())
OF_IMPORT = Draft202012Validator(import_schema())
# What only the reader can say: that a name points at nothing, that parts do not go together, that a country is none.
READERS = {"value_error", "string_unicode"}
# "no" is read where false is meant; an editor is told to want false.
WORDS = "'no' is not of type 'boolean'"


def content(path: Path) -> Any:
    """Return what a file holds, as an editor gives it to the schema."""
    return read_yaml(path.read_text(encoding="utf-8"))[0]


def is_readable(path: Path) -> bool:
    """Return whether the file is YAML that the strict reader takes."""
    try:
        return isinstance(content(path), dict)
    except YamlFault:
        return False


def faults(path: Path) -> set[str]:
    """Return what kinds of fault the shape finds in the file."""
    try:
        Programme.model_validate(content(path))
    except ValidationError as problem:
        every = problem.errors()
        around = {one["loc"][:length] for one in every for length in range(len(one["loc"]))}
        return {one["type"] for one in every if one["loc"] not in around}
    return set()


def test_schemas_are_schemas() -> None:
    for validator in (OF_PROGRAMME, OF_IMPORT):
        schema = cast("dict[str, Any]", validator.schema)
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", [*GOOD, *OURS, *GOOD_HEIRS], ids=lambda path: path.stem)
def test_programme_that_is_read_passes(path: Path) -> None:
    said = [one.message for one in OF_PROGRAMME.iter_errors(content(path))]
    assert said == ([WORDS] if path.stem == "words-stay-words" else [])


SHAPELESS = [path for path in BAD if is_readable(path) and faults(path) - READERS]


def test_many_fixtures_are_wrong_in_shape() -> None:
    assert len(SHAPELESS) > 30


@pytest.mark.parametrize("path", SHAPELESS, ids=lambda path: path.stem)
def test_programme_of_the_wrong_shape_does_not_pass(path: Path) -> None:
    assert not OF_PROGRAMME.is_valid(content(path))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "country-in-words",
            "currency-in-words",
            "date-name-without-on",
            "key-with-capitals",
        ),
        *("role-that-nobody-has", "share-with-comma", "share-as-number", "unknown-role-in-rung"),
    ],
)
def test_text_that_is_written_wrong_does_not_pass(name: str) -> None:
    (path,) = [one for one in BAD if one.stem == name]
    assert not OF_PROGRAMME.is_valid(content(path))


@pytest.mark.parametrize("name", ["unknown-key", "takes-out-key-that-is-not-there"])
def test_heir_of_the_wrong_shape_does_not_pass(name: str) -> None:
    (path,) = [one for one in BAD_HEIRS if one.stem == name]
    assert not OF_PROGRAMME.is_valid(content(path))


def test_sample_import_passes_and_a_misspelt_key_does_not() -> None:
    sample = content(ROOT / "deployments" / "sample" / "reference.yaml")
    assert [one.message for one in OF_IMPORT.iter_errors(sample)] == []
    sample["grants"][0]["titel"] = sample["grants"][0].pop("title")
    assert not OF_IMPORT.is_valid(sample)


def test_every_key_of_the_programme_schema_is_described() -> None:
    shapes = programme_schema()["$defs"]
    bare = [
        f"{name}.{key}"
        for name, shape in shapes.items()
        for part in (shape, *shape.get("anyOf", ()))
        for key, value in part.get("properties", {}).items()
        if key != "remove" and not value.get("description")
    ]
    assert bare == []


def test_every_key_of_what_is_imported_is_described() -> None:
    schema = import_schema()
    imported = {"": schema, **{name: one for name, one in schema["$defs"].items() if name != "Act"}}
    bare = [
        f"{name}.{key}"
        for name, shape in imported.items()
        for key, value in shape.get("properties", {}).items()
        if not value.get("description") and key != "script"
    ]
    assert bare == []


@pytest.mark.parametrize(("arguments", "schema"), [([], programme_schema()), (["--import"], import_schema())])
def test_command_prints_the_schema(
    arguments: list[str], schema: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", *arguments]) == 0
    assert json.loads(capsys.readouterr().out) == schema


def test_command_writes_no_page_of_the_import_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--import", "--page"]) == 2
    assert "there is no page of the import file" in capsys.readouterr().err
