"""PostgreSQL, Redis, Prefect's servers, workers and portals as processes, from the settings of deployments/."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import httpx
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

from deployments.migrations.upgrade import upgrade_schema
from tests.bench.grant_lives import measured_days
from tests.bench.portfolio_rows import Size, build_portfolio
from tests.free_ports import find_free_ports
from tests.source_tree import ROOT
from tests.waiting import until

KEYS = "the key that all machines of the test have"
WITHIN = 300.0


def settings_of(name: str) -> dict[str, str]:
    """Return the settings of a file of deployments/."""
    lines = (ROOT / "deployments" / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@dataclass(slots=True)
class Machines:
    """What runs, by name; a machine is a GRANTS_HOME of its own."""

    folder: Path
    data: Path
    ports: dict[str, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def address(self, name: str, driver: str) -> URL:
        """Return a database's address."""
        return URL.create(driver, "postgres", None, "127.0.0.1", self.ports["postgres"], name)

    @property
    def engine(self) -> Engine:
        """The grants' database; connections are not kept, since the server is restarted under them."""
        return create_engine(self.address("grantline", "postgresql+psycopg"), poolclass=NullPool)

    def environment(self, machine: str, server: str = "api-1") -> dict[str, str]:
        """Return what the compose file gives to a process, with this place's addresses."""
        home = self.folder / machine
        home.mkdir(exist_ok=True, mode=0o700)
        place = {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "PYTHONPATH": str(ROOT),  # runs begin in a folder of their own, and must not find another clone
            "GRANTS_HOME": str(home),
            "GRANTS_DATABASE_URL": _shown(self.address("grantline", "postgresql")),
            "GRANTS_DOCUMENTS": str(self.folder / "documents"),
            "GRANTS_SECRET_KEYS": KEYS,
            "GRANTS_LANGUAGE": "en",
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.ports[server]}/api",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": _shown(self.address("prefect", "postgresql+asyncpg")),
            "PREFECT_REDIS_MESSAGING_HOST": "127.0.0.1",
            "PREFECT_REDIS_MESSAGING_PORT": str(self.ports["redis"]),
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "prefect" / "ui"),
            "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{self.ports['redis']}/1",
        }
        return {**os.environ, **settings_of("prefect.env"), **settings_of("prefect-machines.env"), **place}

    def start(self, name: str, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Start a process that stays; its words go to a file of its name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=dict(env or os.environ), stdout=log, stderr=log, start_new_session=True
            )

    def said_by(self, name: str) -> str:
        """Return the words of a process."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, name: str) -> None:
        """Kill a process and all that it has started, at once: its machine is gone."""
        process = self.running.pop(name)
        for one in (*descendants(process.pid), process.pid):
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait(60)

    def run(self, machine: str, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `grants` or `prefect` on a machine to its end."""
        return subprocess.run(
            [*program(command[0]), *command[1:]],
            cwd=ROOT, env=self.environment(machine) | more, capture_output=True, text=True, timeout=WITHIN,
            check=False,
        )  # fmt: skip

    def do(self, machine: str, *command: str) -> None:
        """Run a command that must succeed."""
        done = self.run(machine, *command)
        assert done.returncode == 0, done.stdout + done.stderr

    def begin_run(self, deployment: str, **parameters: object) -> str:
        """Ask Prefect for a run of a deployment; return its id."""
        api = f"http://127.0.0.1:{self.ports['api-1']}/api/deployments"
        found = httpx.get(f"{api}/name/{deployment}/{deployment}", timeout=60).raise_for_status().json()
        asked = httpx.post(
            f"{api}/{found['id']}/create_flow_run", json={"parameters": parameters}, timeout=60
        )
        return str(asked.raise_for_status().json()["id"])

    def state(self, run: str) -> str:
        """Return the name of a run's state, as Running; empty where no server answers."""
        try:
            found = httpx.get(f"http://127.0.0.1:{self.ports['api-1']}/api/flow_runs/{run}", timeout=60)
            return str(found.raise_for_status().json()["state"]["name"])
        except httpx.HTTPError:
            return ""

    def unfinished(self, deployment: str) -> int:
        """Return how many runs of a deployment have been asked for and are not at their end."""
        open_ = {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}
        wanted = {"flow_runs": {"state": open_}, "deployments": {"name": {"any_": [deployment]}}}
        api = f"http://127.0.0.1:{self.ports['api-1']}/api/flow_runs/count"
        return int(httpx.post(api, json=wanted, timeout=60).raise_for_status().json())

    def count(self, query: str) -> int:
        """Return the number that a query of the grants' database gives."""
        with self.engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())

    def fill(self, grants: int, due: int, on: date) -> None:
        """Fill the emptied database with grants, some of which are due on the day."""
        file = self.folder / f"{grants}.db"
        if not file.exists():
            build_portfolio(file, Size(grants, due), measured_days(on))
        source = create_engine(f"sqlite:///{file}")
        with source.connect() as rows, self.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            tables = [one for one in SQLModel.metadata.sorted_tables if one.name != "foundation"]
            for table in tables:
                connection.exec_driver_sql(f'DELETE FROM "{table.name}"')
            for table in tables:
                if found := [dict(row) for row in rows.execute(select(table)).mappings()]:
                    connection.execute(insert(table), found)
                if "id" in table.c:
                    connection.exec_driver_sql(
                        f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), coalesce(max(id), 0) + 1)"
                        f' FROM "{table.name}"'
                    )
        source.dispose()


def _shown(address: URL) -> str:
    return address.render_as_string(hide_password=False)


def program(name: str) -> list[str]:
    """Return how `grants` or `prefect` is called."""
    return (
        [sys.executable, "-m", "deployments.cli.main"]
        if name == "grants"
        else [str(Path(sys.executable).with_name(name))]
    )


def descendants(process: int) -> list[int]:
    """Return the processes that one has started, and those that they have."""
    try:
        found = [
            int(child)
            for task in Path(f"/proc/{process}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return []
    return [*found, *(one for child in found for one in descendants(child))]


def answers(port: int, path: str) -> bool:
    """Return whether a server answers."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def bring_up(folder: Path) -> Iterator[Machines]:
    """Bring up all that the compose file does, in its order."""
    assert shutil.which("redis-server"), "install redis-server"
    names = ("postgres", "api-1", "api-2", "redis", "portal-1", "portal-2")
    first = find_free_ports(len(names))
    ports = {name: first + number for number, name in enumerate(names)}
    machines = Machines(folder, Path(mkdtemp(prefix="grantline-pg-")), ports)
    try:
        _start_all(machines)
        yield machines
    finally:
        for name in list(machines.running):
            machines.kill(name)
        _postgres(machines, "pg_ctl", "stop", "--mode", "immediate")
        shutil.rmtree(machines.data)


def _start_all(machines: Machines) -> None:
    ports = machines.ports
    shutil.chown(machines.data, "postgres")  # the server drops root's rights
    _postgres(machines, "initdb", "--auth", "trust", "--username", "postgres")
    _start_postgres(machines)
    admin = create_engine(machines.address("postgres", "postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for command in (
            "CREATE DATABASE grantline",
            "CREATE DATABASE prefect",
        ):
            connection.exec_driver_sql(command)
    admin.dispose()
    start_redis(machines)
    upgrade_schema(machines.engine)
    for one in ("one", "two"):
        machines.do(one, "grants", "init")
    machines.do("one", "prefect", "server", "database", "upgrade", "-y")
    for number in (1, 2):
        start_api(machines, number)
    services = ("server", "services", "start")
    machines.start("services", *program("prefect"), *services, env=machines.environment("one"))
    machines.do("one", "grants", "deploy")
    for number, name in ((1, "one"), (2, "two")):
        start_worker(machines, number)
        portal = ("portal", "--port", str(ports[f"portal-{number}"]))
        machines.start(f"portal-{number}", *program("grants"), *portal, env=machines.environment(name))
    both = (ports["portal-1"], ports["portal-2"])
    until(lambda: all(answers(port, "/healthz") for port in both), "the portals", WITHIN)


def restart_postgres(machines: Machines) -> None:
    """Stop PostgreSQL as an upgrade does, and start it again."""
    _postgres(machines, "pg_ctl", "stop", "--mode", "fast")
    _start_postgres(machines)


def _start_postgres(machines: Machines) -> None:
    options = f"-p {machines.ports['postgres']} -c max_connections=300 -c unix_socket_directories=''"
    _postgres(
        machines,
        "pg_ctl",
        "start",
        "--wait",
        "--log",
        f"{machines.data}/log",
        "--options",
        options,
    )


def _postgres(machines: Machines, name: str, *words: str) -> None:
    """Run a program of PostgreSQL as its own user; Prefect needs its extension pg_trgm, so it is Debian's."""
    (found,) = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    command = (str(found), "--pgdata", str(machines.data), *words)
    subprocess.run(
        ["runuser", "-u", "postgres", "--", *command],
        check=True,
        timeout=WITHIN,
        cwd="/",
        stdout=subprocess.DEVNULL,
    )


def start_redis(machines: Machines) -> None:
    """Start Redis, which forgets nothing when it is stopped."""
    data = machines.folder / "redis"
    data.mkdir(exist_ok=True)
    machines.start(
        "redis", "redis-server", "--port", str(machines.ports["redis"]), "--bind", "127.0.0.1",
        "--appendonly", "yes", "--dir", str(data),
    )  # fmt: skip


def start_api(machines: Machines, number: int) -> None:
    """Start one of Prefect's servers, and wait until it answers: two at once would run into each other."""
    port = machines.ports[f"api-{number}"]
    app = ("--factory", "deployments.up.prefect_app:create_api")
    command = (sys.executable, "-m", "uvicorn", *app, "--host", "127.0.0.1", "--port", str(port))
    machines.start(f"api-{number}", *command, env=machines.environment("one"))
    until(lambda: answers(port, "/api/health"), "Prefect's server", WITHIN)


def start_worker(machines: Machines, number: int, limit: int = 3) -> None:
    """Start a worker."""
    command = (
        "worker",
        "start",
        "--pool",
        "grantline",
        "--type",
        "process",
        "--limit",
        str(limit),
        "--name",
        f"w{number}",
    )
    server, machine = f"api-{number}", {1: "one", 2: "two"}[number]
    machines.start(
        f"worker-{number}", *program("prefect"), *command, env=machines.environment(machine, server)
    )
