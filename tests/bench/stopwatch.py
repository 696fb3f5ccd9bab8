"""Run the command line as people do, in a process of its own, and measure it."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.grant_lives import PORTAL, SECRET, SENDER

ROOT = Path(__file__).parents[2]
GRANTS = (sys.executable, "-c", "from deployments.cli.main import main; main()")
# Seconds on the clock that a command may take: on a busy machine several times its processor time.
_LONGEST = 900
# Starts the command from a small process: a child's peak memory counts from that of the process that began it.
_STARTER = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ, file_actions=[(os.POSIX_SPAWN_CLOSE, int(sys.argv[1]))])
_, status, used = os.wait4(child, 0)
figures = time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss
os.write(int(sys.argv[1]), " ".join(map(str, (os.waitstatus_to_exitcode(status), *figures))).encode())
"""


class CommandFailed(RuntimeError):
    """A measured command did not do what it was to do."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process took: seconds on the clock and of processor, its peak memory in MB, and what it said."""

    seconds: float
    cpu: float
    peak_mb: float
    said: str


def surroundings(database: Path, port: int | None = None) -> dict[str, str]:
    """Return the environment of a command: this database, and a mail server on loopback or none."""
    names = {
        name: value for name, value in os.environ.items() if not name.startswith(("GRANTS_", "PREFECT_"))
    }
    server = {"GRANTS_SMTP_HOST": "127.0.0.1", "GRANTS_SMTP_PORT": str(port), "GRANTS_SMTP_TLS": "none"}
    return {
        **names,
        "GRANTS_HOME": str(database.parent),
        "GRANTS_DATABASE_URL": f"sqlite:///{database}",
        "GRANTS_SECRET_KEYS": SECRET,
        "GRANTS_PORTAL_URL": PORTAL,
        "GRANTS_MAIL_FROM": SENDER,
        **(server if port is not None else {}),
    }


def run(command: Sequence[str], env: dict[str, str], longest: float = _LONGEST) -> Ran:
    """Run a command to its end; CommandFailed, with its last words, when it does not end well or in time."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        reading, writing = os.pipe()
        starter = (sys.executable, "-S", "-c", _STARTER, str(writing))
        with (
            os.fdopen(reading) as told,
            subprocess.Popen(
                (*starter, *command),
                env=env,
                cwd=ROOT,
                stdout=out,
                stderr=errors,
                pass_fds=(writing,),
                start_new_session=True,
            ) as process,
        ):
            os.close(writing)
            too_long = threading.Timer(longest, os.killpg, (process.pid, signal.SIGKILL))
            too_long.start()
            measured = told.read().split()
            too_long.cancel()
        out.seek(0)
        errors.seek(0)
        said = out.read()
        name = " ".join(command[2:])
        if not measured:
            raise CommandFailed(f"{name}: stopped after {longest:g} s")
        if measured[0] != "0":
            raise CommandFailed(f"{name}: {said[-300:]} {errors.read()[-500:]}")
        seconds, cpu, peak_kb = (float(figure) for figure in measured[1:])
        return Ran(seconds, cpu, peak_kb / 1024, said)


def grants(*arguments: str, env: dict[str, str]) -> Ran:
    """Run a `grants` command."""
    return run((*GRANTS, *arguments), env)
