"""Say what is wrong with a grant's entry: which grant, and where in the entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from models.errors import BadInput, ImportInvalid, Refused
from models.sentence import Sentence
from tasks.commands.at_work.grant import GrantAtWork
from tasks.store.shared import SharedFacts


def of_grant(reference: str, what: Sentence | Exception, *place: object) -> ImportInvalid:
    """Return the error that says what is wrong with the entry of the grant; `place` leads to it within the entry."""
    said = Sentence("grant %(reference)s: %(why)s", reference=reference, why=what)
    return ImportInvalid(said, "grants", reference, *place)


def wrong(work: GrantAtWork, what: Sentence | Exception, *place: object) -> ImportInvalid:
    """Return the error that says what is wrong with the grant's entry, and where in it."""
    return of_grant(work.grant.reference, what, *place)


@contextmanager
def naming(reference: str, *place: object) -> Iterator[None]:
    """Say of which grant's entry, and of what place in it, an error is that a rule raises within the block."""
    try:
        yield
    except ImportInvalid as error:
        if error.place[:2] == ("grants", reference) and error.place[2:]:
            raise
        raise ImportInvalid(error.worded, "grants", reference, *place) from error
    except (BadInput, Refused, ValueError) as error:
        raise of_grant(reference, error, *place) from error


def check_passed(work: GrantAtWork, what: Sentence, on: date, *place: object) -> None:
    """Raise ImportInvalid for a day that lies in the future."""
    if on > work.today:
        raise wrong(work, Sentence("%(what)s on %(day)s lies in the future", what=what, day=on), *place)


def person_called(shared: SharedFacts, reference: str, email: str, *place: object) -> int:
    """Return the id of the person that a grant's entry names; ImportInvalid if there is none."""
    found = shared.person_id(email)
    if found is None:
        said = Sentence("there is no person with the address '%(email)s'", email=email)
        raise of_grant(reference, said, *place)
    return found
