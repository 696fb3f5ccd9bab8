"""Load the grants that a change works on, held until its transaction ends."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, select

from models.rules.money.shares import decision_order
from models.tables.grant import Decision, Grant
from models.tables.money import Instalment
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.store.queries import HOLDS
from tasks.store.shared import SharedFacts, load_roles

# How many grants are worked on together: enough to share what they share, few enough to hold in memory.
BATCH = 500
# Made once: what a change to one grant pays for is the making of its queries.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_NAMED = (
    select(Grant)
    .where(col(Grant.reference).in_(bindparam("references", expanding=True)))
    .order_by(col(Grant.id))
    .with_for_update(key_share=True)
)
_LOCKED_STEPS = (
    select(Step.id).where(col(Step.grant_id).in_(_IDS)).order_by(col(Step.id)).with_for_update(key_share=True)
)
_STEPS = (
    select(Step)
    .where(col(Step.grant_id).in_(_IDS))
    .order_by(col(Step.grant_id), col(Step.position), col(Step.id))
)
_DECIDED = (
    select(Decision)
    .where(col(Decision.grant_id).in_(_IDS), HOLDS)
    .order_by(col(Decision.decided_on), col(Decision.id))
)
_PARTS = select(Instalment).where(col(Instalment.grant_id).in_(_IDS)).order_by(col(Instalment.number))


def lock_grant(session: Session, reference: str) -> Grant | None:
    """Return the grant, held with all its steps until the transaction ends; None if there is none."""
    return next(iter(lock_grants(session, [reference])), None)


def lock_grants(session: Session, references: Sequence[str]) -> list[Grant]:
    """Return those of the grants that are there, held with all their steps until the transaction ends.

    Who locks several grants or steps does it in the order of their ids, or two transactions could wait for each
    other: a round, a handover, and a change whose flushes come in an order of their own. `key_share` lets a foreign
    key that somebody else's row needs be looked up meanwhile.
    """
    grants = list(session.exec(_NAMED, params={"references": list(references)}))
    if grants and session.get_bind().dialect.name == "postgresql":
        # SQLite has one writer.
        session.exec(_LOCKED_STEPS, params={"ids": [grant.id for grant in grants]}).all()
    return grants


def load_grant(session: Session, grant: Grant, today: date) -> GrantAtWork:
    """Return the grant with its steps, roles, decisions and instalments."""
    return load_grants(session, [grant], today)[0]


def load_grants(session: Session, grants: Sequence[Grant], today: date) -> list[GrantAtWork]:
    """Return the grants, each with its steps, roles, decisions and instalments."""
    ids = [grant.id for grant in grants if grant.id is not None]
    roles = load_roles(session.connection(), ids)
    shared = SharedFacts(session, ids)
    works = {
        grant.id: GrantAtWork(
            session,
            grant,
            shared.programme(grant.programme_id),
            {},
            roles[grant.id or 0],
            [],
            [],
            today,
            shared,
        )
        for grant in grants
    }
    given = {"ids": ids}
    for step in session.exec(_STEPS, params=given):
        works[step.grant_id].steps[step.key] = step
    for decision in session.exec(_DECIDED, params=given):
        works[decision.grant_id].decisions.append(decision)
    for work in works.values():
        work.decisions.sort(key=decision_order)
    for part in session.exec(_PARTS, params=given):
        works[part.grant_id].instalments.append(part)
    for work in works.values():
        work.take_changed()
    return list(works.values())
