"""Commands by which people act on a step or on money: answer, approve, return, withdraw, release, claim, paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from deployments.cli.act_options import asking, asking_any, carry_out
from deployments.cli.common_options import BY, together
from deployments.cli.context import Desk, listed, money_text, open_desk, part_text
from deployments.cli.usage_faults import Cli
from models.errors import BadInput
from models.forms.spec import ACTS
from models.vocabulary import Basis
from tasks.commands.steps import AnswerOutcome
from tasks.overview.grants import portfolio
from tasks.overview.standing import InstalmentStanding
from tasks.store.database import reading
from tasks.store.grant_lookup import KnownGrant

if TYPE_CHECKING:
    from tasks.grant.records import GrantRecord

_of_step = together(click.argument("reference"), click.argument("step"), BY)


# What is given in place of "done", by its option. A flag such as --nothing chooses an act, as
# --correct DAY chooses a decision and --change DAY an absence: a page does that by its address, so
# none of them is a field of an act.
_OTHER_ANSWERS = {
    "expected_on": "not-yet",
    "colleague": "not-me",
    "nothing": "nothing",
    "not_needed": "not-needed",
}


@click.command("answer")
@_of_step
@click.option("--nothing", is_flag=True, help=ACTS["nothing"].intro)
@click.option("--not-needed", is_flag=True, help=ACTS["not-needed"].intro)
@asking_any("done", *_OTHER_ANSWERS.values())
def answer_command(reference: str, step: str, **given: Any) -> None:
    """Answer a step: done (with its questions), --nothing to report, --not-yet, --not-me, or --not-needed."""
    named = [act for field, act in _OTHER_ANSWERS.items() if given[field]]
    flags = [f"--{act}" for act in named]
    if len(named) > 1:
        raise BadInput(Cli.ONE_OF(options=", ".join(flags)))
    if given["paper_on"] and named and "paper_on" not in ACTS[named[0]].asks:
        raise BadInput(Cli.NOT_DONE(option=flags[0]))
    desk = open_desk()
    arguments: dict[str, Any] = {"grant": desk.grant(reference).reference, "step": step}
    arguments["note"] = given["note"] or ""
    done = carry_out(desk, named[0] if named else "done", given, **arguments)
    if isinstance(done, AnswerOutcome):
        day = f", expected {done.expected_on}" if done.expected_on else ""
        click.echo(f"{arguments['grant']}: {step} is {done.status}{day}.")


def _judging(name: str, act: str, about: str) -> click.Command:
    """Return the command by which somebody approves or returns a report."""

    @click.command(name, help=about)
    @_of_step
    @asking(act, "step")
    def command(reference: str, step: str, **given: Any) -> None:
        desk = open_desk()
        grant = desk.grant(reference).reference
        done = carry_out(desk, act, given, grant=grant, step=step)
        if isinstance(done, AnswerOutcome):
            click.echo(f"{grant}: {step}: {done.kind}; the step is {done.status}.")

    return command


approve_command = _judging(
    "approve",
    "approve",
    "Approve a report: name the approval step, or the report that it is about; the portal takes what lets money go.",
)
return_command = _judging(
    "return", "return", "Send a report back; a committee's own return is of its meeting's day (--on)."
)
withdraw_command = _judging(
    "withdraw",
    "withdraw-approval",
    "Take an approval back: it blocks a release, or opens a recovery step after one.",
)


_money_command = together(click.argument("reference"), click.argument("instalment", type=int), BY)


@click.command("claim")
@_money_command
@asking("claim")
def claim_command(reference: str, instalment: int, **given: Any) -> None:
    """Record that the claim of a released instalment was sent."""
    desk = open_desk()
    grant = desk.grant(reference)
    carry_out(desk, "claim", given, grant.currency, grant=grant.reference, instalment=instalment)
    if not given["dry_run"]:
        click.echo(f"{grant.reference}: instalment {instalment} is claimed.")
    _show_basis(desk, "claim", grant, instalment)


@click.command("release")
@_money_command
@asking_any("release", "decline")
def release_command(reference: str, instalment: int, reason: str | None, **given: Any) -> None:
    """Ask for a withheld instalment's release, or decline it; the second person confirms it in the portal."""
    desk = open_desk()
    grant = desk.grant(reference)
    about: dict[str, Any] = {"grant": grant.reference, "instalment": instalment}
    if reason is None:
        carry_out(desk, "release", given, grant.currency, **about)
        outcome = "release asked for; a second person signs in to the portal to confirm it"
    else:
        carry_out(desk, "decline", {**given, "reason": reason}, **about)
        outcome = "the release is declined"
    part = _part(desk, grant, instalment)
    money = money_text(part.amount_minor, grant.currency)
    if not given["dry_run"]:
        click.echo(f"{grant.reference}: instalment {instalment} ({money}): {outcome}.")
    _show_basis(desk, "release", grant, instalment)
    click.echo(f"  grant: {desk.settings.portal_url}/grants/{quote(grant.reference, safe='/')}")


def _part(desk: Desk, grant: KnownGrant, instalment: int) -> InstalmentStanding:
    """Return the present standing of an instalment."""
    parts = portfolio(desk.engine, desk.today, grant.reference)[0].instalments
    return next(part for part in parts if part.number == instalment)


def _show_basis(desk: Desk, act: str, grant: KnownGrant, number: int) -> None:
    """Print the basis of an act on an instalment by its spec: approvals, account, unspent money."""
    from tasks.grant.money import unspent_on
    from tasks.grant.records import read_records
    from tasks.words.money import word_payee, word_unspent
    from tasks.words.translator import translator

    say = translator("en")
    adds = _part(desk, grant, number).amount_minor
    with reading(desk.engine) as connection:
        record = read_records(connection, {grant.id})[grant.id]
        for basis in ACTS[act].shows:
            match basis:
                case Basis.CONDITION:
                    facts = _conditions(record, number)
                case Basis.ACCOUNT:
                    facts = word_payee(say, record.payee, desk.today)
                case Basis.UNSPENT:
                    facts = word_unspent(say, unspent_on(record), adds)
            for label, fact in facts:
                click.echo(f"  {label.lower()}: {fact}")


def _conditions(record: GrantRecord, number: int) -> Iterator[tuple[str, str]]:
    """Yield the approvals that release an instalment, who recorded them, and their files."""
    from tasks.overview.evidence import find_evidence

    part = next(part for part in record.instalments if part.number == number)
    for one in find_evidence(record, part):
        yield "condition", f"{one.step.key}, {one.on}, recorded by {one.by}"
        yield "evidence", listed([file.name for file in one.files]) or "no file came with it"


@click.command("paid")
@_money_command
@asking("paid")
def paid_command(reference: str, instalment: int, **given: Any) -> None:
    """Record that the funder paid a claimed instalment, or a part of it: the rest is waited for.

    Without --amount, --no-more speaks of what is missing after the last payment.
    """
    desk = open_desk()
    grant = desk.grant(reference)
    carry_out(desk, "paid", given, grant.currency, grant=grant.reference, instalment=instalment)
    if not given["dry_run"]:
        part = _part(desk, grant, instalment)
        click.echo(f"{grant.reference}: instalment {instalment} is {part_text(part)}.")
