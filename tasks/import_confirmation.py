"""Confirm what was late in many imported grants, each in its own transaction."""

from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.grants import ConfirmLate
from models.errors import GrantError, Refused
from models.rules.notices.quiet_days import LateAtImport
from tasks.perform import Actor, perform

Outcome = tuple[LateAtImport, ...] | GrantError


def confirm_imports(
    engine: Engine, references: Iterable[str], actor: Actor, clock: Clock, from_on: date | None = None
) -> Iterator[tuple[str, Outcome]]:
    """Confirm the grants one after the other; yield what was late in each, or why it cannot be confirmed, once it is.

    One that cannot be confirmed stops no other. Raises what would stop every one, as a full disk; where some are
    confirmed already, the grant at which it stopped is yielded before.
    """
    any_done = False
    for reference in dict.fromkeys(references):
        try:
            late: tuple[LateAtImport, ...] = perform(engine, ConfirmLate(reference, from_on), actor, clock)
        except Refused as error:
            yield reference, error
        except GrantError as error:
            if any_done:
                yield reference, error
            raise
        else:
            any_done = True
            yield reference, late
