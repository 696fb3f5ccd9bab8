"""`grants replay`: play a grant's whole life on a simulated clock."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr

from deployments.cli.context import DAY, show_json
from deployments.cli.usage_faults import Cli
from models.errors import BadInput, ImportInvalid
from tasks.intake.files import read_scenario
from tasks.programmes.folders import programme_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deployments.replay.page import GrantOnPage


@click.command("replay")
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--until", type=DAY, default=None, help="Stop after this day.")
@click.option("--json", "as_json", is_flag=True, help="The events, for another program.")
@click.option(
    "--html", "html_file", type=click.Path(path_type=Path), help="Write a page with a timeline and letters."
)
@click.option(
    "--keep",
    "kept",
    type=click.Path(path_type=Path),
    help="Keep the database and the papers in this new folder: GRANTS_HOME=FOLDER looks into them.",
)
def replay_command(
    scenario: Path, until: date | None, as_json: bool, html_file: Path | None, kept: Path | None
) -> None:
    """Play a scenario from its first day to the close, in seconds, in a database of its own."""
    from deployments.migrations.upgrade import upgrade_schema
    from deployments.replay.clock import Replay
    from deployments.replay.page import show_grants, write_page
    from tasks.programmes.files import ProgrammeRegistry
    from tasks.settings import load_settings
    from tasks.store.database import open_engine
    from tasks.words.translator import translator

    content = read_scenario(scenario)
    if not (content.script or any(grant.dates for grant in content.grants)):
        raise ImportInvalid(Cli.NOTHING_TO_PLAY(name=scenario))
    settings = load_settings()
    # Nothing leaves: letters are captured, and their links are signed with a key that opens no real page.
    settings = settings.model_copy(
        update={"channel": "captured", "secret_keys": SecretStr("a key that opens no real page")}
    )
    if kept is not None and kept.exists():
        raise BadInput(Cli.KEPT_THERE(name=kept))
    began = monotonic()
    with nullcontext(kept) if kept else TemporaryDirectory(prefix="grants-replay-") as folder:
        home = Path(folder).absolute()
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = open_engine(f"sqlite:///{home}/grantline.db")
        click.get_current_context().call_on_close(engine.dispose)
        upgrade_schema(engine)
        registry = ProgrammeRegistry(scenario.parent, *programme_folders(settings.office_folder))
        replay = Replay(
            engine=engine,
            scenario=content,
            registry=registry,
            settings=settings,
            figures=scenario.parent,
            home=home,
        )
        played = replay.play(until)
        if html_file is not None:
            write_page(engine, played, html_file, settings.language, settings.zone)
        if as_json:
            show_json(played.events)
        else:
            say = translator(settings.language)
            _tell(show_grants(engine, played, say, settings.zone))
            click.echo(f"{len(played.rounds)} rounds on a simulated clock in {monotonic() - began:.1f} s.")
    if html_file is not None:
        click.echo(f"The page is in {html_file}.", err=True)
    if kept is not None:
        click.echo(f"Look into it with GRANTS_HOME={kept}.", err=True)


def _tell(grants: Sequence[GrantOnPage]) -> None:
    """Print what happened to each grant, a line for each event, and its standing at the end."""
    from tasks.words.translator import plain_spaces

    for grant in grants:
        click.echo(f"{grant.reference}  {grant.title}")
        for day in grant.days:
            for sentence in day.sentences:
                click.echo(f"{day.on}  {plain_spaces(sentence)}")
        click.echo(grant.folded)
        click.echo(plain_spaces(f"{grant.reference}: {grant.status}. {'; '.join(grant.instalments)}\n"))
