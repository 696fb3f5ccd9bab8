"""Commands about programmes: list, find, show, begin a new one, what a file may hold; and what `check` notes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from deployments.cli.context import show_json, show_table
from deployments.cli.usage_faults import Cli
from models.errors import BadInput, ProgrammeInvalid
from models.programme.written.file import Written
from models.reading.value_faults import did_you_mean
from tasks.programmes.examples import example_calendar
from tasks.programmes.files import ProgrammeRegistry, programme_files, read_written
from tasks.programmes.folders import programme_folders
from tasks.programmes.patterns import PATTERNS, write_pattern
from tasks.programmes.schema import programme_schema
from tasks.settings import load_settings
from tasks.words.money import word_amount


@click.command("programmes")
@click.argument("words", nargs=-1, metavar="[NAME|WORDS]...")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def programmes_command(words: tuple[str, ...], as_json: bool) -> None:
    """List the programmes that grants can name, find those that say all WORDS, or show one with its examples."""
    folders = programme_folders(load_settings().office_folder)
    wanted = " ".join(words)
    files = programme_files(*folders)
    if wanted in files:
        _show_one(read_written(files[wanted], *folders), folders, as_json=as_json)
        return
    programmes = {name: one for name, one in _sound(files, folders) if _has(name, one, words)}
    if not programmes:
        raise BadInput(Cli.NO_PROGRAMME_SAYS(words=wanted, near=did_you_mean(wanted, files)))
    if as_json:
        show_json([_head(name, one) for name, one in programmes.items()])
        return
    rows = [(name, one.title.en, one.country, one.status) for name, one in programmes.items()]
    show_table(("NAME", "TITLE", "COUNTRY", "STATUS"), rows)


@click.command("new-programme")
@click.argument("name")
@click.option(
    "--like", type=click.Choice(PATTERNS), required=True, help="Which of the guide's six patterns it is."
)
def new_programme_command(name: str, like: str) -> None:
    """Begin a programme of the office's own: a copy of a pattern of the guide, with its example."""
    settings = load_settings()
    path = write_pattern(name, like, settings.country, *programme_folders(settings.office_folder))
    click.echo(str(path))


def _sound(files: dict[str, Path], folders: Sequence[Path]) -> Iterator[tuple[str, Written]]:
    """Yield the programmes that can be read, and report those that cannot."""
    for name, path in files.items():
        try:
            yield name, read_written(path, *folders)
        except ProgrammeInvalid as error:
            click.echo(f"note: {name} cannot be read: {str(error).splitlines()[0]}", err=True)


def _has(name: str, one: Written, words: Sequence[str]) -> bool:
    text = " ".join((name, one.title.sv, one.title.en, one.source, one.note or "", one.country)).casefold()
    return all(word.casefold() in text for word in words)


def _head(name: str, one: Written) -> dict[str, object]:
    head = one.model_dump(include={"title", "source", "note", "status", "country", "currency"})
    return {"programme": name, **head}


def _show_one(one: Written, folders: Sequence[Path], *, as_json: bool) -> None:
    """Print a programme, how it pays, and the calendar of each of its examples."""
    programme = ProgrammeRegistry(*folders).get(one.programme)
    calendars = [dict(example_calendar(one, number, programme)) for number in range(len(one.examples))]
    if as_json:
        show_json(_head(one.programme, one) | {"examples": calendars})
        return
    click.echo(f"{one.programme}: {one.title.en} ({one.country}, {one.currency}), {one.status}")
    click.echo(f"source: {one.source}")
    if one.note:
        click.echo(f"note: {one.note}")
    for (name, payment), part in zip(one.payments.items(), programme.instalments, strict=True):
        needs = f", needs {' '.join(payment.needs)}" if payment.needs else ""
        click.echo(f"{name}: {word_amount('en', 'share', part.share)}{needs}")
    for number, rows in enumerate(calendars, 1):
        award = one.examples[number - 1].award
        click.echo(f"\nExample {number}: {award.start} to {award.end}, decided {award.decision}, {award.sum}")
        show_table(
            ("STEP OR PAYMENT", "DAY OR SUM"), [(name, ", ".join(said)) for name, said in rows.items()]
        )


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of a programme file, so that editors complete and check while typing."""
    show_json(programme_schema())
