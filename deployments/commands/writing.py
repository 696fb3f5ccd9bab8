"""Commands that make a grant's documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployments.desk import DAY, Desk, open_desk
from models.errors import BadInput

if TYPE_CHECKING:
    from tasks.paperwork import Wanted

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
    type=click.Choice(["hide", "send"]),
    help="What becomes of small numbers of people: hidden with those that would give them away, or sent.",
)
@click.option("--keep", is_flag=True, help="Keep it as a version that never changes; wants --by.")
@click.option("--by", "by_email", metavar="EMAIL", help="Who makes it.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write it (default: its name, in this folder)."
)
def memo_command(reference: str, kind: Any, out: Path | None, **wanted: Any) -> None:
    """Write a grant's document, ready to sign: the committee memo, the final report and what goes with them."""
    from tasks.paperwork import Wanted, make_paper

    desk = open_desk()
    reference = desk.grant(reference).reference
    pdf = wanted["pdf"] or (out is not None and out.suffix.lower() == ".pdf")
    asked = Wanted(
        kind,
        wanted["language"] or desk.settings.language,
        wanted["step"],
        wanted["instalment"],
        pdf,
        wanted["small"],
    )
    on = wanted["on"] or desk.today
    if wanted["keep"]:
        _keep(desk, reference, asked, wanted["by_email"], on)
    paper = make_paper(desk.engine, reference, asked, on)
    target = out or Path(paper.name)
    try:
        target.write_bytes(paper.content)
    except OSError as problem:
        raise BadInput(f"{target}: {problem.strerror}") from problem
    click.echo(f"{target}: {len(paper.content):,} bytes")
    if paper.small:
        click.echo(
            f"note: small numbers of people are in it: {'; '.join(paper.small)} (--small hide)", err=True
        )
    if paper.missing and kind in ("memo", "final-report", "follow-up"):
        click.echo(f"note: not every period has a figure for: {', '.join(paper.missing)}", err=True)


def _keep(desk: Desk, reference: str, asked: Wanted, by_email: str | None, on: date) -> None:
    from tasks.documents import vault_of
    from tasks.made_papers import keep_paper

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
    click.echo(f"kept as {kept.name}, version {kept.version}, SHA-256 {kept.sha256}")
