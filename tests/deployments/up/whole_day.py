"""The first day of a whole: its round, its letters, a run that fails: `make test-office` does, for its time."""

import os
import re
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine, text

from deployments.sample.portfolio import ORGANISATION
from tasks.settings import load_settings
from tasks.store.database import transaction
from tasks.watch.alarms import FiledAlarm, filed_alarms
from tests.deployments.up.whole_start import (
    BEGUN,
    READY_WITHIN,
    Up,
    database,
    letters_by_status,
    refused,
    up,
    write_office,
)
from tests.free_ports import find_free_ports
from tests.grant_scenes import last_working_day
from tests.waiting import until


def test_whole_does_its_round_starts_once_and_tells_of_a_run_that_fails(tmp_path: Path) -> None:
    write_office(tmp_path)
    with database(tmp_path) as engine, up(tmp_path, find_free_ports(2), "--sample") as whole:
        assert whole.wait_for("Ctrl-C stops it") < READY_WITHIN
        morning = until(lambda: whole.runs("daily-round", any_=BEGUN), "the round to begin")[0]
        state, message = whole.ended(morning["id"])
        assert (state, "misslyckades" in message) == ("Completed", False), message
        until(lambda: letters_by_status(engine).keys() <= {"captured", "cancelled"}, "the letters")
        assert letters_by_status(engine).total() > 3
        hold_that_doctor_sees_the_same(whole)
        with refused(tmp_path, find_free_ports(2)) as second:
            assert second.process.wait(READY_WITHIN) == 2
            second.wait_for("grants: ")
            assert len(second.lines) == 1
        hold_that_a_run_that_fails_is_told_past_the_outbox(whole, engine)


def hold_that_doctor_sees_the_same(whole: Up) -> None:
    """Hold that the runs are told what doctor reads, also where that is not what they are told."""
    # The whole takes the organisation of its sample, where the file of settings names none.
    said = grants(whole.home, "doctor", GRANTS_ORGANISATION=ORGANISATION)
    own = "GRANTS_HOME, GRANTS_ORGANISATION"
    assert f"ok       settings     {whole.home}/.env, over which the environment's {own} win; home" in said
    at = f"http://127.0.0.1:{whole.port}"
    assert f"  addresses    portal {at}, sender grantline@example.org, " in said
    assert f"ok       portal       {at} answers, from this database\n" in said
    assert f"ok       prefect      http://127.0.0.1:{whole.port + 1}/api answers\n" in said
    other = grants(whole.home, "doctor", GRANTS_ORGANISATION=ORGANISATION, GRANTS_SMTP_HOST="127.0.0.1")
    assert (
        "TROUBLE  prefect      Not the portal's installation: this command works on the mail server" in other
    )


def hold_that_a_run_that_fails_is_told_past_the_outbox(whole: Up, engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE foundation SET admits = '9999'"))
    name, message = whole.command("daily-round", on=last_working_day().isoformat())
    assert (name, "9999" in message) == ("Failed", True)
    alarm = until(lambda: alarm_about(whole.home, "daily-round behöver ses över"), "the alarm")
    said = alarm.path.read_text(encoding="utf-8")
    page = rf"http://127\.0\.0\.1:{whole.port + 1}/runs/flow-run/[0-9a-f-]{{36}}"
    assert re.search(rf"\n- En körning slutade illa; varför säger dess sida: {page}\n", said)


def grants(home: Path, *words: str, **settings: str) -> str:
    """Run a command; return what it prints."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GRANTS_", "PREFECT_"))}
    command = [sys.executable, "-m", "deployments.cli.main", *words]
    environment = kept | {"GRANTS_HOME": str(home)} | settings
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True).stdout


def alarm_about(home: Path, about: str) -> FiledAlarm | None:
    return next((one for one in filed_alarms(load_settings(home=home)) if one.about == about), None)
