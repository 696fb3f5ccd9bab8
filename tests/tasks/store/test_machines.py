"""Hold several machines on one database to the same key and the same folder of files, and to a newer schema."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from deployments.cli.main import run
from models.errors import SettingInvalid
from models.tables.step import Document
from tasks.commands.files.drafts import file_store_of
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tasks.store.secrets import check_shared, share
from tests.databases import a_new_postgres_database
from tests.grant_scenes import FIGURES, OWNER, answer, rows
from tests.hostile_files import a_pdf
from tests.portal_scenes import Site, a_site_that_was, text_of
from tests.portal_scenes import parse as parsed
from tests.reference_case import KEYS

NEWER = "a newer key that is made to take the place of the others"


def machine(engine: Engine, home: Path, documents: Path | None = None, keys: str = KEYS) -> Settings:
    """Return the settings of a machine with a home of its own."""
    home.mkdir(exist_ok=True)
    address = engine.url.render_as_string(hide_password=False)
    return load_settings(home=home, database_url=address, documents=str(documents or ""), secret_keys=keys)


@pytest.fixture(scope="module")
def shared_database() -> Engine:
    """A PostgreSQL database that several machines share."""
    return a_new_postgres_database()


def test_key_is_not_made_where_other_machines_could_not_make_the_same(
    shared_database: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    monkeypatch.setenv("GRANTS_DATABASE_URL", shared_database.url.render_as_string(hide_password=False))
    assert run(["init"]) == 2
    said = capsys.readouterr().err
    assert "every machine must sign links with the same key: set GRANTS_SECRET_KEYS" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "secret_keys").exists()


def test_other_key_or_other_folder_is_found_and_a_newer_key_takes_over(tmp_path: Path) -> None:
    engine, folder = a_new_postgres_database(), tmp_path / "files"
    first = machine(engine, tmp_path / "a", folder)
    share(engine, first)
    share(engine, machine(engine, tmp_path / "b", folder))
    check_shared(engine, machine(engine, tmp_path / "b", folder))
    for wrong, says in (
        (machine(engine, tmp_path / "b", folder, NEWER), "signs links with another key than the others"),
        (machine(engine, tmp_path / "b"), "is not the folder of the other machines"),
    ):
        share(engine, wrong)
        with pytest.raises(SettingInvalid, match=says):
            check_shared(engine, wrong)
    rotated = machine(engine, tmp_path / "a", folder, f"{NEWER},{KEYS}")
    share(engine, rotated)
    check_shared(engine, rotated)
    with pytest.raises(SettingInvalid, match="another key"):
        check_shared(engine, first)
    share(engine, machine(engine, tmp_path / "c"), adopt=True)
    check_shared(engine, machine(engine, tmp_path / "c"))
    engine.dispose()


def test_doctor_says_whether_a_machine_has_what_the_others_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = a_new_postgres_database()
    monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("GRANTS_SECRET_KEYS", KEYS)
    for home, said in (("a", "ok       machines"), ("b", "TROUBLE  machines")):
        monkeypatch.setenv("GRANTS_HOME", str(tmp_path / home))
        assert run(["init"]) == 0
        run(["doctor"])
        assert said in capsys.readouterr().out
    engine.dispose()


def test_link_made_on_one_machine_opens_on_the_other_and_so_do_its_files(tmp_path: Path) -> None:
    engine, folder = a_new_postgres_database(), tmp_path / "files"
    site = a_site_that_was(tmp_path, "first paid", date(2010, 4, 6), engine)
    one = Site(engine, machine(engine, tmp_path / "a", folder), site.now)
    other = Site(engine, machine(engine, tmp_path / "b", folder), site.now)
    assert one.tokens(OWNER) == other.tokens(OWNER)
    assert other.client().get(one.address(OWNER)).status_code == 200
    file = file_store_of(one.settings).take(_paper(tmp_path))
    answer(engine, "follow-up-2010-q1", date(2010, 4, 7), data=FIGURES, files=(file,))
    (kept,) = rows(engine, Document)
    assert file_store_of(other.settings).path(kept.stored_as).read_bytes() == a_pdf()


def _paper(folder: Path) -> Path:
    path = folder / "paper.pdf"
    path.write_bytes(a_pdf())
    return path


def test_old_portal_serves_on_beside_a_newer_schema_until_that_admits_it_no_more(
    own_engine: Engine, tmp_path: Path
) -> None:
    """The program that is upgraded is this one; the newer schema is a column more and a later number."""
    site = a_site_that_was(tmp_path, "first paid", date(2010, 4, 6), own_engine)
    browser, address = site.client(), site.address(OWNER)
    with transaction(own_engine) as connection:
        connection.execute(text("ALTER TABLE step ADD COLUMN colour VARCHAR DEFAULT 'blue' NOT NULL"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert browser.get("/healthz").status_code == 200
    assert browser.get(address).status_code == 200
    answer(own_engine, "follow-up-2010-q1", date(2010, 4, 7), data=FIGURES)
    assert "REF-1" in text_of(parsed(browser.get("/")))
    with transaction(own_engine) as connection:
        connection.execute(text("UPDATE foundation SET admits = '9999'"))
    assert browser.get("/healthz").status_code == 503
