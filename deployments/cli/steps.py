"""Commands by which people act on a step or on money: answer, approve, return, withdraw, release, claim, paid."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from deployments.cli.acts import BY, ON, desk_on, sum_said, together
from deployments.cli.context import ACCOUNT, DAY, PAIR, Desk, money_text, part_text
from deployments.cli.messages import Cli
from models.commands.money import Claim, Pay, Release
from models.commands.steps import (
    Answer,
    Approve,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    StepAnswer,
    Withdraw,
)
from models.errors import BadInput
from models.rules.money.gate import GateReason
from models.vocabulary import OverClaim
from tasks.commands.files.documents import vault_of
from tasks.commands.steps import Answered
from tasks.overview.grants import portfolio
from tasks.overview.standing import InstalmentStanding
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.references import KnownGrant

_of_step = together(click.argument("reference"), click.argument("step"), BY, ON)


@click.command("answer")
@_of_step
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
        said = Answer(**about, data=dict(given["pairs"]))
    done: Answered = perform(desk.engine, said, by_email, desk.clock, settings=desk.settings)
    expected = f", expected {given['not_yet']}" if given["not_yet"] else ""
    click.echo(f"{said.grant}: {step} is {done.status}{expected}.")


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
        done: Answered = perform(desk.engine, judged, by_email, desk.clock, settings=desk.settings)
        click.echo(f"{judged.grant}: {step}: {judged.kind}; the step is {done.status}.")

    return command


approve_command = _judging(
    "approve", Approve, "Approve a report: name the approval step, or the report that it is about."
)
_SENT_BACK = "Send a report back; a committee's own return is of its meeting's day (--on)."
return_command = _judging("return", Return, _SENT_BACK, "What must be corrected.")
withdraw_command = _judging(
    "withdraw",
    Withdraw,
    "Take an approval back: it blocks a release, or opens a recovery step after one.",
    "Why the approval is taken back.",
)


_money_command = together(click.argument("reference"), click.argument("instalment", type=int), BY, ON)


@click.command("claim")
@_money_command
@click.option("--amount", help="What is claimed, where the programme leaves it to the claim.")
@click.option(
    "--account", type=ACCOUNT, help="The account that the claim names: refused when it is another one by now."
)
@click.option(
    "--over",
    type=click.Choice([str(one) for one in OverClaim]),
    help="What becomes of what it brings beyond what is spent: claim less, ask to keep it, or repay it later.",
)
@click.option("--note", default="", help="Why, for the journal.")
def claim_command(
    reference: str,
    instalment: int,
    by_email: str,
    on: date | None,
    amount: str | None,
    account: str | None,
    over: str | None,
    note: str,
) -> None:
    """Record that the claim of a released instalment was sent."""
    desk = desk_on(on)
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Claim(
        grant.reference,
        instalment,
        sum_minor,
        shown_account=account,
        over=OverClaim(over) if over else None,
        note=note,
    )
    perform(desk.engine, said, by_email, desk.clock, settings=desk.settings)
    click.echo(f"{grant.reference}: instalment {instalment} is claimed.")
    _show_facts(desk, grant, instalment)


@click.command("release")
@_money_command
@click.option("--amount", help="The sum that you confirm: refused when it is another one by now.")
@click.option(
    "--account", type=ACCOUNT, help="The account that you confirm: refused when it is another one by now."
)
def release_command(
    reference: str, instalment: int, by_email: str, on: date | None, amount: str | None, account: str | None
) -> None:
    """Ask for a withheld instalment's release, or confirm it as the second person."""
    desk = desk_on(on)
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Release(grant.reference, instalment, shown_minor=sum_minor, shown_account=account)
    reason = perform(desk.engine, said, by_email, desk.clock)
    part = _part(desk, grant, instalment)
    told = f"{grant.reference}: instalment {instalment} ({money_text(part.amount_minor, grant.currency)})"
    if reason is GateReason.REQUESTED:
        click.echo(f"{told}: release asked for; a second person must confirm it.")
    else:
        click.echo(f"{told} is released; the claim may be sent.")
    _show_facts(desk, grant, instalment)


def _part(desk: Desk, grant: KnownGrant, instalment: int) -> InstalmentStanding:
    """Return where an instalment stands now."""
    parts = portfolio(desk.engine, desk.today, grant.reference)[0].instalments
    return next(part for part in parts if part.number == instalment)


def _show_facts(desk: Desk, grant: KnownGrant, instalment: int) -> None:
    """Print to which account the money is to come, whether that is a new one, and what is left of what came before."""
    from tasks.commands.sums.payees import payees_of
    from tasks.commands.sums.reports import unspent_of
    from tasks.words.money import word_payee, word_unspent
    from tasks.words.translator import translator

    with reading(desk.engine) as connection:
        payee = payees_of(connection, {grant.id}).get(grant.id)
        unspent = unspent_of(connection, {grant.id}).get(grant.id)
    adds = _part(desk, grant, instalment).amount_minor
    say = translator("en")
    for label, said in (*word_payee(say, payee, desk.today), *word_unspent(say, unspent, adds)):
        click.echo(f"  {label.lower()}: {said}")


@click.command("paid")
@_money_command
@click.option("--amount", help="What came, when it is not all that is missing.")
@click.option("--no-more", metavar="WHY", help="Why no more comes: the rest is then recorded as lost.")
def paid_command(
    reference: str,
    instalment: int,
    by_email: str,
    on: date | None,
    amount: str | None,
    no_more: str | None,
) -> None:
    """Record that the funder paid a claimed instalment, or a part of it: the rest is waited for.

    Without --amount, --no-more speaks of what is missing after the last payment.
    """
    desk = desk_on(on)
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Pay(grant.reference, instalment, sum_minor, no_more_why=no_more)
    perform(desk.engine, said, by_email, desk.clock)
    part = _part(desk, grant, instalment)
    click.echo(f"{grant.reference}: instalment {instalment} is {part_text(part)}.")
