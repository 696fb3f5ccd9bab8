"""Hold every kind of question, check and figure's source: that it is read, or the line that a slip is answered with."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from models.errors import ProgrammeInvalid
from models.programme.file import Programme
from tasks.programmes.files import read_programme
from tasks.programmes.strict_yaml import read_yaml

CASES = read_yaml(
    (Path(__file__).parents[2] / "programmes" / "figure-rules.yaml").read_text(encoding="utf-8")
)[0]
WORDS = {"sv": "ord", "en": "words"}
SOURCES = {
    "ledger": {"kind": "xlsx", "files": "ledger-*.xlsx"},
    "register": {"kind": "sql", "secret": "register", "query": "select 1 as persons"},
    "statistics": {"kind": "http", "url": "https://statistics.example.org/{reference}"},
}
EARLIER = [
    {"key": "spent", "kind": "money"},
    {"key": "queue", "over_periods": "last"},
    {"key": "mean", "over_periods": "none"},
    {"key": "notes", "kind": "text"},
]


def programme_with(case: dict[str, Any]) -> str:
    """Return a programme with the case's question in its report, its source, or its other keys."""
    step = {"phase": "follow-up", "kind": "report", "title": WORDS, "todo": WORDS}
    asked = {"key": "asked", "title": WORDS, **case.get("question", {})}
    for check in asked.get("checks", ()):
        check["says"] = WORDS
    content = {
        "programme": "figures",
        "title": WORDS,
        "source": "the letter",
        "currency": "SEK",
        "calendar": {"country": "SE"},
        "figures": {"kind": "csv"},
        "sources": {**SOURCES, **({"asked": case["source"]} if "source" in case else {})},
        "ladders": {"default": [{"days": 0, "to": ["owner"]}]},
        "steps": [
            {
                **step,
                "key": "follow-up",
                "each": "quarter",
                "due": "20 days after period_end",
                "questions": [{"title": WORDS, **question} for question in EARLIER],
            },
            {**step, "key": "report", "due": "60 days after grant_end", "questions": [asked]},
        ],
        "instalments": [{"number": 1, "share": "100 %"}],
        **{key: value for key, value in case.items() if key not in ("question", "source", "error")},
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def read(case: dict[str, Any]) -> Programme:
    with TemporaryDirectory() as folder, chdir(folder):
        path = Path("figures.yaml")
        path.write_text(programme_with(case), encoding="utf-8")
        return read_programme(path)


@pytest.mark.parametrize("case", CASES["good"], ids=str)
def test_figure_rule_is_read(case: dict[str, Any]) -> None:
    (question,) = read(case).step("report").questions
    for name, said in case["question"].items():
        kept = question.model_dump(mode="json", exclude_defaults=True)[name]
        assert len(kept) == len(said) if name == "checks" else kept == said


@pytest.mark.parametrize("case", CASES["bad"], ids=lambda case: str(case["error"])[:60])
def test_slip_in_a_figure_rule_is_answered_with(case: dict[str, Any]) -> None:
    with pytest.raises(ProgrammeInvalid) as caught:
        read(case)
    line, _, sentence = str(caught.value.detail).removeprefix("figures.yaml, line ").partition(": ")
    assert line.isdecimal()
    assert sentence.removeprefix("steps.report.questions.asked.") == case["error"]
