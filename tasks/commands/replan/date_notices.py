"""Tell once of a date, or of an instalment's sum, that the programme needs and that no decision gave."""

from __future__ import annotations

from collections.abc import Iterator

from models.tables.grant import Decision
from models.tables.step import Step
from models.vocabulary import UNSETTLED, DecisionKind, GrantStatus, NoticeKind, Role
from tasks.commands.at_work.find import claim_step, rule_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.sizes import unstated_instalments
from tasks.people.notices import notice_about


def missing_dates(work: GrantAtWork) -> tuple[str, ...]:
    """Return the dates that the programme wants from a decision, that none has given, and that a step counts from."""
    found = {name for name, _ in _waiting(work)}
    return tuple(name for name in work.programme.dates if name in found)


def add_missing_date_notices(work: GrantAtWork) -> None:
    """Add a notice to the coordinator about the first step that waits for each date that no decision gave.

    Of a sum that no decision states hears who recorded the award, and can record that too. Either is told once after
    the award: a notice that was made is not made again.
    """
    coordinator = work.roles.get(Role.COORDINATOR)
    award = next((one for one in work.decisions if one.kind is DecisionKind.AWARD), None)
    if coordinator is None or award is None:
        return
    first: dict[str, Step] = {}
    for name, step in _waiting(work):
        first.setdefault(name, step)
    for name, step in first.items():
        _add_notice(work, step, award, f"date-missing-{name}", coordinator, date=name)
    recorder = award.recorded_by_id or work.roles.get(Role.ADMIN) or coordinator
    for number, most in unstated_instalments(work):
        part = next((row for row in work.instalments if row.rule == number), None)
        claim = claim_step(work, part) if part is not None else None
        if claim is not None and claim.status in UNSETTLED:
            detail = {"instalment": number, "at_most": most}
            _add_notice(work, claim, award, f"sum-missing-{number}", recorder, **detail)


def _add_notice(
    work: GrantAtWork, step: Step, award: Decision, rung: str, person_id: int, **detail: object
) -> None:
    kind = NoticeKind.DATE_MISSING
    work.notices.append(
        # The step has no due date: the award's day is what makes the notice one and the same every time.
        notice_about(step, award.decided_on, kind, rung, person_id, detail=detail)
    )


def _waiting(work: GrantAtWork) -> Iterator[tuple[str, Step]]:
    """Yield each date of a decision that a step still waits for, in the order of the steps."""
    wanted = {
        name for name, rule in work.programme.dates.items() if rule.given_by == "decision" and rule.required
    }
    if not wanted or work.grant.status is not GrantStatus.OPEN or not work.decisions:
        return
    wanted -= {name for decision in work.decisions for name in decision.dates}
    for step in work.steps.values() if wanted else ():
        if step.due_on is None and step.status in UNSETTLED and (rule := rule_of(work, step)) is not None:
            yield from ((name, step) for name in rule.day_names if name in wanted)
