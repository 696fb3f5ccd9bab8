"""Commands by which people act on a step: answer, approve, return, withdraw, extend."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Unpack

import click

from deployments.cli.acts import BY, CHANGING, ON, How, change, desk_on, together
from deployments.cli.context import DAY, PAIR, open_desk
from deployments.cli.messages import Cli
from models.commands.steps import (
    Answer,
    Approve,
    Extend,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    StepAnswer,
    Withdraw,
)
from models.errors import BadInput
from tasks.commands.files.documents import vault_of
from tasks.files.inspection import read_plain_file
from tasks.perform import perform

_of_step = together(click.argument("reference"), click.argument("step"), BY, ON)


@click.command("answer")
@_of_step
@click.option("--data", type=click.Path(path_type=Path), help="A JSON file: question -> answer.")
@click.option(
    "--set",
    "pairs",
    type=PAIR,
    multiple=True,
    metavar="QUESTION=ANSWER",
    help="One answer; may be repeated.",
)
@click.option(
    "--file", "files", multiple=True, type=click.Path(path_type=Path), help="A document to keep with it."
)
@click.option(
    "--not-yet", type=DAY, metavar="DATE", help="It is not done; say when it will be (and --note why)."
)
@click.option("--not-me", metavar="EMAIL", help="Someone else has it; say who.")
@click.option("--nothing", is_flag=True, help="It is done: there was nothing to report in the period.")
@click.option(
    "--not-needed", is_flag=True, help="It has no use, as a year without activity (and --note why)."
)
@click.option(
    "--document",
    "documents",
    type=PAIR,
    multiple=True,
    metavar="KEY=FILE",
    help="A document that the step asks for.",
)
@click.option("--note", default="")
def answer_command(reference: str, step: str, by_email: str, on: date | None, **given: Any) -> None:
    """Answer a step: done (with its questions), --nothing to report, --not-yet, --not-me, or --not-needed."""
    ways = ("not_yet", "not_me", "nothing", "not_needed")
    if len(named := [f"--{name.replace('_', '-')}" for name in ways if given[name]]) > 1:
        raise BadInput(Cli.ONE_OF(options=", ".join(named)))
    desk = desk_on(on)
    vault = vault_of(desk.settings)
    kept = [vault.take(path) for path in given["files"]]
    kept += [replace(vault.take(Path(path)), document=key) for key, path in given["documents"]]
    about: dict[str, Any] = {
        "grant": desk.grant(reference).reference, "step": step, "note": given["note"], "files": tuple(kept)
    }  # fmt: skip
    said: StepAnswer
    if given["not_yet"]:
        said = NotYet(**about, expected_on=given["not_yet"])
    elif given["not_me"]:
        said = NotMe(**about, colleague=given["not_me"])
    elif given["nothing"]:
        said = NothingToReport(**about)
    elif given["not_needed"]:
        said = NotNeeded(**about)
    else:
        said = Answer(**about, data={**_data(given["data"]), **dict(given["pairs"])})
    done = perform(desk.engine, said, by_email, desk.clock, settings=desk.settings)
    expected = f", expected {given['not_yet']}" if given["not_yet"] else ""
    click.echo(f"{said.grant}: {step} is {done.status}{expected}.")
    if done.made is not None:
        click.echo(f"the final report is kept as {done.made.name}, version {done.made.version}.")


def _data(path: Path | None) -> dict[str, object]:
    """Return the answers of a file, none without one."""
    if path is None:
        return {}
    try:
        content = json.loads(read_plain_file(path).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput(Cli.DATA_NOT_JSON(path=path, why=str(error))) from error
    if not isinstance(content, dict):
        raise BadInput(Cli.DATA_NO_OBJECT(path=path))
    return content


def _judging(
    name: str, said: type[Approve | Return | Withdraw], about: str, note_is: str | None = None
) -> click.Command:
    """Return the command by which somebody judges a report."""

    @click.command(name, help=about)
    @_of_step
    @click.option("--note", default="", help=note_is)
    def command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
        desk = desk_on(on)
        judged = said(desk.grant(reference).reference, step, note)
        done = perform(desk.engine, judged, by_email, desk.clock, settings=desk.settings)
        click.echo(f"{judged.grant}: {step}: {judged.kind}; the step is {done.status}.")
        if one := done.approved:
            click.echo(
                f"what was approved is version {one.version} of the final report, SHA-256 {one.sha256}."
            )

    return command


approve_command = _judging(
    "approve", Approve, "Approve a report: name the approval step, or the report that it is about."
)
return_command = _judging(
    "return", Return, "Send a report back, with what must be corrected.", "What must be corrected."
)
withdraw_command = _judging(
    "withdraw",
    Withdraw,
    "Take an approval back: it blocks a release, or opens a recovery step after one.",
    "Why the approval is taken back.",
)


@click.command("extend")
@click.argument("reference")
@click.argument("step")
@click.option("--to", "to_on", type=DAY, required=True, help="The new due date.")
@click.option("--reason", required=True, help="Who granted it, and why.")
@BY
@CHANGING
def extend_command(reference: str, step: str, to_on: date, reason: str, **how: Unpack[How]) -> None:
    """Move a step's due date; show first every date, letter and payment that moves with it."""
    desk = open_desk()
    change(desk, Extend(desk.grant(reference).reference, step, to_on, reason), **how)
