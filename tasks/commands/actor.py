"""Find who acts and when, and whether they have a part in the step or the grant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from models.commands.clock import Clock
from models.errors import BadInput, NotAllowed
from models.rules.duties import Proof
from models.tables.person import Person
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import allowed_people
from tasks.commands.command_faults import Refusal


@dataclass(frozen=True, slots=True)
class Acting:
    """The person who does a command (None if nobody is named), the proof of that, and when."""

    person: Person | None
    clock: Clock
    proof: Proof = Proof.NAMED
    by_link: bool = False

    @property
    def today(self) -> date:
        """The local date."""
        return self.clock.today

    @property
    def now(self) -> datetime:
        """The UTC time."""
        return self.clock.now

    @property
    def by_id(self) -> int | None:
        """The person's id, None if nobody is named."""
        return self.person.id if self.person else None

    @property
    def link_detail(self) -> dict[str, object]:
        """What the journal notes of an act by a letter's link; empty for any other act."""
        return {"by_link": True} if self.by_link else {}

    @property
    def by(self) -> Person:
        """The person; BadInput if nobody is named."""
        if self.person is None:
            raise BadInput(Refusal.WHO())
        return self.person


def people_allowed(work: GrantAtWork, step: Step | None, person: Person) -> Collection[int]:
    """Return who may act on a step: those with a part in it; without a step, the grant's roles."""
    return allowed_people(work, step, person) if step else set(work.roles.values())


def check_part(work: GrantAtWork, step: Step | None, person: Person) -> None:
    """Raise NotAllowed for a person without a part in the step or, without a step, a role in the grant."""
    if person.id not in people_allowed(work, step, person):
        raise NotAllowed(Refusal.NO_PART(person=person.email, grant=work.grant.reference))
