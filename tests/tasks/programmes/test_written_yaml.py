"""Hold that what is written as YAML reads back as it was, and looks as a person would write it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.programmes.strict_yaml import read_yaml
from tasks.programmes.written_yaml import yaml_text

TRICKY = (
    *("on", "no", "true", "~", "null", "", "010", "1_000", "80 %", "2010-12-31"),
    *("a: b", "- a", "#", "<<", "=", "'", "å\n\nb "),
)
TEXTS = st.one_of(
    st.sampled_from(TRICKY), st.text(st.characters(categories=("L", "N", "P", "Zs", "S")), max_size=130)
)
CONTENTS = st.recursive(
    st.one_of(TEXTS, st.integers(-(10**17), 10**17), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=5)),
    max_leaves=15,
)


@given(content=st.dictionaries(TEXTS, CONTENTS, min_size=1, max_size=4))
@example(content={"on": "no", "due": {"on": "report_on", "date": "2010-12-31"}})
def test_text_reads_back_as_it_was(content: dict[str, Any]) -> None:
    assert read_yaml(yaml_text(content))[0] == content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param({"needs": ["a", "b"]}, "needs: [a, b]", id="a few words"),
        pytest.param({"date": "2010-12-31", "sv": "no"}, "date: 2010-12-31\nsv: no", id="no needless quotes"),
        pytest.param({"steps": [{"key": "a"}, {"key": "b"}]}, "steps:\n- {key: a}\n- {key: b}", id="entries"),
        pytest.param({"a": {"b": ["x"]}}, "a:\n  b: [x]", id="one line for words alone"),
    ],
)
def test_text_is_written_as_by_a_person(content: dict[str, Any], text: str) -> None:
    whole = {"whole": ["x", ["y"]], **content}
    assert yaml_text(whole).partition("- [y]\n")[2] == f"{text}\n"
