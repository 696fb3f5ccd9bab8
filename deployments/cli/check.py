"""`grants check`: check a programme file, show its calendar, and warn of what is unwise in it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import click

from deployments.cli.context import counted, open_desk, show_json, show_table
from deployments.cli.programmes import programme_notes
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from models.intake.file import GrantEntry, ImportFile
from models.programme.language.rule import Either
from models.programme.plan import Programme
from models.reading.fields import written_date
from models.reading.number import shown
from models.reading.value_faults import did_you_mean
from models.rules.dates.thresholds import sum_text
from models.rules.watch.concerns import (
    CANNOT_BE_MET,
    Concern,
    ConcernKind,
    find_concerns,
    find_dead_ends,
    find_early_days,
)
from tasks.intake.cell_names import CellNames
from tasks.intake.files import known_of, read_import
from tasks.programmes.files import ProgrammeRegistry, programme_files, read_programme
from tasks.programmes.folders import programme_folders
from tasks.programmes.sample_award import SampleAward, edge_awards, sample_awards, sample_calendar
from tasks.programmes.yaml_faults import Shaped
from tasks.settings import load_settings
from tasks.store.database import reading
from tasks.words.receipts import ReceiptWords

_SAY_ROLL = (
    "; say 'or the next working day', 'or the working day before' or 'even on a day off' in its rule,"
    " or 'days_off: stays' once"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What is the matter with a step of a plan (its key), or with a programme's step in any plan, and with others."""

    kind: ConcernKind
    key: str
    steps: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        """Return the sentence with its weight."""
        return f"{'warning' if self.kind in CANNOT_BE_MET else 'note'}: {self.sentence}"


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
    told = _award_file(award, folders) if award else ImportFile()
    grant = _only_grant(award, told, read.programme) if award else None
    sample = sample_calendar(read, grant, told.meetings)
    if award:
        early = find_early_days(sample.planned, sample.facts)
        found = _worded([*early, *find_concerns(read, sample.planned)], words)
    else:
        found = _over_many_awards(read, words)
    if as_json:
        show_json(_as_json(sample, found, words))
        return _code(found)
    counts = f"{counted(len(read.steps), 'step')}, {counted(len(read.instalments), 'payment')}"
    click.echo(f"{read.programme}: {counts}. {_award_text(read, sample, given=award is not None)}:")
    show_table(
        ("STEP", "DUE", "WHY"),
        [(step.key, str(step.due_on or "-"), words.counted(step.receipt)) for step in sample.planned],
    )
    for step in sample.planned:
        for warning in words.notes(step.receipt):
            click.echo(f"note: {step.key}: {warning}")
    silent = [one for one in found if _is_silent(read, one)]
    for one in found:
        if one not in silent:
            click.echo(str(one))
    if silent:
        keys = ", ".join(one.key for one in silent)
        click.echo(f"note: no due rule says what becomes of a day off for {keys}{_SAY_ROLL}")
    for note in programme_notes(read):
        click.echo(f"note: {note}")
    return _code(found)


def _award_file(path: Path, folders: Sequence[Path]) -> ImportFile:
    """Return what an import file says: YAML, XLSX or CSV, whose cells name people and organisations of the database."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_import(path, CellNames()).sound()
    with reading(open_desk().engine) as connection:
        known = known_of(connection, [path], ProgrammeRegistry(*folders))
    return read_import(path, known).sound()


def _only_grant(path: Path, told: ImportFile, programme: str) -> GrantEntry:
    """Return the file's grant, or of several the one that names the programme."""
    found = tuple(one for one in told.grants if len(told.grants) == 1 or one.programme == programme)
    if len(found) != 1:
        raise BadInput(Cli.ONE_GRANT(path=path, programme=programme, count=len(found)))
    return found[0]


def _file_named(named: Path, folders: Sequence[Path]) -> Path:
    """Return the file, or that of the programme which is called so; BadInput names the nearest."""
    if named.suffix in (".yaml", ".yml") or named.exists():
        return named
    files = programme_files(*folders)
    name = str(named)
    if name not in files:
        raise BadInput(Shaped.NO_PROGRAMME(name=shown(name), near=did_you_mean(name, files)))
    return files[name]


def _code(found: Iterable[Found]) -> int:
    """Return the exit code: 1 where a warning is among what was found."""
    return int(any(one.kind in CANNOT_BE_MET for one in found))


def _worded(concerns: Iterable[Concern], words: ReceiptWords) -> list[Found]:
    return [Found(one.kind, one.key, one.steps, words.note(one.why)) for one in concerns]


def _as_json(sample: SampleAward, found: Sequence[Found], words: ReceiptWords) -> list[dict[str, object]]:
    """Return the calendar as plain JSON values, each step with what is the matter with it in this award or in any."""
    return [
        {
            "key": step.key,
            "phase": step.rule.phase,
            "due_on": step.due_on,
            "receipt": step.receipt.as_json() | words.as_json(step.receipt, step.rule.key),
            "concerns": [asdict(one) for one in found if one.key in (step.key, step.rule.key)],
        }
        for step in sample.planned
    ]


def _award_text(programme: Programme, sample: SampleAward, *, given: bool) -> str:
    """Return what the award is whose calendar is shown."""
    facts = sample.facts
    said = [f"{'The' if given else 'Sample'} award"]
    if facts.period_start_on and facts.period_end_on:
        said.append(f"{facts.period_start_on} to {facts.period_end_on}")
    if decided := facts.dates.get("decided_on"):
        said.append(f"decided {decided.on}")
    said += _given_days(programme, sample)
    if facts.award_minor is not None:
        said.append(sum_text(facts.award_minor, programme.currency))
    return ", ".join(said)


def _given_days(programme: Programme, sample: SampleAward) -> list[str]:
    """Return the days that its decision gives: those of a sample are invented, and a date may hang on them."""
    days = sample.facts.dates
    return [
        f"{written_date(name)} {days[name].on}"
        for name, rule in programme.dates.items()
        if rule.given_by == "decision" and name in days
    ]


def _over_many_awards(programme: Programme, words: ReceiptWords) -> list[Found]:
    """Return what is the matter in any of the sample awards, once, with how many have it and one of them.

    What only an award at the edge has is said of that.
    """
    awards = list(sample_awards(programme))
    seen: dict[tuple[ConcernKind, tuple[str, ...]], list[str]] = {}
    for award in awards:
        for key, sentence in _concerns_of(programme, award, words).items():
            seen.setdefault(key, []).append(sentence)
    said = {key: f"in {len(found)} of {len(awards)} sample awards: {found[0]}" for key, found in seen.items()}
    for edge in edge_awards(programme):
        for key, sentence in _concerns_of(programme, edge.award, words).items():
            said.setdefault(key, f"in a sample award {edge.said}: {sentence}")
    return [Found(kind, steps[0], steps, sentence) for (kind, steps), sentence in said.items()]


def _concerns_of(
    programme: Programme, award: SampleAward, words: ReceiptWords
) -> dict[tuple[ConcernKind, tuple[str, ...]], str]:
    """Return a sentence for each kind of concern about the same steps in an award."""
    span = f"a grant from {award.facts.period_start_on} to {award.facts.period_end_on}"
    time = ", ".join([span, *_given_days(programme, award)])
    concerns = (*find_dead_ends(award.planned), *find_concerns(programme, award.planned))
    return {(one.kind, one.steps): f"{words.note(one.why)} ({time})" for one in concerns}


def _is_silent(programme: Programme, found: Found) -> bool:
    """Return whether a due rule can be read in two ways only because it says nothing about days off."""
    due = programme.step(found.steps[0]).due
    rule = due.otherwise or due
    silent = rule.off is None and not isinstance(rule.what, Either)
    return found.kind is ConcernKind.READ_IN_TWO_WAYS and silent
