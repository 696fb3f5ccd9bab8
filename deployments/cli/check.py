"""The command that checks a programme file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import click

from deployments.cli.check_notes import programme_notes
from deployments.cli.context import open_desk, show_json, show_table
from deployments.cli.messages import Cli
from deployments.shipped_files import PROGRAMMES, programme_folders
from models.errors import BadInput, UnknownReference
from models.intake.grants import GrantEntry
from models.intake.people import MeetingEntry
from models.programme.language.rule import Either, Rule
from models.programme.plan import Programme
from models.reading.fields import written_date
from models.reading.messages import did_you_mean
from models.rules.dates.thresholds import find_threshold, sum_text
from models.rules.watch.concerns import (
    CANNOT_BE_MET,
    Concern,
    ConcernKind,
    find_concerns,
    find_dead_ends,
    find_early_days,
)
from tasks.intake.files import read_import
from tasks.programmes.files import OFFICE, programme_files, read_programme
from tasks.programmes.sample_award import SampleAward, sample_awards, sample_calendar
from tasks.settings import load_settings
from tasks.words.receipts import ReceiptWords

FoundKey = tuple[ConcernKind, tuple[str, ...]]
Found = dict[FoundKey, str]


@click.command("check")
@click.argument("programme", type=click.Path(path_type=Path), metavar="PROGRAMME|REF")
@click.option(
    "--award", type=click.Path(path_type=Path), help="An import file with the grant that dates the steps."
)
@click.option(
    "--meetings",
    type=click.Path(path_type=Path),
    help="Meetings, as in an import file: without --award, they are taken as every year's.",
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check_command(programme: Path, award: Path | None, meetings: Path | None, as_json: bool) -> int:
    """Check a programme file and show the calendar that it gives for sample awards, or check a grant's plan.

    Exits with 1 where it warns: of what cannot be met as it is planned.
    """
    named = programme.suffix not in (".yaml", ".yml") and not programme.exists()
    path = _file_named(programme) if named else programme
    if named and not path.exists():
        return _check_grant(str(programme), as_json)
    folders = programme_folders(load_settings().home)
    read: Programme = read_programme(path, *folders)
    words = _words_of(read)
    held = read_import(meetings).sound().meetings if meetings else ()
    sample = sample_calendar(read, _only_grant(award, read.programme) if award else None, held)
    concerns = (
        [*find_early_days(sample.planned, sample.facts), *find_concerns(read, sample.planned)]
        if award
        else []
    )
    found = {} if award else _over_many_awards(read, held)
    code = _code([*(one.kind for one in concerns), *(kind for kind, _ in found)])
    if as_json:
        show_json(_as_json(sample, found, concerns, words))
        return code
    counts = f"{_counted(len(read.steps), 'step')}, {_counted(len(read.instalments), 'payment')}"
    click.echo(f"{read.programme}: {counts}. {_award_text(read, sample, given=award is not None)}:")
    show_table(
        ("STEP", "DUE", "WHY"),
        [(step.key, str(step.due_on or "-"), words.counted(step.receipt)) for step in sample.planned],
    )
    for step in sample.planned:
        for warning in words.notes(step.receipt):
            click.echo(f"note: {step.key}: {warning}")
    _show_concerns(concerns, words)
    _show_found(found, [key for key in found if _is_silent(read, *key)])
    for note in (*_name_notes(read, path), *_absent_notes(read, sample), *programme_notes(read)):
        click.echo(f"note: {note}")
    return code


def _only_grant(path: Path, programme: str) -> GrantEntry:
    """Return the file's grant, or of several the one that names the programme."""
    found = read_import(path).sound().grants
    found = tuple(one for one in found if len(found) == 1 or one.programme == programme)
    if len(found) != 1:
        raise BadInput(Cli.ONE_GRANT(path=path, programme=programme, count=len(found)))
    return found[0]


def _file_named(name: Path) -> Path:
    folders = programme_folders(load_settings().home)
    stems = (f"{name}{OFFICE}", str(name))
    found = [path for stem in stems for folder in folders if (path := folder / f"{stem}.yaml").is_file()]
    return found[0] if found else folders[-1] / f"{name}.yaml"


def _words_of(programme: Programme) -> ReceiptWords:
    return ReceiptWords("en", programme, date.min, days_as_iso=True)


def _code(kinds: Iterable[ConcernKind]) -> int:
    """Return the exit code: 1 where a warning is among what was found."""
    return int(any(kind in CANNOT_BE_MET for kind in kinds))


def _as_json(
    sample: SampleAward, found: Found, concerns: Sequence[Concern], words: ReceiptWords
) -> list[dict[str, object]]:
    """Return the calendar as plain JSON values, each step with what is the matter with it in this award or in any."""
    return [
        {
            "key": step.key,
            "phase": step.rule.phase,
            "due_on": step.due_on.isoformat() if step.due_on else None,
            "receipt": step.receipt.as_json() | words.as_json(step.receipt, step.rule.key),
            "concerns": [
                {"kind": kind, "sentence": sentence}
                for kind, sentence in (
                    *((one.kind, words.note(one.why)) for one in concerns if one.key == step.key),
                    *((kind, said) for (kind, steps), said in found.items() if step.rule.key == steps[0]),
                )
            ],
        }
        for step in sample.planned
    ]


def _show_concerns(concerns: Sequence[Concern], words: ReceiptWords) -> None:
    """Print what is the matter with the steps of one plan."""
    for one in concerns:
        click.echo(f"{_weight(one.kind)}: {words.note(one.why)}")


def _weight(kind: ConcernKind) -> str:
    return "warning" if kind in CANNOT_BE_MET else "note"


def _show_found(found: Found, silent: Sequence[FoundKey]) -> None:
    """Print what is the matter; of rules that say nothing about days off, one line for all."""
    for key, sentence in found.items():
        if key not in silent:
            click.echo(f"{_weight(key[0])}: {sentence}")
    if silent:
        named = ", ".join(steps[0] for _, steps in silent)
        click.echo(f"note: no due rule says what becomes of a day off for {named}{_SAY_ROLL}")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _award_text(programme: Programme, sample: SampleAward, *, given: bool) -> str:
    """Return what the award is whose calendar is shown."""
    facts = sample.facts
    said = [f"{'The' if given else 'Sample'} award"]
    if facts.period_start_on and facts.period_end_on:
        said.append(f"{facts.period_start_on} to {facts.period_end_on}")
    if sample.decided_on:
        said.append(f"decided {sample.decided_on}")
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


def _name_notes(programme: Programme, path: Path) -> Iterator[str]:
    """Yield that the file has another name than its programme: grants look for it by the name of the file."""
    if path.stem.removesuffix(OFFICE) != programme.programme:
        yield f"the file is called {path.stem}, and grants name a programme by its file: say 'programme: {path.stem}'"


def _absent_notes(programme: Programme, sample: SampleAward) -> Iterator[str]:
    """Yield which steps the award does not have, and for which it would."""
    there = {step.rule.key for step in sample.planned}
    for rule in programme.steps:
        if rule.key not in there and rule.when and sample.decided_on is not None:
            found = find_threshold(programme, rule, sample.decided_on.year)
            for_which = _words_of(programme).threshold(found.bounds)
            if rule.given is not None and rule.given not in sample.facts.dates:
                is_decisions = programme.dates[rule.given].given_by == "decision"
                named = _of_decision(rule.given) if is_decisions else "the last day to apply"
                for_which = f"when {named} is given"
            yield f"{rule.key} is not in this calendar: it is there {for_which}"


def _of_decision(name: str) -> str:
    """Return what a programme file calls a date of the decision."""
    return f"{written_date(name)} of the decision"


def _over_many_awards(programme: Programme, meetings: Sequence[MeetingEntry]) -> Found:
    """Return what is the matter in any of the sample awards, once, with how many have it and one of them."""
    awards, words = list(sample_awards(programme, meetings)), _words_of(programme)
    seen: dict[FoundKey, list[str]] = {}
    for award in awards:
        time = ", ".join(
            [
                f"a grant from {award.facts.period_start_on} to {award.facts.period_end_on}",
                *_given_days(programme, award),
            ]
        )
        concerns = (*find_dead_ends(award.planned), *find_concerns(programme, award.planned))
        for key, sentence in {(one.kind, one.steps): words.note(one.why) for one in concerns}.items():
            seen.setdefault(key, []).append(f"{sentence} ({time})")
    return {
        key: f"in {len(sentences)} of {len(awards)} sample awards: {sentences[0]}{_mend(programme, *key)}"
        for key, sentences in seen.items()
    }


_SAY_ROLL = (
    "; say 'or the next working day', 'or the working day before' or 'even on a day off' in its rule,"
    " or 'days_off: stays' once"
)


def _is_silent(programme: Programme, kind: ConcernKind, steps: Sequence[str]) -> bool:
    """Return whether a due rule can be read in two ways only because it says nothing about days off."""
    due = programme.step(steps[0]).due
    return kind is ConcernKind.READ_IN_TWO_WAYS and _says_no_roll(due)


def _says_no_roll(due: Rule) -> bool:
    rule = due.otherwise or due
    return rule.off is None and not isinstance(rule.what, Either)


def _mend(programme: Programme, kind: ConcernKind, steps: Sequence[str]) -> str:
    """Return what its author can say in the programme, where that is one thing."""
    if _is_silent(programme, kind, steps):
        return _SAY_ROLL
    step = programme.step(steps[0])
    due, last = step.due, step.last.due if step.last is not None else None
    perhaps = [name for name in due.names if name in programme.dates and not programme.dates[name].required]
    if kind is ConcernKind.NEVER_DUE and perhaps:
        return (
            f"; if only some awards give that day, let the step say 'when: {_of_decision(perhaps[0])} given'"
        )
    if kind is ConcernKind.READ_IN_TWO_WAYS and last is not None and _says_no_roll(last):
        return "; if it is the last period's, say in the rule of 'last' what becomes of a day off, too"
    return ""


def _check_grant(reference: str, as_json: bool) -> int:
    from tasks.intake.concerns import concerns_of_grant

    desk = open_desk()
    try:
        concerns = concerns_of_grant(desk.engine, desk.grant(reference).reference, desk.today)
    except UnknownReference as error:
        near = did_you_mean(reference, programme_files(PROGRAMMES))
        raise BadInput(Cli.NEITHER_NOR(reference=reference, near=near)) from error
    code, words = _code(one.kind for one in concerns), ReceiptWords("en", None, desk.today, days_as_iso=True)
    if as_json:
        show_json(
            [
                {"kind": one.kind, "steps": one.steps, "key": one.key, "sentence": words.note(one.why)}
                for one in concerns
            ]
        )
        return code
    _show_concerns(concerns, words)
    if not concerns:
        click.echo(f"{reference}: nothing in its plan is impossible or unwise.")
    return code
