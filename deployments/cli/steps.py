"""Commands by which people act on a step: answer, approve, return, withdraw, extend."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
from sqlalchemy import select

from deployments.cli.console.acts import BY, ON, desk_on, unkept_note
from deployments.cli.console.columns import days_text, money_text
from deployments.cli.console.context import DAY, Desk, open_desk
from models.errors import BadInput
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import AnswerKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.files.documents import vault_of
from tasks.commands.files.file_store import StoredFile, Vault
from tasks.commands.replan.extensions import extend_at_work
from tasks.files.plain import read_plain_file
from tasks.grants.acts.given_answers import AnswerInput
from tasks.grants.acts.step_acts import answer_step
from tasks.store.database import reading

_STEP = table_of(Step)
_GRANT = table_of(Grant)

_ANSWERS = {
    "--not-yet": AnswerKind.NOT_YET,
    "--not-me": AnswerKind.NOT_ME,
    "--nothing": AnswerKind.NOTHING,
    "--not-needed": AnswerKind.NOT_NEEDED,
}


@click.command("answer")
@click.argument("reference")
@click.argument("step")
@BY
@ON
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
    kind = _kind_said(
        {
            "--not-yet": not_yet is not None,
            "--not-me": not_me is not None,
            "--nothing": nothing,
            "--not-needed": not_needed,
        }
    )
    desk = desk_on(on)
    reference = desk.grant(reference).reference
    vault = vault_of(desk.settings.home)
    answer = AnswerInput(
        kind,
        {**(_data(data) if data else {}), **dict(_pair(one) for one in pairs)},
        note,
        not_yet,
        not_me,
        files=(*(vault.take(path) for path in files), *(_document(vault, one) for one in documents)),
    )
    done = answer_step(
        desk.engine,
        reference,
        step,
        answer,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        vault=vault,
    )
    if not_yet:
        more = _expected(desk, reference, step, not_yet)
    else:
        more = _repaid(desk, reference, step) if kind is AnswerKind.DONE else ""
    click.echo(f"{reference}: {step} is {done.status}{more}.")
    if kind is AnswerKind.DONE:
        _show_conflicts(desk, reference, step)
        _renew(desk, reference, step, by_email)
        _fill(desk, reference)


def _kind_said(options: Mapping[str, bool]) -> AnswerKind:
    """Return what the one option that is given says, that the step is done where none is; BadInput for several."""
    named = [name for name, given in options.items() if given]
    if len(named) > 1:
        raise BadInput(f"give {' or '.join(named)}, not both")
    return _ANSWERS[named[0]] if named else AnswerKind.DONE


def _show_conflicts(desk: Desk, reference: str, step: str) -> None:
    """Say where the answer is another than a source says, as the letter and the page do."""
    from tasks.wording.conflicts import conflicts_of_step
    from tasks.words.translator import speaker

    for sentence in conflicts_of_step(desk.engine, reference, step, speaker("en")):
        click.echo(f"note: {sentence}", err=True)


def _renew(desk: Desk, reference: str, step: str, by_email: str) -> None:
    """Make the document anew that an approval is about."""
    from tasks.documents.versions import renew_report
    from tasks.documents.word.templates import own_templates

    kept = renew_report(
        desk.engine,
        vault_of(desk.settings.home),
        reference,
        step,
        by_email=by_email,
        templates=own_templates(desk.settings.home),
        today=desk.today,
        now=desk.now,
    )
    if kept is not None:
        click.echo(f"the final report is kept as {kept.name}, version {kept.version}.")


def _fill(desk: Desk, reference: str) -> None:
    """Take the answer into the open steps that it fills."""
    from tasks.sources.gather import gather_answers

    gather_answers(desk.engine, reference, desk.today, desk.now)


def _document(vault: Vault, text: str) -> StoredFile:
    key, sign, path = text.partition("=")
    if not sign:
        raise BadInput(f"--document {text}: write it as KEY=FILE")
    return replace(vault.take(Path(path.strip())), document=key.strip())


def _expected(desk: Desk, reference: str, step: str, expected_on: date) -> str:
    """Return when the step is expected, and that this is too late when it is."""
    query = select(_STEP.c.due_on).join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    with reading(desk.engine) as connection:
        due = connection.execute(query.where(_GRANT.c.reference == reference, _STEP.c.key == step)).scalar()
    late = (expected_on - due).days if due else 0
    return f", expected {expected_on}" + (f", {days_text(late)} after it is due on {due}" if late > 0 else "")


def _repaid(desk: Desk, reference: str, step: str) -> str:
    """Return what a repayment was about and by when, as our books say it; empty of any other step."""
    query = select(_STEP.c.repays_minor, _STEP.c.due_on, _GRANT.c.currency)
    query = query.join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    with reading(desk.engine) as connection:
        row = connection.execute(query.where(_GRANT.c.reference == reference, _STEP.c.key == step)).first()
    if row is None or row.repays_minor is None:
        return ""
    by = f" by {row.due_on}" if row.due_on else ""
    return f": {money_text(row.repays_minor, row.currency)} was to be repaid{by}"


def _data(path: Path) -> dict[str, object]:
    try:
        content = json.loads(read_plain_file(path).decode("utf-8"))
    except RecursionError as error:
        raise BadInput(f"--data {path}: its brackets lie too deep in each other") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"--data {path}: not UTF-8 text: save the file as UTF-8") from error
    except ValueError as error:
        raise BadInput(f"--data {path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadInput(f"--data {path}: expected an object, question -> answer")
    return content


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise BadInput(f"--set {text}: write it as QUESTION=ANSWER")
    return name.strip(), value.strip()


def _judge(reference: str, step: str, by_email: str, on: date | None, note: str, kind: AnswerKind) -> None:
    desk = desk_on(on)
    reference = desk.grant(reference).reference
    done = answer_step(
        desk.engine,
        reference,
        step,
        AnswerInput(kind, note=note),
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        vault=vault_of(desk.settings.home),
    )
    click.echo(f"{reference}: {step}: {kind.replace('_', ' ')}; the step is {done.status}.")
    if one := done.approved:
        click.echo(f"what was approved is version {one.version} of the final report, SHA-256 {one.sha256}.")
    elif kind is AnswerKind.APPROVED:
        _say_unkept(desk, reference)


def _say_unkept(desk: Desk, reference: str) -> None:
    """Say that no final report is kept that could be what was approved."""
    from tasks.documents.bundle.unkept import unkept_documents

    with reading(desk.engine) as connection:
        lacks = [one for one in unkept_documents(connection, reference) if one.kind == "final-report"]
    for one in lacks:
        click.echo(f"note: {unkept_note(reference, one)}", err=True)


@click.command("approve")
@click.argument("reference")
@click.argument("step")
@BY
@ON
@click.option("--note", default="")
def approve_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Approve a report: name the approval step, or the report that it is about."""
    _judge(reference, step, by_email, on, note, AnswerKind.APPROVED)


@click.command("return")
@click.argument("reference")
@click.argument("step")
@BY
@ON
@click.option("--note", default="", help="What must be mended.")
def return_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Send a report back, with what must be mended."""
    _judge(reference, step, by_email, on, note, AnswerKind.RETURNED)


@click.command("withdraw")
@click.argument("reference")
@click.argument("step")
@BY
@ON
@click.option("--note", default="", help="Why the approval is taken back.")
def withdraw_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Take an approval back: it blocks a release, or opens a recovery step after one."""
    _judge(reference, step, by_email, on, note, AnswerKind.WITHDRAWN)


@click.command("extend")
@click.argument("reference")
@click.argument("step")
@click.option("--to", "to_on", type=DAY, required=True, help="The new due date.")
@click.option("--reason", required=True, help="Who granted it, and why.")
@click.option("--by", "by_email", required=True, metavar="EMAIL")
@click.option("--dry-run", is_flag=True, help="Only show what moves, as without --yes.")
@click.option("--yes", is_flag=True, help="Do it; without it, what moves is only shown.")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def extend_command(
    reference: str,
    step: str,
    to_on: date,
    reason: str,
    by_email: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Move a step's due date; show first every date, letter and payment that moves with it."""
    from deployments.cli.console.moves import show_consequences
    from tasks.commands.replan.what_if import what_if

    if dry_run and yes:
        raise BadInput("give --dry-run or --yes, not both")
    desk = open_desk()

    def extend(work: GrantAtWork) -> str:
        extend_at_work(work, step, to_on, reason, by_email)
        return reason

    reference = desk.grant(reference).reference
    found = what_if(desk.engine, reference, desk.today, desk.now, extend, apply=yes)
    show_consequences(found, applied=yes, as_json=as_json)
