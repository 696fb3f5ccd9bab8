"""The command that says whether everything Grantline needs is there."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from deployments.cli.context import Checked, show_checked, show_json
from deployments.shipped_files import programme_folders
from deployments.up.home import read_note
from models.errors import GrantError, RouteDown, TemplateBroken
from models.programme.written.source import SourceRule
from models.reading.messages import did_you_mean
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.vocabulary import GrantStatus
from tasks.channels.channel import channel_of
from tasks.channels.mailboxes import open_mailbox
from tasks.programmes.files import read_programme
from tasks.settings import Settings, load_settings, source_secret
from tasks.sources.failed import variable_of
from tasks.sources.kinds.sql import OutsideDatabase
from tasks.store.database import open_engine, reading, require_schema
from tasks.store.programmes import load_programmes
from tasks.store.secrets import check_shared, load_or_make
from tasks.watch.alarms import filed_alarms
from tasks.watch.audit import AuditMoment, audit

# What one check alone needs is imported where it is: 'grants --help' loads every command.
_EVENT, _GRANT = table_of(JournalEvent), table_of(Grant)
_FREE_BYTES = 500_000_000


@click.command("doctor")
@click.option(
    "--restore",
    "backup",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Try the backup in this folder instead; nothing leaves, and the folder is not changed.",
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def doctor_command(backup: Path | None, as_json: bool) -> int:
    """Check all that Grantline needs: settings, database, mail server, Prefect, clock, secrets (exit 1: trouble)."""
    if backup is not None:
        from deployments.cli.restore import try_backup

        return try_backup(backup, load_settings(), as_json=as_json)
    found = list(_check_all())
    if as_json:
        show_json(found)
    else:
        show_checked(found)
    return 0 if all(one.ok for one in found) else 1


def _check_all() -> Iterator[Checked]:
    try:
        settings = load_settings()
    except GrantError as error:
        yield Checked("settings", False, str(error))
        return
    yield Checked(
        "settings",
        True,
        f"home {settings.home.absolute()}, {settings.timezone}, {settings.country}, {settings.language}",
    )
    now = datetime.now(UTC)
    yield _guarded("disk", lambda: _disk(settings))
    yield _guarded("privacy", lambda: _privacy(settings.home))
    yield _guarded("secrets", lambda: f"{len(load_or_make(settings))} key(s) sign the links")
    folders = programme_folders(settings.home)
    files = [path for folder in folders for path in sorted(folder.glob("*.yaml"))]
    yield _guarded("programmes", lambda: _programmes(files, folders))
    yield _guarded("templates", lambda: _templates(settings.home))
    yield _mail(settings)
    if settings.bounces_imap or settings.bounces_maildir:
        yield _guarded("returned", lambda: _returned(settings))
    yield _prefect(settings)
    engine = open_engine(settings.database)
    click.get_current_context().call_on_close(engine.dispose)
    database = _guarded("database", lambda: _database(engine))
    yield database
    if database.ok and settings.on_postgresql:
        yield _guarded("machines", lambda: _machines(engine, settings))
    used = list(_used_here(engine)) if database.ok else []
    yield _guarded("sources", lambda: _sources(_asked_for_figures(files, folders), used))
    if database.ok:
        yield _guarded("clock", lambda: _clock(engine, now))
        yield _audit(engine, settings, now)
    yield _alarms(settings)


def _guarded(what: str, check: Callable[[], str]) -> Checked:
    try:
        return Checked(what, True, check())
    except (GrantError, OSError) as error:
        return Checked(what, False, str(error))


def _disk(settings: Settings) -> str:
    place = next(folder for folder in (settings.home, *settings.home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if free < _FREE_BYTES:
        raise OSError(f"only {free // 1_000_000} MB are free at {place}")
    return f"{free // 1_000_000_000} GB are free at {place}"


def _privacy(home: Path) -> str:
    if home.exists() and home.stat().st_mode & 0o007:
        raise OSError(f"everyone on this machine can look into {home}: chmod o= {home}")
    return "the home is closed to other users of this machine"


def _programmes(files: Sequence[Path], folders: Sequence[Path]) -> str:
    for file in files:
        read_programme(file, *folders)
    return f"{len(files)} programme files are in order"


def _asked_for_figures(files: Sequence[Path], folders: Sequence[Path]) -> Iterator[tuple[str, SourceRule]]:
    for programme in (read_programme(file, *folders) for file in files):
        for name, source in programme.sources.items():
            yield f"{programme.programme}, {name}", source


def _used_here(engine: Engine) -> Iterator[tuple[str, SourceRule]]:
    """Yield the sources of the programmes that running grants have."""
    with reading(engine) as connection:
        ids = connection.execute(select(_GRANT.c.programme_id).where(_GRANT.c.status == GrantStatus.OPEN))
        programmes = load_programmes(connection, {*ids.scalars()})
    for programme in programmes.values():
        for name, source in programme.sources.items():
            yield f"{programme.programme}, {name}", source


def _sources(named: Iterable[tuple[str, SourceRule]], used: Iterable[tuple[str, SourceRule]] = ()) -> str:
    """Say how many databases are asked for figures; raise for those that cannot be, or whose account can too much.

    They are those of the programme files and of running grants (`used`), which keep theirs when a file is gone. A
    secret that is not set is missed where a running grant asks for it only.
    """
    used = list(used)
    secrets = {
        source.secret: name
        for name, source in (*named, *used)
        if source.kind == "sql" and source.secret and source_secret(variable_of(source.secret))
    }
    wrong = [
        f"{name}: {variable} is not set: say it in the environment or in .env"
        for name, source in used
        if source.secret and not source_secret(variable := variable_of(source.secret))
    ]
    for secret, name in secrets.items():
        database = OutsideDatabase(secret)
        try:
            database.rows(name, "SELECT 1 AS one", {})
        except GrantError as error:
            wrong.append(error.detail)
        finally:
            database.close()
    if wrong:
        raise OSError("; ".join(wrong))
    return f"{len(secrets)} database(s) asked for figures, by accounts that reach nothing else"


def _templates(home: Path) -> str:
    """Say which of the organisation's own templates are in use; raise for those that no document is made from."""
    from tasks.documents.word.samples import try_template
    from tasks.documents.word.templates import own_templates, template_names

    folder = own_templates(home)
    # What a word processor has open lies next to it, as ~$memo.sv.docx.
    names = (
        sorted(path.name for path in folder.iterdir() if path.name[0] not in "~.") if folder.exists() else []
    )
    wrong = []
    for name in names:
        if name not in template_names():
            wrong.append(f"{name}: no document has this template{did_you_mean(name, template_names())}")
            continue
        try:
            try_template(name, folder)
        except TemplateBroken as error:
            wrong.append(error.detail)
    if wrong:
        raise OSError(f"{folder}: {'; '.join(wrong)}")
    return (
        f"{', '.join(names)} in {folder} win over the shipped ones"
        if names
        else "documents are made from the shipped ones"
    )


def _database(engine: Engine) -> str:
    from deployments.migrations.upgrade import check_foundation

    require_schema(engine)
    check_foundation(engine)
    return engine.url.render_as_string(hide_password=True)


def _machines(engine: Engine, settings: Settings) -> str:
    check_shared(engine, settings)
    return "this machine has the key and the folder of files that the others have"


def _clock(engine: Engine, now: datetime) -> str:
    with reading(engine) as connection:
        latest = connection.execute(select(func.max(_EVENT.c.at))).scalar()
    if latest is not None and latest > now + timedelta(minutes=5):
        raise OSError(
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the journal holds {latest:%Y-%m-%d %H:%M} UTC"
        )
    return f"{now:%Y-%m-%d %H:%M} UTC"


def _mail(settings: Settings) -> Checked:
    if settings.captures:
        return Checked(
            "mail", True, "no GRANTS_SMTP_HOST: letters are kept in the portal's mailbox, none leaves"
        )

    async def greet() -> None:
        channel = channel_of(settings)
        await channel.open()
        await channel.close()

    try:
        asyncio.run(greet())
    except RouteDown as error:
        return Checked("mail", False, error.detail)
    return Checked("mail", True, f"{settings.smtp_host}:{settings.smtp_port} greets ({settings.smtp_tls})")


def _returned(settings: Settings) -> str:
    with open_mailbox(settings) as box:
        unseen = sum(1 for _ in box.unseen()) if box is not None else 0
    return f"the mailbox for returned mail can be read; {unseen} mail(s) are unread"


def _prefect(settings: Settings) -> Checked:
    """Ask the Prefect server that the environment names, else the one that `grants up` holds from this home."""
    address = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not address:
        note = read_note(settings.home)
        if note is None:
            return Checked("prefect", True, "not started here yet; 'grants up' starts it")
        if not note.running:
            last = f"it ran last with its portal on port {note.port}"
            return Checked("prefect", False, f"not running ({last}); 'grants up' starts it")
        address = f"http://127.0.0.1:{note.port + 1}/api"
    import httpx

    try:
        answer = httpx.get(f"{address}/health", timeout=3)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        why = str(error).splitlines()[0] or type(error).__name__
        return Checked("prefect", False, f"{address} does not answer ({why}); 'grants up' starts it")
    return Checked("prefect", True, f"{address} answers")


def _audit(engine: Engine, settings: Settings, now: datetime) -> Checked:
    today, zone = now.astimezone(settings.zone).date(), settings.zone
    try:
        moment = AuditMoment(today, now, zone, settings.country)
        findings = audit(engine, moment.after_last(settings.watch_folder))
    except GrantError as error:
        return Checked("audit", False, str(error))
    if findings:
        first = findings[0]
        return Checked("audit", False, f"{len(findings)} findings; the first: {first}")
    return Checked("audit", True, "nothing is overdue untold, stuck or broken")


def _alarms(settings: Settings) -> Checked:
    waiting = [alarm for alarm in filed_alarms(settings) if not alarm.mailed]
    if not waiting:
        return Checked("alarms", True, "none is waiting to be read")
    newest = waiting[0]
    return Checked("alarms", False, f"{len(waiting)} not mailed; the newest is in {newest.path}")
