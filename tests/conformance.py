"""Write the conformance suite: every worked example of the programmes as plain JSON, for other engines of the rules.

`python -m tests.conformance` writes it into `build/conformance/`, with its schema and the sentences' grammar.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, Field

from deployments.shipped_files import PROGRAMMES
from models.programme.written.file import Example, ExampleAward, Written
from models.reading.fields import Strict
from tasks.programmes.files import OFFICE, read_written
from tasks.programmes.schema import Schema, shape_schema
from tests.programme_grammar import grammar
from tests.source_tree import ROOT

FOLDER = ROOT / "build" / "conformance"


class Case(Strict):
    """An award under a programme, what happened and was answered in it, and the days and sums that this gives."""

    programme: str
    example: int = Field(description="its number in the file, from 1")
    source: str = Field(description="who worked it out")
    award: ExampleAward
    done: dict[str, tuple[str, ...]] = Field(description="event: its days, one a period")
    answers: dict[str, tuple[str, ...]] = Field(description="STEP.QUESTION: its figures, one a period")
    days: dict[str, tuple[tuple[str, ...], ...]] = Field(
        description="event: of each of its periods the day, or every reading of it; none where it is not there"
    )
    sums: dict[str, tuple[str, ...]] = Field(description="payment: its sums, one a period")


class Suite(Strict):
    """Rules, and cases that an engine of them must meet; what is not given is as the language's reference says."""

    model_config = ConfigDict(title="the conformance suite of the programmes")

    language: int = Field(description="the version of the rule language")
    programmes: dict[str, Written] = Field(description="each file laid over all that it extends, by name")
    cases: tuple[Case, ...]


def suite() -> Suite:
    """Return the suite of the programmes as they are now."""
    names = sorted(path.stem for path in PROGRAMMES.glob("*.yaml"))
    written = {
        name: read_written(PROGRAMMES / f"{name}.yaml", PROGRAMMES)
        for name in names
        if not name.endswith(OFFICE)
    }
    cases = (
        _case(name, number, one, written[name])
        for name in written
        for number, one in enumerate(written[name].examples, 1)
    )
    return Suite(language=2, programmes=written, cases=tuple(cases))


def _case(name: str, number: int, one: Example, written: Written) -> Case:
    return Case(
        programme=name,
        example=number,
        source=one.source,
        award=one.award,
        done={key: tuple(map(str, days)) for key, days in one.done.items()},
        answers=one.answers,
        days=dict(_days(one, written)),
        sums={key: said for key, said in one.gives.items() if key in written.payments},
    )


def _days(one: Example, written: Written) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    for key, said in one.gives.items():
        if key not in written.payments:
            yield key, () if said == ("none",) else tuple(tuple(day.split(" or ")) for day in said)


def text_of(value: object) -> str:
    """Return a value as the text of a JSON file."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def suite_text(suite: Suite) -> str:
    """Return the suite as the text of its file: what is as usual is left out of the rules."""
    return text_of(suite.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude_none=True))


def schema() -> Schema:
    """Return the suite's schema."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape_schema(Suite)}


def write_suite(folder: Path) -> None:
    """Write the suite, its schema and the grammar into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suite.json").write_text(suite_text(suite()), encoding="utf-8")
    (folder / "schema.json").write_text(text_of(schema()), encoding="utf-8")
    (folder / "grammar.lark").write_text(grammar(), encoding="utf-8")


if __name__ == "__main__":
    write_suite(FOLDER)
