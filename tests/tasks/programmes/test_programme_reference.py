"""Hold the pages about the programme file to what is read: each name, each example, and each error that they say."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from deployments.cli.main import run
from deployments.shipped_files import PROGRAMMES
from models.errors import ProgrammeInvalid
from models.programme.language.amounts import SHARE
from models.programme.language.parser import read_rule
from models.programme.language.rule import Either, Point, SeveralDays, points_of
from models.programme.written.file import Written
from tasks.programmes.files import read_programme
from tests.measures import FIRST, quoted_lines, written
from tests.reference_pages import reference_pages, shapes_of
from tests.source_tree import ROOT

GUIDE, REFERENCE = ((PROGRAMMES / name).read_text(encoding="utf-8") for name in ("README.md", "reference.md"))
CLI = ROOT / "deployments" / "cli"
README = (ROOT / "deployments" / "README.md").read_text(encoding="utf-8")
KEYS = [(shape, name) for shape in shapes_of(Written) for name in shape.model_fields]


def test_pages_are_what_the_shapes_say() -> None:
    for name, text in reference_pages().items():
        assert text == (PROGRAMMES / name).read_text(encoding="utf-8"), (
            "stale: run 'python -m tests.reference_pages'"
        )


@pytest.mark.parametrize("page", [GUIDE, REFERENCE], ids=["guide", "reference"])
def test_page_is_read_in_ten_minutes(page: str) -> None:
    assert sum(bool(re.search(r"\w", word)) for word in page.split()) < 2_500


def test_language_and_what_is_written_in_it_are_small() -> None:
    assert len({shape.model_fields[key].alias or key for shape, key in KEYS}) <= 80
    assert sum(map(len, written("development-funds-2009"))) <= 70
    first = [lines for name in FIRST for lines in written(name)]
    assert sum(len(lines) - len([*quoted_lines(lines)]) for lines in first) <= 450


@pytest.mark.parametrize(("shape", "key"), KEYS, ids=lambda one: getattr(one, "__name__", one))
def test_every_name_is_described(shape: type[BaseModel], key: str) -> None:
    field = shape.model_fields[key]
    assert field.description
    assert not field.description.endswith(".")
    names = REFERENCE.partition("\n# Names\n")[2].partition("\n# ")[0]
    assert f"| `{field.alias or key}` | {field.description}" in names


def blocks(page: str) -> list[str]:
    """Return the page's YAML."""
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


HEAD = blocks(GUIDE)[0]
LETTER = blocks(GUIDE.partition("## Step 6")[0])
PIECES = [*blocks(GUIDE.partition("## Step 6")[2]), *blocks(REFERENCE)]
LINE = re.compile(r"(?P<key>due|each|share): (?P<sentence>.*?) +# (?P<gives>.+)")
LINES = [found for piece in PIECES for line in piece.splitlines() if (found := LINE.fullmatch(line))]
WHOLE = [piece for piece in PIECES if not LINE.match(piece)]


def loaded(text: str) -> dict[str, Any]:
    """Return YAML with each scalar as text."""
    found = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    assert isinstance(found, dict)
    return found


def write(folder: Path, content: dict[str, Any], name: str = "example") -> Path:
    """Write a programme of this content, with what the pieces of the pages leave out."""
    whole = {**loaded(HEAD), "programme": name, "payments": {"whole": {"share": "100 %"}}} | content
    path = folder / f"{name}.yaml"
    text = yaml.safe_dump(whole, allow_unicode=True, width=1000, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


GRANT = loaded(blocks(REFERENCE)[0])


def of_line(key: str, sentence: str, gives: str) -> dict[str, Any]:
    """Return a programme in which a sentence stands, with an example of what the page says that it gives."""
    steps, payments = dict(GRANT["steps"]), dict(GRANT["payments"])
    award = dict(GRANT["examples"][0]["award"])
    example: dict[str, Any] = {"award": award, "source": "the page", "gives": {"report": gives.split(", ")}}
    if key == "share":
        payments = {"part": {"share": sentence}, "left": {"share": "rest"}}
        award["share"] = {"part": "70 000"} if sentence.startswith("sum") else {}
        example["answers"] = {"final-report.spent": "60 000"} if "spent" in sentence else {}
        example["gives"] = {"part": gives}
    elif key == "each":
        steps["report"] = {"each": sentence, "due": "at period_end"}
    else:
        steps["report"] = {"due": sentence} | ({"each": "quarter"} if "period" in sentence else {})
    return {**GRANT, "steps": steps, "payments": payments, "examples": [example]}


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["sentence"])
def test_sentence_gives_what_the_page_says(line: re.Match[str], tmp_path: Path) -> None:
    path = write(tmp_path, of_line(**line.groupdict()))
    assert read_programme(path).programme == "example"


def test_sentences_show_every_form() -> None:
    rules = [read_rule(line["sentence"]) for line in LINES if line["key"] == "due"]
    found = {type(point) for rule in rules for point in points_of(rule)} | {type(rule.what) for rule in rules}
    assert found == {*get_args(Point), Either, SeveralDays}
    assert {rule.off.move for rule in rules if rule.off} == {"stays", "next", "previous", "statute"}
    shares = {SHARE.read(said).kind for page in (GUIDE, REFERENCE) for said in shares_of(page)}
    assert shares == {form.fixed["kind"] for form in SHARE.kind.forms}


def shares_of(page: str) -> list[str]:
    """Return what payments come to on the page."""
    return re.findall(r"share: ([^,{}#]*[^,{}# ])", "\n".join(blocks(page)))


@pytest.mark.parametrize("piece", WHOLE, ids=lambda piece: piece.splitlines()[0])
def test_piece_is_read_and_its_example_holds(piece: str, tmp_path: Path) -> None:
    write(tmp_path, loaded("\n".join(LETTER)), "safe-evenings")
    content = loaded(piece)
    path = tmp_path / f"{content.get('programme', 'example')}.yaml"
    if "extends" in content:
        path.write_text(piece, encoding="utf-8")
    else:
        write(tmp_path, content)
    assert read_programme(path).steps


def test_letters_pieces_are_one_file_and_check_says_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path, whole = Path("safe-evenings.yaml"), "\n".join(LETTER)
    path.write_text(whole, encoding="utf-8")
    assert run(["check", str(path)]) == 0
    said = capsys.readouterr().out
    for right, wrong in (("balance: 100 000", "balance: 90 000"), ("month after", "month aftr")):
        path.write_text(whole.replace(right, wrong), encoding="utf-8")
        assert run(["check", str(path)]) == 2
        said += capsys.readouterr().err
    _, *shown = re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL)
    assert [line for line in "".join(shown).splitlines() if line not in said] == []
    answered = whole.replace("country: SE", "country: SE\ndays_off: next").replace("2026-10-31 or ", "")
    path.write_text(answered, encoding="utf-8")
    assert read_programme(path).programme == "safe-evenings"


def rows(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the two cells of each row of a table whose heading begins so."""
    table = page.partition(f"| {heading}")[2].partition("\n\n")[0]
    return [(cells[1], cells[2]) for line in table.splitlines()[2:] if (cells := line.split("| "))]


@pytest.mark.parametrize("note", [note.strip() for note, _ in rows(GUIDE, "`check` says")])
def test_question_of_check_is_one_that_it_asks(note: str) -> None:
    words = (CLI.parents[1] / "templates" / "explanations").glob("receipt*.j2")
    said = (CLI.parents[1] / "tasks" / "programmes" / "note_faults.py", *words)
    asked = "".join(path.read_text(encoding="utf-8") for path in said)
    assert [one for one in note.split(", ") if one not in asked] == []


@pytest.mark.parametrize(("wrong", "said"), rows(REFERENCE, "wrong"))
def test_error_is_said_as_the_page_says(wrong: str, said: str, tmp_path: Path) -> None:
    line = wrong.strip().strip("`")
    key, _, sentence = line.partition(": ")
    path = tmp_path / "example.yaml"
    if key == "title":
        path.write_text(re.sub(r"title: .*", line, HEAD, count=1), encoding="utf-8")
    elif key == "when":
        write(tmp_path, GRANT | {"steps": {"report": {"when": sentence, "due": "at grant_end"}}})
    else:
        content = of_line(key, sentence, "2026-01-01")
        if key == "due":
            content["steps"]["report"].pop("each", None)
        write(tmp_path, content)
    with pytest.raises(ProgrammeInvalid) as invalid:
        read_programme(path)
    assert said.strip(" |") in str(invalid.value)


def test_import_file_in_the_readme_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = re.findall(r"   ```yaml\n(.*?)   ```", README, re.DOTALL)
    path = tmp_path / "import.yaml"
    path.write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    assert run(["init"]) == 0
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "5 nya" in capsys.readouterr().out
    assert run(["import", str(path), "--on", "2026-09-01"]) == 0
    assert "0 nya" in capsys.readouterr().out
