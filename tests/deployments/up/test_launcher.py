"""Start the whole for real, as `grants up` does: ready, at work, stopped, and ended with one of its parts."""

import os
import re
import signal
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
import yaml
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from deployments.cli.main import run
from deployments.shipped_files import PREFECT_FILE
from deployments.up.home import PREFECT_DATABASE, prefect_home, process_environment, require_sound
from deployments.up.launcher import run_everything
from models.errors import PortTaken, PrefectAway
from tasks.settings import load_settings
from tests.deployments.up.whole_start import (
    BEGUN,
    READY_WITHIN,
    Up,
    page_of,
    signed_in,
    up,
    write_office,
)
from tests.free_ports import find_free_ports
from tests.waiting import until


def test_whole_starts_works_and_ends_with_its_worker(tmp_path: Path) -> None:
    port = find_free_ports(2)
    write_office(tmp_path)
    with up(tmp_path, port, "--sample") as whole:
        assert whole.wait_for("Ctrl-C stops it") < READY_WITHIN
        hold_what_a_start_says(whole)
        assert "Ekbacka kommun" in page_of(whole, "/login")
        hold_that_it_works(whole)
        until(lambda: whole.runs("daily-round", any_=BEGUN), "the round to begin")
        worker = whole.child("prefect worker start")
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        assert whole.process.wait(READY_WITHIN) == 1
        until(whole.is_gone, "every process to be gone")
        whole.wait_for("worker avslutades med -9, och allt annat med den; sist i")
        assert "Traceback" not in "\n".join(whole.lines)
        hold_that_its_files_are_its_owners(tmp_path)


def hold_that_its_files_are_its_owners(home: Path) -> None:
    made = list(home.rglob("*"))
    assert {"secret_keys", "office.db", "logs"} <= {path.name for path in made}
    assert not (home / "grantline.db").exists()
    # Prefect copies its own pages there with their modes; they are public, and their folder is closed.
    pages = home / "prefect" / "ui"
    ours = [path for path in made if pages not in path.parents]
    assert pages in ours
    assert [path for path in ours if path.stat().st_mode & 0o077] == []


def hold_what_a_start_says(whole: Up) -> None:
    shown = "\n".join(whole.lines)
    addresses = re.findall(rf"http://127.0.0.1:{whole.port}/login/\S+", shown)
    assert [one.partition("?")[2] for one in addresses] == ["next=/", "next=/mailbox"]
    assert f"http://127.0.0.1:{whole.port + 1}" in shown


def hold_that_it_works(whole: Up) -> None:
    """Hold that all is deployed, a printed address signs in, and rounds are planned."""
    names = {one["name"] for one in whole.api("/deployments/filter", {})}
    assert names == {one["name"] for one in yaml.safe_load(PREFECT_FILE.read_text())["deployments"]}
    assert "SN-010" in signed_in(whole)
    assert len(whole.runs("daily-round", any_=["SCHEDULED"])) >= 3


def test_start_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    with up(tmp_path, find_free_ports(2)) as starting:
        until(lambda: starting.child("deliver --keep-on"), "the delivery to be started")
        code, seconds = starting.stop(signal.SIGTERM)
        assert (code, seconds < READY_WITHIN / 2) == (0, True)
        until(starting.is_gone, "every process to be gone")


def damage_nothing(data: bytes) -> bytes:
    return data


def damage_its_head(data: bytes) -> bytes:
    return b"no database" + data[11:]


def damage_a_page(data: bytes) -> bytes:
    return data[:4096] + b"x" * 4096 + data[8192:]


def cut_it_short(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("damage", "sound"),
    [(damage_nothing, True), (damage_its_head, False), (damage_a_page, False), (cut_it_short, False)],
)
def test_damaged_database_of_prefects_is_named_with_its_cure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[bytes], bytes],
    sound: bool,
) -> None:
    settings = load_settings(home=tmp_path)
    file = prefect_home(settings) / PREFECT_DATABASE
    require_sound(settings)
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO run (name) VALUES (?)", [("a run" * 20,)] * 500)
        connection.commit()
    file.write_bytes(damage(file.read_bytes()))
    if sound:
        require_sound(settings)
        return
    with pytest.raises(PrefectAway, match=rf"its database {file} is damaged; move the file away"):
        run_everything(settings, port=find_free_ports(2))
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    assert run(["init"]) == 0
    assert run(["doctor"]) == 1
    assert f"its database {file} is damaged; move the file away" in capsys.readouterr().out


def test_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"port {port}: .*; choose another with --port"):
            run_everything(load_settings(home=tmp_path), port=port)


def test_environment_is_the_embedded_ones_whatever_was_set() -> None:
    settings = load_settings(home=Path("somewhere"))
    environment = process_environment(
        settings,
        4710,
        {
            "PREFECT_API_URL": "https://prefect.example.org/api",
            "PREFECT_PROFILE": "elsewhere",
            "PREFECT_API_KEY": "secret",
            "PREFECT_WORKER_QUERY_SECONDS": "5",
        },
    )
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4711/api"
    assert environment["GRANTS_HOME"] == str(Path("somewhere").absolute())
    assert environment["PREFECT_WORKER_QUERY_SECONDS"] == "5"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert not {"PREFECT_PROFILE", "PREFECT_API_KEY"} & environment.keys()


class Moody:
    """An application that cannot serve the first times it is asked, and raises when it says so, as Starlette does."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.bodies.append(await request.body())
        if len(self.bodies) <= self.refusals:
            await PlainTextResponse("busy", status_code=503)(scope, receive, send)
            raise RuntimeError("database is locked")
        await PlainTextResponse("done", status_code=201)(scope, receive, send)


def asked(app: Moody, waits: tuple[float, ...]) -> httpx2.Response:
    # Imported here: Prefect's server takes seconds to load, for each of the processes that collect the tests.
    from deployments.up.prefect_app import POLICY, PrefectApp

    client = TestClient(PrefectApp(app, waits), raise_server_exceptions=False)
    answer = client.post("/", content=b"a form")
    assert answer.headers["content-security-policy"] == POLICY
    return answer


@pytest.mark.parametrize("refusals", [0, 3])
def test_busy_server_is_asked_again_with_the_same_form(refusals: int) -> None:
    app = Moody(refusals)
    answer = asked(app, (0, 0, 0))
    assert (answer.status_code, answer.text) == (201, "done")
    assert app.bodies == [b"a form"] * (refusals + 1)


def test_server_that_stays_busy_says_so() -> None:
    app = Moody(99)
    assert asked(app, (0, 0, 0)).status_code == 503
    assert len(app.bodies) == 4
