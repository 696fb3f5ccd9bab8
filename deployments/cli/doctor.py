"""The command that says whether everything Grantline needs is there."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from deployments.cli.context import Checked, Found, find_checked, show_found
from deployments.cli.provider import check_provider
from deployments.up.home import noted_port
from models.errors import TemplateBroken
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from tasks.channels.mailboxes import open_mailbox
from tasks.outbox.route import count_untold, greet_mail_server, require_same_route
from tasks.programmes.files import programme_files, read_programme
from tasks.programmes.folders import programme_folders
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine, reading, require_schema
from tasks.store.secrets import check_shared, load_or_make
from tasks.watch.alarms import filed_alarms
from tasks.watch.audit import AuditMoment, audit
from tasks.words.translator import translator

# What one check alone needs is imported where it is: 'grants --help' loads every command.
_EVENT = table_of(JournalEvent)
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
    """Check all that Grantline needs: settings, database, mail, sign-ins, Prefect, clock, secrets (exit 1: trouble)."""
    settings = load_settings()
    if backup is not None:
        from deployments.cli.restore import try_backup

        return try_backup(backup, settings, as_json=as_json)
    engine = open_engine(settings.database)
    click.get_current_context().call_on_close(engine.dispose)
    return show_found(list(Doctor(settings, engine, datetime.now(UTC)).check()), as_json=as_json)


class Doctor:
    """What an installation needs, looked at at a moment."""

    def __init__(self, settings: Settings, engine: Engine, now: datetime) -> None:
        self.settings, self.engine, self.now = settings, engine, now
        self.home = settings.home

    def check(self) -> Iterator[Checked]:
        """Yield what is found; where the database cannot be used nothing that needs it."""
        checks = {
            "settings": self._settings,
            "disk": self._disk,
            "privacy": self._privacy,
            "secrets": self._secrets,
            "programmes": self._programmes,
            "templates": self._templates,
            "mail": self._mail,
            "returned": self._returned,
            "provider": lambda: check_provider(self.settings),
            "prefect": self._prefect,
            "alarms": self._alarms,
            "database": self._database,
            "triggers": self._triggers,
            "letters": self._letters,
            "machines": self._machines,
            "clock": self._clock,
            "audit": self._audit,
        }
        return find_checked(checks, translator(self.settings.language))

    def _settings(self) -> Found:
        said = self.settings
        return True, f"home {said.home.absolute()}, {said.timezone}, {said.country}, {said.language}"

    def _disk(self) -> Found:
        place = next(folder for folder in (self.home, *self.home.absolute().parents) if folder.exists())
        free = shutil.disk_usage(place).free
        return free >= _FREE_BYTES, f"{free / 1e9:.1f} GB are free at {place}"

    def _privacy(self) -> Found:
        if self.home.exists() and self.home.stat().st_mode & 0o007:
            return False, f"everyone on this machine can look into {self.home}: chmod o= {self.home}"
        return True, "the home is closed to other users of this machine"

    def _secrets(self) -> Found:
        return True, f"{len(load_or_make(self.settings))} key(s) sign the links"

    def _programmes(self) -> Found:
        folders = programme_folders(self.home)
        files = programme_files(*folders).values()
        for file in files:
            read_programme(file, *folders)
        return True, f"{len(files)} programme files are in order"

    def _templates(self) -> Found:
        """Say which of the organisation's own templates are in use, or which of them make no document."""
        from tasks.documents.word.samples import try_template
        from tasks.documents.word.templates import own_templates, template_names

        folder, wrong = own_templates(self.home), []
        # What a word processor has open lies next to it, as ~$memo.sv.docx.
        names = sorted(path.name for path in folder.glob("[!~.]*"))
        for name in names:
            try:
                if name not in template_names():
                    wrong.append(f"{name}: no document has this template")
                else:
                    try_template(name, folder)
            except TemplateBroken as error:
                wrong.append(error.detail)
        if wrong:
            return False, f"{folder}: {'; '.join(wrong)}"
        own = f"{', '.join(names)} in {folder} win over the shipped ones"
        return True, own if names else "documents are made from the shipped ones"

    def _mail(self) -> Found:
        settings = self.settings
        if settings.captures:
            return True, "no GRANTS_SMTP_HOST: letters are kept in the portal's mailbox, none leaves"

        asyncio.run(greet_mail_server(settings))
        return True, f"{settings.smtp_host}:{settings.smtp_port} greets ({settings.smtp_tls})"

    def _returned(self) -> Found:
        with open_mailbox(self.settings) as box:
            if box is None:
                return True, "none is set: GRANTS_BOUNCES_IMAP or GRANTS_BOUNCES_MAILDIR names one"
            unseen = sum(1 for _ in box.unseen())
        return True, f"the mailbox for returned mail can be read; {unseen} mail(s) are unread"

    def _prefect(self) -> Found:
        """Ask the Prefect server that the environment names, else the one that `grants up` holds from this home."""
        import httpx

        address = os.environ.get("PREFECT_API_URL", "").rstrip("/")
        if not address:
            port = noted_port(self.home)
            if port is None:
                return True, "not started here yet; 'grants up' starts it"
            address = f"http://127.0.0.1:{port + 1}/api"
        try:
            httpx.get(f"{address}/health", timeout=3).raise_for_status()
        except httpx.HTTPError as error:
            why = str(error).splitlines()[0] or type(error).__name__
            return False, f"{address} does not answer ({why}); 'grants up' starts it"
        return True, f"{address} answers"

    def _alarms(self) -> Found:
        waiting = [alarm for alarm in filed_alarms(self.settings) if not alarm.mailed]
        if waiting:
            return False, f"{len(waiting)} not mailed; the newest is in {waiting[0].path}"
        return True, "none is waiting to be read"

    def _database(self) -> Found:
        from deployments.migrations.upgrade import check_foundation

        require_schema(self.engine)
        check_foundation(self.engine)
        return True, self.engine.url.render_as_string(hide_password=True)

    def _triggers(self) -> Found:
        from deployments.cli.restore import check_triggers

        return check_triggers(self.engine)

    def _letters(self) -> Found:
        """Say whether letters go the way that they always went, and how many never left."""
        require_same_route(self.engine, self.settings)
        with reading(self.engine) as connection:
            kept = count_untold(connection)
        if self.settings.captures or not kept:
            return True, "they go the way that they have always gone"
        return True, f"{kept} were kept in the mailbox while there was no mail server; none of them is sent"

    def _machines(self) -> Found:
        check_shared(self.engine, self.settings)
        return True, "this machine has the key and the folder of files that the others have"

    def _clock(self) -> Found:
        with reading(self.engine) as connection:
            latest = connection.execute(select(func.max(_EVENT.c.at))).scalar()
        said = f"{self.now:%Y-%m-%d %H:%M} UTC"
        if latest is not None and latest > self.now + timedelta(minutes=5):
            return False, f"the clock says {said}, but the journal holds {latest:%Y-%m-%d %H:%M} UTC"
        return True, said

    def _audit(self) -> Found:
        settings = self.settings
        today = self.now.astimezone(settings.zone).date()
        moment = AuditMoment(today, self.now, settings.zone, settings.country)
        findings = audit(self.engine, moment.after_last(settings.watch_folder))
        if findings:
            return False, f"{len(findings)} findings; the first: {findings[0]}"
        return True, "nothing is overdue untold, stuck or broken"
