"""Say what is wrong with a grant's entry: which grant, and where in the entry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from models.errors import BadInput, ImportInvalid, Refused
from models.message import Remark
from tasks.intake.messages import Imported
from tasks.store.shared import SharedFacts


def of_grant(reference: str, what: Remark | Exception, *place: object) -> ImportInvalid:
    """Return the error that says what is wrong with the entry of the grant; `place` leads to it within the entry."""
    said = Imported.OF_GRANT(reference=reference, why=what)
    return ImportInvalid(said, "grants", reference, *place)


@contextmanager
def naming(reference: str, *place: object) -> Iterator[None]:
    """Say of which grant's entry, and of what place in it, an error is that a rule raises within the block."""
    try:
        yield
    except ImportInvalid as error:
        if error.place[:2] == ("grants", reference) and error.place[2:]:
            raise
        raise ImportInvalid(error.remark, "grants", reference, *place) from error
    except (BadInput, Refused) as error:
        raise of_grant(reference, error.remark, *place) from error
    except ValueError as error:
        raise of_grant(reference, error, *place) from error


def check_passed(what: Remark, on: date, today: date) -> None:
    """Raise BadInput for a day that lies in the future."""
    if on > today:
        raise BadInput(Imported.IN_FUTURE(what=what, day=on))


def person_called(shared: SharedFacts, reference: str, email: str, *place: object) -> int:
    """Return the id of the person that a grant's entry names; ImportInvalid if there is none."""
    found = shared.person_id(email)
    if found is None:
        raise of_grant(reference, Imported.NO_SUCH_PERSON(email=email), *place)
    return found
