"""Start the whole for real, as `grants up` does: ready, at work, stopped, killed and started again."""

import base64
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import httpx2
import pytest
import yaml
from sqlalchemy import Engine, text
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
from tasks.store.database import open_engine, reading, transaction
from tasks.watch.alarms import FiledAlarm, filed_alarms
from tests.free_ports import find_free_ports
from tests.grant_scenes import last_working_day
from tests.mail_server import MailServer
from tests.waiting import until

READY_WITHIN = 240.0
# Where the server has no password, it looks at none.
AUTH = "admin:a password"
PASSWORD = base64.b64encode(AUTH.encode()).decode()


class Up:
    """A running `grants up`, in its home, where its file of settings is."""

    def __init__(self, home: Path, port: int, *options: str) -> None:
        self.home, self.port = home, port
        self.lines: list[str] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GRANTS_", "PREFECT_"))}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from deployments.cli.main import main; main()",
                "up",
                "--port",
                str(port),
                *options,
            ],
            env={**kept, "GRANTS_HOME": str(home)},
            cwd=home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._heard: Queue[str | None] = Queue()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._heard.put(line.rstrip())
        self._heard.put(None)

    def wait_for(self, words: str, seconds: float = READY_WITHIN, *, since: int = 0) -> float:
        """Wait for a line with the words, after so many others; return the seconds since the start."""
        deadline = time.monotonic() + seconds
        while not any(words in line for line in self.lines[since:]):
            try:
                line = self._heard.get(timeout=max(0.1, deadline - time.monotonic()))
            except Empty:
                line = None
            assert line is not None, "\n".join([*self.lines, self.log()])
            self.lines.append(line)
        return time.monotonic() - self.began

    def log(self) -> str:
        """Return the ends of all logs."""
        ends = [path.read_text(encoding="utf-8")[-2000:] for path in self.home.glob("logs/*.log")]
        return "\n".join(ends)

    def api(self, path: str, body: object = None) -> Any:
        """Call the embedded Prefect's API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port + 1}/api{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", "authorization": f"Basic {PASSWORD}"},
        )
        with urllib.request.urlopen(request, timeout=READY_WITHIN) as response:  # noqa: S310
            return json.load(response)

    def runs(self, name: str, **state: list[str]) -> list[dict[str, Any]]:
        """Return the runs of a deployment, newest first."""
        found: list[dict[str, Any]] = self.api(
            "/flow_runs/filter",
            {
                "deployments": {"name": {"any_": [name]}},
                "flow_runs": {"state": {"type": state}} if state else {},
                "sort": "EXPECTED_START_TIME_DESC",
            },
        )
        return found

    def ended(self, run_id: str) -> tuple[str, str]:
        """Wait for the end of a run; return its state's name and message."""

        def state() -> tuple[str, str] | None:
            found = self.api(f"/flow_runs/{run_id}")["state"]
            over = found["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
            return (found["name"], found["message"]) if over else None

        return until(state, f"the end of run {run_id}")

    def command(self, name: str, job: object = None, **parameters: object) -> tuple[str, str]:
        """Run a deployment as the form in Prefect's interface does; return its state's name and message."""
        deployment = self.api(f"/deployments/name/{name}/{name}")
        asked = {"parameters": parameters, "job_variables": job or {}}
        run = self.api(f"/deployments/{deployment['id']}/create_flow_run", asked)
        return self.ended(run["id"])

    def stop(self, number: signal.Signals) -> tuple[int, float]:
        """Send a signal; return the exit code and how long the stop took, in seconds."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(READY_WITHIN)
        return code, time.monotonic() - began

    def processes(self) -> dict[int, str]:
        """Return every process of this home, `grants up` and its children and their runs, with its command."""
        ours, found = f"GRANTS_HOME={self.home}".encode(), {}
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if ours in (path / "environ").read_bytes().split(b"\0"):
                    found[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def child(self, words: str) -> int | None:
        """Return the process whose command has the words; None while there is none."""
        return next((process for process, command in self.processes().items() if words in command), None)

    def is_gone(self) -> bool:
        """Return whether no process is left."""
        return not self.processes()

    def _killed(self) -> bool:
        left = self.processes()
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return not left

    def kill_all(self) -> None:
        """Leave nothing behind, whatever the test came to."""
        until(self._killed, "the end of every process")
        self.process.wait(60)
        self._listener.join(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def up(home: Path, port: int, *options: str) -> Iterator[Up]:
    running = Up(home, port, *options)
    try:
        yield running
    finally:
        running.kill_all()


@contextmanager
def refused(home: Path, port: int) -> Iterator[Up]:
    """A `grants up` that ends by itself, beside one that runs from the same home."""
    second = Up(home, port)
    yield second
    second.process.wait(60)
    assert second.process.stdout is not None
    second.process.stdout.close()


@contextmanager
def database(home: Path) -> Iterator[Engine]:
    """The database that the file of settings names, which is not the one that a home has without it."""
    engine = open_engine(f"sqlite:///{home / 'office.db'}")
    yield engine
    engine.dispose()


def letters_by_status(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        return Counter(connection.execute(text("SELECT status FROM letter")).scalars())


def page_of(whole: Up, path: str) -> str:
    """Return a page of the portal as nobody who is signed in sees it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{whole.port}{path}", timeout=READY_WITHIN) as page:
        return str(page.read().decode())


def signed_in(address: str) -> str:
    """Return the page that a printed address leads to, the button on the way pressed."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(address, timeout=READY_WITHIN) as page:
        fields = re.findall(r'name="(nonce|next)" value="([^"]*)"', page.read().decode())
    with browser.open(address, urllib.parse.urlencode(fields).encode(), timeout=READY_WITHIN) as page:
        assert page.geturl() == address.partition("/login")[0] + "/"
        return str(page.read().decode())


def test_whole_starts_is_killed_starts_again_works_and_stops(tmp_path: Path) -> None:
    port = find_free_ports(2)
    with MailServer().running() as post, database(tmp_path) as engine:
        write_settings(
            tmp_path,
            GRANTS_DATABASE_URL="sqlite:///office.db",
            GRANTS_SMTP_HOST="127.0.0.1",
            GRANTS_SMTP_PORT=str(post.port),
            GRANTS_SMTP_TLS="none",
            PREFECT_SERVER_API_AUTH_STRING=AUTH,
            PREFECT_API_AUTH_STRING=AUTH,
        )
        with up(tmp_path, port, "--sample") as whole:
            assert whole.wait_for("Ctrl-C stops it") < READY_WITHIN
            assert "Ekbacka kommun" in page_of(whole, "/login")
            cut_off = until(lambda: whole.runs("daily-round", any_=["RUNNING"]), "the round to be running")[0]
            whole.process.kill()
            whole.process.wait(60)
            until(whole.is_gone, "every process to be gone", READY_WITHIN)
            hold_what_a_start_says(whole)
            # A sample sends nothing, though a mail server is set.
            assert post.connections == 0
            assert letters_by_status(engine).keys() <= {"queued", "claimed", "handing_over", "captured"}

        with up(tmp_path, port) as again:
            again.wait_for("Ctrl-C stops it")
            assert "Ekbacka kommun" not in page_of(again, "/login")
            state, message = again.command("daily-round", on=cut_off["parameters"]["on"])
            assert (state, "misslyckades" in message) == ("Completed", False), message
            ended = {"accepted", "captured", "cancelled"}
            until(lambda: letters_by_status(engine).keys() <= ended, "the letters")
            hold_that_no_letter_was_repeated(engine, post)
            hold_that_it_works(again)
            with refused(tmp_path, find_free_ports(2)) as second:
                assert second.process.wait(READY_WITHIN) == 2
                second.wait_for("grants: ")
                assert len(second.lines) == 1
            hold_that_a_run_that_fails_is_told_past_the_outbox(again, engine)
            worker = again.child("prefect worker start")
            assert worker is not None
            os.kill(worker, signal.SIGKILL)
            assert again.process.wait(READY_WITHIN) == 1
            until(again.is_gone, "every process to be gone")
            again.wait_for("worker avslutades med -9, och allt annat med den; sist i")
            assert "Traceback" not in "\n".join([*whole.lines, *again.lines])
            made = list(tmp_path.rglob("*"))
            assert {"secret_keys", "office.db", "logs"} <= {path.name for path in made}
            assert not (tmp_path / "grantline.db").exists()
            # Prefect copies its own pages there with their modes; they are public, and their folder is closed.
            pages = tmp_path / "prefect" / "ui"
            ours = [path for path in made if pages not in path.parents]
            assert pages in ours
            assert [path for path in ours if path.stat().st_mode & 0o077] == []


def write_settings(folder: Path, **settings: str) -> None:
    """Write the folder's file of settings, for its owner alone."""
    lines = [f"{name}={value}" for name, value in settings.items()]
    (folder / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / ".env").chmod(0o600)


def hold_what_a_start_says(whole: Up) -> None:
    shown = "\n".join(whole.lines)
    addresses = re.findall(rf"http://127.0.0.1:{whole.port}/login/\S+", shown)
    assert [one.partition("?")[2] for one in addresses] == ["next=/", "next=/mailbox"]
    assert f"http://127.0.0.1:{whole.port + 1}" in shown


def hold_that_no_letter_was_repeated(engine: Engine, post: MailServer) -> None:
    with reading(engine) as connection:
        query = "SELECT message_id FROM letter WHERE status = 'accepted'"
        accepted = sorted(connection.execute(text(query)).scalars())
    assert letters_by_status(engine).total() > 3
    assert [mail_id.strip("<>").partition("@")[0] for mail_id in post.message_ids()] == accepted


def hold_that_it_works(whole: Up) -> None:
    """Hold that all is deployed, a printed address signs in, and rounds are planned."""
    names = {one["name"] for one in whole.api("/deployments/filter", {})}
    assert names == {one["name"] for one in yaml.safe_load(PREFECT_FILE.read_text())["deployments"]}
    hold_that_doctor_sees_the_same(whole)
    portal = next(word for line in whole.lines for word in line.split() if "/login/" in word)
    assert "SN-010" in signed_in(portal)
    assert len(whole.runs("daily-round", any_=["SCHEDULED"])) >= 3


def hold_that_doctor_sees_the_same(whole: Up) -> None:
    """Hold that the runs are told what doctor reads, also where that is not what they are told."""
    said = grants(whole.home, "doctor")
    assert (
        f"ok       settings     {whole.home}/.env, over which the environment's GRANTS_HOME wins; home"
        in said
    )
    at = f"http://127.0.0.1:{whole.port}"
    told = f"portal {at}, sender grantline@example.org, failed runs are told to nobody, GRANTS_ADMIN_EMAIL is not set"
    assert f"TROUBLE  addresses    {told}\n" in said
    assert f"ok       portal       {at} answers, from this database\n" in said
    assert f"ok       prefect      http://127.0.0.1:{whole.port + 1}/api answers\n" in said
    other = grants(whole.home, "doctor", GRANTS_SMTP_PORT="2599")
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
