"""Hold what every slip in a programme file is answered with: where it stands, what is wrong, and its cure."""

import re
from pathlib import Path

import pytest

from models.errors import ProgrammeInvalid
from tasks.programmes.files import read_programme
from tests.tasks.programmes.test_programmes import SMALL, read

FIGURES = """\
programme: figures
title: figures
source: the letter
currency: SEK
country: SE
sources:
  ledger: {file: ledger-*.xlsx}
  register: {secret: register, query: select 1 as persons}
  own: {url: 'https://statistics.example.org/{reference}'}
steps:
  follow-up:
    each: quarter
    due: 20 days after period_end
    questions: {queue: {over: last}, mean: {over: none}, notes: text, spent: money}
  report:
    due: 60 days after grant_end
    questions:
      asked: number
payments: {whole: {share: 100 %}}
"""


def cases(name: str) -> list[list[str]]:
    """Return the slips of a table, each with what is said of it."""
    text = (Path(__file__).parents[2] / "programmes" / name).read_text(encoding="utf-8")
    return [block.split("\n", 1) for block in text.strip().split("\n\n")[1:]]


@pytest.mark.parametrize(("slip", "said"), cases("wrong.txt"))
def test_slip_is_answered_with(slip: str, said: str, tmp_path: Path) -> None:
    now, _, wrong = slip.replace("\\n", "\n").replace("\\t", "\t").partition(" => ")
    assert SMALL.count(now) >= 1
    assert "\n".join(read(tmp_path, SMALL.replace(now, wrong, 1))).replace(": \n", ":\n") == said


@pytest.mark.parametrize(("slip", "said"), cases("wrong-figures.txt"))
def test_slip_in_a_question_or_a_source_is_answered_with(slip: str, said: str, tmp_path: Path) -> None:
    name = slip.partition(":")[0]
    text = re.sub(rf"(?m)^( +){name}: .*$", lambda found: f"{found[1]}{slip}", FIGURES)
    assert "\n".join(read(tmp_path, text)).replace(": \n", ":\n") == said


def test_all_faults_are_said_in_one_run(tmp_path: Path) -> None:
    text = (
        SMALL.replace("30 days after", "30 days aftr")
        .replace("80 %", "80")
        .replace("country", "extra: 1\ncountry")
    )
    said = [line for line in read(tmp_path, text) if line.startswith("line ")]
    assert [line.partition(":")[0] for line in said] == ["line 5", "line 9", "line 13"]


def test_sentences_are_read_where_a_required_key_is_missing_or_the_head_is_wrong(tmp_path: Path) -> None:
    text = SMALL.replace("30 days after", "30 days aftr").replace("{share: 80 %}", "{title: first part}")
    text = (
        text.replace("currency: SEK\n", "")
        .replace("country: SE", "country: []")
        .replace("award: {", "awarded: {")
    )
    said = [line for line in read(tmp_path, text) if line.startswith("line ")]
    lines = [int(line.partition(":")[0].removeprefix("line ")) for line in said]
    assert lines == [1, 4, 7, 11, 14, 14]
    assert said[2] == "line 7: steps.report.due: "


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"\n\n  \n", "the file is empty", id="blank lines"),

        pytest.param(
            "programme: a\nsource: länsstyrelsen\n".encode("latin-1"),
            "line 2: not UTF-8 text: save the file as UTF-8",
            id="another encoding",
        ),

        pytest.param(
            b"programme: a\n\nsource: \x1b[31m\n",
            "line 3: a control character stands in the text: take it out",
            id="an escape sequence",
        ),
        pytest.param(
            b"a: &a [x, *a]\n", "line 1: more than 50 levels lie in each other", id="a ring"
        ),
        pytest.param(
            b"a0: &a0 x\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d, " % (n - 1) * 10) for n in range(1, 10)),
            "line 1: more than 200000 values stand in the file: split it",
            id="a billion laughs",
        ),
        pytest.param(
            b"[" * 100_000, "line 1: cannot be read as YAML from column 1001 on", id="a hundred thousand lists"
        ),
        pytest.param(
            b"a: " + b"x" * 131_073, "line 1: a text of more than 131072 letters", id="a text without end"
        ),
    ],
)  # fmt: skip
def test_file_that_is_no_text_of_ours_is_answered_with(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_bytes(content)
    with pytest.raises(ProgrammeInvalid) as caught:
        read_programme(path)
    assert caught.value.detail.removeprefix(str(path)).lstrip(",: ") == said


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "funds.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ProgrammeInvalid, match=f"{path}: {said}"):
            read_programme(path)


@pytest.mark.parametrize(
    ("now", "wrong", "said"),
    [
        ("30 days after", "9" * 100_000 + " days after", "this number is too long: that is a slip"),
        ("at final_report", "on " + "9" * 100_000 + "-01-20 or", "this number is too long: that is a slip"),
        ("80 %", "0." + "3" * 100_000 + " %", "this number is too long: that is a slip"),
        ("close:", "a" * 900 + "!:", "is not a key: use lower-case letters, digits and single hyphens"),
        ("title:", "x" * 1_000 + ": 1\ntitle:", f"unknown key '{'x' * 40}…'"),
        ("1 000", "9" * 100_000, ""),
    ],
)
def test_value_without_end_is_answered_in_short(now: str, wrong: str, said: str, tmp_path: Path) -> None:
    lines = read(tmp_path, SMALL.replace(now, wrong, 1))
    assert said in "\n".join(lines)
    assert lines
    assert all(len(line) < 300 for line in lines)


def test_values_without_end_are_refused_before_all_are_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tasks.programmes.strict_yaml._MOST_VALUES", 1_000)
    said = read(tmp_path, "a:\n" + "  - 1\n" * 1_000 + "]")
    assert said == ["line 998: more than 1000 values stand in the file: split it"]


def test_repeats_are_cheap_as_long_as_they_are_few(tmp_path: Path) -> None:
    questions = ", ".join(f"q{n}: *t" for n in range(2_000))
    text = SMALL.replace("title: small funds", "title: &t {sv: små medel, en: small funds}")
    text = text.replace(
        "approval: funder", f"approval: funder, questions: {{{questions}}}".replace("*t", "{title: *t}")
    )
    assert read(tmp_path, text) == []
