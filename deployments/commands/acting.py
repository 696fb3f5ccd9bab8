"""Commands by which people act: decide, answer, approve, return, withdraw, extend, claim, release, paid."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import select

from deployments.commands.columns_out import days_text, money_text
from deployments.desk import DAY, Desk, named_date, open_desk
from models.columns import table_of
from models.errors import BadInput
from models.grant import Grant
from models.import_file import read_amount
from models.rules.gate import GateReason
from models.step import Step
from models.vocabulary import AnswerKind, DecisionKind
from tasks.acts import AnswerInput, answer_step
from tasks.database import reading
from tasks.decisions import DecisionInput, decide_at_work, find_unstated, record_decision
from tasks.document_vault import StoredFile, Vault
from tasks.documents import vault_of
from tasks.extensions import extend_at_work
from tasks.grant_at_work import GrantAtWork
from tasks.imported_history import stated_sum
from tasks.money import claim_instalment, record_payment, release_instalment
from tasks.plain_files import read_plain_file
from tasks.standing import portfolio

_STEP = table_of(Step)
_GRANT = table_of(Grant)
Command = TypeVar("Command", bound=Callable[..., Any])

_by = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who does it.")
_on = click.option("--on", type=DAY, default=None, help="The day it was done (default: today).")


def _desk_on(on: date | None) -> Desk:
    desk = open_desk()
    if on is not None and on > desk.today:
        raise BadInput(f"--on {on} lies in the future")
    return desk.on(on) if on else desk


@click.command("decide")
@click.argument("reference")
@click.option("--kind", type=click.Choice([str(kind) for kind in DecisionKind]), default="award")
@click.option("--amount", help="What the decision adds, as 500000 or '500 000'.")
@click.option("--total", help="The whole award after it, when its own part is not stated.")
@click.option("--on", "decided_on", type=DAY, required=True, help="The day of the decision.")
@click.option(
    "--date", "dates", multiple=True, metavar="NAME=DATE", help="A date that the decision letter sets."
)
@click.option(
    "--instalment",
    "instalments",
    multiple=True,
    metavar="NUMBER=SUM",
    help="What it says of an instalment, by its number in the programme: a sum, or a share as '60 %'.",
)
@click.option("--purpose", default="", help="What the money is for, in the decision's words.")
@click.option("--conditions", default="", help="Conditions, in the decision's words.")
@click.option("--source", default="", help="The decision letter's reference.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: for another program.")
def decide_command(
    reference: str,
    kind: str,
    amount: str | None,
    total: str | None,
    decided_on: date,
    dates: tuple[str, ...],
    instalments: tuple[str, ...],
    by_email: str | None,
    dry_run: bool,
    as_json: bool,
    **texts: str,
) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal."""
    desk = open_desk()
    if decided_on > desk.today:
        raise BadInput(f"--on {decided_on} lies in the future")
    currency = portfolio(desk.engine, desk.today, reference)[0].at_risk.currency
    if amount is not None and total is not None:
        raise BadInput("give --amount or --total, not both")
    if kind == DecisionKind.AWARD and amount is None and total is None:
        click.echo("note: no sum is stated; the instalments wait until a decision states one", err=True)
    decision = DecisionInput(
        DecisionKind(kind),
        decided_on,
        _amount("--amount", amount, currency),
        _amount("--total", total, currency),
        dates=dict(named_date(one) for one in dates),
        instalments=dict(_stated(one, currency) for one in instalments),
        **texts,
    )
    if dry_run:
        _preview(desk, reference, decision, by_email, as_json=as_json)
        return
    missing = record_decision(
        desk.engine, reference, decision, by_email=by_email, today=desk.today, now=desk.now
    )
    standing = portfolio(desk.engine, desk.today, reference)[0]
    parts = ", ".join(money_text(part.amount_minor, part.currency) for part in standing.instalments)
    click.echo(f"{reference}: {kind} of {decided_on} recorded. Instalments: {parts}.")
    for name in missing:
        mend = f"grants decide {reference} --kind amendment --on {decided_on} --date {name}=DATE"
        click.echo(
            f"note: no decision says {name} yet, so what counts from it is not watched: '{mend}'", err=True
        )
    _note_unstated(desk, reference, decided_on)


def _note_unstated(desk: Desk, reference: str, decided_on: date) -> None:
    """Say which instalments wait for a sum that a decision must say."""
    for number, at_most in find_unstated(desk.engine, reference, desk.today, desk.now):
        mend = f"grants decide {reference} --kind amendment --on {decided_on} --instalment {number}=SUM"
        waits = (
            f"instalment {number} waits for its sum, at most {at_most} of the award, as no decision says it"
        )
        click.echo(f"note: {waits}: '{mend}'", err=True)


def _stated(text: str, currency: str) -> tuple[int, int | str]:
    number, sign, said = text.partition("=")
    try:
        if not sign or not number.strip().isdecimal():
            raise ValueError("write it as 1=300000 or 1=60 %")
        return int(number), stated_sum(said, currency)
    except ValueError as error:
        raise BadInput(f"--instalment {text}: {error}") from error


def _preview(
    desk: Desk, reference: str, decision: DecisionInput, by_email: str | None, *, as_json: bool
) -> None:
    """Show what a decision would move."""
    from deployments.commands.what_moves import show_consequences
    from tasks.what_if import what_if

    def decide(work: GrantAtWork) -> str:
        decide_at_work(work, decision, by_email, desk.now)
        return decision.source

    found = what_if(desk.engine, reference, desk.today, desk.now, decide, apply=False)
    show_consequences(found, applied=False, as_json=as_json, mend="record it without --dry-run")


def _amount(name: str, text: str | None, currency: str) -> int | None:
    if text is None:
        return None
    try:
        return read_amount(text, currency)
    except ValueError as error:
        raise BadInput(f"{name}: {error}") from error


_ANSWERS = {
    "--not-yet": AnswerKind.NOT_YET,
    "--not-me": AnswerKind.NOT_ME,
    "--nothing": AnswerKind.NOTHING,
    "--not-needed": AnswerKind.NOT_NEEDED,
}


@click.command("answer")
@click.argument("reference")
@click.argument("step")
@_by
@_on
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
    given = {
        "--not-yet": not_yet,
        "--not-me": not_me,
        "--nothing": nothing or None,
        "--not-needed": not_needed or None,
    }
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise BadInput(f"give {' or '.join(named)}, not both")
    kind = _ANSWERS[named[0]] if named else AnswerKind.DONE
    desk = _desk_on(on)
    vault = vault_of(desk.settings.home)
    answer = AnswerInput(
        kind,
        {**(_data(data) if data else {}), **dict(_pair(one) for one in pairs)},
        note,
        not_yet,
        not_me,
        files=(*(vault.take(path) for path in files), *(_document(vault, one) for one in documents)),
    )
    status = answer_step(
        desk.engine, reference, step, answer, by_email=by_email, today=desk.today, now=desk.now
    )
    expected = _expected(desk, reference, step, not_yet) if not_yet else ""
    click.echo(f"{reference}: {step} is {status}{expected}.")


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


def _data(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_plain_file(path).decode("utf-8"))
    except RecursionError as error:
        raise BadInput(f"--data {path}: its brackets lie too deep in each other") from error
    except ValueError as error:
        raise BadInput(f"--data {path}: {error}") from error
    if not isinstance(content, dict):
        raise BadInput(f"--data {path}: expected an object, question -> answer")
    return content


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise BadInput(f"--set {text}: write it as QUESTION=ANSWER")
    return name.strip(), value.strip()


def _judge(reference: str, step: str, by_email: str, on: date | None, note: str, kind: AnswerKind) -> None:
    desk = _desk_on(on)
    status = answer_step(
        desk.engine,
        reference,
        step,
        AnswerInput(kind, note=note),
        by_email=by_email,
        today=desk.today,
        now=desk.now,
    )
    click.echo(f"{reference}: {step}: {kind.replace('_', ' ')}; the step is {status}.")


@click.command("approve")
@click.argument("reference")
@click.argument("step")
@_by
@_on
@click.option("--note", default="")
def approve_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Approve a report: name the approval step, or the report that it is about."""
    _judge(reference, step, by_email, on, note, AnswerKind.APPROVED)


@click.command("return")
@click.argument("reference")
@click.argument("step")
@_by
@_on
@click.option("--note", default="", help="What must be mended.")
def return_command(reference: str, step: str, by_email: str, on: date | None, note: str) -> None:
    """Send a report back, with what must be mended."""
    _judge(reference, step, by_email, on, note, AnswerKind.RETURNED)


@click.command("withdraw")
@click.argument("reference")
@click.argument("step")
@_by
@_on
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
    from deployments.commands.what_moves import show_consequences
    from tasks.what_if import what_if

    if dry_run and yes:
        raise BadInput("give --dry-run or --yes, not both")
    desk = open_desk()

    def extend(work: GrantAtWork) -> str:
        extend_at_work(work, step, to_on, reason, by_email)
        return reason

    found = what_if(desk.engine, reference, desk.today, desk.now, extend, apply=yes)
    show_consequences(found, applied=yes, as_json=as_json)


_money_arguments = (click.argument("reference"), click.argument("instalment", type=int), _by, _on)


def _money_command(function: Command) -> Command:
    for decorate in reversed(_money_arguments):
        function = decorate(function)
    return function


@click.command("claim")
@_money_command
@click.option("--amount", help="What is claimed, where the programme leaves it to the claim.")
def claim_command(
    reference: str, instalment: int, by_email: str, on: date | None, amount: str | None
) -> None:
    """Record that the claim of a released instalment was sent."""
    desk = _desk_on(on)
    currency = portfolio(desk.engine, desk.today, reference)[0].at_risk.currency if amount else ""
    claim_instalment(
        desk.engine,
        reference,
        instalment,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        amount_minor=_amount("--amount", amount, currency),
    )
    click.echo(f"{reference}: instalment {instalment} is claimed.")


@click.command("release")
@_money_command
@click.option("--amount", help="The sum that you confirm: refused when it is another one by now.")
def release_command(
    reference: str, instalment: int, by_email: str, on: date | None, amount: str | None
) -> None:
    """Ask for a withheld instalment's release, or confirm it as the second person."""
    desk = _desk_on(on)
    currency = portfolio(desk.engine, desk.today, reference)[0].at_risk.currency
    reason = release_instalment(
        desk.engine,
        reference,
        instalment,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        shown_minor=_amount("--amount", amount, currency),
    )
    parts = portfolio(desk.engine, desk.today, reference)[0].instalments
    part = next(part for part in parts if part.number == instalment)
    told = f"{reference}: instalment {instalment} ({money_text(part.amount_minor, currency)})"
    if reason is GateReason.REQUESTED:
        click.echo(f"{told}: release asked for; a second person must confirm it.")
    else:
        click.echo(f"{told} is released; the claim may be sent.")


@click.command("paid")
@_money_command
@click.option("--amount", help="What came, when it is not the whole instalment.")
def paid_command(reference: str, instalment: int, by_email: str, on: date | None, amount: str | None) -> None:
    """Record that the funder paid a claimed instalment."""
    desk = _desk_on(on)
    currency = portfolio(desk.engine, desk.today, reference)[0].at_risk.currency
    record_payment(
        desk.engine,
        reference,
        instalment,
        by_email=by_email,
        today=desk.today,
        now=desk.now,
        amount_minor=_amount("--amount", amount, currency),
    )
    click.echo(f"{reference}: instalment {instalment} is paid.")
