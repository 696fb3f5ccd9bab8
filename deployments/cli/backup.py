"""Write a backup (`grants backup`), in the order in which a restore needs it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copy2, copytree

import click
from sqlalchemy import Engine

from deployments.cli.context import open_desk
from deployments.cli.restore import DATABASE
from deployments.migrations.move import copy_rows
from tasks.settings import Settings
from tasks.store.database import open_engine, reading, transaction
from tasks.watch.whole_files import write_whole


@click.command("backup")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def backup_command(folder: Path) -> None:
    """Bring a folder up to date with all that a restore needs. It may run at any time.

    A file that was removed since stays in the folder.
    """
    desk = open_desk()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # First the head: a database that is older than it would hold all letters after a restore.
    head = desk.settings.watch_folder / "journal-head"
    if head.is_file():
        write_whole(folder / head.name, head.read_text(encoding="utf-8"))
    database = _keep_database(desk.engine, folder)
    kept = [database, *_keep_files(desk.settings, folder)]
    click.echo(f"{folder} has {', '.join(kept)}.")
    if not (folder / "secret_keys").is_file():
        click.echo(
            "The keys are not in it: keep GRANTS_SECRET_KEYS elsewhere, as it stands in your settings."
        )
    click.echo(f"Try it: grants doctor --restore {folder}")


def _keep_database(engine: Engine, folder: Path) -> str:
    """Write the database as it is at one moment, as an SQLite file; return the file's name."""
    draft = folder / f"{DATABASE}.new"
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)  # the folder may be open to others
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(draft),))
    else:
        copy = open_engine(f"sqlite:///{draft}")
        with reading(engine) as old, transaction(copy) as new:
            copy_rows(old, new)
        copy.dispose()
    draft.replace(folder / DATABASE)
    return DATABASE


def _keep_files(settings: Settings, folder: Path) -> Iterator[str]:
    """Copy the files that a database does not hold; yield the name of each kind that is there."""
    keys = settings.home / "secret_keys"
    if keys.is_file():
        copy2(keys, folder / keys.name)
        yield keys.name
    of_office = settings.office_folder
    for source, name in (
        (settings.documents_folder, "documents"),
        (settings.home / "figures", "figures"),
        (of_office / "templates", "templates"),
        (of_office / "programmes", "programmes"),
    ):
        if source.is_dir():
            copytree(source, folder / name, dirs_exist_ok=True, copy_function=_copy_changed)
            yield name


def _copy_changed(source: str, target: str) -> None:
    """Copy a file unless it is there, as large and as old."""
    there, here = Path(target), Path(source).stat()
    same = there.is_file() and (there.stat().st_size, there.stat().st_mtime) == (here.st_size, here.st_mtime)
    if not same:
        copy2(source, target)
