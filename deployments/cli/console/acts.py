"""What a command says of an act: who did it, when, how much money it is about, and which document is missing."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

import click

from deployments.cli.console.context import DAY, Desk, open_desk
from deployments.cli.messages import Cli
from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.account import read_account
from models.reading.money import read_amount

if TYPE_CHECKING:
    from tasks.documents.bundle.unkept import Unkept

BY = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who does it.")
ON = click.option("--on", type=DAY, default=None, help="The day it was done (default: today).")
Command = TypeVar("Command", bound=Callable[..., object])


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return options and arguments that several commands share as one decorator, in their order."""

    def decorate(command: Command) -> Command:
        return reduce(lambda made, option: option(made), reversed(options), command)

    return decorate


def desk_on(on: date | None) -> Desk:
    """Return the desk on the day that something was done; BadInput for a day to come."""
    desk = open_desk()
    if on is not None and on > desk.today:
        raise BadInput(Cli.IN_FUTURE(day=on))
    return desk.on(on) if on else desk


def sum_said(option: str, text: str | None, currency: str) -> int | None:
    """Return an option's sum in minor units, None where it is not given; BadInput names the option."""
    if text is None:
        return None
    try:
        return read_amount(text, currency)
    except Unreadable as error:
        raise BadInput(Common.AT(place=option, why=error)) from error


def account_said(text: str | None) -> str | None:
    """Return an option's account as it is kept, None where it is not given; BadInput for what is none."""
    if text is None:
        return None
    try:
        return read_account(text)
    except Unreadable as error:
        raise BadInput(Common.AT(place="--account", why=error)) from error


def unkept_note(reference: str, lacks: Unkept) -> str:
    """Return that no document of a step was kept, and the command that makes one."""
    command = f"grants memo {shlex.quote(reference)} --kind {lacks.kind}"
    if lacks.instalment is not None:
        command += f" --instalment {lacks.instalment}"
    return f"no document of {lacks.step_key} was kept: {command} --keep --by EMAIL makes one"
