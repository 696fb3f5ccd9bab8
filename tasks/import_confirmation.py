"""Confirm what was late in many imported grants, each in its own transaction."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.grants import ConfirmLate
from models.errors import GrantError, Refused
from models.forms.spec import Act
from models.rules.notices.quiet_days import LateAtImport
from models.vocabulary import Duty, NoticeKind
from tasks.perform import Actor, perform
from tasks.store.database import transaction
from tasks.store.form_keys import after_form, keep_form

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
            late = perform(engine, ConfirmLate(reference, from_on), actor, clock)
            assert isinstance(late, tuple)  # noqa: S101  (what its handler returns)
        except Refused as error:
            yield reference, error
        except GrantError as error:
            if any_done:
                yield reference, error
            raise
        else:
            any_done = True
            yield reference, late


@Act(
    "confirm-imports",
    title="Confirm all imports",
    button="Confirm the imports",
    done="The imports have been confirmed. From the next round on people are told.",
    intro="Nobody is told of anything in these grants until their import is confirmed. To let one of them wait,"
    " confirm the others on their own pages.",
    duty=Duty.OFFICE,
    tells=(NoticeKind.CONFIRM_RELEASE,),
)
@dataclass(frozen=True, slots=True)
class ConfirmImports:
    """What was late in these imported grants is right: each is confirmed by itself, and one that cannot be waits."""

    grants: tuple[str, ...]
    by_id: int | None

    def perform(self, engine: Engine, clock: Clock) -> None:
        """Confirm them, once by a form: its key is kept before the first of them, for a second press."""
        with transaction(engine) as connection:
            keep_form(connection, clock.now)
        for _ in confirm_imports(after_form(engine), self.grants, self.by_id, clock):
            pass
