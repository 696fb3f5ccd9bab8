"""Commands that read a grant and change nothing: plan, explain, journal."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from sqlalchemy import Engine, func, select
from sqlmodel import Session
from sqlmodel import select as select_models

from deployments.cli.context import DAY, open_desk, show_json, show_table
from deployments.cli.messages import Cli
from models.errors import BadInput
from models.facts.receipt import read_receipt
from models.languages import LANGUAGES
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED, StepStatus
from tasks.overview.journal import event_json, read_events
from tasks.store.database import reading
from tasks.store.journal import broken_links
from tasks.store.programmes import load_programme
from tasks.watch.kept import Head, find_head, is_hash, journal_head, read_head
from tasks.watch.rows import rows_amiss
from tasks.words.receipts import ReceiptWords

_STEP = table_of(Step)
_PERSON, _GRANT = table_of(Person), table_of(Grant)
_EVENT = table_of(JournalEvent)


@click.command("plan")
@click.argument("reference")
@click.option("--on", type=DAY, default=None, help="What is not open yet on this day (default: today).")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def plan_command(reference: str, on: date | None, as_json: bool) -> None:
    """Show a grant's steps: key, phase, period, opens, due, owner, status, receipt."""
    desk = open_desk()
    desk = desk.on(on) if on else desk
    grant_id = desk.grant(reference).id
    with reading(desk.engine) as connection:
        version = connection.execute(
            select(_GRANT.c.programme_id).where(_GRANT.c.id == grant_id)
        ).scalar_one()
        words = ReceiptWords("en", load_programme(connection, version), desk.today, days_as_iso=True)
        query = (
            select_models(Step, Person.email)
            .join(Person, _PERSON.c.id == _STEP.c.owner_id, isouter=True)
            .where(Step.grant_id == grant_id)
            .order_by(_STEP.c.position)
        )
        with Session(connection) as session:
            rows = session.exec(query).all()
    if as_json:
        show_json([_plan_json(row, email, words) for row, email in rows])
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
    """Return a step as a line: where it stands, and how its day is counted, or what it waits for."""
    settled = row.status in SETTLED
    status = f"{row.status} {row.done_on}" if row.done_on else str(row.status)
    if row.status == StepStatus.OPEN and row.opens_on is not None and row.opens_on > today:
        status = "not open yet"
    owner = "-" if settled else email or "nobody"
    why = "-" if settled and row.due_on is None else words.counted(read_receipt(row.receipt))
    return row.key, row.phase, str(row.opens_on or "-"), str(row.due_on or "-"), status, owner, why


def _plan_json(row: Step, email: str | None, words: ReceiptWords) -> dict[str, object]:
    names = ("key", "phase", "kind", "period", "opens_on", "due_on", "status")
    receipt = words.as_json(read_receipt(row.receipt), row.template_key)
    return {**{name: getattr(row, name) for name in names}, "owner": email, "receipt": receipt}


@click.command("explain")
@click.argument("reference")
@click.argument("step")
@click.option("--on", type=DAY, default=None, help="What a round on this day would do (default: today).")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", help="In which language to explain it."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def explain_command(reference: str, step: str, on: date | None, language: str, as_json: bool) -> None:
    """Say why a step is due when it is, and why there is a letter, or none."""
    from tasks.overview.explanation import explain_step

    desk = open_desk()
    explanation = explain_step(desk.engine, desk.grant(reference).reference, step, on or desk.today, language)
    if as_json:
        show_json(explanation.data)
    else:
        click.echo("\n".join(explanation.sentences))


@click.command("journal")
@click.argument("reference", required=False)
@click.option("--verify", is_flag=True, help="Prove that nothing was changed or taken away.")
@click.option(
    "--head", help="With --verify: the head that the journal had, as a hash or the file that holds it."
)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def journal_command(reference: str | None, verify: bool, head: str | None, as_json: bool) -> int:
    """Show what happened, or prove the journal whole (exit 1 when it is not)."""
    if head is not None and not verify:
        raise BadInput(Cli.HEAD_WITH_VERIFY())
    desk = open_desk()
    if verify:
        return _verify(desk.engine, head, as_json=as_json)
    grant_id = None if reference is None else desk.grant(reference).id
    with reading(desk.engine) as connection:
        rows = read_events(connection, grant_id=grant_id)
    if as_json:
        show_json([event_json(row) for row in rows])
        return 0
    for row in rows:
        about = " ".join(name for name in (row.reference, row.step, row.person) if name)
        # What an event had no word for is in --json; 0 and False are words.
        told = {key: value for key, value in row.detail.items() if value not in (None, "", [], {})}
        detail = ", ".join(f"{key}={value}" for key, value in told.items())
        click.echo(f"{row.on.isoformat()}  {row.event:28} {about}  {detail}".rstrip())
    return 0


def _verify(engine: Engine, head: str | None, *, as_json: bool) -> int:
    """Prove the journal's chain, that it goes on from the head, and that the rows hold what it says."""
    sha256 = None
    if head is not None:
        sha256 = head if is_hash(head) else read_head(Path(head)).sha256
    with reading(engine) as connection:
        broken = list(broken_links(connection))
        count = connection.execute(select(func.count()).select_from(_EVENT)).scalar_one()
        now = journal_head(connection)
        goes_on = sha256 is None or find_head(connection, sha256) is not None
        amiss = [str(one) for one in rows_amiss(connection)]
    if as_json:
        kept = now and {"event": now.event_id, "sha256": now.sha256}
        show_json({"events": count, "broken": broken, "head": kept, "continues": goes_on, "rows": amiss})
    else:
        _show_verified(count, broken, now, amiss)
        if not goes_on:
            click.echo(f"The journal does NOT go on from {sha256}: it is another one, or its end is gone.")
    return 1 if broken or amiss or not goes_on else 0


def _show_verified(count: int, broken: list[int], now: Head | None, amiss: list[str]) -> None:
    if broken:
        shown = ", ".join(str(one) for one in broken[:5])
        click.echo(f"The journal is BROKEN at {len(broken)} of {count} events: {shown}")
    else:
        click.echo(f"The journal is whole: {count} events, every link holds.")
    if amiss:
        click.echo(f"{len(amiss)} rows hold something else than the journal says:")
    for one in amiss:
        click.echo(f"  {one}")
    if now is not None:
        click.echo(f"Its head is event {now}.")
