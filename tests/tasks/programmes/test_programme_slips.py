"""Attack the reading of programmes: any slip in any shipped file is read, or answered with its place, soon."""

import json
import re
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.shipped_files import PROGRAMMES
from models.errors import ProgrammeInvalid
from tasks.programmes.files import read_programme
from tasks.programmes.sample_award import sample_calendar
from tasks.programmes.strict_yaml import read_yaml

TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PROGRAMMES.glob("*.yaml"))}
CONTENTS = {name: read_yaml(text)[0] for name, text in TEXTS.items()}
# What a hand, a merge or a paste leaves behind.
VALUES = [
    *("", "~", "no", "true", "0", "-1", "7", "1e9", "0x1f", "12.5", "99999999999999999999", "x" * 5_000),
    *("80 %", "1/0", "30/2", "rest", "kept", "none", "lapses", "skip", "join", "funder", "2010-02-30", "9999-12-31"),
    *("[]", "{}", "[owner]", "{due: at decision}", "[[[]]]", "{a: {b: c}}", "'", '"', "&a", "*a", "!!str", "|"),
    *("x", "å", "\u202e", "\x00", "\t", "quarter", "months 1-0", "follow-up.done", "balance.paid", "at final-report"),
]  # fmt: skip
KEYS = [
    *("due", "each", "needs", "share", "extends", "steps", "approval", "claim", "questions", "last", "x", ""),
    *("<<", "é", "final-report", "balance", "follow-up", "kind", "from", "examples", "currency"),
]


def slipped(line: str, draw: st.DrawFn) -> list[str]:
    """Return what becomes of a line: left out, doubled, indented, cut, or with another key, value or word."""
    key, colon, value = line.partition(":")
    indent = key[: len(key) - len(key.lstrip(" -"))]
    words = line.split(" ")
    at = draw(st.integers(0, len(words) - 1))
    inner = draw(st.sampled_from([*VALUES, *KEYS])) + "".join(sign for sign in words[at] if sign in ":,{}[]")
    swapped = [*words[:at], words[-1], *words[at + 1 : -1], words[at]]
    return draw(
        st.sampled_from(
            [
                [],
                [line, line],
                [f"  {line}"],
                [line[2:]],
                [line[: draw(st.integers(0, len(line)))]],
                [f"{indent}{draw(st.sampled_from(KEYS))}{colon}{value}"],
                [f"{key}: {draw(st.sampled_from(VALUES))}"],
                [" ".join([*words[:at], inner, *words[at + 1 :]])],
                [" ".join(swapped)],
            ]
        )
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


SENTENCES = st.builds(
    # Sentences, and what is nearly one.
    " ".join,
    st.lists(
        st.sampled_from(
            [
                *("at", "on", "either", "earlier of", "later of", "and", "or", "else", "after", "before", "of", "the"),
                *("30 days after", "120 months before", "2610 working days in GB after", "1/3 of", "80 %", "rest of"),
                *("15th of the month after", "last Friday of the 2nd quarter before", "29 February of the year of"),
                *("or the next working day", "even on a day off", "(our choice)", "(", "except 2023-24 on"),
                *("decision", "grant_end", "period_end", "final_report of the decision", "close.done", "balance"),
                *("follow-up.last", "follow-up.spent", "advance.paid", "2099-12-31", "up to 90 % in all", "quarter"),
            ]
        ),
        max_size=7,
    ),
)  # fmt: skip
LONG = st.builds(
    # A chain that goes as far into the future, or the past, as nesting can say.
    lambda side, deep, start: f"120 months {side} " * deep + start,
    st.sampled_from(["after", "before"]),
    st.integers(1, 40),
    st.sampled_from(["grant_end", "decision"]),
)
ANYTHING: st.SearchStrategy[Any] = (
    SENTENCES | LONG | st.sampled_from([None, True, 0, -1, 10**17, [], {}, *VALUES])
)


def holders(content: Any) -> list[Any]:
    """Return every part of a content that holds others."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    found = [part for value in inner for part in holders(value)]
    return [content, *found] if content and isinstance(content, dict | list) else found


@st.composite
def changed_contents(draw: st.DrawFn) -> tuple[str, str]:
    """Return a shipped programme's name, and its text with one to three values replaced, left out or doubled."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    content = deepcopy(CONTENTS[name])
    for _ in range(draw(st.integers(1, 3))):
        if not (found := holders(content)):
            break
        holder = draw(st.sampled_from(found))
        place = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else [*range(len(holder))]))
        slip = draw(st.sampled_from(("leave out", "double", "replace", "replace", "replace")))
        if slip == "leave out":
            del holder[place]
        elif slip == "double" and isinstance(holder, list):
            holder.append(deepcopy(holder[place]))
        else:
            holder[place] = deepcopy(draw(ANYTHING))
    return name, json.dumps(content, ensure_ascii=False, indent=1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every shipped programme, among which one is spoilt at a time."""
    place = tmp_path_factory.mktemp("programmes")
    for name, text in TEXTS.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    return place


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=slips() | changed_contents())
def test_slip_in_a_shipped_programme_is_planned_or_answered_with_its_place(
    folder: Path, spoilt: tuple[str, str]
) -> None:
    name, text = spoilt
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    started = time.process_time()
    try:
        read = read_programme(path)
    except ProgrammeInvalid as problem:
        assert_clear(str(problem.detail).replace(f"{folder}/", ""), {name, *TEXTS})
    else:
        sample_calendar(read, None)
    finally:
        path.write_text(TEXTS[name], encoding="utf-8")
    assert time.process_time() - started < 5


def assert_clear(said: str, names: set[str]) -> None:
    """Require that what is said begins with a file and a line, and that no line of it is long or turned around."""
    first, *more = said.split("\n")
    place = re.match(r"(\S+)\.yaml(, line [1-9][0-9]*)?: \S?", first)
    assert place
    assert place[1] in names
    assert all(line.isprintable() and len(line) < 500 for line in (first, *more))
    # A sentence that is drawn has its carets below it.
    places = sum(bool(re.match(r"\S+\.yaml(, line [0-9]+)?: ", line)) for line in (first, *more))
    assert len(more) + 1 <= 3 * places


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt=slips())
def test_slip_in_an_inherited_programme_is_answered_at_its_own_file(
    folder: Path, spoilt: tuple[str, str]
) -> None:
    office = folder / "office.yaml"
    (folder / "spoilt.yaml").write_text(spoilt[1], encoding="utf-8")
    office.write_text("extends: spoilt\nprogramme: office\nmend_working_days: 3\n", encoding="utf-8")
    try:
        read = read_programme(office)
    except ProgrammeInvalid as problem:
        assert_clear(str(problem.detail).replace(f"{folder}/", ""), {"spoilt", "office", *TEXTS})
    else:
        assert read.mend_working_days == 3


def test_sign_that_turns_a_line_around_is_in_no_message(folder: Path) -> None:
    text = TEXTS["development-funds-2009"].replace(
        "45 days after application.done", "45 days after \u202e", 1
    )
    (folder / "turned.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ProgrammeInvalid) as told:
        read_programme(folder / "turned.yaml")
    assert "45 days after   (our choice)" in told.value.detail
    assert told.value.detail.replace("\n", "").isprintable()
