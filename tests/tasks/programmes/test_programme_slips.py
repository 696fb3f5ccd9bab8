"""Attack the reading of programmes: any slip in any shipped file is read, or answered in one clear line, soon."""

from __future__ import annotations

import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.cli.sample_award import sample_calendar
from models.errors import ProgrammeInvalid
from tasks.programmes.files import read_programme
from tasks.programmes.strict_yaml import read_yaml
from tasks.programmes.written_yaml import yaml_text
from tests.tasks.programmes.test_programme_files import OURS

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in OURS}
CONTENTS = {name: read_yaml(text)[0] for name, text in TEXTS.items()}
# What a hand, a merge or a paste leaves behind.
VALUES = (
    *(
        "",
        "~",
        "no",
        "true",
        "0",
        "-1",
        "7",
        "99999999999999999999",
        "1e9",
        "0x1f",
        "1_000",
        "12.5",
        "100 %",
        "rest",
    ),
    *(
        "[]",
        "{}",
        "[owner]",
        "{days: 1}",
        "[[[]]]",
        "{a: {b: c}}",
        "x",
        "å",
        "'",
        '"',
        "&a",
        "*a",
        "*title",
        "!!str",
        "|",
    ),
    *(
        "2010-02-30",
        "2010-12-31",
        "9999-12-31",
        "M1-M0",
        "FREQ=DAILY",
        "FREQ=MONTHLY;BYMONTHDAY=99",
        "1/0",
        "30/2",
    ),
    *(
        "period_end",
        "report.last.done",
        ".done",
        "follow-up",
        "grant_end_on",
        "last sunday",
        "02-29",
        "\u202e",
        "\x00",
        "\t",
    ),
    "x" * 5_000,
)
KEYS = (
    "key",
    "due",
    "each",
    "remove",
    "extends",
    "steps",
    "after",
    "days",
    "on",
    "to",
    "x",
    "",
    "<<",
    "é",
    "number",
    "needs",
)


@st.composite
def slips(draw: st.DrawFn) -> tuple[str, str]:
    """Return a shipped programme's name, and its text with one to three slips."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    lines = TEXTS[name].splitlines()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1)) if lines else 0
        lines[at : at + 1] = slipped(lines[at] if lines else "", draw)
    return name, "\n".join(lines) + "\n"


def slipped(line: str, draw: st.DrawFn) -> list[str]:
    """Return what becomes of a line: left out, doubled, indented, cut, or with another key or value."""
    key, colon, value = line.partition(":")
    indent = key[: len(key) - len(key.lstrip(" -"))]
    slip = draw(
        st.sampled_from(("leave out", "double", "indent", "outdent", "cut", "key", "value", "inner", "swap"))
    )
    if slip == "leave out":
        return []
    if slip == "double":
        return [line, line]
    if slip in ("indent", "outdent"):
        return [f"  {line}" if slip == "indent" else line[2:]]
    if slip == "cut":
        return [line[: draw(st.integers(0, len(line)))]]
    if slip == "key":
        return [f"{indent}{draw(st.sampled_from(KEYS))}{colon}{value}"]
    if slip == "value":
        return [f"{key}: {draw(st.sampled_from(VALUES))}"]
    words = line.split(" ")
    at = draw(st.integers(0, len(words) - 1))
    if slip == "inner":
        words[at] = draw(st.sampled_from((*VALUES, *KEYS))) + "".join(
            sign for sign in words[at] if sign in ":,{}[]"
        )
    else:
        words[at], words[-1] = words[-1], words[at]
    return [" ".join(words)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every shipped programme, among which one is spoilt at a time."""
    place = tmp_path_factory.mktemp("programmes")
    for name, text in TEXTS.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=slips())
def test_slip_in_a_shipped_programme_is_read_or_answered_in_one_line(
    folder: Path, spoilt: tuple[str, str]
) -> None:
    assert_read_or_answered(folder, *spoilt)


def assert_read_or_answered(folder: Path, name: str, text: str) -> None:
    """Read the spoilt text of one programme among the others: it is planned, or refused in one clear line."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    started = time.perf_counter()
    try:
        read = read_programme(path)
    except ProgrammeInvalid as problem:
        said = str(problem.detail).replace(f"{folder}/", "")
        assert said.replace("\n", "").isprintable()
        assert f"{name}.yaml" in said
        assert len(said) < 500
    else:
        sample_calendar(read, None)
    finally:
        path.write_text(TEXTS[name], encoding="utf-8")
    assert time.perf_counter() - started < 5


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=slips())
def test_slip_in_an_inherited_programme_is_answered_at_its_own_file(
    folder: Path, spoilt: tuple[str, str]
) -> None:
    _, text = spoilt
    heir = folder / "heir.yaml"
    (folder / "spoilt.yaml").write_text(text, encoding="utf-8")
    heir.write_text("extends: spoilt\nprogramme: heir\nmend_working_days: 3\n", encoding="utf-8")
    try:
        read = read_programme(heir)
    except ProgrammeInvalid as problem:
        said = str(problem.detail).replace(f"{folder}/", "")
        assert said.replace("\n", "").isprintable()
        assert said.startswith(("spoilt.yaml", "heir.yaml", *(f"{name}.yaml" for name in TEXTS)))
        assert len(said) < 500
    else:
        assert read.mend_working_days == 3


NAMES = st.sampled_from(
    [
        *(
            "decision",
            "application",
            "grant_start",
            "grant_end",
            "period_start",
            "period_end",
            "period_cut_end",
        ),
        *(
            "report of the decision",
            "final-report",
            "final-report.done",
            "follow-up",
            "follow-up.last",
            "x",
            "steps",
        ),
        *("2099-12-31", "1900-01-01", "1 June after follow-up.done", "end of the month of decision", ""),
    ]
)
RULES = st.builds(
    # Sentences, and what is nearly one.
    lambda words, name: " ".join([*words, name]),
    st.lists(
        st.sampled_from(
            [
                *(
                    "at",
                    "on",
                    "either",
                    "earlier of",
                    "later of",
                    "and",
                    "or",
                    "else",
                    "after",
                    "before",
                    "of",
                    "the",
                ),
                *(
                    "30 days after",
                    "600 months before",
                    "18300 days after",
                    "13050 working days in GB after",
                    "1/3 of",
                ),
                *(
                    "15th of the month after",
                    "last Friday of the 2nd quarter before",
                    "29 February of the year of",
                ),
                *(
                    "or the next working day",
                    "even on a day off",
                    "(our choice)",
                    "(a text)",
                    "(",
                    "except 2023-24 on",
                ),
            ]
        ),
        max_size=6,
    ),
    NAMES,
)
LONG = st.builds(
    # A chain that goes as far into the future, or the past, as nesting can say.
    lambda side, deep, start: f"600 months {side} " * deep + start,
    st.sampled_from(["after", "before"]),
    st.integers(1, 40),
    st.sampled_from(["grant_end", "2099-12-31", "1900-01-01"]),
)
PERIODS = st.sampled_from(
    [
        *("month", "fiscal_year", {"project": "month"}, {"months": ["M1", "M2-M999"]}, {"months": ["M1-M1"]}),
        *(
            {"rrule": f"FREQ={how}"}
            for how in ("WEEKLY;INTERVAL=9", "MONTHLY;BYDAY=5MO", "YEARLY;BYYEARDAY=366")
        ),
        {"every": "quarter", "first": "skip", "last": "skip"},
        {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
        {"rrule": "FREQ=MONTHLY;INTERVAL=0"},
    ]
)
ANYTHING: st.SearchStrategy[Any] = st.one_of(
    RULES, LONG, PERIODS, st.sampled_from([None, True, 0, -1, 10**17, [], {}, *VALUES[:-1]])
)


@st.composite
def changed_contents(draw: st.DrawFn) -> tuple[str, str]:
    """Return a shipped programme's name, and its text with one to three values replaced, left out or doubled."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    content = deepcopy(CONTENTS[name])
    for _ in range(draw(st.integers(1, 3))):
        holders = [one for one in mappings_and_lists(content) if one]
        if not holders:
            break
        holder = draw(st.sampled_from(holders))
        place = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        slip = draw(st.sampled_from(("leave out", "double", "replace", "replace", "replace")))
        if slip == "leave out":
            del holder[place]
        elif slip == "double" and isinstance(holder, list):
            holder.append(deepcopy(holder[place]))
        elif place in ("due", "opens"):
            holder[place] = deepcopy(draw(st.one_of(RULES, LONG)))
        else:
            holder[place] = deepcopy(draw(ANYTHING))
    return name, yaml_text(content)


def mappings_and_lists(content: Any) -> list[Any]:
    """Return every part of a content that holds others."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    found = [part for value in inner for part in mappings_and_lists(value)]
    return [content, *found] if isinstance(content, dict | list) else found


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=changed_contents())
def test_changed_content_of_a_shipped_programme_is_planned_or_answered_in_one_line(
    folder: Path, spoilt: tuple[str, str]
) -> None:
    assert_read_or_answered(folder, *spoilt)


def test_sign_that_turns_a_line_around_is_in_no_message(folder: Path) -> None:
    path = folder / "turned.yaml"
    text = TEXTS["development-funds-2009"].replace(
        "45 days after application.done", "45 days after \u202e", 1
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProgrammeInvalid) as told:
        read_programme(path)
    assert "45 days after   even" in told.value.detail
    path.unlink()
