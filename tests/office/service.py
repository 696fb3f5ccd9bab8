"""Grantline as its service runs: its settings' one file, `grants` by hand, and the processes that stay."""

import pwd
import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.office.readme import read_blocks
from tests.waiting import until

SECTION = "One machine"
USER = "grantline"
SETTINGS = Path("/etc/grantline.env")
UNITS = Path("/etc/systemd/system")
PORTAL = "http://127.0.0.1:8480"
# As long as the units let a process end by itself (TimeoutStopSec) before it is killed.
STOP_SECONDS = 30
# What a service manager and sudo give to a process of the service's.
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def follow(step: str, own: Mapping[str, str], ends: tuple[int, ...] = (0,)) -> None:
    """Do what a step of the README says, as root; `own` are the words that an office puts in the README's places."""
    blocks = [block for block in read_blocks(SECTION) if block.step == step and block.language == "sh"]
    assert blocks, f"deployments/README.md has no commands in the step {step!r}"
    for block in blocks:
        text = block.text
        for place, word in own.items():
            text = text.replace(place, word)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            capture_output=True, text=True, check=False, cwd="/", env=_environment("root"),
        )  # fmt: skip
        assert done.returncode in ends, f"{step}:\n{text}\n{done.stdout}{done.stderr}"


def set_settings(values: Mapping[str, str]) -> None:
    """Write settings into the one file, each in its place or below the others."""
    lines = SETTINGS.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.lstrip("# ").partition("=")[0] not in values]
    written = [*kept, *(f"{name}={value}" for name, value in values.items())]
    SETTINGS.write_text("\n".join(written) + "\n", encoding="utf-8")


def grants(*words: str, ends: tuple[int, ...] = (0,)) -> str:
    """Run `grants` as the service's user, as an administrator does; it must end with one of these codes."""
    done = subprocess.run(
        ["runuser", "-u", USER, "--", "grants", *words],
        capture_output=True, text=True, check=False, cwd="/", env=_environment("root"),
    )  # fmt: skip
    assert done.returncode in ends, (
        f"grants {shlex.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


@contextmanager
def up() -> Iterator[None]:
    """Let one service run `grants up`, until the block ends."""
    with _processes([["grants", "up"]], [_environment(USER)]) as started:
        _wait_for_portal(started)
        yield


@contextmanager
def units() -> Iterator[None]:
    """Start the services that the target wants, each in the environment that its unit gives, until the block ends.

    No service manager runs here: what runs once is run when the others stay.
    """
    follow("Run it", {})
    target = (UNITS / "grantline.target").read_text(encoding="utf-8")
    wanted = re.findall(r"[\w-]+\.service", "".join(re.findall("^Wants=.*$", target, re.MULTILINE)))
    services = [_Unit(UNITS / name) for name in wanted]
    for unit in services:
        for command in unit.before:
            subprocess.run(command, check=True, env=unit.environment, cwd=unit.folder, user=USER, group=USER)
    staying = [unit for unit in services if not unit.runs_once]
    with _processes([unit.command for unit in staying], [unit.environment for unit in staying]) as started:
        _wait_for_portal(started)
        for unit in services:
            if unit.runs_once:
                subprocess.run(
                    unit.command, check=True, env=unit.environment, cwd=unit.folder, user=USER, group=USER
                )
        yield


class _Unit:
    """A service's unit: its command, what goes before it, and the environment that systemd would make of it."""

    def __init__(self, file: Path) -> None:
        said = [line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if "=" in line]
        first = {name: value for name, _, value in reversed(said)}
        self.folder = first.get("WorkingDirectory", "/")
        self.runs_once = first.get("Type") == "oneshot"
        self.command = shlex.split(first["ExecStart"].replace("%H", socket.gethostname()))
        self.before = [shlex.split(value) for name, _, value in said if name == "ExecStartPre"]
        self.environment = _environment(USER)
        for name, _, value in said:
            if name == "Environment":
                self.environment |= dict(one.split("=", 1) for one in shlex.split(value))
            assert name != "EnvironmentFile", f"{file.name} reads settings in another way than `grants`"


def _environment(user: str) -> dict[str, str]:
    home = pwd.getpwnam(user).pw_dir
    return {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": home, "USER": user, "LOGNAME": user}


@contextmanager
def _processes(
    commands: list[list[str]], environments: list[dict[str, str]]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate(commands):
            with Path(f"/var/log/grantline-{number}.log").open("ab") as log:
                started.append(
                    subprocess.Popen(
                        command,
                        env=environments[number],
                        cwd="/",
                        stdout=log,
                        stderr=log,
                        user=USER,
                        group=USER,
                        extra_groups=[],
                        umask=0o077,
                    )
                )
        yield started
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # A worker waits for its run, and that for the server that has ended.
                process.kill()
                process.wait()


def _wait_for_portal(started: list[subprocess.Popen[bytes]]) -> None:
    def is_well() -> bool:
        for number, process in enumerate(started):
            log = Path(f"/var/log/grantline-{number}.log")
            assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
        try:
            return httpx.get(f"{PORTAL}/healthz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    until(is_well, "the portal", 300)
