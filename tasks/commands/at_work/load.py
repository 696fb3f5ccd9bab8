"""Load and lock the grants that a command changes."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, select

from models.rules.money.shares import decision_sort_key
from models.tables.grant import Grant
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.grant.records import Records
from tasks.store.shared_facts import SharedFacts

# How many grants are worked on together: enough to gain by sharing, few enough for memory.
BATCH = 500
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


def lock_grant(session: Session, reference: str) -> Grant | None:
    """Return the grant, locked with all its steps until the transaction ends; None if there is none."""
    return next(iter(lock_grants(session, [reference])), None)


def lock_grants(session: Session, references: Sequence[str]) -> list[Grant]:
    """Return the existing grants of these, locked with all their steps until the transaction ends.

    Everybody locks several grants or steps in the order of their ids. Otherwise two transactions
    could wait for each other for ever: a round, a handover, a change. `key_share` lets other
    transactions check foreign keys to the row at the same time.
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
    records = Records(session, grants)
    shared = SharedFacts(session)
    works = []
    for record in records:
        work = GrantAtWork(
            session=session,
            record=record,
            steps={step.key: step for step in record.steps},
            roles=records.roles[record.id],
            decisions=sorted(record.decisions, key=decision_sort_key),
            instalments=list(record.instalments),
            today=today,
            shared=shared,
        )
        work.take_changed()
        works.append(work)
    return works
