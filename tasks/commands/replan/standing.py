"""Write on a grant where it stands, so that a portfolio is found, ordered and summed up in the database."""

from __future__ import annotations

from models.reading.reference import reference_key
from models.rules.money.at_risk import at_risk_minor, late_costs
from models.rules.steps.next import awaited_dates, ball_with, next_steps, undated
from models.vocabulary import GrantStatus, Phase
from tasks.commands.at_work.grant import GrantAtWork, step_has_come


def write_standing(work: GrantAtWork) -> None:
    """Bring the grant's standing up to date with its steps and instalments."""
    grant, parts = work.grant, work.instalments
    unsettled = next_steps(work.steps.values())
    following = next((step for step in unsettled if step_has_come(work, step)), None)
    grant.next_step = following.key if following else None
    grant.next_phase = str(following.phase) if following else None
    if following is None and grant.status is GrantStatus.OPEN:
        grant.next_phase = str(Phase.DECISION)  # all that is left comes after the award
    grant.next_due_on = following.due_on if following else None
    grant.ball_with = ball_with(following, parts)
    grant.at_risk_minor = at_risk_minor(grant, parts, unsettled, late_costs(work.programme))
    is_awarded = grant.status is GrantStatus.OPEN and grant.award_minor is not None
    waiting = undated(unsettled, parts, awaited_dates(work.programme)) if is_awarded else ()
    grant.undated = [list(pair) for pair in waiting]
    grant.reference_key = reference_key(grant.reference)
    grant.search_key = f"{grant.title.casefold()}\n{grant.reference.casefold()}"
