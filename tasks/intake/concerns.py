"""Look for what is impossible or unwise in a running grant's plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.errors import UnknownReference
from models.rules.dates.plan import plan_steps
from models.rules.watch.concerns import (
    Concern,
    ConcernKind,
    concern,
    find_concerns,
    find_early_days,
    find_unknown_meetings,
)
from models.tables.grant import Grant
from models.vocabulary import UNSETTLED
from tasks.commands.at_work.find import rule_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.commands.replan.facts import plan_facts
from tasks.commands.sums.sizes import awaited_sum
from tasks.store.database import reading


def concerns_of_grant(engine: Engine, reference: str, today: date) -> list[Concern]:
    """Return what is the matter with the grant's steps that are still to be done; UnknownReference if it is none."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, today)
        open_keys = {key for key, step in work.steps.items() if step.status in UNSETTLED}
        facts = plan_facts(work)
        planned = [one for one in plan_steps(work.programme, facts) if one.key in open_keys]
        found = *find_early_days(planned, facts), *find_concerns(work.programme, planned)
        return [*found, *find_unknown_meetings(planned), *_unstated_sums(work)]


def _unstated_sums(work: GrantAtWork) -> Iterator[Concern]:
    """Yield the claims that wait for a sum which no decision states."""
    for step in work.steps.values():
        rule = rule_of(work, step) if step.status in UNSETTLED else None
        if rule is not None and step.receipt.get("anchor") == "award" and awaited_sum(work, rule):
            counted = step.receipt["counted"]
            yield concern(ConcernKind.NO_SUM, [rule.key], step.key, counted=counted)
