"""Find the one file of settings, and hand what it says to every process, in whichever folder that runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import SettingInvalid
from tasks.settings import handed_on, load_settings, other_variables, overriding_variables, source_secret
from tests.source_tree import ROOT


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without a file, and an environment that says nothing."""
    for name in [name for name in os.environ if name.startswith("GRANTS_")]:
        monkeypatch.delenv(name)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def write(file: Path, *lines: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_named_file_is_the_only_one_that_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Path(".env"), "GRANTS_COUNTRY=FI", "GRANTS_TIMEZONE=Europe/Helsinki", "GRANTS_SECRET_LEDGER=a")
    assert (load_settings().country, source_secret("GRANTS_SECRET_LEDGER")) == ("FI", "a")
    named = write(tmp_path / "etc" / "grantline.env", "GRANTS_COUNTRY=NO", "GRANTS_SECRET_LEDGER=b")
    for name in (named, Path("..") / "etc" / "grantline.env"):
        monkeypatch.setenv("GRANTS_SETTINGS", str(name))
        settings = load_settings()
        assert (settings.country, settings.timezone) == ("NO", "Europe/Stockholm")
        assert source_secret("GRANTS_SECRET_LEDGER") == "b"


@pytest.mark.parametrize("there", [False, True], ids=["no file", "a folder"])
def test_named_file_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    write(Path(".env"), "GRANTS_COUNTRY=FI")
    named = tmp_path / "grantline.env"
    if there:
        named.mkdir()
    monkeypatch.setenv("GRANTS_SETTINGS", str(named))
    with pytest.raises(
        SettingInvalid, match=f"GRANTS_SETTINGS: there is no file {named} that this user may read;"
    ):
        load_settings()


def test_a_file_cannot_name_another() -> None:
    write(Path(".env"), "GRANTS_SETTINGS=/etc/grantline.env")
    with pytest.raises(SettingInvalid, match="there is no GRANTS_SETTINGS"):
        load_settings()


def test_paths_count_from_the_files_folder_and_those_of_the_environment_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc, work = tmp_path / "etc", tmp_path / "work"
    said = (
        "DOCUMENTS=files",
        "BOUNCES_MAILDIR=../mail",
        "DIRECTORY=/srv/people.csv",
        "DATABASE_URL=sqlite:///a.db",
    )
    file = write(etc / "grantline.env", *(f"GRANTS_{line}" for line in said))
    monkeypatch.setenv("GRANTS_SETTINGS", str(file))
    settings = load_settings()
    assert settings.home == etc / ".grantline"
    assert settings.documents_folder == settings.office_folder == etc / "files"
    assert Path(settings.bounces_maildir).resolve() == tmp_path / "mail"
    assert settings.directory == "/srv/people.csv"
    assert settings.database == f"sqlite:///{etc}/a.db"
    monkeypatch.setenv("GRANTS_HOME", "here")
    monkeypatch.setenv("GRANTS_DATABASE_URL", "sqlite:///b.db")
    settings = load_settings(documents="mine")
    assert (settings.home, settings.documents_folder) == (work / "here", work / "mine")
    assert settings.database == f"sqlite:///{work}/b.db"


def test_environment_wins_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_COUNTRY", "FI")
    monkeypatch.setenv("GRANTS_SMTP_HOST", "")
    assert overriding_variables() == []
    write(Path(".env"), "GRANTS_COUNTRY=NO", "GRANTS_SMTP_HOST=mail.example.org", "PREFECT_HOME=/a")
    settings = load_settings()
    assert (settings.country, settings.smtp_host) == ("FI", "mail.example.org")
    assert overriding_variables() == ["GRANTS_COUNTRY"]
    assert other_variables() == {"PREFECT_HOME": "/a"}


def test_child_in_another_folder_has_the_same_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(Path(".env"), "GRANTS_DOCUMENTS=files", "GRANTS_COUNTRY=NO", "GRANTS_SMTP_HOST=mail.example.org")
    monkeypatch.setenv("GRANTS_HOME", "home")
    monkeypatch.setenv("GRANTS_COUNTRY", "FI")
    settings = load_settings()
    said = "from tasks.settings import load_settings; print(load_settings().model_dump_json())"
    environment = os.environ | handed_on(settings) | {"PYTHONPATH": str(ROOT)}
    child = subprocess.run(
        [sys.executable, "-c", said],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout.strip() == settings.model_dump_json()
    assert (settings.country, settings.smtp_host) == ("FI", "mail.example.org")
