"""Keep the sample to a database of its own, and away from a file of settings that is the machine's."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from deployments.sample.portfolio import load_sample, require_room
from models.errors import BadInput
from tasks.outbox.deliver import deliver
from tasks.settings import load_settings
from tests.grant_scenes import at, do_round, open_grants
from tests.mail_server import MailServer

FRIDAY = date(2010, 10, 8)


def test_sample_goes_on_where_it_was_and_stays_out_of_a_database_with_other_grants(
    own_engine: Engine,
) -> None:
    require_room(own_engine)
    load_sample(own_engine, FRIDAY, at(FRIDAY, 6))
    require_room(own_engine)


def test_database_with_other_grants_takes_no_sample(
    commanded: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    free_port: int,
    english: None,
) -> None:
    monkeypatch.delenv("GRANTS_SETTINGS")
    open_grants(commanded)
    assert run(["up", "--sample", "--port", str(free_port)]) == 2
    said = capsys.readouterr().err
    assert f"grants: {BadInput.__doc__}".rstrip(".") in said
    assert "holds other grants, and --sample would play with them" in said
    assert said.count("\n") == 1


def test_sample_whose_letters_have_left_by_mail_is_none(sqlite: Engine, mail: MailServer) -> None:
    load_sample(sqlite, FRIDAY, at(FRIDAY, 6))
    do_round(sqlite, FRIDAY)
    settings = load_settings(smtp_host="127.0.0.1", smtp_port=mail.port, smtp_tls="none")
    deliver(sqlite, settings, lambda: at(FRIDAY, 8))
    with pytest.raises(BadInput, match=r"letters have left .* by mail, and --sample would play on"):
        require_room(sqlite)


def test_sample_reads_no_file_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], english: None
) -> None:
    file = tmp_path / "grantline.env"
    file.write_text(f"GRANTS_HOME={tmp_path}/office\n", encoding="utf-8")
    monkeypatch.setenv("GRANTS_SETTINGS", str(file))
    assert run(["up", "--sample"]) == 2
    assert (
        f"--sample reads no file that GRANTS_SETTINGS names ({file}): unset GRANTS_SETTINGS"
        in capsys.readouterr().err
    )
    assert not (tmp_path / "office").exists()
