"""The command that checks a programme file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from deployments.commands.columns_out import show_table
from deployments.desk import show_json
from deployments.sample_award import sample_calendar
from models.programme import Programme
from models.vocabulary import StepKind
from tasks.programme_files import read_programme, whole_text

PROGRAMMES = Path(__file__).parent.parent / "programmes"


@click.command("check")
@click.argument("programme", type=click.Path(path_type=Path))
@click.option(
    "--award", type=click.Path(path_type=Path), help="A grant, as in an import file, to date the steps."
)
@click.option("--whole", is_flag=True, help="Print the programme with all that it inherits, as one file.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def check_command(programme: Path, award: Path | None, whole: bool, as_json: bool) -> None:
    """Check a programme file, and show the calendar that it gives for a sample award."""
    path = programme if programme.exists() else PROGRAMMES / f"{programme}.yaml"
    if whole:
        click.echo(whole_text(path), nl=False)
        return
    read: Programme = read_programme(path)
    planned = sample_calendar(read, award)
    if as_json:
        show_json(
            [
                {
                    "key": step.key,
                    "phase": step.rule.phase,
                    "due_on": step.due_on.isoformat() if step.due_on else None,
                    "receipt": step.receipt.as_json(),
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
    for note in programme_notes(read):
        click.echo(f"note: {note}")


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
