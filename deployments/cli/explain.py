"""Commands that read a grant and change nothing: plan, explain, journal."""

from datetime import date
from functools import partial
from pathlib import Path

import click
from sqlalchemy import select
from sqlmodel import Session

from deployments.cli.context import DAY, Desk, find_checked, open_desk, show_found, show_json, show_table
from models.facts.receipt import read_receipt
from models.languages import LANGUAGES
from models.rules.steps.order import opens_later
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.overview.explanation import explain_step, terms_json
from tasks.overview.journal import event_json, read_events
from tasks.store.database import reading
from tasks.words.receipts import ReceiptWords

_PERSON = table_of(Person)


@click.command("plan")
@click.argument("reference")
@click.option("--on", type=DAY, default=None, help="What is not open yet on this day (default: today).")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def plan_command(reference: str, on: date | None, as_json: bool) -> None:
    """Show a grant's steps: key, phase, period, opens, due, owner, status, receipt."""
    desk = open_desk()
    desk = desk.on(on) if on else desk
    grant_id = desk.grant(reference).id
    with reading(desk.engine) as connection, Session(connection) as session:
        work = load_grant(session, session.get_one(Grant, grant_id), desk.today)
        words = ReceiptWords("en", work.programme, desk.today, days_as_iso=True)
        owners = {step.owner_id for step in work.steps.values()}
        people = select(_PERSON.c.id, _PERSON.c.email).where(_PERSON.c.id.in_(owners))
        emails = {row.id: row.email for row in connection.execute(people)}
        ordered = sorted(work.steps.values(), key=lambda step: step.position)
        rows = [(step, emails.get(step.owner_id)) for step in ordered]
        if as_json:
            needs = work.all_needs()
            show_json([_plan_json(work, row, email, needs[row.key], words) for row, email in rows])
            return
    show_table(
        ("STEP", "PHASE", "OPENS", "DUE", "STATUS", "OWNER", "WHY"),
        [_plan_row(row, email, desk.today, words) for row, email in rows],
    )
    for row, _ in rows:
        if row.status in SETTLED:
            continue
        for warning in words.notes(read_receipt(row.receipt)):
            click.echo(f"note: {row.key}: {warning}")


def _plan_row(row: Step, email: str | None, today: date, words: ReceiptWords) -> tuple[str, ...]:
    """Return a step as a line: its status, and how its day is counted, or what it waits for."""
    settled = row.status in SETTLED
    status = f"{row.status} {row.done_on}" if row.done_on else str(row.status)
    if opens_later(row, today):
        status = "not open yet"
    owner = "-" if settled else email or "nobody"
    why = "-" if settled and row.due_on is None else words.counted(read_receipt(row.receipt))
    return row.key, row.phase, str(row.opens_on or "-"), str(row.due_on or "-"), status, owner, why


def _plan_json(
    work: GrantAtWork, row: Step, email: str | None, needs: list[Step], words: ReceiptWords
) -> dict[str, object]:
    names = ("key", "phase", "kind", "period", "opens_on", "due_on", "status")
    receipt = words.as_json(read_receipt(row.receipt), row.template_key)
    fields = {name: getattr(row, name) for name in names}
    return {**fields, "owner": email, **terms_json(work, row, needs), "receipt": receipt}


@click.command("explain")
@click.argument("reference")
@click.argument("step")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", help="In which language to explain it."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def explain_command(reference: str, step: str, language: str, as_json: bool) -> None:
    """Say why a step is due when it is, and why there is a letter, or none."""
    desk = open_desk()
    named = desk.grant(reference).reference
    explanation = explain_step(desk.engine, named, step, desk.today, language, desk.settings.country)
    if as_json:
        show_json(explanation.data)
    else:
        click.echo("\n".join(explanation.sentences))


@click.command("journal")
@click.argument("reference", required=False)
@click.option("--verify", is_flag=True, help="Prove that nothing was changed or taken away.")
@click.option(
    "--head", help="Prove that it goes on from a head that it had: a hash, or the file that holds it."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def journal_command(reference: str | None, verify: bool, head: str | None, as_json: bool) -> int:
    """Show what happened, or prove the journal whole (exit 1 when it is not)."""
    desk = open_desk()
    if verify or head:
        return _verify(desk, head, as_json=as_json)
    grant_id = None if reference is None else desk.grant(reference).id
    with reading(desk.engine) as connection:
        rows = read_events(connection, grant_id=grant_id)
    if as_json:
        show_json([event_json(row) for row in rows])
        return 0
    for row in rows:
        about = " ".join(name for name in (row.reference, row.step, row.person) if name)
        # Facts that an event has no value for are only in --json; 0 and False are values.
        detail_facts = {key: value for key, value in row.detail.items() if value not in (None, "", [], {})}
        detail = ", ".join(f"{key}={value}" for key, value in detail_facts.items())
        click.echo(f"{row.on.isoformat()}  {row.event:28} {about}  {detail}".rstrip())
    return 0


def _verify(desk: Desk, head: str | None, *, as_json: bool) -> int:
    """Verify the journal's chain, that the rows agree with it, and that it continues from the head."""
    from deployments.cli.restore import check_head, check_journal, check_rows, check_triggers
    from tasks.watch.journal_head import is_hash, read_head
    from tasks.words.translator import translator

    checks = {
        "journal": partial(check_journal, desk.engine),
        "rows": partial(check_rows, desk.engine),
        "triggers": partial(check_triggers, desk.engine),
    }
    if head is not None:
        sha256 = head if is_hash(head) else read_head(Path(head)).sha256
        checks["head"] = partial(check_head, desk.engine, sha256)
    return show_found(list(find_checked(checks, translator(desk.settings.language))), as_json=as_json)
