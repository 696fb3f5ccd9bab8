"""Commands about programmes: list, find, show, begin a new one, what a file may hold; and what `check` notes."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click

from deployments.cli.context import show_json, show_table
from deployments.cli.usage_faults import Cli
from models.errors import BadInput, ProgrammeInvalid
from models.programme.language.each import read_each
from models.programme.language.rule import Name, Shift, points_of
from models.programme.plan import Programme
from models.programme.written.file import Written
from models.reading.fields import written_date
from models.reading.value_faults import did_you_mean
from models.rules.dates.dependencies import list_names
from models.rules.dates.plan import calendar_of
from models.rules.dates.rolling import find_readings
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
    asked = " ".join(words)
    files = programme_files(*folders)
    if asked in files:
        _show_one(read_written(files[asked], *folders), folders, as_json=as_json)
        return
    found = {name: one for name, one in _sound(files, folders) if _has(name, one, words)}
    if not found:
        raise BadInput(Cli.NO_PROGRAMME_SAYS(words=asked, near=did_you_mean(asked, files)))
    if as_json:
        show_json([_head(name, one) for name, one in found.items()])
        return
    rows = [(name, one.title.en, one.country, one.status) for name, one in found.items()]
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
    """Yield the programmes that can be read, and say which cannot."""
    for name, path in files.items():
        try:
            yield name, read_written(path, *folders)
        except ProgrammeInvalid as error:
            click.echo(f"note: {name} cannot be read: {str(error).splitlines()[0]}", err=True)


def _has(name: str, one: Written, words: Sequence[str]) -> bool:
    said = " ".join((name, one.title.sv, one.title.en, one.source, one.note or "", one.country)).casefold()
    return all(word.casefold() in said for word in words)


def _head(name: str, one: Written) -> dict[str, object]:
    said = one.model_dump(include={"title", "source", "note", "status", "country", "currency"})
    return {"programme": name, **said}


def _show_one(one: Written, folders: Sequence[Path], *, as_json: bool) -> None:
    """Print what a programme is, how it pays, and the calendar of each of its examples."""
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


def programme_notes(programme: Programme) -> Iterator[str]:
    """Yield what is allowed in a programme, but that its author should have meant."""
    used = {name for rule in programme.steps for name in list_names(rule)}
    used |= {rule.given for rule in programme.steps if rule.given}
    for name, rule in programme.dates.items():
        said = written_date(name)
        if name not in used:
            yield f"nothing counts from {said}: take it out, or let a rule count from it"
        elif rule.required and rule.given_by == "decision":
            yield f"a decision must give {said}: 'grants decide REF ... --date {said}=DATE'"
    for step in programme.steps:
        if step.title.sv == step.title.en == step.key.replace("-", " "):
            yield f"nobody knows what {step.key} is called in Swedish: add 'title: {{sv: ..., en: ...}}'"
    yield from _day_notes(programme)


def _day_notes(programme: Programme) -> Iterator[str]:
    """Yield where the readings of a rule differ, and what a period that ends early or in a short month gives."""
    calendar = calendar_of(programme)
    for step in programme.steps:
        readings = find_readings(step.due, calendar)
        if readings is not None:
            yield f"{step.key}: {_differing(*readings)}"
        points = list(points_of(step.due))
        ends = [one for one in points if isinstance(one, Name) and one.text == "period_end"]
        if ends and not read_each(step.each or "").is_cut_with_grant and not (step.last and step.last.due):
            yield f"{step.key} counts from the whole period's end, also where the grant ends before it"
        if any(isinstance(one, Shift) and one.unit == "months" and one.point in ends for one in points):
            yield f"{step.key}: a month after 30 June is 30 July; for the month's end say 'end of the month'"


def _differing(differ: Sequence[date], same: Sequence[date]) -> str:
    """Return for which days readings differ: by the days of a month, or by what is rarer."""
    every = f"{len(differ) + len(same):,}".replace(",", " ")
    if not differ:
        return f"its readings are one day for each of {every} days"
    if len(differ) <= len(same):
        return f"its readings differ for {len(differ)} of {every} days, as {_some(differ)}"
    return f"its readings differ for all of {every} days but {len(same)}, as {_some(same)}"


def _some(days: Sequence[date]) -> str:
    return ", ".join(map(str, days[:3]))
