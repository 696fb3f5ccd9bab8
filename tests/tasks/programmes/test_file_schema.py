"""Hold the JSON Schemas to the readers: what is read passes, and what is refused for its shape does not."""

import json
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from tasks.programmes.schema import programme_schema
from tasks.programmes.strict_yaml import read_yaml
from tests.tasks.programmes.test_inheritance import CHANGED
from tests.tasks.programmes.test_programmes import OFFICE_FILE, SMALL, SUMS

OF_PROGRAMME = Draft202012Validator(programme_schema())
SHIPPED = [path.read_text(encoding="utf-8") for path in sorted(PROGRAMMES.glob("*.yaml"))]


def test_schema_is_a_schema() -> None:
    schema = cast("dict[str, Any]", OF_PROGRAMME.schema)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("text", [*SHIPPED, SMALL, SUMS, OFFICE_FILE, CHANGED], ids=lambda text: text[:40])
def test_programme_that_is_read_passes(text: str) -> None:
    assert [one.message for one in OF_PROGRAMME.iter_errors(read_yaml(text)[0])] == []


@pytest.mark.parametrize(
    ("now", "wrong"),
    [
        ("title:", "titel:"),
        ("currency: SEK\n", ""),
        ("currency: SEK", "currency: kronor"),
        ("country: SE", "status: checked\ncountry: SE"),
        ("{final_report:", "{FinalReport:"),
        ("  report: {each", "  Report: {each"),
        ("close: {due", "close: {deu"),
        ("approval: funder", "approval: [funder]"),
        ("approval: funder", "approval: funder, questions: {spent: monney}"),
        ("{share: 80 %}", "{each: quarter}"),
        ("{share: 80 %}", "{share: most of it}"),
        ("close: {due: ", "close: {due: in "),
        ("start: 2026-01-01", "start: 1 January"),
        ("source: counted by hand", "sources: counted by hand"),
    ],
)
def test_programme_of_the_wrong_shape_does_not_pass(now: str, wrong: str) -> None:
    assert now in SMALL
    assert not OF_PROGRAMME.is_valid(read_yaml(SMALL.replace(now, wrong))[0])


@pytest.mark.parametrize("text", ["titel: a", "steps: {report: {deu: at grant_end}}", "steps: [report]"])
def test_office_file_of_the_wrong_shape_does_not_pass(text: str) -> None:
    assert not OF_PROGRAMME.is_valid(read_yaml(f"extends: small\nprogramme: office\n{text}\n")[0])


def test_every_key_is_described() -> None:
    schema = programme_schema()
    bare = [
        f"{name}.{key}"
        for name, shape in {"": schema, **schema["$defs"]}.items()
        for part in (shape, *shape.get("anyOf", ()))
        for key, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert bare == []


def test_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == programme_schema()
