"""Commands that make a grant's documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.console.context import DAY, Desk, open_desk
from models.errors import BadInput

if TYPE_CHECKING:
    from tasks.documents.facts.treated_people import Choice
    from tasks.documents.make import Paper, Wanted

CHOICES: tuple[Choice, ...] = ("hide", "merge", "send")
KINDS = ("memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment")


@click.command("memo")
@click.argument("reference")
@click.option(
    "--kind", type=click.Choice(KINDS), default="memo", help="Which document (default: the committee memo)."
)
@click.option("--step", help="Of which step, for a follow-up.")
@click.option("--instalment", type=int, help="Of which instalment, for a claim.")
@click.option("--language", type=click.Choice(["sv", "en"]), default=None, help="Default: GRANTS_LANGUAGE.")
@click.option("--pdf", is_flag=True, help="As a PDF; --out NAME.pdf says so too.")
@click.option("--on", type=DAY, default=None, help="As it is on this day (default: today).")
@click.option(
    "--small",
    multiple=True,
    metavar="[TABLE=]CHOICE",
    help="What becomes of small numbers of people, of all tables or of one: hide (with those that would give them"
    " away), merge (periods are joined) or send; with such numbers, nothing is written without it.",
)
@click.option("--keep", is_flag=True, help="Keep it as a version that never changes; wants --by.")
@click.option("--by", "by_email", metavar="EMAIL", help="Who makes it.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it (default: its name, in this folder)."
)
def memo_command(reference: str, kind: Any, out: Path | None, **wanted: Any) -> None:
    """Write a grant's document, ready to sign: the committee memo, the final report and what goes with them."""
    from tasks.documents.make import Wanted, make_paper
    from tasks.documents.versions import SmallUnchosen
    from tasks.documents.word.templates import own_templates

    desk = open_desk()
    reference = desk.grant(reference).reference
    pdf = wanted["pdf"] or (out is not None and out.suffix.lower() == ".pdf")
    asked = Wanted(
        kind,
        wanted["language"] or desk.settings.language,
        wanted["step"],
        wanted["instalment"],
        pdf,
        _choices(wanted["small"]),
        templates=own_templates(desk.settings.home),
    )
    on = wanted["on"] or desk.today
    if wanted["keep"]:
        _keep(desk, reference, asked, wanted["by_email"], on)
    paper = make_paper(desk.engine, reference, asked, on)
    if paper.small:
        raise SmallUnchosen(paper)
    target = out or Path(paper.name)
    try:
        target.write_bytes(paper.content)
    except OSError as problem:
        raise BadInput(f"{target}: {problem.strerror}") from problem
    click.echo(f"{target}: {len(paper.content):,} bytes")
    for note in _notes(paper, asked.small or {}):
        click.echo(f"note: {note}", err=True)


def _choices(said: tuple[str, ...]) -> dict[str, Choice]:
    """Read what becomes of small numbers: "hide", or "persons=merge" for one table."""
    found: dict[str, Choice] = {}
    for one in said:
        key, _, word = one.rpartition("=")
        choice = next((known for known in CHOICES if known == word), None)
        if choice is None:
            raise BadInput(f"--small {one}: say hide, merge or send, or TABLE=hide for one table")
        found[key] = choice
    return found


def _notes(paper: Paper, choices: Mapping[str, Choice]) -> Iterator[str]:
    """Yield what the one who makes it should look at."""
    for table in paper.flagged:
        key = table.key
        if choices.get(key, choices.get("")) == "merge" and not table.joins:
            yield f"joining periods does not help in table '{key}': its small numbers are hidden instead"
        if table.told:
            yield f"a document that was made before shows already: {'; '.join(table.told)}"
        if table.exposed:
            yield f"documents that were made before give away, whatever is hidden: {'; '.join(table.exposed)}"
    if paper.look_at:
        quoted = " ".join(f'"{one}"' for one in paper.look_at)
        yield (
            "--small changes tables only; texts that seem to count few people, or hold a personal identity number,"
            f" are edited by hand: {quoted}"
        )
    yield from (f"{label.lower()}: {said}" for label, said in paper.payee)
    if paper.blanks:
        yield f"not known, and left blank: {', '.join(paper.blanks)}"
    if paper.missing:
        yield f"not every period has a figure for: {', '.join(paper.missing)}"


def _keep(desk: Desk, reference: str, asked: Wanted, by_email: str | None, on: date) -> None:
    from tasks.commands.files.documents import vault_of
    from tasks.documents.versions import keep_paper

    if by_email is None:
        raise BadInput("say who keeps it: --by EMAIL")
    kept = keep_paper(
        desk.engine,
        vault_of(desk.settings.home),
        reference,
        asked,
        by_email=by_email,
        today=on,
        now=desk.now,
    )
    before = " (it was there already)" if kept.again else ""
    click.echo(f"kept as {kept.name} and as PDF, version {kept.version}, SHA-256 {kept.sha256}{before}")
