"""Look for what is impossible or unwise in a running grant's plan."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import UnknownReference
from models.grant import Grant
from models.rules.concerns import Concern, find_concerns, find_unknown_meetings
from models.rules.planner import plan_steps
from models.vocabulary import UNSETTLED
from tasks.database import reading
from tasks.grant_at_work import load_grant
from tasks.replanning import plan_facts


def concerns_of_grant(engine: Engine, reference: str, today: date) -> list[Concern]:
    """Return what is the matter with the steps of the grant that are still to be done."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, today)
        open_keys = {key for key, step in work.steps.items() if step.status in UNSETTLED}
        planned = [one for one in plan_steps(work.programme, plan_facts(work)) if one.key in open_keys]
        return [*find_concerns(work.programme, planned), *find_unknown_meetings(planned)]
