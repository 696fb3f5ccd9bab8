"""Try a backup without sending letters (`doctor --restore`), and allow letters after a real restore."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import click
from sqlalchemy import Engine

from deployments.cli.context import Checked, Found, find_checked, open_desk, show_found, show_json, show_table
from deployments.cli.usage_faults import Restoring
from models.errors import BadInput
from models.rules.dates.calendar import offices_in
from tasks.commands.files.drafts import check_documents
from tasks.commands.files.file_store import FileStore
from tasks.outbox.queue import WaitingLetter, list_waiting
from tasks.round.days import RoundDay
from tasks.round.dry_run import DryRound, WouldTell
from tasks.round.phases import run_round
from tasks.settings import Settings
from tasks.store.database import check_pages, open_engine, reading, rehearsal, require_schema, shown_address
from tasks.store.journal import broken_links
from tasks.store.secrets import backed_up_keys, knows_key
from tasks.store.triggers.statements import find_drift
from tasks.watch.journal_head import confirm_restore, find_head, find_lost_head, journal_head, kept_head
from tasks.watch.tampering import rows_amiss
from tasks.words.reasons import word_reason
from tasks.words.translator import Translator, translator
from tasks.words.vocabulary import word_name

DATABASE = "grantline.db"
_MOST_LINES = 50
_MOST_NAMES = 10


class Drill:
    """A backup in a folder: SQLite's file is copied and opened there, PostgreSQL is the settings' own."""

    def __init__(self, folder: Path, settings: Settings, now: datetime, stack: ExitStack) -> None:
        """Open the backup; BadInput if the folder holds no database and the settings name none."""
        self.folder = folder
        self.settings = settings
        self.now = now
        file = folder / DATABASE
        address = settings.database_url
        if file.is_file():
            copied = Path(stack.enter_context(TemporaryDirectory(prefix="grants-restore-"))) / DATABASE
            # With the log of its last writes, if that was copied too.
            for one in folder.glob(f"{DATABASE}*"):
                copyfile(one, copied.with_name(one.name))
            address = f"sqlite:///{copied}"
        elif not address.startswith("postgresql"):
            raise BadInput(Restoring.NO_DATABASE(path=file))
        self.engine = rehearsal(open_engine(address), folder / "figures")
        stack.callback(self.engine.dispose)
        self.place = str(file) if file.is_file() else shown_address(self.engine)
        self.letters: list[WaitingLetter] = []
        self.told: list[WouldTell] = []
        self.on = offices_in(settings.country).on_or_after(settings.local_date(now))

    def check(self, say: Translator) -> Iterator[Checked]:
        """Yield the result for each part of the backup; for a database that cannot be read, that alone."""
        checks: dict[str, Callable[[], Found]] = {
            "database": self._database,
            "triggers": partial(check_triggers, self.engine),
            "keys": self._keys,
            "journal": partial(check_journal, self.engine),
            "rows": partial(check_rows, self.engine),
            "head": self._head,
            "documents": self._documents,
            "round": self._round,
        }
        return find_checked(checks, say)

    def _database(self) -> Found:
        from deployments.migrations.foundation import check_foundation

        require_schema(self.engine)
        check_foundation(self.engine)
        with reading(self.engine) as connection:
            check_pages(connection, self.place)
            self.letters = list_waiting(connection)
        return True, Restoring.OPENED(place=self.place)

    def _keys(self) -> Found:
        keys = backed_up_keys(self.settings, self.folder)
        if not keys:
            return False, Restoring.KEYS_GONE()
        with reading(self.engine) as connection:
            is_known = knows_key(connection, keys)
        if is_known is None:
            return False, Restoring.KEYS_UNKNOWN()
        return is_known, Restoring.KEYS_FIT() if is_known else Restoring.KEYS_OTHER()

    def _head(self) -> Found:
        kept = kept_head(self.folder)
        return (False, Restoring.NO_HEAD()) if kept is None else check_head(self.engine, kept.sha256)

    def _documents(self) -> Found:
        with reading(self.engine) as connection:
            count, harmed = check_documents(connection, FileStore(self.folder / "documents"))
        if harmed:
            return False, Restoring.FILES_HARMED(count=len(harmed), of=count, first=harmed[0])
        return True, Restoring.FILES_WHOLE(count=count)

    def _round(self) -> Found:
        dry = DryRound(self.engine, self.now)
        counts = run_round(dry.tried(), RoundDay(self.on, self.now, country=self.settings.country))
        self.told = sorted(dry.told)
        facts = {"day": self.on, "letters": len(dry.letters), "failed": counts.broken}
        return not counts.broken, Restoring.ROUND(**facts)


def check_triggers(engine: Engine) -> Found:
    """Return whether the database has exactly the triggers that this program makes."""
    with reading(engine) as connection:
        names = [one.name for one in find_drift(connection)]
    if not names:
        return True, Restoring.TRIGGERS_HOLD()
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    return False, Restoring.TRIGGERS_OFF(count=len(names), names=shown)


def check_journal(engine: Engine) -> Found:
    """Return whether every link of the journal's chain is valid, and its head."""
    with reading(engine) as connection:
        broken = list(broken_links(connection))
        head = journal_head(connection)
    if broken:
        return False, Restoring.JOURNAL_BROKEN(count=len(broken), first=broken[0])
    return True, Restoring.JOURNAL_WHOLE(head=str(head))


def check_rows(engine: Engine) -> Found:
    """Return whether the rows agree with the journal."""
    with reading(engine) as connection:
        amiss = [one.said for one in rows_amiss(connection)]
    return not amiss, Restoring.ROWS_OFF(count=len(amiss), rows=amiss) if amiss else Restoring.ROWS_HOLD()


def check_head(engine: Engine, sha256: str) -> Found:
    """Return whether the journal continues from a head that was kept outside the database."""
    with reading(engine) as connection:
        goes_on = find_head(connection, sha256) is not None
    return goes_on, (Restoring.GOES_ON if goes_on else Restoring.ENDS_BEFORE)(head=sha256)


def try_backup(folder: Path, settings: Settings, *, as_json: bool) -> int:
    """Print whether a backup is whole and what would be sent again after a restore; return the exit code."""
    say = translator(settings.language)
    with ExitStack() as stack:
        drill = Drill(folder, settings, datetime.now(UTC), stack)
        checks = list(drill.check(say))
    if as_json:
        show_json({"checks": checks, "letters": drill.letters, "told": drill.told})
        return 0 if all(one.ok for one in checks) else 1
    code = show_found(checks, as_json=False)
    _show_letters(drill.letters, say)
    click.echo(word_reason(say, Restoring.TOLD_AGAIN(day=drill.on, count=len(drill.told))))
    show_told(drill.told, say)
    return code


def _show_letters(letters: Sequence[WaitingLetter], say: Translator) -> None:
    click.echo(word_reason(say, Restoring.LETTERS_AGAIN(count=len(letters))))
    rows = [
        (str(one.id), one.email, str(one.letter_on), word_name(say, "letter_state", one.status))
        for one in letters
    ]
    _show(say, (Restoring.LETTER, Restoring.WHO, Restoring.DAY, Restoring.STATE), rows)


def show_told(told: Sequence[WouldTell], say: Translator) -> None:
    """Print whom a round would tell of what."""
    rows = [
        (one.person, one.grant, one.step, str(one.due_on), word_name(say, "news", one.kind, one.rung))
        for one in told
    ]
    _show(say, (Restoring.WHO, Restoring.GRANT, Restoring.STEP, Restoring.DUE, Restoring.ABOUT), rows)


def _show(say: Translator, head: Sequence[Restoring], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, if it has rows; of a long one the beginning."""
    if rows:
        show_table([word_reason(say, one()).upper() for one in head], rows[:_MOST_LINES])
    if len(rows) > _MOST_LINES:
        click.echo(word_reason(say, Restoring.MORE(count=len(rows) - _MOST_LINES)))


@click.command("confirm-restore")
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who has looked.")
@click.option("--yes", is_flag=True, help="Do it; without it, what waits to leave is only shown.")
def confirm_restore_command(by_email: str, yes: bool) -> None:
    """Let letters leave again after a backup was restored, and show which."""
    desk = open_desk()
    say = translator(desk.settings.language)
    if find_lost_head(desk.engine, desk.settings.watch_folder) is None:
        click.echo(word_reason(say, Restoring.NOTHING_HELD()))
        return
    with reading(desk.engine) as connection:
        _show_letters(list_waiting(connection), say)
    if yes:
        confirm_restore(desk.engine, desk.settings.watch_folder, by_email, desk.clock)
    click.echo(word_reason(say, Restoring.LEAVE_AGAIN() if yes else Restoring.MAY_LEAVE()))
