"""Know which rules of programmes were wrong, and which running grants still have them."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, select

from models.errors import ImportInvalid
from models.programme.expand.names import name_of
from models.programme.money import InstalmentRule
from models.programme.plan import Programme
from models.programme.step import StepRule
from models.programme.written.fields import Text, Title
from models.reading.fields import IsoDate, Key, Strict
from models.tables.columns import table_of
from models.tables.grant import Grant, ProgrammeVersion
from models.vocabulary import GrantStatus, StepKind
from tasks.programmes.files import ProgrammeRegistry, read_shape
from tasks.store.database import reading
from tasks.store.programmes import load_programmes

_GRANT, _VERSION = table_of(Grant), table_of(ProgrammeVersion)


class Advisory(Strict):
    """A rule that was wrong until a day: a step's, an event's as `final-report.approved`, or a payment's."""

    programme: Key
    rule: Text
    on: IsoDate
    says: Title
    source: Text


class Advisories(Strict):
    """A file of advisories, the newest first."""

    advisories: tuple[Advisory, ...] = ()


def read_advisories(*files: Path) -> Iterator[Advisory]:
    """Yield the advisories of the files that are there."""
    for path in files:
        if path.exists():
            yield from read_shape(path, Advisories, ImportInvalid).advisories


def find_touched(engine: Engine, advisory: Advisory, *folders: Path) -> list[str]:
    """Return the running grants whose rule is not what the programme's file says now, by their references."""
    now = ProgrammeRegistry(*folders).get(advisory.programme)
    of_it = (
        select(_GRANT.c.reference, _GRANT.c.programme_id)
        .join(_VERSION, _VERSION.c.id == _GRANT.c.programme_id)
        .where(_VERSION.c.key == advisory.programme, _GRANT.c.status == GrantStatus.OPEN)
        .order_by(_GRANT.c.reference_key)
    )
    with reading(engine) as connection:
        rows = connection.execute(of_it).all()
        versions = load_programmes(connection, {row.programme_id for row in rows})
    right = _rules(now, advisory.rule)
    wrong = {key for key, one in versions.items() if _rules(one, advisory.rule) != right}
    return [row.reference for row in rows if row.programme_id in wrong]


def _rules(programme: Programme, named: str) -> dict[str, StepRule | InstalmentRule]:
    """Return the steps, events and payments that a rule's name is of, as a file calls them."""
    paid = [one for one in programme.steps if one.kind is StepKind.PAYMENT]
    payments = [one.key.removeprefix("payment-") for one in sorted(paid, key=lambda one: one.instalment or 0)]
    found: dict[str, StepRule | InstalmentRule] = {name_of(one, payments): one for one in programme.steps}
    found |= dict(zip(payments, programme.instalments, strict=False))
    return {name: one for name, one in found.items() if f"{name}.".startswith(f"{named}.")}
