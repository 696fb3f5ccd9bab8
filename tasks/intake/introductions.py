"""Let the cells of a file name the people and organisations that it brings, whatever else is wrong with their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from models.intake.people import OrganisationEntry, PersonEntry
from models.reading.fields import is_key
from tasks.intake.cells import address_text
from tasks.intake.names import Known, is_address
from tasks.intake.tables import Table


def introduce(table: Table, known: Known) -> Iterator[PersonEntry | OrganisationEntry]:
    """Let cells name the table's people, or its organisations; yield them as far as others name them."""
    at = {one.column.field: position for position, one in table.headings.items()}
    for number, row in table.rows.items():
        key, name = (
            address_text(row[at[one]]) if one in at and at[one] < len(row) else ""
            for one in table.shape.needed
        )
        yield from (_person if table.shape.kind == "people" else _organisation)(number, key, name, known)


def _person(number: int, address: str, name: str, known: Known) -> Iterator[PersonEntry]:
    """Yield the person; one whose address is none stands in with another for the cells that say the name."""
    email = address.lower()
    if is_address(email):
        known.add_person(email, name)
    elif name and not known.is_person(name):
        email = known.add_stand_in(number + 1, name)
    else:
        return
    yield PersonEntry(email=email, name=email)


def _organisation(number: int, key: str, name: str, known: Known) -> Iterator[OrganisationEntry]:
    if is_key(key):
        known.add_organisation(key, [name])
    elif name:
        with suppress(ValueError):  # the row's own reading says what is wrong
            key = known.organisation_listed(name)
    if is_key(key):
        yield OrganisationEntry.model_validate({"key": key, "names": [{"name": key}]})
