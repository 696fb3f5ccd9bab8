"""Find who may confirm a grant's money, and who may record an approval."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, bindparam, select

from models.programme.plan import Programme
from models.reading.address import mailbox_of
from models.rules.money.confirmer import Confirmers, find_confirmers
from models.rules.watch.tampering import Rows, fold_events, read_held_roles
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment, InstalmentCondition
from models.tables.person import Person
from models.tables.step import Step
from tasks.store.journal import rows_told
from tasks.store.people import load_roles
from tasks.store.programmes import load_programmes

_NOTHING: Rows = {}
_PERSON = table_of(Person)
_STEP = table_of(Step)
_GRANT = table_of(Grant)
_PART = table_of(Instalment)
_CONDITION = table_of(InstalmentCondition)
_PEOPLE = select(_PERSON.c.id, _PERSON.c.email, _PERSON.c.departed_on).where(
    _PERSON.c.id.in_(bindparam("people", expanding=True))
)

# The steps that are approvals on which money depends.
_LETTING_GO = (
    select(_STEP.c.id, _STEP.c.grant_id, _STEP.c.template_key, _GRANT.c.programme_id)
    .distinct()
    .join(_CONDITION, _CONDITION.c.step_id == _STEP.c.id)
    .join(_PART, _PART.c.id == _CONDITION.c.instalment_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.id.in_(bindparam("steps", expanding=True)), _PART.c.conditional)
)


def who_may_record(
    connection: Connection, step_ids: Collection[int], today: date
) -> dict[int, frozenset[int]]:
    """Return who may record each of those steps on which money depends as a funder's approval, by its id.

    Whether the funder gives it is read from the programme, which nobody can change, and not from
    the step's row.
    """
    rows = connection.execute(_LETTING_GO, {"steps": list(step_ids)}).all() if step_ids else []
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    rows = [row for row in rows if _is_funders(programmes[row.programme_id], row.template_key)]
    by_grant = {
        grant_id: confirmers_of(connection, grant_id, today).ids
        for grant_id in {row.grant_id for row in rows}
    }
    return {row.id: by_grant[row.grant_id] for row in rows}


def _is_funders(programme: Programme, key: str) -> bool:
    """Return whether a step is the funder's; one that the programme does not know counts as theirs."""
    rule = next((step for step in programme.steps if step.key == key), None)
    return rule is None or rule.with_funder


def confirmers_of(
    connection: Connection,
    grant_id: int,
    today: date,
    others: Iterable[int | None] = (),
    *,
    roles: Mapping[str, int] | None = None,
    changed: Rows = _NOTHING,
) -> Confirmers:
    """Return who may confirm the grant's money, by the rule of `models.rules.money.confirmer`.

    `others` take part in it too: who asked, and who recorded the approvals. Within a change `roles`
    are the grant's roles after it, and `changed` are the rows that the journal is about to record.
    """
    held = load_roles(connection, [grant_id])[grant_id] if roles is None else roles
    person_ids = {*held.values(), *(person_id for person_id in others if person_id is not None)}
    people = connection.execute(_PEOPLE, {"people": list(person_ids)}).all()
    departed = {row.id: row.departed_on for row in people}
    roles_recorded = _roles_told(connection, grant_id, held, changed)
    mailboxes = {row.id: mailbox_of(row.email) for row in people}
    return Confirmers(find_confirmers(held, roles_recorded, departed, today), mailboxes)


def _roles_told(
    connection: Connection, grant_id: int, roles: Iterable[str], changed: Rows
) -> Mapping[str, int]:
    """Return who holds the roles by the grant's journal, with what a change is about to record."""
    journaled = fold_events(rows_told(connection, [grant_id]))
    holders = dict[str, int]()
    for role in roles:
        (name,) = read_held_roles(grant_id, {role: 0})
        columns = journaled[name].columns if name in journaled else None
        person_id = ((columns or {}) | (changed.get(name) or {})).get("person_id")
        if isinstance(person_id, int):
            holders[role] = person_id
    return holders
