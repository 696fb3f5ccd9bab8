"""The command that records what a funder decided, and corrects what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from deployments.cli.acts import show_consequences, sum_said
from deployments.cli.context import DAY, Desk, money_text, named_date, open_desk
from deployments.cli.messages import Cli
from models.commands.decisions import Correct, Decide, DecisionInput
from models.errors import BadInput, Unreadable
from models.intake.words import WORDS, in_both_languages
from models.message import Common
from models.reading.fields import date_of, written_date
from models.reading.reference import as_argument
from models.rules.watch.concerns import ConcernKind
from models.vocabulary import DecisionKind
from tasks.commands.decisions import Decided
from tasks.intake.concerns import concerns_of_grant
from tasks.intake.decisions import stated_sum
from tasks.overview.grants import portfolio
from tasks.perform import perform
from tasks.store.database import dry_run as only_look
from tasks.words.receipts import ReceiptWords


class DecisionWord(click.Choice[str]):
    """What was decided, in Swedish or in English."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the English word; fails with the words of both languages."""
        word = WORDS["kind"].get(str(value).casefold(), str(value).casefold())
        if word not in self.choices:
            self.fail(
                f"'{value}' is none of: {', '.join(in_both_languages('kind', self.choices))}", param, ctx
            )
        return word


@click.command("decide")
@click.argument("reference")
@click.option("--kind", type=DecisionWord([str(kind) for kind in DecisionKind]), help="Default: award.")
@click.option("--amount", help="What the decision adds, as 500000, '500 000' or '500 tkr'.")
@click.option("--total", help="The whole award after it, when its own part is not stated.")
@click.option("--on", "decided_on", type=DAY, default=None, help="The day of the decision.")
@click.option(
    "--date",
    "dates",
    multiple=True,
    metavar="NAME=DATE",
    help="A date that the decision letter sets, grant_end for one that extends the grant; 'NAME=' corrects one that"
    " it does not set.",
)
@click.option(
    "--instalment",
    "instalments",
    multiple=True,
    metavar="NUMBER=SUM",
    help="What it says of an instalment, by its number on the grant's page: a sum, or a share as '60 %'.",
)
@click.option("--purpose", default=None, help="What the money is for, in the decision's words.")
@click.option("--conditions", default=None, help="Conditions, in the decision's words.")
@click.option("--source", default=None, help="The decision letter's reference.")
@click.option(
    "--correct",
    "recorded_on",
    type=DAY,
    default=None,
    metavar="DAY",
    help="Correct the decision that is recorded as of DAY: the other options say what is otherwise in it.",
)
@click.option("--annul", is_flag=True, help="With --correct: the decision was never made.")
@click.option("--reason", default="", help="With --correct: why; those whose dates move are told.")
@click.option("--by", "by_email", default=None, metavar="EMAIL", help="Who records it.")
@click.option("--dry-run", is_flag=True, help="Only show the dates, letters and payments that it moves.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run or --correct: for another program.")
def decide_command(reference: str, recorded_on: date | None, annul: bool, reason: str, **given: Any) -> None:
    """Record a funder's decision: award, supplement, amendment, refusal or withdrawal; or correct one."""
    desk = open_desk()
    grant = desk.grant(reference)
    said = _said(desk, given, grant.currency)
    kind = DecisionKind(given["kind"]) if given["kind"] else None
    how = {name: given[name] for name in ("by_email", "dry_run", "as_json")}
    if recorded_on is not None:
        _correct(desk, Correct(grant.reference, recorded_on, kind, said, reason, annul), **how)
        return
    if annul or reason:
        raise BadInput(Cli.ANNUL_WHICH())
    _record(desk, Decide(grant.reference, _decision(kind or DecisionKind.AWARD, said)), **how)


def _said(desk: Desk, given: Mapping[str, Any], currency: str) -> dict[str, object]:
    """Return what the options say of the decision, by the names of its fields."""
    if given["decided_on"] is not None and given["decided_on"] > desk.today:
        raise BadInput(Cli.IN_FUTURE(day=given["decided_on"]))
    amount, total = given["amount"], given["total"]
    if amount is not None and total is not None:
        raise BadInput(Cli.ONE_OF(options="--amount, --total"))
    if amount is not None and amount.strip().startswith(("-", "\N{MINUS SIGN}")):
        raise BadInput(Cli.BELOW_0(amount=amount))
    said = {
        "decided_on": given["decided_on"],
        "amount_minor": sum_said("--amount", amount, currency),
        "total_minor": sum_said("--total", total, currency),
        **{name: given[name] for name in ("purpose", "conditions", "source")},
    }
    found = {name: value for name, value in said.items() if value is not None}
    if given["dates"]:
        found["dates"] = dict(_dated(one) for one in given["dates"])
    if given["instalments"]:
        found["instalments"] = dict(_stated(one, currency) for one in given["instalments"])
    return found


def _decision(kind: DecisionKind, said: Mapping[str, Any]) -> DecisionInput:
    """Return the decision that the options state whole."""
    if "decided_on" not in said:
        raise BadInput(Cli.DAY_OF_DECISION())
    empty = [f"--date {written_date(name)}=" for name, day in said.get("dates", {}).items() if day is None]
    empty += [f"--instalment {number}=" for number, one in said.get("instalments", {}).items() if one is None]
    if empty:
        raise BadInput(Cli.SAYS_NOTHING(option=empty[0]))
    if kind is DecisionKind.AWARD and said.keys().isdisjoint({"amount_minor", "total_minor"}):
        click.echo("note: no sum is stated; the instalments wait until a decision states one", err=True)
    return DecisionInput(kind, **said)


def _record(desk: Desk, said: Decide, *, by_email: str | None, dry_run: bool, as_json: bool) -> None:
    reference, decision = said.grant, said.decision
    done = perform(only_look(desk.engine) if dry_run else desk.engine, said, by_email, desk.clock)
    if dry_run:
        show_consequences(done.moved, applied=False, as_json=as_json, mend="record it without --dry-run")
        return
    standing = portfolio(desk.engine, desk.today, reference)[0]
    parts = ", ".join(money_text(part.amount_minor, part.currency) for part in standing.instalments)
    click.echo(f"{reference}: {decision.kind} of {decision.decided_on} recorded. Instalments: {parts}.")
    _note_unsaid(done, reference, decision.decided_on)
    _note_early(desk, reference, decision.decided_on)


def _correct(desk: Desk, said: Correct, *, by_email: str | None, dry_run: bool, as_json: bool) -> None:
    """Correct a decision, or show what that would move."""
    done = perform(only_look(desk.engine) if dry_run else desk.engine, said, by_email, desk.clock)
    show_consequences(done.moved, applied=not dry_run, as_json=as_json, mend="correct it without --dry-run")
    if not dry_run:
        _note_unsaid(done, said.grant, said.said.get("decided_on", said.recorded_on))


def _note_unsaid(done: Decided, reference: str, decided_on: date) -> None:
    """Say which dates and sums no decision gives, and how they are given."""
    correct = f"grants decide {as_argument(reference)} --correct {decided_on}"
    for name in map(written_date, done.missing):
        mend = f"{correct} --date {name}=DATE"
        click.echo(
            f"note: no decision says {name} yet, so what counts from it is not watched: '{mend}'", err=True
        )
    for number, at_most in done.unstated:
        what, said = f"its sum, at most {at_most} of the award,", "SUM"
        if at_most == "rate":
            what, said = "the rate of its costs", "60%"
        mend = f"{correct} --instalment {number}={said}"
        click.echo(f"note: instalment {number} waits for {what} as no decision says it: '{mend}'", err=True)


def _note_early(desk: Desk, reference: str, decided_on: date) -> None:
    """Say which steps have a day before the grant: the programme is another year's, or the decision's is mistyped."""
    words = ReceiptWords("en", None, desk.today, days_as_iso=True)
    for one in concerns_of_grant(desk.engine, reference, desk.today):
        if one.kind is ConcernKind.DUE_BEFORE_GRANT:
            mend = f"grants upgrade {as_argument(reference)} --programme NAME"
            click.echo(f"note: {words.note(one.why)}: is it another year's programme? '{mend}'", err=True)
        elif one.kind is ConcernKind.GIVEN_BEFORE_GRANT:
            mend = f"grants decide {as_argument(reference)} --correct {decided_on} --date NAME=DATE"
            click.echo(f"note: {words.note(one.why)}: is the year right? '{mend}'", err=True)


def _dated(text: str) -> tuple[str, date | None]:
    name, sign, value = text.partition("=")
    return (date_of(name.strip()), None) if sign and not value.strip() else named_date(text)


def _stated(text: str, currency: str) -> tuple[int, int | str | None]:
    number, sign, said = text.partition("=")
    try:
        if not sign or not number.strip().isdecimal():
            raise Unreadable(Cli.WRITE_INSTALMENT())
        return int(number), stated_sum(said, currency) if said.strip() else None
    except Unreadable as error:
        raise BadInput(Common.AT(place=f"--instalment {text}", why=error)) from error
