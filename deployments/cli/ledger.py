"""`grants ledger`: whether a ledger's export can be read, and what it says of the grants."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from deployments.cli.act_options import asking, carry_out
from deployments.cli.common_options import BY
from deployments.cli.context import counted, money_text, open_desk, show_table
from models.facts.ledger import LedgerFile
from models.reading.personal_number import hide_personal_numbers
from models.rules.ledger import COSTS, projects_of, sum_by_account, sum_costs

_MOST_NAMED = 20  # faults, and projects


@click.group("ledger")
def ledger_command() -> None:
    """Check a ledger's export, and keep what it says."""


@ledger_command.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", default="", metavar="NUMBER", help="Only its rows; several with commas between.")
def check_file(file: Path, project: str) -> int:
    """Say what is read of a ledger's export (CSV, XLSX or SIE 4), by account; nothing is stored.

    Exits with 1 where a row cannot be read, or none is of the project.
    """
    from tasks.ledger.files import read_ledger

    found = read_ledger(file, projects_of(project))
    _show(found, project)
    return int(bool(found.faults) or not found.entries)


@ledger_command.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", "only_try", is_flag=True, help="Show what it changes; keep nothing.")
def read_file(file: Path, only_try: bool) -> int:
    """Keep what a ledger says of every grant that has a project in it; a file of a month, or of the year so far."""
    from tasks.ledger.keep import list_ledger_grants
    from tasks.ledger.upload import open_ledger
    from tasks.store.database import dry_run, reading

    desk = open_desk()
    with reading(desk.engine) as connection:
        grants = list_ledger_grants(connection, None)
    command = open_ledger(
        file,
        grants,
        receipts=desk.settings.received_accounts,
        sha256=sha256(file.read_bytes()).hexdigest(),
        by_id=None,
    )
    report = command.perform(dry_run(desk.engine) if only_try else desk.engine, desk.clock)
    for line in report.lines():
        _say(str(line))
    return 0


@ledger_command.command("explain")
@click.argument("reference")
@click.argument("step")
@asking("explain-books", "step")
@BY
def explain_books(reference: str, step: str, **given: Any) -> None:
    """Say why a report stands, though the books changed since it was given."""
    desk = open_desk()
    carry_out(desk, "explain-books", given, grant=desk.grant(reference).reference, step=step)


def _show(found: LedgerFile, project: str) -> None:
    days = f" from {found.first_on} to {found.last_on}" if found.first_on else ""
    _say(f"{found.name}: {counted(found.row_count, 'row')}{days}, in {found.currency}.")
    show_table(
        ("WHAT", "HEADING"),
        [(what, hide_personal_numbers(heading)) for what, heading in found.columns.items()],
    )
    if project:
        _say(f"Project {project}: {counted(len(found.entries), 'row')}.")
        if not found.entries:
            there = sorted(found.projects - {""})
            named = ", ".join(there[:_MOST_NAMED]) + (" ..." if len(there) > _MOST_NAMED else "")
            _say(f"The file has {counted(len(there), 'project')}: {named or 'none'}.")
    rows = []
    for account, minor in sum_by_account(found.entries).items():
        count = sum(entry.account == account for entry in found.entries)
        rows.append((account, str(count), money_text(minor, found.currency)))
    if rows:
        show_table(("ACCOUNT", "ROWS", "SUM"), rows)
        costs = money_text(sum_costs(found.entries), found.currency)
        _say(f"Costs, on accounts that begin with {', '.join(COSTS)}: {costs}.")
    if found.balances is not None:
        agreeing, differing = found.balances.agreeing, found.balances.differing
        _say(
            f"Its own balances: {counted(agreeing, 'account')} agree with its vouchers, {differing} do not."
            + (" It is most likely an extract." if differing else "")
        )
    if found.unbalanced:
        _say(f"Vouchers that do not balance: {', '.join(found.unbalanced[:_MOST_NAMED])}.")
    if found.left_out:
        _say(f"Left out as totals and headings: {counted(found.left_out, 'row')}.")
    for fault in found.faults[:_MOST_NAMED]:
        _say(f"TROUBLE  {fault}")
    more = len(found.faults) - _MOST_NAMED
    if more > 0:
        _say(f"TROUBLE  and {more} more")
    if found.faults_elsewhere:
        _say(f"Rows of other projects that cannot be read: {found.faults_elsewhere}.")


def _say(text: str) -> None:
    """Print a line, in which a cell's value can stand, without personal identity numbers."""
    click.echo(hide_personal_numbers(text))
