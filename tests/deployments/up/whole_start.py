"""A whole as `grants up` starts it for real, in a home of its own: what it prints, runs and leaves."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from sqlalchemy import Engine, text

from tasks.store.database import open_engine, reading
from tests.mail_server import MailServer
from tests.waiting import until

READY_WITHIN = 240.0
# The types of state of a run that a worker has taken.
BEGUN = ["RUNNING", "COMPLETED", "FAILED"]
# Where the server has no password, it looks at none.
AUTH = "admin:a password"
# The command line of the tree that is tested, whatever else is installed.
OF_THIS_TREE = (sys.executable, "-c", "from deployments.cli.main import main; main()")
PASSWORD = base64.b64encode(AUTH.encode()).decode()


class Up:
    """A running `grants up`, in its home, where its file of settings is."""

    def __init__(self, home: Path, port: int, *options: str, program: Sequence[str] = OF_THIS_TREE) -> None:
        self.home, self.port = home, port
        self.lines: list[str] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("GRANTS_", "PREFECT_"))}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*program, "up", "--port", str(port), *options],
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
def up(home: Path, port: int, *options: str, program: Sequence[str] = OF_THIS_TREE) -> Iterator[Up]:
    running = Up(home, port, *options, program=program)
    try:
        yield running
    finally:
        running.kill_all()


def login_address(whole: Up) -> str:
    """Return the first printed address that signs in."""
    return next(word for line in whole.lines for word in line.split() if "/login/" in word)


def signed_in(whole: Up) -> str:
    """Return the page that the first printed address leads to, the button on the way pressed."""
    address = login_address(whole)
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(address, timeout=READY_WITHIN) as page:
        fields = re.findall(r'name="(nonce|next)" value="([^"]*)"', page.read().decode())
    with browser.open(address, urllib.parse.urlencode(fields).encode(), timeout=READY_WITHIN) as page:
        assert page.geturl() == address.partition("/login")[0] + "/"
        return str(page.read().decode())


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


def write_settings(folder: Path, **settings: str) -> None:
    """Write the folder's file of settings, for its owner alone."""
    lines = [f"{name}={value}" for name, value in settings.items()]
    (folder / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / ".env").chmod(0o600)


def write_office(folder: Path, **settings: str) -> None:
    """Write the settings of an office whose Prefect has a password, and what else it sets."""
    write_settings(
        folder,
        GRANTS_DATABASE_URL="sqlite:///office.db",
        PREFECT_SERVER_API_AUTH_STRING=AUTH,
        PREFECT_API_AUTH_STRING=AUTH,
        **settings,
    )


def mail_by(post: MailServer) -> dict[str, str]:
    """Return the settings by which letters go to a mail server of this machine."""
    return {
        "GRANTS_SMTP_HOST": "127.0.0.1",
        "GRANTS_SMTP_PORT": str(post.port),
        "GRANTS_SMTP_TLS": "none",
    }
