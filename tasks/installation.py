"""Identify an installation by its settings and database, and stop a Prefect run that works on another."""

import json
import os
from collections.abc import Mapping

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from models.errors import OtherInstallation
from models.message import Message, Remark
from tasks.settings import Settings
from tasks.store.database import reading, require_schema
from tasks.store.foundation import read_database_id
from tasks.store.secrets import key_mark


class Installed(Message):
    """What an installation works on, and that a run of Prefect's works on something else."""

    RUN_ELSEWHERE = (
        "this run works on %(own)s, the portal on %(other)s; start the worker with the portal's settings, or run"
        " 'grants deploy' where these have changed"
    )
    HERE_ELSEWHERE = (
        "this command works on %(own)s, Prefect's runs on %(other)s; name the same file in GRANTS_SETTINGS, or run"
        " 'grants deploy' where settings have changed"
    )
    BATCH_ELSEWHERE = (
        "a part of the round came to a machine that works on another database; start that one with the portal's"
        " settings"
    )
    UNTOLD = "Prefect's runs are not told what the portal works on; run 'grants deploy'"
    DATABASE = "the database %(place)s"
    DATABASE_ID = "the database with the number %(place)s"
    MAIL = "the mail server %(place)s"
    NO_MAIL = "no mail server"
    PORTAL = "the portal's address %(place)s"
    FILES = "the folder %(place)s"
    KEY = "the key %(place)s"
    NO_KEY = "no key"


# The variable by which each run of Prefect's is told what the portal works on; nobody sets it by hand.
TOLD_VARIABLE = "GRANTLINE_INSTALLATION"
# The database's id is asked for last: it takes a database that is there.
DATABASE_ID = "id"
_PARTS: Mapping[str, Message] = {
    "database": Installed.DATABASE,
    "mail": Installed.MAIL,
    "portal": Installed.PORTAL,
    "files": Installed.FILES,
    "key": Installed.KEY,
    DATABASE_ID: Installed.DATABASE_ID,
}
_NOTHING: Mapping[str, Message] = {"mail": Installed.NO_MAIL, "key": Installed.NO_KEY}


def settings_mark(settings: Settings) -> dict[str, str]:
    """Return what matters of the settings, each part by its name: a key as a hash, no address with a password."""
    return {
        "database": _shown(settings.database),
        "mail": "" if settings.captures else f"{settings.smtp_host}:{settings.smtp_port}",
        "portal": settings.portal_url,
        "files": str(settings.documents_folder),
        "key": key_mark(settings),
    }


def installation_mark(settings: Settings, engine: Engine) -> dict[str, str]:
    """Return the mark that Prefect's deployments carry: what matters of the settings, and the database's own id."""
    require_schema(engine)
    with reading(engine) as connection:
        return {**settings_mark(settings), DATABASE_ID: read_database_id(connection)}


def write_installation(mark: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that tells a run what the portal works on."""
    return {TOLD_VARIABLE: json.dumps(mark, sort_keys=True)}


def read_installation(variables: Mapping[str, object]) -> dict[str, str] | None:
    """Return the mark that such variables tell of; None where they tell nothing."""
    told = variables.get(TOLD_VARIABLE)
    return json.loads(str(told)) if told else None


def installation_told() -> dict[str, str] | None:
    """Return what this process was told that the portal works on."""
    return read_installation(os.environ)


def require_same(
    settings: Settings,
    engine: Engine,
    told: Mapping[str, str] | None,
    says: Message = Installed.RUN_ELSEWHERE,
) -> None:
    """Raise OtherInstallation where a run is told of another installation than this, or of none.

    The settings are compared before the database is asked: it may not be there. Raises DatabaseUnready.
    """
    if not told:
        raise OtherInstallation(Installed.UNTOLD())
    own = settings_mark(settings)
    different = [name for name in own if own[name] != told.get(name)]
    if not different:
        own = installation_mark(settings, engine)
        different = [name for name in own if own[name] != told.get(name)]
    if different:
        # Where the database is another one, all else that differs tells no more.
        named = different[:1] if "database" in different else different
        here, there = ([_part(name, mark.get(name, "")) for name in named] for mark in (own, told))
        raise OtherInstallation(says(own=here, other=there))


def _part(name: str, value: str) -> Remark:
    """Return one part of a mark in words."""
    if not value and name in _NOTHING:
        return _NOTHING[name]()
    return _PARTS[name](place=value)


def _shown(address: str) -> str:
    """Return a database's address without who signs in to it, and how."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{url.database}"
    host = url.host or url.query.get("host") or "localhost"
    return f"{url.get_backend_name()}://{host}{f':{url.port}' if url.port else ''}/{url.database}"
