"""Commands by which people act on a step: answer, approve, return, withdraw, extend."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from deployments.cli.acts import BY, ON, desk_on, together, unkept_note
from deployments.cli.context import DAY, Desk, days_text, money_text, open_desk
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
    StoredFile,
    Withdraw,
)
from models.errors import BadInput
from tasks.commands.files.documents import vault_of
from tasks.commands.files.file_store import Vault
from tasks.commands.steps import Answered
from tasks.files.inspection import read_plain_file
from tasks.perform import perform
from tasks.store.database import dry_run, reading

_of_step = together(click.argument("reference"), click.argument("step"), BY, ON)


@click.command("answer")
@_of_step
@click.option("--data", type=click.Path(path_type=Path), help="A JSON file: question -> answer.")
@click.option("--set", "pairs", multiple=True, metavar="QUESTION=ANSWER", help="One answer; may be repeated.")
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
    "--document", "documents", multiple=True, metavar="KEY=FILE", help="A document that the step asks for."
)
@click.option("--note", default="")
def answer_command(
    reference: str,
    step: str,
    by_email: str,
    on: date | None,
    data: Path | None,
    pairs: tuple[str, ...],
    files: tuple[Path, ...],
    not_yet: date | None,
    not_me: str | None,
    nothing: bool,
    not_needed: bool,
    documents: tuple[str, ...],
    note: str,
) -> None:
    """Answer a step: done (with its questions), --nothing to report, --not-yet, --not-me, or --not-needed."""
    ways = {"--not-yet": not_yet, "--not-me": not_me, "--nothing": nothing, "--not-needed": not_needed}
    if len(named := [name for name, given in ways.items() if given]) > 1:
        raise BadInput(Cli.ONE_OF(options=", ".join(named)))
    desk = desk_on(on)
    grant = desk.grant(reference)
    vault = vault_of(desk.settings)
    kept = (*(vault.take(path) for path in files), *(_document(vault, one) for one in documents))
    about: dict[str, Any] = {"grant": grant.reference, "step": step, "note": note, "files": kept}
    said: StepAnswer
    if not_yet:
        said = NotYet(**about, expected_on=not_yet)
    elif not_me:
        said = NotMe(**about, colleague=not_me)
    elif nothing:
        said = NothingToReport(**about)
    elif not_needed:
        said = NotNeeded(**about)
    else:
        answers = {**(_data(data) if data else {}), **dict(_pair(one) for one in pairs)}
        said = Answer(**about, data=answers)
    done = perform(desk.engine, said, by_email, desk.clock, settings=desk.settings)
    more = _expected(done, not_yet) if not_yet else _repaid(done, said, grant.currency)
    click.echo(f"{grant.reference}: {step} is {done.status}{more}.")
    if isinstance(said, Answer):
        _show_conflicts(desk, grant.reference, step)
    if done.made is not None:
        click.echo(f"the final report is kept as {done.made.name}, version {done.made.version}.")


def _show_conflicts(desk: Desk, reference: str, step: str) -> None:
    """Say where the answer is another than a source says, as the letter and the page do."""
    from tasks.outbox.facts.history import conflicts_of_step
    from tasks.words.translator import translator

    for sentence in conflicts_of_step(desk.engine, reference, step, translator("en")):
        click.echo(f"note: {sentence}", err=True)


def _document(vault: Vault, text: str) -> StoredFile:
    key, sign, path = text.partition("=")
    if not sign:
        raise BadInput(Cli.WRITE_DOCUMENT(text=text))
    return replace(vault.take(Path(path.strip())), document=key.strip())


def _expected(done: Answered, expected_on: date) -> str:
    """Return when the step is expected, and that this is too late when it is."""
    late = (expected_on - done.due_on).days if done.due_on else 0
    too_late = f", {days_text(late)} after it is due on {done.due_on}" if late > 0 else ""
    return f", expected {expected_on}{too_late}"


def _repaid(done: Answered, said: StepAnswer, currency: str) -> str:
    """Return what a repayment was about and by when, as our books say it; empty of any other step."""
    if done.repays_minor is None or not isinstance(said, Answer):
        return ""
    by = f" by {done.due_on}" if done.due_on else ""
    return f": {money_text(done.repays_minor, currency)} was to be repaid{by}"


def _data(path: Path) -> dict[str, object]:
    try:
        content = json.loads(read_plain_file(path).decode("utf-8"))
    except RecursionError as error:
        raise BadInput(Cli.DATA_TOO_DEEP(path=path)) from error
    except UnicodeDecodeError as error:
        raise BadInput(Cli.DATA_NOT_UTF8(path=path)) from error
    except ValueError as error:
        raise BadInput(Cli.DATA_NOT_JSON(path=path, why=str(error))) from error
    if not isinstance(content, dict):
        raise BadInput(Cli.DATA_NO_OBJECT(path=path))
    return content


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise BadInput(Cli.WRITE_SET(text=text))
    return name.strip(), value.strip()


def _judge(
    said: type[Approve | Return | Withdraw],
    reference: str,
    step: str,
    by_email: str,
    on: date | None,
    note: str,
) -> None:
    desk = desk_on(on)
    reference = desk.grant(reference).reference
    command = said(reference, step, note)
    done = perform(desk.engine, command, by_email, desk.clock, settings=desk.settings)
    click.echo(f"{reference}: {step}: {command.kind.replace('_', ' ')}; the step is {done.status}.")
    if one := done.approved:
        click.echo(f"what was approved is version {one.version} of the final report, SHA-256 {one.sha256}.")
    elif said is Approve:
        _say_unkept(desk, reference)


def _say_unkept(desk: Desk, reference: str) -> None:
    """Say that no final report is kept that could be what was approved."""
    from tasks.documents.bundle.unkept import unkept_documents

    with reading(desk.engine) as connection:
        lacks = [one for one in unkept_documents(connection, reference) if one.kind == "final-report"]
    for one in lacks:
        click.echo(f"note: {unkept_note(reference, one)}", err=True)


@click.command("approve")
@_of_step
@click.option("--note", default="")
def approve_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Approve a report: name the approval step, or the report that it is about."""
    _judge(Approve, reference, step, by_email, on, note)


@click.command("return")
@_of_step
@click.option("--note", default="", help="What must be corrected.")
def return_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Send a report back, with what must be corrected."""
    _judge(Return, reference, step, by_email, on, note)


@click.command("withdraw")
@_of_step
@click.option("--note", default="", help="Why the approval is taken back.")
def withdraw_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Take an approval back: it blocks a release, or opens a recovery step after one."""
    _judge(Withdraw, reference, step, by_email, on, note)


@click.command("extend")
@click.argument("reference")
@click.argument("step")
@click.option("--to", "to_on", type=DAY, required=True, help="The new due date.")
@click.option("--reason", required=True, help="Who granted it, and why.")
@click.option("--by", "by_email", required=True, metavar="EMAIL")
@click.option("--yes", is_flag=True, help="Do it; without it, what moves is only shown.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def extend_command(
    reference: str,
    step: str,
    to_on: date,
    reason: str,
    by_email: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Move a step's due date; show first every date, letter and payment that moves with it."""
    from deployments.cli.acts import show_consequences

    desk = open_desk()
    said = Extend(desk.grant(reference).reference, step, to_on, reason)
    found = perform(desk.engine if yes else dry_run(desk.engine), said, by_email, desk.clock)
    show_consequences(found, applied=yes, as_json=as_json)
