"""Hold what `grants ledger check` says of an export, and what it keeps to itself."""

from pathlib import Path

import pytest

from deployments.cli.main import run

HEAD = "Datum;Ver;Konto;Projekt;Text;Belopp\n"
ROWS = """\
2026-03-02;A 1;4010;7;Möbler;1 250,50
2026-03-09;A 2;5010;7;Lön Anna Exempelsson;40 000,00
2026-03-10;A 3;6070;8;Hyra 19121212-1212;300,00
"""


def check(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: str, project: str = "7"
) -> tuple[int, list[str]]:
    (folder / "bok.csv").write_text(HEAD + rows)
    code = run(["ledger", "check", str(folder / "bok.csv"), "--project", project])
    return code, [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_sound_export_is_told_by_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(tmp_path, capsys, ROWS)
    assert code == 0
    assert lines[0] == "bok.csv: 3 rows from 2026-03-02 to 2026-03-10, in SEK."
    for line in (
        "project Projekt",
        "Project 7: 2 rows.",
        "4010 1 1,250.50 SEK",
        "5010 1 40,000 SEK",
        "Costs, on accounts that begin with 4, 5, 6, 7: 41,250.50 SEK.",
    ):
        assert line in lines


def test_no_text_and_no_personal_number_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "2026-03-11;A 4;4010;7;Hyra;19121212-1212\n19121212-1212;A 5;5010;7;Lön;1\n2026-03-11;A 6;;7;Exempelsson;1\n"
    code, lines = check(tmp_path, capsys, ROWS + bad)
    assert code == 1
    assert [line.split(":")[0] for line in lines if line.startswith("TROUBLE")] == [
        "TROUBLE bok.csv, row 5",
        "TROUBLE bok.csv, row 6",
        "TROUBLE bok.csv, row 7",
    ]
    assert "•••" in "".join(lines)
    for secret in ("Exempelsson", "Möbler", "Hyra", "1212-1212"):
        assert secret not in "".join(lines)


def test_project_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ROWS + "2026-03-11;A 4;4010;19121212-1212;Stöd;1\n"
    code, lines = check(tmp_path, capsys, rows, project="9")
    assert code == 1
    assert "The file has 3 projects: •••, 7, 8." in lines


def test_file_that_is_no_ledger_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bok.se").write_text("Datum")
    assert run(["ledger", "check", str(tmp_path / "bok.se")]) != 0
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        said.err == "grants: Huvudboken kan inte läsas: bok.se är ingen SIE-fil: exportera SIE typ 4 igen\n"
    )
