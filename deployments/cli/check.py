"""`grants check`: check a programme file, show its calendar, and warn of what is unwise in it."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import click

from deployments.cli.context import counted, open_desk, show_json, show_table
from deployments.cli.usage_faults import Cli
from models.currency import sum_text
from models.errors import BadInput
from models.intake.file import GrantEntry, ImportFile
from models.programme.plan import Programme
from models.reading.number import shown
from models.reading.value_faults import did_you_mean
from models.rules.watch.concerns import find_concerns, find_early_days
from tasks.intake.cell_names import CellNames
from tasks.intake.files import known_of, read_import
from tasks.programmes.files import ProgrammeRegistry, programme_files, read_programme
from tasks.programmes.folders import programme_folders
from tasks.programmes.notes import (
    Found,
    find_in_award,
    find_over_awards,
    given_days,
    programme_notes,
    without_silent,
)
from tasks.programmes.sample_award import SampleAward, sample_calendar
from tasks.programmes.yaml_faults import Shaped
from tasks.settings import load_settings
from tasks.store.database import reading
from tasks.words.receipts import ReceiptWords


@click.command("check")
@click.argument("programme", type=click.Path(path_type=Path), metavar="PROGRAMME")
@click.option(
    "--award",
    type=click.Path(path_type=Path),
    help="An import file with the grant that dates the steps, and its committee's meetings.",
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check_command(programme: Path, award: Path | None, as_json: bool) -> int:
    """Check a programme file, or the programme of a name, and show the calendar that it gives for sample awards.

    Exits with 1 where it warns: of what cannot be met as it is planned.
    """
    folders = programme_folders(load_settings().office_folder)
    read: Programme = read_programme(_file_named(programme, folders), *folders)
    words = ReceiptWords("en", read, date.min, days_as_iso=True)
    file_content = _award_file(award, folders) if award else ImportFile()
    grant = _only_grant(award, file_content, read.programme) if award else None
    sample = sample_calendar(read, grant, file_content.meetings)
    if award:
        early = find_early_days(sample.planned, sample.facts)
        concerns = find_in_award([*early, *find_concerns(read, sample.planned)], words.note)
    else:
        concerns = find_over_awards(read, words.note)
    if as_json:
        show_json(_as_json(sample, concerns, words))
        return _code(concerns)
    counts = f"{counted(len(read.steps), 'step')}, {counted(len(read.instalments), 'payment')}"
    click.echo(f"{read.programme}: {counts}. {_award_text(read, sample, given=award is not None)}:")
    show_table(
        ("STEP", "DUE", "WHY"),
        [(step.key, str(step.due_on or "-"), words.counted(step.receipt)) for step in sample.planned],
    )
    for step in sample.planned:
        for warning in words.notes(step.receipt):
            click.echo(f"note: {step.key}: {warning}")
    spoken, silent = without_silent(read, concerns)
    for one in spoken:
        click.echo(str(one))
    if silent is not None:
        click.echo(f"note: {silent}")
    for note in programme_notes(read):
        click.echo(f"note: {note}")
    return _code(concerns)


def _award_file(path: Path, folders: Sequence[Path]) -> ImportFile:
    """Return the content of an import file; cells of XLSX or CSV name people and bodies of the database."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_import(path, CellNames()).sound()
    with reading(open_desk().engine) as connection:
        cell_names = known_of(connection, [path], ProgrammeRegistry(*folders))
    return read_import(path, cell_names).sound()


def _only_grant(path: Path, file_content: ImportFile, programme: str) -> GrantEntry:
    """Return the file's grant, or of several the one that names the programme."""
    grants = tuple(
        one for one in file_content.grants if len(file_content.grants) == 1 or one.programme == programme
    )
    if len(grants) != 1:
        raise BadInput(Cli.ONE_GRANT(path=path, programme=programme, count=len(grants)))
    return grants[0]


def _file_named(named: Path, folders: Sequence[Path]) -> Path:
    """Return the file, or that of the programme with this name; BadInput names the nearest."""
    if named.suffix in (".yaml", ".yml") or named.exists():
        return named
    files = programme_files(*folders)
    name = str(named)
    if name not in files:
        raise BadInput(Shaped.NO_PROGRAMME(name=shown(name), near=did_you_mean(name, files)))
    return files[name]


def _code(concerns: Iterable[Found]) -> int:
    """Return the exit code: 1 if a warning is among the concerns."""
    return int(any(one.warns for one in concerns))


def _as_json(sample: SampleAward, concerns: Sequence[Found], words: ReceiptWords) -> list[dict[str, object]]:
    """Return the calendar as plain JSON values, each step with its concerns in this award or in any."""
    return [
        {
            "key": step.key,
            "phase": step.rule.phase,
            "due_on": step.due_on,
            "receipt": step.receipt.as_json() | words.as_json(step.receipt, step.rule.key),
            "concerns": [_plain(one) for one in concerns if one.key in (step.key, step.rule.key)],
        }
        for step in sample.planned
    ]


def _plain(concern: Found) -> dict[str, object]:
    return {
        "kind": concern.kind,
        "key": concern.key,
        "steps": concern.steps,
        "sentence": str(concern.sentence),
    }


def _award_text(programme: Programme, sample: SampleAward, *, given: bool) -> str:
    """Return a description of the award whose calendar is shown."""
    facts = sample.facts
    parts = [f"{'The' if given else 'Sample'} award"]
    if facts.period_start_on and facts.period_end_on:
        parts.append(f"{facts.period_start_on} to {facts.period_end_on}")
    if decided := facts.dates.get("decided_on"):
        parts.append(f"decided {decided.on}")
    parts += given_days(programme, sample)
    if facts.award_minor is not None:
        parts.append(sum_text(facts.award_minor, programme.currency))
    return ", ".join(parts)
