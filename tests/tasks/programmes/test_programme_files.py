"""Hold what programme files may say, and the one line that each wrong one is answered with."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ProgrammeInvalid
from models.programme.file import Programme
from models.programme.language.rule import Day
from models.reading.suggestion import did_you_mean
from models.rules.dates.anchors import KnownDate
from models.rules.dates.plan import counted_when_done, plan_steps
from models.rules.dates.selection import PlanFacts
from tasks.programmes.files import parse_shape, read_programme
from tasks.store.programmes import programme_hash

HERE = Path(__file__).parents[2]
GOOD = sorted((HERE / "programmes" / "good").glob("*.yaml"))
BAD = sorted((HERE / "programmes" / "bad").glob("*.yaml"))
OURS = sorted((HERE.parent / "deployments" / "programmes").glob("*.yaml"))
SMALLEST = (HERE / "programmes" / "good" / "smallest.yaml").read_text(encoding="utf-8")


def complaint(path: Path) -> str:
    """Return what is said of a file that cannot be read, after its name."""
    with pytest.raises(ProgrammeInvalid) as caught:
        read_programme(path)
    said = str(caught.value)
    assert said.startswith(f"The programme file is not valid: {path}")
    return said.removeprefix(f"The programme file is not valid: {path}").lstrip(",: ")


def complaint_about(text: str) -> str:
    """Return what is said of a text that cannot be read, after the file's name."""
    with pytest.raises(ProgrammeInvalid) as caught:
        parse_shape(text, "funds.yaml", Programme, ProgrammeInvalid)
    return str(caught.value.detail).removeprefix("funds.yaml").lstrip(",: ")


@pytest.mark.parametrize("path", [*GOOD, *OURS], ids=lambda path: path.stem)
def test_good_programme_is_read_and_plans_a_grant(path: Path) -> None:
    programme = read_programme(path)
    known = {name: KnownDate(date(2010, 6, 1)) for name in (*programme.dates, "decided_on")}
    facts = [
        PlanFacts(known, date(2010, 1, 1), date(2011, 6, 30), award_minor=award) for award in (10**8, 10**12)
    ]
    planned = {step.rule.key for one in facts for step in plan_steps(programme, one)}
    assert planned == {rule.key for rule in programme.steps}


@pytest.mark.parametrize("path", [*GOOD, *OURS], ids=lambda path: path.stem)
def test_day_of_a_step_from_which_nothing_counts_changes_no_plan(path: Path) -> None:
    programme = read_programme(path)
    counted = counted_when_done(programme)
    known = {name: KnownDate(date(2010, 6, 1)) for name in (*programme.dates, "decided_on")}
    facts = PlanFacts(known, date(2010, 1, 1), date(2011, 6, 30), award_minor=10**12)
    done = {step.key: (step.rule.key, date(2010, 9, 1)) for step in plan_steps(programme, facts)}

    some = replace(facts, done={key: day for key, (template, day) in done.items() if template in counted})
    every = replace(facts, done={key: day for key, (_, day) in done.items()})

    assert plan_steps(programme, some) == plan_steps(programme, every)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_programme_is_answered_with(path: Path) -> None:
    mark, _, said = path.read_text(encoding="utf-8").splitlines()[0].partition(" error: ")
    assert (mark, " ".join(complaint(path).split())) == ("#", said)
    assert len(said) < 300


def test_text_stays_as_it_was_written() -> None:
    programme = read_programme(HERE / "programmes" / "good" / "words-stay-words.yaml")
    (step,) = programme.steps
    assert (programme.title.sv, programme.title.en, programme.source) == ("nej", "no", "2009-11-05")
    assert (step.title.sv, step.title.en, step.todo.sv, step.todo.en) == ("Null", "1e3", "1_000", "010")
    assert (step.ladder, step.due.source, step.due.what) == ("on", "12:30:45", Day(date(2011, 1, 20)))
    assert step.with_funder is False


def test_repeated_parts_are_read_twice() -> None:
    programme = read_programme(HERE / "programmes" / "good" / "repeated-parts.yaml")
    assert programme.step("follow-up").questions == programme.step("final-report").questions
    assert [question.key for question in programme.step("final-report").questions] == [
        "persons_under_18",
        "spent",
    ]


def test_version_follows_content_not_writing() -> None:
    read = parse_shape(SMALLEST, "a.yaml", Programme, ProgrammeInvalid)
    lines = SMALLEST.splitlines()
    rewritten = "\n".join([*lines[4:5], "# a note", *lines[1:4], *lines[5:]]).replace(
        "{days: 0, ", "{days:   0, "
    )
    assert rewritten != SMALLEST
    again = parse_shape(rewritten, "b.yaml", Programme, ProgrammeInvalid)
    changed = parse_shape(SMALLEST.replace("2011-01-20", "2011-01-21"), "c.yaml", Programme, ProgrammeInvalid)
    assert programme_hash(again) == programme_hash(read)
    assert programme_hash(changed) != programme_hash(read)


def test_stored_programme_is_read_back_as_it_was() -> None:
    for path in [*GOOD, *OURS]:
        programme = read_programme(path)
        assert Programme.model_validate(programme.model_dump(mode="json")) == programme


def test_byte_order_mark_of_an_editor_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "funds.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.replace("\n", "\r\n").encode())
    assert read_programme(path).programme == "smallest"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "the file is empty", id="an empty file"),
        pytest.param(b"\n\n  \n", "the file is empty", id="blank lines"),
        pytest.param(b"---\n", "line 1: expected keys and values, found nothing", id="a document of nothing"),
        pytest.param(
            "programme: a\nsource: länsstyrelsen\n".encode("latin-1"),
            "line 2: not UTF-8 text: save the file as UTF-8",
            id="another encoding",
        ),
        pytest.param(
            SMALLEST.encode("utf-16"),
            "line 1: not UTF-8 text: save the file as UTF-8",
            id="an encoding of two bytes",
        ),
        pytest.param(
            b"programme: a\nsource: \x00\n",
            "line 2: a control character stands in the text: take it out",
            id="a NUL",
        ),
        pytest.param(
            b"programme: a\n\nsource: \x1b[31m\n",
            "line 3: a control character stands in the text: take it out",
            id="an escape sequence",
        ),
    ],
)
def test_bytes_are_answered_with(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "funds.yaml"
    path.write_bytes(content)
    assert complaint(path) == said


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path / "funds.yaml") == "No such file or directory"
    assert complaint(tmp_path) == "Is a directory"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "[" * 100_000, "line 1: not YAML: exceeded maximum nesting depth", id="a hundred thousand lists"
        ),
        pytest.param("{a: " * 100_000, "line 1: more than 50 levels lie in each other", id="as many keys"),
        pytest.param(
            "- " * 100_000, "line 1: more than 50 levels lie in each other", id="lists in lists, by hyphens"
        ),
        pytest.param(
            "\n".join(f"{' ' * n}a:" for n in range(200)),
            "line 50: more than 50 levels lie in each other",
            id="keys in keys, by indentation",
        ),
        pytest.param(
            "a: " + "x" * 131_073, "line 1: a text of more than 131072 letters", id="a text without end"
        ),
        pytest.param(
            "a: &x 1\nb: &x 2\n",
            "line 2: '&x' stands twice: give one of them another name",
            id="two of one name to repeat",
        ),
        pytest.param(
            SMALLEST.replace("days: 0", "days: " + "9" * 100_000),
            "line 9: ladders.default.1.days: expected a whole number, found '" + "9" * 40 + "…'",
            id="a number of a hundred thousand digits",
        ),
        pytest.param(
            SMALLEST.replace("days: 0", "days: 1e999999999"),
            "line 9: ladders.default.1.days: expected a whole number, found '1e999999999'",
            id="a number that would fill the memory",
        ),
        pytest.param(
            SMALLEST.replace("2011-01-20", "9" * 100_000 + "-01-20"),
            f"line 16: steps.final-report.due: \non {'9' * 40}\n   {'^' * 40} a day is expected here, as 2026-09-15",
            id="a year of a hundred thousand digits",
        ),
        pytest.param(
            SMALLEST.replace("100 %", "0." + "3" * 100_000 + " %"),
            f"line 18: instalments.1.share: '0.{'3' * 38}…' is not a share: "
            "write '80 %', '12.5 %', '1/3', 'rest', 'claimed' or 'kept'",
            id="a share of a hundred thousand decimals",
        ),
        pytest.param(
            SMALLEST.replace("key: final-report", "key: " + "a" * 100_000 + "!"),
            f"line 11: steps.{'a' * 40}….key: '{'a' * 40}…' is not a key: "
            "use lower-case letters, digits and single hyphens",
            id="a key of a hundred thousand letters",
        ),
        pytest.param(
            SMALLEST + "x" * 1_000 + ": 1\n",
            f"line 19: unknown key '{'x' * 40}…'{did_you_mean('x' * 40, Programme.model_fields)}",
            id="an unknown key of a thousand",
        ),
    ],
)
def test_hostile_text_is_refused_in_one_short_line(text: str, said: str) -> None:
    assert complaint_about(text) == said


def test_values_without_end_are_refused_before_all_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.programmes.strict_yaml._MOST_VALUES", 1_000)
    text = "a:\n" + "  - 1\n" * 1_000
    assert complaint_about(text + "]") == "line 1001: more than 1000 values stand in the file: split it"


def test_repeats_are_cheap_as_long_as_they_are_few() -> None:
    questions = "[" + ", ".join(f"{{key: q{n}, title: *t}}" for n in range(2_000)) + "]"
    text = SMALLEST.replace("title: {sv: slutrapport", "title: &t {sv: slutrapport").replace(
        "    due:", f"    questions: {questions}\n    due:"
    )
    assert len(parse_shape(text, "funds.yaml", Programme, ProgrammeInvalid).steps[0].questions) == 2_000


pieces = st.sampled_from(
    [*" \n:-{}[],&*!|>'\"%@`#?", "a", "key", "steps", "1", "on", "\t", "å", "*a", "&a", "- ", ": ", "\n  "]
)


@given(text=st.lists(pieces, max_size=40).map("".join))
def test_any_text_is_answered_in_one_line(text: str) -> None:
    said = complaint_about(text)
    assert said
    assert "\n" not in said
    assert said.isprintable()


@st.composite
def mistyped(draw: st.DrawFn) -> str:
    """Return a good file in which one stretch was replaced by something else."""
    start = draw(st.integers(0, len(SMALLEST) - 1))
    end = start + draw(st.integers(0, 12))
    return SMALLEST[:start] + "".join(draw(st.lists(pieces, max_size=3))) + SMALLEST[end:]


@given(text=mistyped())
def test_slip_of_the_keyboard_is_read_or_answered_in_one_line(text: str) -> None:
    try:
        read = parse_shape(text, "funds.yaml", Programme, ProgrammeInvalid)
    except ProgrammeInvalid:
        said = complaint_about(text)
        assert said.replace("\n", "").isprintable()
        assert len(said) < 500
    else:
        plan_steps(read, PlanFacts())
