"""Lock a home for one running Grantline, and give Prefect and the portal their environment."""

import fcntl
import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from deployments.shipped_files import PREFECT_SETTINGS
from deployments.up.web import LOOPBACK, Starting, port_of
from models.errors import HomeInUse, PrefectAway
from tasks.settings import Settings, handed_on

_NAME = "up.lock"


@contextmanager
def hold_home(home: Path, port: int) -> Iterator[None]:
    """Hold the home for this process, and note the portal's port; HomeInUse if another process has it.

    The lock ends with the process, however that ends; the note stays.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / _NAME).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            process = lock.read().partition(" ")[0] or "unknown"
            raise HomeInUse(Starting.HOME_IN_USE(home=home, process=process)) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()} {port}")
        lock.flush()
        yield


def noted_port(home: Path) -> int | None:
    """Return the portal's port of the Grantline that runs from the home, or ran last; None if none did."""
    try:
        return int((home / _NAME).read_text(encoding="utf-8").partition(" ")[2])
    except (OSError, ValueError):
        return None


# Variables that would point these processes to another Prefect.
_FOREIGN = (
    "PREFECT_PROFILE",
    "PREFECT_API_KEY",
    "PREFECT_PROFILES_PATH",
    "PREFECT_API_DATABASE_CONNECTION_URL",
)
PREFECT_DATABASE = "prefect.db"


def prefect_home(settings: Settings) -> Path:
    """Return the folder of Prefect's own files."""
    return settings.home / "prefect"


def process_environment(
    settings: Settings, portal_port: int, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment for this home and these ports, whatever was set for another Prefect.

    Prefect's server takes the port after the portal's.
    """
    kept = {name: value for name, value in environment.items() if name not in _FOREIGN}
    home = prefect_home(settings)
    address = prefect_address(portal_port)
    placed = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), kept.get("PATH", os.defpath))),
        **handed_on(settings),
        "GRANTS_HOME": str(settings.home),
        "GRANTS_PORTAL_URL": settings.portal_url,
        "GRANTS_CHANNEL": settings.channel,
        "GRANTS_ORGANISATION": settings.organisation,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"{address}/api",
        "PREFECT_UI_URL": address,
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / PREFECT_DATABASE}",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
    }
    return read_settings() | kept | placed


def prefect_address(portal_port: int) -> str:
    """Return the address of Prefect's server: at the port after the portal's."""
    return f"http://{LOOPBACK}:{portal_port + 1}"


def installed_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Prefect's own processes and commands in this installation.

    Settings for Prefect, in the environment or the file of settings, take precedence over the
    defaults for one machine.
    """
    port = noted_port(settings.home) or port_of(settings)
    stated = {
        name: value
        for name, value in environment.items()
        if name.startswith("PREFECT_") and name not in _FOREIGN
    }
    if "PREFECT_API_URL" in stated:
        stated.setdefault("PREFECT_UI_URL", stated["PREFECT_API_URL"].removesuffix("/api"))
    return process_environment(settings, port, environment) | stated


def at_its_port(settings: Settings) -> Settings:
    """Return the settings with the address of the portal that runs from this home, if none is set."""
    port = noted_port(settings.home)
    if port is None or "portal_url" in settings.model_fields_set:
        return settings
    # Links in letters must lead to the portal.
    return settings.model_copy(update={"portal_url": f"http://{LOOPBACK}:{port}"})


def read_settings(path: Path = PREFECT_SETTINGS) -> dict[str, str]:
    """Return the variables of a file of NAME=value lines, as systemd's EnvironmentFile reads it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}


def require_sound(settings: Settings) -> None:
    """Raise PrefectAway if Prefect's own database is a damaged file.

    It holds runs, and which schedules an administrator has paused: nothing that Grantline needs.
    """
    file = prefect_home(settings) / PREFECT_DATABASE
    if file.exists() and not _is_sound(file):
        raise PrefectAway(Starting.PREFECT_DAMAGED(path=file))


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as connection:
            verdict: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return True  # out of reach, for whatever reason: Prefect says which
    except sqlite3.DatabaseError:
        return False
    return verdict == "ok"
