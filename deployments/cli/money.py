"""Commands about an instalment's money: claim, release, paid."""

from __future__ import annotations

from datetime import date

import click

from deployments.cli.acts import BY, ON, desk_on, sum_said, together
from deployments.cli.context import ACCOUNT, Desk, money_text, part_text
from models.commands.money import Claim, Pay, Release
from models.rules.money.gate import GateReason
from tasks.overview.grants import portfolio
from tasks.overview.standing import InstalmentStanding
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.references import KnownGrant

_money_command = together(click.argument("reference"), click.argument("instalment", type=int), BY, ON)


@click.command("claim")
@_money_command
@click.option("--amount", help="What is claimed, where the programme leaves it to the claim.")
@click.option(
    "--account", type=ACCOUNT, help="The account that the claim names: refused when it is another one by now."
)
def claim_command(
    reference: str, instalment: int, by_email: str, on: date | None, amount: str | None, account: str | None
) -> None:
    """Record that the claim of a released instalment was sent."""
    desk = desk_on(on)
    grant = desk.grant(reference)
    sum_minor = sum_said("--amount", amount, grant.currency)
    said = Claim(grant.reference, instalment, sum_minor, shown_account=account)
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
