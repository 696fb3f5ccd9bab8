"""`grants absence`, `grants hand-over`, `grants departure`: who is away, and who takes over what somebody holds."""

from datetime import date
from typing import Any

import click
from sqlmodel import Session, select

from deployments.cli.act_options import asking, asking_any, carry_out
from deployments.cli.common_options import BY
from deployments.cli.context import Desk, open_desk, read_day_option
from models.errors import BadInput
from models.tables.columns import id_of
from models.tables.person import Absence
from tasks.commands.at_work.lookup import find_person
from tasks.commands.command_faults import Refusal
from tasks.store.database import reading


@click.command("absence")
@click.argument("email")
@asking_any("absence", "remove-absence", known=("absence",))
@click.option("--change", metavar="DAY", help="Give the absence that begins on DAY other days.")
@BY
def absence_command(email: str, change: str | None, **given: Any) -> None:
    """Say when somebody is away: their letters go to the deputy meanwhile."""
    desk = open_desk()
    person_id = _person_id(desk, email)
    arguments: dict[str, Any] = {"person_id": person_id}
    if given["remove"] is not None:
        carry_out(desk, "remove-absence", given, **arguments)
        if not given["dry_run"]:
            click.echo("The absence is removed.")
        return
    if change is not None:
        arguments["absence"] = _absence_id(desk, person_id, read_day_option(desk, "--change", change))
    if carry_out(desk, "absence", given, **arguments) is not None:
        click.echo("The absence is saved.")


@click.command("hand-over")
@click.argument("email")
@asking("hand-over")
@BY
def hand_over_command(email: str, **given: Any) -> None:
    """Pass on what somebody holds, or what they hold in one grant: roles and steps that are to be done."""
    desk = open_desk()
    arguments: dict[str, Any] = {"from_id": _person_id(desk, email), "country": desk.settings.country}
    if given["grant"] is not None:
        arguments["grant"] = desk.grant(given["grant"]).reference
    carry_out(desk, "hand-over", given, **arguments)


@click.command("departure")
@click.argument("email")
@asking("departure")
@BY
def departure_command(email: str, **given: Any) -> None:
    """Say that somebody leaves; what they hold, and whom they lead, goes over at once."""
    desk = open_desk()
    arguments: dict[str, Any] = {"person_id": _person_id(desk, email), "country": desk.settings.country}
    if given["to"] is not None:
        arguments["to_id"] = _person_id(desk, given["to"])
    carry_out(desk, "departure", given, **arguments)


def _person_id(desk: Desk, email: str) -> int:
    """Return the id of the person with the address; UnknownPerson if nobody has it."""
    with reading(desk.engine) as connection, Session(connection) as session:
        return id_of(find_person(session, email))


def _absence_id(desk: Desk, person_id: int, first: date) -> int:
    """Return the id of the absence that begins on the day; BadInput if none does."""
    with reading(desk.engine) as connection, Session(connection) as session:
        query = select(Absence.id).where(Absence.person_id == person_id, Absence.from_on == first)
        absence_id = session.exec(query).first()
    if absence_id is None:
        raise BadInput(Refusal.NO_ABSENCE(day=first))
    return absence_id
