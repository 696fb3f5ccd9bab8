"""The command that records what a funder decided, and corrects what was recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import click

from deployments.cli.console.acts import sum_said
from deployments.cli.console.columns import money_text
from deployments.cli.console.context import DAY, Desk, named_date, open_desk
from models.errors import BadInput
from models.intake.words import WORDS, in_both_languages
from models.reading.reference import as_argument
from models.rules.dates.thresholds import sum_text
from models.rules.watch.concerns import ConcernKind
from models.vocabulary import OUT, DecisionKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.steps import replan
from tasks.grants.acts.corrections import Correction, correct_at_work
from tasks.grants.acts.decision_checks import DecisionInput
from tasks.grants.acts.decisions import decide_at_work, find_unstated, record_decision
from tasks.intake.concerns import concerns_of_grant
from tasks.intake.decisions import stated_sum
from tasks.overview.grants import portfolio
from tasks.store.references import KnownGrant
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
    help="A date that the decision letter sets; 'NAME=' corrects one that it does not set.",
)
@click.option(
    "--instalment",
    "instalments",
    multiple=True,
    metavar="NUMBER=SUM",
    help="What it says of an instalment, by its number in the programme: a sum, or a share as '60 %'.",
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
        _correct(desk, grant.reference, Correction(recorded_on, kind, said, reason, annul), **how)
        return
    if annul or reason:
        raise BadInput(
            "--annul and --reason are about a decision that is recorded: say which (--correct DAY)"
        )
    _record(desk, grant, _decision(kind or DecisionKind.AWARD, said), **how)


def _said(desk: Desk, given: Mapping[str, Any], currency: str) -> dict[str, object]:
    """Return what the options say of the decision, by the names of its fields."""
    if given["decided_on"] is not None and given["decided_on"] > desk.today:
        raise BadInput(f"--on {given['decided_on']} lies in the future")
    amount, total = given["amount"], given["total"]
    if amount is not None and total is not None:
        raise BadInput("give --amount or --total, not both")
    if amount is not None and amount.strip().startswith(("-", "\N{MINUS SIGN}")):
        raise BadInput(
            f"--amount: '{amount}' is below 0; where money is taken back say what is left: --total"
        )
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
        raise BadInput("say the day of the decision: --on DATE")
    empty = [f"--date {name}=" for name, day in said.get("dates", {}).items() if day is None]
    empty += [f"--instalment {number}=" for number, one in said.get("instalments", {}).items() if one is None]
    if empty:
        raise BadInput(f"{empty[0]} says nothing: leave it out, or correct what is recorded (--correct DAY)")
    if kind is DecisionKind.AWARD and said.keys().isdisjoint({"amount_minor", "total_minor"}):
        click.echo("note: no sum is stated; the instalments wait until a decision states one", err=True)
    return DecisionInput(kind, **said)


def _record(
    desk: Desk,
    grant: KnownGrant,
    decision: DecisionInput,
    *,
    by_email: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    reference, kind, decided_on = grant.reference, decision.kind, decision.decided_on
    if dry_run:
        _preview(desk, reference, decision, by_email, as_json=as_json)
        return
    missing = record_decision(
        desk.engine, reference, decision, by_email=by_email, today=desk.today, now=desk.now
    )
    standing = portfolio(desk.engine, desk.today, reference)[0]
    parts = ", ".join(money_text(part.amount_minor, part.currency) for part in standing.instalments)
    click.echo(f"{reference}: {kind} of {decided_on} recorded. Instalments: {parts}.")
    _note_missing(reference, decided_on, missing)
    _note_unstated(desk, reference, decided_on)
    _note_early(desk, reference, decided_on)


def _correct(
    desk: Desk,
    reference: str,
    correction: Correction,
    *,
    by_email: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Correct a decision, or show what that would move."""
    from deployments.cli.console.moves import show_consequences
    from tasks.commands.replan.what_if import what_if

    missing: tuple[str, ...] = ()
    kept: list[str] = []

    def correct(work: GrantAtWork) -> str:
        nonlocal missing
        award = work.grant.award_minor
        before = {part.number: part.amount_minor for part in work.instalments}
        why = correct_at_work(work, correction, by_email, desk.now)
        replan(work)
        missing = missing_dates(work)
        if work.grant.award_minor != award:
            kept.extend(_kept(work, before))
        kept.extend(_kept_days(work, correction))
        return why

    found = what_if(desk.engine, reference, desk.today, desk.now, correct, apply=not dry_run)
    show_consequences(found, applied=not dry_run, as_json=as_json, mend="correct it without --dry-run")
    for said in kept:
        click.echo(f"note: {said}", err=True)
    if not dry_run:
        day = correction.said.get("decided_on", correction.recorded_on)
        _note_missing(reference, day, missing)
        _note_unstated(desk, reference, day)


def _kept(work: GrantAtWork, before: Mapping[int, int | None]) -> Iterator[str]:
    """Yield which instalments keep the sums they had though the award is another, and which takes the difference."""
    left = [one.number for one in work.instalments if one.status not in OUT]
    last = f"; instalment {left[-1]} takes the difference" if left else ""
    for part in work.instalments:
        if part.status in OUT and part.amount_minor == before.get(part.number):
            held = sum_text(part.amount_minor or 0, work.grant.currency)
            yield f"instalment {part.number} is {part.status} and keeps its sum, {held}{last}"


def _kept_days(work: GrantAtWork, correction: Correction) -> Iterator[str]:
    """Yield which instalments that left by the decision keep the day of their release though it is of another day."""
    was_on, is_on = correction.recorded_on, correction.said.get("decided_on", correction.recorded_on)
    for part in work.instalments if is_on != was_on else ():
        if part.status in OUT and not part.conditional and part.released_on == was_on:
            yield f"instalment {part.number} is {part.status} and keeps the day of its release, {was_on}"


def _note_missing(reference: str, decided_on: date, missing: tuple[str, ...]) -> None:
    """Say which dates no decision gives, and how they are given."""
    for name in missing:
        mend = f"grants decide {as_argument(reference)} --correct {decided_on} --date {name}=DATE"
        click.echo(
            f"note: no decision says {name} yet, so what counts from it is not watched: '{mend}'", err=True
        )


def _note_unstated(desk: Desk, reference: str, decided_on: date) -> None:
    """Say which instalments wait for a sum that a decision must say."""
    for number, at_most in find_unstated(desk.engine, reference, desk.today, desk.now):
        mend = f"grants decide {as_argument(reference)} --correct {decided_on} --instalment {number}=SUM"
        waits = (
            f"instalment {number} waits for its sum, at most {at_most} of the award, as no decision says it"
        )
        click.echo(f"note: {waits}: '{mend}'", err=True)


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
    return (name.strip(), None) if sign and not value.strip() else named_date(text)


def _stated(text: str, currency: str) -> tuple[int, int | str | None]:
    number, sign, said = text.partition("=")
    try:
        if not sign or not number.strip().isdecimal():
            raise ValueError("write it as 1=300000 or 1=60 %")
        return int(number), stated_sum(said, currency) if said.strip() else None
    except ValueError as error:
        raise BadInput(f"--instalment {text}: {error}") from error


def _preview(
    desk: Desk, reference: str, decision: DecisionInput, by_email: str | None, *, as_json: bool
) -> None:
    """Show what a decision would move."""
    from deployments.cli.console.moves import show_consequences
    from tasks.commands.replan.what_if import what_if

    def decide(work: GrantAtWork) -> str:
        decide_at_work(work, decision, by_email, desk.now)
        return decision.source

    found = what_if(desk.engine, reference, desk.today, desk.now, decide, apply=False)
    show_consequences(found, applied=False, as_json=as_json, mend="record it without --dry-run")
