"""Decide who is told: the owner, a deputy, or the manager above."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from models.rules.duties import has_left
from models.vocabulary import LADDER_ROLES, Role


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """The facts that decide who reaches a person; `absences` are (first, last) days, both included."""

    id: int
    manager_id: int | None = None
    deputy_id: int | None = None
    departed_on: date | None = None
    bounced: bool = False
    absences: tuple[tuple[date, date], ...] = ()

    def is_away(self, today: date) -> bool:
        """Return whether the person is on leave today."""
        return find_last_day_away(self.absences, today) is not None

    def is_gone(self, today: date) -> bool:
        """Return whether the person has left, or letters to them bounce."""
        return self.bounced or has_left(self.departed_on, today)


def find_last_day_away(absences: Iterable[tuple[date, date]], today: date) -> date | None:
    """Return the last day of an absence that covers today, by the (first, last) days; None if none does."""
    return max((last for first, last in absences if first <= today <= last), default=None)


@dataclass(frozen=True, slots=True)
class ReachedPerson:
    """The person who is told; `instead_of_id` is set if they are a deputy or manager who stands in."""

    person_id: int
    instead_of_id: int | None = None


def decide_reached(person_id: int, people: Mapping[int, PersonFacts], today: date) -> ReachedPerson | None:
    """Return who is told in the person's place today; None if nobody up the line can be reached.

    The person comes first, then their deputy, the deputy's deputy and so on. Their manager and the
    manager's deputies follow, up to the top. The managers of the deputies are last.
    """
    for person in _line_of(person_id, people):
        if not person.is_away(today) and not person.is_gone(today):
            return ReachedPerson(person.id, None if person.id == person_id else person_id)
    return None


def decide_reached_in(
    roles: Mapping[str, int], person_id: int, people: Mapping[int, PersonFacts], today: date
) -> ReachedPerson | None:
    """Return who is told in the person's place about a grant: by `decide_reached`, then by those above.

    If nobody in the person's line can be reached, the grant's unit manager, head of department or
    head of administration is told, or their deputies.
    """
    above = (roles[role] for role in LADDER_ROLES if role in roles)
    tried = (decide_reached(tried_id, people, today) for tried_id in (person_id, *above))
    reached = next((person for person in tried if person is not None), None)
    if reached is None or reached.person_id == person_id:
        return reached
    return ReachedPerson(reached.person_id, person_id)


def decide_next(
    roles: Mapping[str, int],
    person_id: int,
    people: Mapping[int, PersonFacts],
    unreached: Collection[int],
    today: date,
) -> ReachedPerson | None:
    """Return who is told in the person's place once letters to `unreached` have failed; None if nobody is left."""
    line = {
        person.id: replace(person, bounced=person.bounced or person.id in unreached)
        for person in people.values()
    }
    return decide_reached_in(roles, person_id, line, today)


def _line_of(person_id: int, people: Mapping[int, PersonFacts]) -> Iterator[PersonFacts]:
    """Yield everyone who can stand in for the person, nearest first, each once."""
    seen: set[int] = set()
    heads: deque[int | None] = deque([person_id])
    while heads:
        head = _find(heads.popleft(), people)
        while head and head.id not in seen:
            person: PersonFacts | None = head
            while person and person.id not in seen:
                seen.add(person.id)
                yield person
                if person is not head:
                    heads.append(person.manager_id)
                person = _find(person.deputy_id, people)
            head = _find(head.manager_id, people)


def _find(person_id: int | None, people: Mapping[int, PersonFacts]) -> PersonFacts | None:
    return None if person_id is None else people.get(person_id)


def find_person_in_role(
    role: str, roles: Mapping[str, int], owner_id: int, people: Mapping[int, PersonFacts]
) -> int | None:
    """Return who holds the role: by the grant, else counted up the owner's managers; None if nobody does."""
    if role in roles:
        return roles[role]
    if role not in LADDER_ROLES:
        return None
    holder: int | None = owner_id
    for _ in range(LADDER_ROLES.index(Role(role)) + 1):
        facts = _find(holder, people)
        holder = facts.manager_id if facts else None
    return holder


def is_below(role: str, roles: Mapping[str, int], owner_id: int) -> bool:
    """Return whether a role stands below the owner's own, so that its holder is not told of the owner.

    Only the grant's heads stand below or above one another.
    """
    places = {head: place for place, head in enumerate(LADDER_ROLES)}
    owners = [places[head] for head in LADDER_ROLES if roles.get(head) == owner_id]
    return role in places and bool(owners) and places[Role(role)] < max(owners)


def find_manager_cycle(managers: Mapping[int, int | None]) -> tuple[int, ...]:
    """Return the people who manage each other in a ring; an empty tuple without one."""
    for start in managers:
        path: list[int] = []
        current: int | None = start
        while current is not None and current not in path:
            path.append(current)
            current = managers.get(current)
        if current is not None:
            return tuple(path[path.index(current) :])
    return ()
