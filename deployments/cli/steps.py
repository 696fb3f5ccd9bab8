"""Commands by which people act on a step or on money: answer, approve, return, withdraw, release, claim, paid."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from deployments.cli.acts import BY, FILES, ON, sum_said, together
from deployments.cli.context import ACCOUNT, DAY, PAIR, Desk, listed, money_text, open_desk, part_text
from deployments.cli.messages import Cli
from models.commands.money import Claim, DeclineRelease, Pay, Release
from models.commands.steps import (
    Answer,
    Approve,
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
from models.tables.money import Instalment
from models.vocabulary import OverClaim
from tasks.commands.files.documents import vault_of
from tasks.commands.steps import Answered
from tasks.overview.grants import portfolio
from tasks.overview.standing import InstalmentStanding
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.references import KnownGrant

_of_step = together(click.argument("reference"), click.argument("step"), BY)


@click.command("answer")
@_of_step
@ON
@click.option(
    "--set",
    "pairs",
    type=PAIR,
    multiple=True,
    metavar="QUESTION=ANSWER",
    help="One answer; may be repeated.",
)
@FILES
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
    if on and (given["not_yet"] or given["not_me"]):
        raise BadInput(Cli.NOT_DONE(option=named[0]))
    desk = open_desk()
    vault, kept = vault_of(desk.settings), list[StoredFile]()
    with vault.unless_refused(kept):
        for path in given["files"]:
            kept.append(vault.take(path))
        for key, path in given["documents"]:
            kept.append(replace(vault.take(Path(path)), document=key))
        said = _answer(desk.grant(reference).reference, step, on, tuple(kept), given)
        done: Answered = perform(desk.engine, said, by_email, desk.clock, settings=desk.settings)
    expected = f", expected {given['not_yet']}" if given["not_yet"] else ""
    click.echo(f"{said.grant}: {step} is {done.status}{expected}.")


def _answer(
    reference: str, step: str, on: date | None, files: tuple[StoredFile, ...], given: Mapping[str, Any]
) -> StepAnswer:
    """Return what the options say of the step."""
    about: dict[str, Any] = {"grant": reference, "step": step, "note": given["note"], "files": files}
    if given["not_yet"]:
        return NotYet(**about, expected_on=given["not_yet"])
    if given["not_me"]:
        return NotMe(**about, colleague=given["not_me"])
    if given["nothing"]:
        return NothingToReport(**about, paper_on=on)
    if given["not_needed"]:
        return NotNeeded(**about, paper_on=on)
    return Answer(**about, paper_on=on, data=dict(given["pairs"]))


def _judging(
    name: str, said: type[Approve | Return], about: str, note_is: str | None = None
) -> click.Command:
    """Return the command by which somebody judges a report."""

    @click.command(name, help=about)
    @_of_step
    @ON
    @FILES
    @click.option("--note", default="", help=note_is)
    def command(
        reference: str, step: str, by_email: str, on: date | None, files: tuple[Path, ...], note: str
    ) -> None:
        _judge(reference, said("", step, note, paper_on=on), by_email, files)

    return command


def _judge(
    reference: str, said: Approve | Return | Withdraw, by_email: str, files: tuple[Path, ...] = ()
) -> None:
    """Do what is said of a report, keep the files that come with it, and print what became of its step."""
    desk = open_desk()
    vault, kept = vault_of(desk.settings), list[StoredFile]()
    with vault.unless_refused(kept):
        for path in files:
            kept.append(vault.take(path))
        judged = replace(said, grant=desk.grant(reference).reference, files=tuple(kept))
        done: Answered = perform(desk.engine, judged, by_email, desk.clock, settings=desk.settings)
    click.echo(f"{judged.grant}: {judged.step}: {judged.kind}; the step is {done.status}.")


approve_command = _judging(
    "approve",
    Approve,
    "Approve a report: name the approval step, or the report that it is about; the portal takes what lets money go.",
)
_SENT_BACK = "Send a report back; a committee's own return is of its meeting's day (--on)."
return_command = _judging("return", Return, _SENT_BACK, "What must be corrected.")


@click.command("withdraw")
@_of_step
@click.option("--note", default="", help="Why the approval is taken back.")
def withdraw_command(reference: str, step: str, by_email: str, note: str) -> None:
    """Take an approval back: it blocks a release, or opens a recovery step after one."""
    _judge(reference, Withdraw("", step, note), by_email)


_money_command = together(click.argument("reference"), click.argument("instalment", type=int), BY)


@click.command("claim")
@_money_command
@ON
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
    desk = open_desk()
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Claim(
        grant.reference,
        instalment,
        sum_minor,
        claimed_on=on,
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
@click.option("--decline", metavar="REASON", help="As the second person: the condition is not met, and why.")
def release_command(
    reference: str,
    instalment: int,
    by_email: str,
    amount: str | None,
    account: str | None,
    decline: str | None,
) -> None:
    """Ask for a withheld instalment's release, or decline it; the second person confirms it in the portal."""
    desk = open_desk()
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    if decline is None:
        asked = Release(grant.reference, instalment, shown_minor=sum_minor, shown_account=account)
        perform(desk.engine, asked, by_email, desk.clock)
        said = "release asked for; a second person signs in to the portal to confirm it"
    else:
        perform(desk.engine, DeclineRelease(grant.reference, instalment, decline), by_email, desk.clock)
        said = "the request for release is declined; who asked is told"
    part = _part(desk, grant, instalment)
    money = money_text(part.amount_minor, grant.currency)
    click.echo(f"{grant.reference}: instalment {instalment} ({money}): {said}.")
    _show_evidence(desk, grant, instalment)
    _show_facts(desk, grant, instalment)


def _show_evidence(desk: Desk, grant: KnownGrant, number: int) -> None:
    """Print what the release stands on: the approvals, who recorded them, and their files."""
    from sqlmodel import Session, select

    from tasks.overview.evidence import find_evidence

    part = select(Instalment.id).where(Instalment.grant_id == grant.id, Instalment.number == number)
    with reading(desk.engine) as connection, Session(connection) as session:
        for one in find_evidence(session, session.exec(part).one() or 0):
            click.echo(f"  condition: {one.step.key}, {one.on}, recorded by {one.by}")
            click.echo(f"  evidence: {listed([file.name for file in one.files]) or 'no file came with it'}")
    click.echo(f"  grant: {desk.settings.portal_url}/grants/{quote(grant.reference, safe='/')}")


def _part(desk: Desk, grant: KnownGrant, instalment: int) -> InstalmentStanding:
    """Return where an instalment stands now."""
    parts = portfolio(desk.engine, desk.today, grant.reference)[0].instalments
    return next(part for part in parts if part.number == instalment)


def _show_facts(desk: Desk, grant: KnownGrant, instalment: int) -> None:
    """Print to which account the money is to come, whether that is a new one, and what is left of what came before."""
    from tasks.commands.sums.reports import unspent_of
    from tasks.grant.payees import payees_of
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
@ON
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
    desk = open_desk()
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Pay(grant.reference, instalment, sum_minor, on, no_more)
    perform(desk.engine, said, by_email, desk.clock)
    part = _part(desk, grant, instalment)
    click.echo(f"{grant.reference}: instalment {instalment} is {part_text(part)}.")
