"""Describe for the journal how somebody's rights changed, and who changed them."""

from models.tables.person import Person
from models.vocabulary import SaidBy


def rights_of(person: Person) -> tuple[str, ...]:
    """Return a person's rights as an event names them: what they see, and that they are an administrator."""
    return (str(person.access), "admin") if person.is_admin else (str(person.access),)


def rights_moved(had: tuple[str, ...], has: tuple[str, ...], by: SaidBy) -> dict[str, object]:
    """Return an event's detail for rights that changed; nothing if they are the same."""
    return {} if had == has else {"from": list(had), "to": list(has), "why": str(by)}
