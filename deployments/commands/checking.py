"""The command that checks a programme file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from deployments.commands.columns_out import show_table
from deployments.desk import open_desk, show_json
from deployments.sample_award import sample_awards, sample_calendar
from models.errors import BadInput, UnknownReference
from models.import_file import MeetingEntry
from models.programme import Programme
from models.rules.concerns import CANNOT_BE_MET, ConcernKind, find_concerns
from models.rules.planner import PlannedStep
from models.suggestions import did_you_mean
from models.vocabulary import StepKind
from tasks.import_tables import read_import
from tasks.programme_files import read_programme, whole_text

PROGRAMMES = Path(__file__).parent.parent / "programmes"


@click.command("check")
@click.argument("programme", type=click.Path(path_type=Path), metavar="PROGRAMME|REF")
@click.option(
    "--award", type=click.Path(path_type=Path), help="A grant, as in an import file, to date the steps."
)
@click.option(
    "--meetings",
    type=click.Path(path_type=Path),
    help="Meetings, as in an import file: without --award, they are taken as every year's.",
)
@click.option("--whole", is_flag=True, help="Print the programme with all that it inherits, as one file.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check_command(
    programme: Path, award: Path | None, meetings: Path | None, whole: bool, as_json: bool
) -> None:
    """Check a programme file and show the calendar that it gives for sample awards, or check a grant's plan."""
    named = programme.suffix not in (".yaml", ".yml") and not programme.exists()
    path = PROGRAMMES / f"{programme}.yaml" if named else programme
    if named and not path.exists():
        _check_grant(str(programme), as_json)
        return
    if whole:
        click.echo(whole_text(path), nl=False)
        return
    read: Programme = read_programme(path)
    held = read_import(meetings).sound().meetings if meetings else ()
    planned = sample_calendar(read, award, held)
    found = _of_one_award(read, planned) if award else _over_many_awards(read, held)
    if as_json:
        show_json(
            [
                {
                    "key": step.key,
                    "phase": step.rule.phase,
                    "due_on": step.due_on.isoformat() if step.due_on else None,
                    "receipt": step.receipt.as_json(),
                    "concerns": [
                        {"kind": kind, "sentence": sentence}
                        for (kind, steps), sentence in found.items()
                        if step.rule.key == steps[0]
                    ],
                }
                for step in planned
            ]
        )
        return
    click.echo(
        f"{read.programme}: {len(read.steps)} steps, {len(read.instalments)} instalments. Sample award:"
    )
    show_table(
        ("STEP", "DUE", "WHY"),
        [(step.key, str(step.due_on or "-"), step.receipt.arithmetic) for step in planned],
    )
    for step in planned:
        for warning in step.receipt.warnings:
            click.echo(f"note: {step.key}: {warning}")
    for (kind, _), sentence in found.items():
        click.echo(f"{'warning' if kind in CANNOT_BE_MET else 'note'}: {sentence}")
    for note in programme_notes(read):
        click.echo(f"note: {note}")


Found = dict[tuple[ConcernKind, tuple[str, ...]], str]


def _of_one_award(programme: Programme, planned: Sequence[PlannedStep]) -> Found:
    return {(one.kind, one.steps): one.sentence.en for one in find_concerns(programme, planned)}


def _over_many_awards(programme: Programme, meetings: Sequence[MeetingEntry]) -> Found:
    """Return what is the matter in any of the sample awards, once, with how many have it and one of them."""
    awards = list(sample_awards(programme, meetings))
    seen: dict[tuple[ConcernKind, tuple[str, ...]], list[str]] = {}
    for first, last, planned in awards:
        for key, sentence in _of_one_award(programme, planned).items():
            seen.setdefault(key, []).append(f"{sentence} (a grant from {first} to {last})")
    return {
        key: f"{_SAID[key[0]].format(*key[1])} in {len(sentences)} of {len(awards)} sample awards: {sentences[0]}"
        for key, sentences in seen.items()
    }


_SAID = {
    ConcernKind.OPENS_AFTER_DUE: "{0} opens after it is due",
    ConcernKind.DUE_BEFORE_DATA: "{0} is due before its period is over",
    ConcernKind.DUE_BEFORE_NEEDED: "{0} is due before {1}, which it waits for,",
    ConcernKind.NO_MEETING: "no meeting takes {0} in time",
    ConcernKind.NO_RETURN: "{0} has no time for a return before its meeting",
    ConcernKind.SAME_WEEK: "{0} and {1} fall in the same week",
    ConcernKind.RUNG_BEFORE_OPENING: "{0} has a rung before it opens, told when it does,",
    ConcernKind.READ_IN_TWO_WAYS: "{0} can be read in more than one way",
}


def _check_grant(reference: str, as_json: bool) -> None:
    from tasks.grant_concerns import concerns_of_grant

    desk = open_desk()
    try:
        concerns = concerns_of_grant(desk.engine, desk.grant(reference).reference, desk.today)
    except UnknownReference as error:
        near = did_you_mean(reference, [path.stem for path in PROGRAMMES.glob("*.yaml")])
        raise BadInput(f"neither a programme nor a grant: '{reference}'{near}") from error
    if as_json:
        show_json([{"kind": one.kind, "steps": one.steps, "sentence": one.sentence.en} for one in concerns])
        return
    for one in concerns:
        click.echo(f"{'warning' if one.kind in CANNOT_BE_MET else 'note'}: {one.sentence.en}")
    if not concerns:
        click.echo(f"{reference}: nothing in its plan is impossible or unwise.")


def programme_notes(programme: Programme) -> Iterator[str]:
    """Yield what is allowed in a programme, but that its author should have meant."""
    there = {(rule.kind, rule.instalment) for rule in programme.steps}
    for instalment in programme.instalments:
        if (StepKind.CLAIM, instalment.number) not in there:
            yield f"instalment {instalment.number} has no claim step: nobody is told to claim it"
        if (StepKind.PAYMENT, instalment.number) not in there:
            yield f"instalment {instalment.number} has no payment step: nobody asks where the money is"
    for name, rule in programme.dates.items():
        if rule.required and rule.given_by == "decision":
            yield f"a decision must give {name}: 'grants decide REF ... --date {name}=DATE'"
