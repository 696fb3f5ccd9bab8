"""`grants doctor`: say whether everything that Grantline needs is there."""

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
from deployments.up.home import at_its_port, installed_environment, noted_port, require_sound
from deployments.up.prefect_api import api_of
from deployments.up.web import find_status
from models.errors import TemplateBroken
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from tasks.channels.mailboxes import open_mailbox
from tasks.installation import Installed, read_installation, require_same
from tasks.outbox.route import count_untold, greet_mail_server, require_same_route
from tasks.programmes.files import programme_files, read_programme
from tasks.programmes.folders import programme_folders
from tasks.settings import FILE_VARIABLE, Settings, load_settings, overriding_variables, settings_file
from tasks.store.database import open_engine, reading, require_schema, shown_address
from tasks.store.foundation import DATABASE_HEADER, is_sample, read_database_id
from tasks.store.secrets import check_shared, load_or_make
from tasks.watch.alarms import filed_alarms
from tasks.watch.audit import AuditMoment, audit
from tasks.words.translator import translator

# Modules for one check alone are imported in it: 'grants --help' loads every command.
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
    settings = at_its_port(load_settings())
    if backup is not None:
        from deployments.cli.restore import try_backup

        return try_backup(backup, settings, as_json=as_json)
    engine = open_engine(settings.database)
    click.get_current_context().call_on_close(engine.dispose)
    return show_found(list(Doctor(settings, engine, datetime.now(UTC)).check()), as_json=as_json)


class Doctor:
    """The needs of an installation, checked at a moment."""

    def __init__(self, settings: Settings, engine: Engine, now: datetime) -> None:
        self.settings = settings
        self.engine = engine
        self.now = now
        self.home = settings.home

    def check(self) -> Iterator[Checked]:
        """Yield the results; if the database cannot be used, none that need it."""
        checks = {
            "settings": self._settings,
            "addresses": self._addresses,
            "disk": self._disk,
            "privacy": self._privacy,
            "secrets": self._secrets,
            "programmes": self._programmes,
            "templates": self._templates,
            "mail": self._mail,
            "returned": self._returned,
            "provider": lambda: check_provider(self.settings),
            "alarms": self._alarms,
            "database": self._database,
            "triggers": self._triggers,
            "letters": self._letters,
            "machines": self._machines,
            "portal": self._portal,
            "prefect": self._prefect,
            "clock": self._clock,
            "audit": self._audit,
        }
        return find_checked(checks, translator("en"))

    def _settings(self) -> Found:
        settings = self.settings
        file = settings_file()
        read = str(file) if file else "no file"
        if variables := overriding_variables():
            verb = "wins" if len(variables) == 1 else "win"
            read += f", over which the environment's {', '.join(variables)} {verb}"
        return (
            True,
            f"{read}; home {settings.home}, {settings.timezone}, {settings.country}, {settings.language}",
        )

    def _addresses(self) -> Found:
        """Show what a wrong file of settings would put into every letter."""
        settings = self.settings
        admin = settings.admin_email or "nobody, GRANTS_ADMIN_EMAIL is not set"
        addresses = (
            f"portal {settings.portal_url}, sender {settings.mail_from}, failed runs are told to {admin}"
        )
        return bool(settings.admin_email) or settings.captures, addresses

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
        folders = programme_folders(self.settings.office_folder)
        files = programme_files(*folders).values()
        for file in files:
            read_programme(file, *folders)
        return True, f"{len(files)} programme files are in order"

    def _templates(self) -> Found:
        """Check which of the organisation's own templates are in use, and which of them make no document."""
        from tasks.documents.word.samples import try_template
        from tasks.documents.word.templates import own_templates, template_names

        folder = own_templates(self.settings.office_folder)
        wrong = []
        # A word processor puts its lock files next to the templates, as ~$memo.sv.docx.
        names = sorted(path.name for path in folder.glob("[!~.]*"))
        for name in names:
            try:
                if name not in template_names():
                    called = f"{Path(name).stem}.docx"
                    cure = f"; call it {called}" if called in template_names() else ""
                    wrong.append(f"{name}: no document has this template{cure}")
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

    def _portal(self) -> Found:
        """Ask the portal, at its address in the letters, whether it uses this database."""
        address = self.settings.portal_url
        if "portal_url" not in self.settings.model_fields_set:
            return True, "not asked: GRANTS_PORTAL_URL is not set, and no portal was started from this home"
        import httpx

        try:
            answer = httpx.get(f"{address}/healthz", timeout=5)
        except httpx.HTTPError as error:
            return False, f"{address} does not answer ({_first_line(error)}); is GRANTS_PORTAL_URL right?"
        with reading(self.engine) as connection:
            own = read_database_id(connection)
        if answer.status_code != httpx.codes.OK:
            return False, f"{address}/healthz answers {answer.status_code}; is GRANTS_PORTAL_URL right?"
        if answer.headers.get(DATABASE_HEADER) != own:
            return False, f"{address} is not the portal of this database; is GRANTS_PORTAL_URL right?"
        return True, f"{address} answers, from this database"

    def _prefect(self) -> Found:
        """Ask the Prefect server in the settings, or else this home's, for the variables of its runs."""
        require_sound(self.settings)
        api = api_of(installed_environment(self.settings, os.environ))
        is_known = "PREFECT_API_URL" in os.environ or noted_port(self.home) is not None
        # An installed service's server has the address that `grants up` would give it.
        is_installed = FILE_VARIABLE in os.environ and find_status(f"{api.url}/health") is not None
        if not (is_known or is_installed):
            return True, "not started here yet; 'grants up' starts it"
        try:
            deployments = api.deployments()
        except OSError as error:
            return False, f"{api.url} does not answer ({_first_line(error)}); 'grants up' starts it"
        if not deployments:
            return False, f"{api.url} has no deployments; run 'grants deploy'"
        for one in deployments:
            variables = read_installation(one["job_variables"].get("env") or {})
            require_same(self.settings, self.engine, variables, Installed.HERE_ELSEWHERE)
        return True, f"{api.url} answers"

    def _alarms(self) -> Found:
        waiting = [alarm for alarm in filed_alarms(self.settings) if not alarm.mailed]
        if waiting:
            return False, f"{len(waiting)} not mailed; the newest is in {waiting[0].path}"
        return True, "none is waiting to be read"

    def _database(self) -> Found:
        from deployments.migrations.foundation import check_foundation

        require_schema(self.engine)
        check_foundation(self.engine)
        with reading(self.engine) as connection:
            kind = "; it is a sample" if is_sample(connection) else ""
        return True, f"{shown_address(self.engine)}{kind}"

    def _triggers(self) -> Found:
        from deployments.cli.restore import check_triggers

        return check_triggers(self.engine)

    def _letters(self) -> Found:
        """Check that letters are sent by the same way as before, and how many were never sent."""
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
        clock = f"{self.now:%Y-%m-%d %H:%M} UTC"
        if latest is not None and latest > self.now + timedelta(minutes=5):
            return False, f"the clock says {clock}, but the journal holds {latest:%Y-%m-%d %H:%M} UTC"
        return True, clock

    def _audit(self) -> Found:
        settings = self.settings
        today = settings.local_date(self.now)
        moment = AuditMoment(today, self.now, settings.zone, settings.country)
        findings = audit(self.engine, moment.after_last(settings.watch_folder))
        if findings:
            return False, f"{len(findings)} findings; the first: {findings[0]}"
        return True, "nothing is overdue untold, stuck or broken"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
