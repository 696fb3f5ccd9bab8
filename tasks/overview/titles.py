"""Look up what the steps of grants are called, and what a form leaves unsaid: who holds a role, which approval."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, select

from models.errors import BadInput
from models.message import Message
from models.programme.step import StepRule
from models.reading.messages import Reading
from models.rules.notices.recipients import person_in_role
from models.rules.steps.needs import is_read_first
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Organisation, Person
from models.tables.step import Step
from models.vocabulary import GrantStatus, Phase, Role, StepKind, StepStatus
from tasks.store.database import reading
from tasks.store.messages import Stored
from tasks.store.programmes import load_programme, load_programmes
from tasks.store.queries import IS_UNSETTLED
from tasks.store.references import find_grant
from tasks.store.shared import load_people
from tasks.words.names import word_step_title
from tasks.words.translator import Translator, capitalised


class Offered(Message):
    """What can be chosen instead."""

    NO_STEP = "%(grant)s has no step that is called that and is to be done; it has: %(there)s"
    NO_NUMBER = "say which part by its number"
    IN_FUTURE = "%(day)s lies in the future"
    NO_CHOICE = "choose one of: %(there)s"


class StepTitles:
    """What steps are called in a language, by their programmes' rules; each version is read once."""

    def __init__(self, connection: Connection, say: Translator) -> None:
        """Read from a connection, as the titles are asked for."""
        self._connection, self._say = connection, say
        self._rules: dict[int, dict[str, StepRule]] = {}

    def rule_of(self, programme_id: int, template_key: str) -> StepRule | None:
        """Return the rule of a programme's step; None for one that only the program knows."""
        if programme_id not in self._rules:
            steps = load_programme(self._connection, programme_id).steps
            self._rules[programme_id] = {rule.key: rule for rule in steps}
        return self._rules[programme_id].get(template_key)

    def of(self, programme_id: int, step: Any) -> str:
        """Return what a step, or a row with what names it, is called in a sentence."""
        rule = self.rule_of(programme_id, step.template_key)
        return word_step_title(self._say, rule, step.kind, step.period)


_GRANT, _STEP = table_of(Grant), table_of(Step)
# Made once: making a query takes longer than asking it.
_STEPS = (
    select(
        _GRANT.c.reference,
        _GRANT.c.programme_id,
        *(_STEP.c[name] for name in ("key", "kind", "period", "template_key")),
    )
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(_GRANT.c.reference.in_(bindparam("references", expanding=True)))
    .order_by(_STEP.c.position, _STEP.c.id)
)
_UNSETTLED_STEPS = _STEPS.where(IS_UNSETTLED)


def next_titles(
    connection: Connection, references: Collection[str], say: Translator
) -> dict[tuple[str, str], str]:
    """Return the titles of the grants' unsettled steps, by reference and step key."""
    return step_titles(connection, references, say, _UNSETTLED_STEPS)


def step_titles(
    connection: Connection, references: Collection[str], say: Translator, query: Select[object] = _STEPS
) -> dict[tuple[str, str], str]:
    """Return the titles of all the grants' steps, by reference and step key."""
    titles = StepTitles(connection, say)
    rows = connection.execute(query, {"references": list(references)}).all()
    return {(row.reference, row.key): titles.of(row.programme_id, row) for row in rows}


def find_step(connection: Connection, reference: str, typed: str, say: Translator) -> str:
    """Return the key of the grant's step that somebody calls by its title or its key; BadInput says what there is."""
    titles = {key: title for (_, key), title in next_titles(connection, [reference], say).items()}
    wanted = typed.strip().casefold()
    found = [key for key, title in titles.items() if wanted in (key.casefold(), title.casefold())]
    if len(found) != 1:
        there = sorted(map(capitalised, titles.values()))
        raise BadInput(Offered.NO_STEP(grant=reference, there=there))
    return found[0]


def list_titles(connection: Connection, say: Translator, most: int) -> list[str]:
    """Return what the unsettled steps of open grants are called, each title once; none where there are too many."""
    columns = (_GRANT.c.programme_id, _STEP.c.kind, _STEP.c.period, _STEP.c.template_key)
    kinds = (
        select(*columns)
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .where(_GRANT.c.status == GrantStatus.OPEN, IS_UNSETTLED)
        .distinct()
        .limit(10 * most)
    )
    called = StepTitles(connection, say)
    titles = {capitalised(called.of(row.programme_id, row)) for row in connection.execute(kinds)}
    return sorted(titles) if len(titles) <= most else []


_ROLE, _PERSON, _BODY = table_of(GrantRole), table_of(Person), table_of(Organisation)


def email_in_role(engine: Engine, reference: str, role: str, today: date) -> str:
    """Return the address of who holds the role in the grant, or has that place above its coordinator.

    Raises UnknownReference for the grant, BadInput when nobody holds the role.
    """
    grant_id = find_grant(engine, reference).id
    with reading(engine) as connection:
        held = select(_ROLE.c.role, _ROLE.c.person_id).where(_ROLE.c.grant_id == grant_id)
        roles: dict[str, int] = {str(row.role): row.person_id for row in connection.execute(held)}
        people = load_people(connection, roles.values(), today)
        owner = roles.get(Role.COORDINATOR)
        person_id = roles.get(role) if owner is None else person_in_role(role, roles, owner, people)
        if person_id is None:
            there = ", ".join(sorted(roles)) or Reading.NONE()
            raise BadInput(Stored.NOBODY_IS(role=role, grant=reference, there=there))
        return str(connection.execute(select(_PERSON.c.email).where(_PERSON.c.id == person_id)).scalar_one())


def deciding_body(engine: Engine, grant_id: int) -> str:
    """Return the key of the body that takes the grant's approvals, as its meetings are entered under."""
    body = (
        select(_BODY.c.key).join(_GRANT, _GRANT.c.recipient_id == _BODY.c.id).where(_GRANT.c.id == grant_id)
    )
    with reading(engine) as connection:
        return str(connection.execute(body).scalar_one())


def final_approval(engine: Engine, reference: str, *, by_funder: bool) -> str:
    """Return the key of the final report's approval, our own (the last, after the readings) or the funder's.

    BadInput if not one.
    """
    approvals = select(_STEP.c.key, _STEP.c.template_key, _GRANT.c.programme_id).where(
        _STEP.c.grant_id == find_grant(engine, reference).id,
        _STEP.c.phase == Phase.FINAL_REPORT,
        _STEP.c.kind == StepKind.APPROVAL,
        _STEP.c.with_funder == by_funder,
        _STEP.c.status != StepStatus.CANCELLED,
    )
    with reading(engine) as connection:
        ordered = approvals.join(_GRANT, _GRANT.c.id == _STEP.c.grant_id).order_by(
            _STEP.c.position, _STEP.c.id
        )
        rows = connection.execute(ordered).all()
        programmes = load_programmes(connection, {row.programme_id for row in rows})
    keys = []
    for row in rows:
        programme = programmes[row.programme_id]
        rule = next((one for one in programme.steps if one.key == row.template_key), None)
        # An upgrade can have left a step without a rule.
        if rule is None or not is_read_first(rule, programme):
            keys.append(row.key)
    if len(keys) != 1:
        raise BadInput(Stored.NOT_ONE_APPROVAL(grant=reference, there=", ".join(keys) or Reading.NONE()))
    return str(keys[0])
