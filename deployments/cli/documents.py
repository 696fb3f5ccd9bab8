"""Commands that make a grant's documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.cli.context import DAY, Desk, open_desk
from deployments.cli.messages import Cli
from models.errors import BadInput
from models.languages import LANGUAGES

if TYPE_CHECKING:
    from tasks.documents.make import Paper, Wanted

CHOICES = ("show", "fewer", "totals")
KINDS = ("memo", "final-report", "follow-up", "claim", "cover-letter", "agenda-note", "repayment")


@click.command("memo")
@click.argument("reference")
@click.option(
    "--kind", type=click.Choice(KINDS), default="memo", help="Which document (default: the committee memo)."
)
@click.option("--step", help="Of which step, for a follow-up.")
@click.option("--instalment", type=int, help="Of which instalment, for a claim.")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Default: GRANTS_LANGUAGE.")
@click.option("--pdf", is_flag=True, help="As a PDF; --out NAME.pdf says so too.")
@click.option("--on", type=DAY, default=None, help="As it is on this day (default: today).")
@click.option(
    "--small",
    type=click.Choice(CHOICES),
    help="What becomes of small numbers of people, in this and the grant's later documents: show them, print"
    " 'fewer than' and only the total of what they are part of, or print only totals; wants --by.",
)
@click.option(
    "--confirm-texts",
    is_flag=True,
    help="The sentences that were named state no number that is not printed; wants --by.",
)
@click.option("--keep", is_flag=True, help="Keep it as a version that never changes; wants --by.")
@click.option("--by", "by_email", metavar="EMAIL", help="Who makes it.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it (default: its name, in this folder)."
)
def memo_command(reference: str, kind: Any, out: Path | None, **wanted: Any) -> None:
    """Write a grant's document, ready to sign: the committee memo, the final report and what goes with them."""
    from models.rules.answers.small_numbers import SmallNumbers
    from tasks.documents.make import Wanted, make_paper
    from tasks.documents.versions import SmallUndecided
    from tasks.documents.word.templates import own_templates

    if wanted["by_email"] is None and any(wanted[name] for name in ("small", "confirm_texts", "keep")):
        raise BadInput(Cli.SAY_WHO())
    desk = open_desk()
    reference = desk.grant(reference).reference
    pdf = wanted["pdf"] or (out is not None and out.suffix.lower() == ".pdf")
    asked = Wanted(
        kind,
        wanted["language"] or desk.settings.language,
        wanted["step"],
        wanted["instalment"],
        pdf,
        SmallNumbers(wanted["small"]) if wanted["small"] else None,
        templates=own_templates(desk.settings.home),
    )
    on = wanted["on"] or desk.today
    asked = _chosen(desk, reference, asked, wanted["by_email"], on, confirms=wanted["confirm_texts"])
    if wanted["keep"]:
        _keep(desk, reference, asked, wanted["by_email"], on)
    paper = make_paper(desk.engine, reference, asked, on)
    if paper.undecided:
        raise SmallUndecided(paper)
    target = out or Path(paper.name)
    target.write_bytes(paper.content)
    click.echo(f"{target}: {len(paper.content):,} bytes")
    for note in _notes(paper):
        click.echo(f"note: {note}", err=True)


def _chosen(desk: Desk, reference: str, asked: Wanted, by_email: str, on: date, *, confirms: bool) -> Wanted:
    """Keep what is chosen of small numbers, with the sentences that are confirmed, and return what is wanted so."""
    from models.rules.answers.small_numbers import key_of
    from tasks.documents.make import look_at_paper
    from tasks.documents.versions import choose_small_numbers

    if asked.small is None and not confirms:
        return asked
    if confirms:
        named = look_at_paper(desk.engine, reference, asked, on).stating
        asked = replace(asked, confirmed=frozenset(map(key_of, named)))
    choose_small_numbers(desk.engine, reference, asked, by_email=by_email, today=on, now=desk.now)
    return asked


def _notes(paper: Paper) -> Iterator[str]:
    """Yield what the one who makes it should look at."""
    if paper.look_at:
        quoted = " ".join(f'"{one}"' for one in paper.look_at)
        yield f"texts that hold a personal identity number are edited by hand: {quoted}"
    yield from (f"{label.lower()}: {said}" for label, said in paper.payee)
    if paper.blanks:
        yield f"not known, and left blank: {', '.join(paper.blanks)}"


def _keep(desk: Desk, reference: str, asked: Wanted, by_email: str, on: date) -> None:
    from tasks.commands.files.documents import vault_of
    from tasks.documents.versions import keep_paper

    kept = keep_paper(
        desk.engine,
        vault_of(desk.settings),
        reference,
        asked,
        by_email=by_email,
        today=on,
        now=desk.now,
    )
    before = " (it was there already)" if kept.again else ""
    click.echo(f"kept as {kept.name} and as PDF, version {kept.version}, SHA-256 {kept.sha256}{before}")
