"""Open a grant under a programme version, or bring one up to date with an import file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, select

from models.errors import BadInput, ImportInvalid
from models.grant import Grant, GrantRole
from models.import_file import DecisionEntry, GrantEntry, InstalmentEntry, read_amount
from models.people import Organisation, Person
from models.programme import Programme
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus, NoticeKind, Role, StepKind, StepStatus
from tasks.changes import finish
from tasks.decisions import DecisionInput, apply_decision
from tasks.grant_at_work import GrantAtWork, add_draft, claim_step, find_instalment, load_grant
from tasks.programme_versions import record_programme
from tasks.replanning import replan


def open_or_update_grant(
    session: Session, entry: GrantEntry, programme: Programme, today: date, now: datetime
) -> str:
    """Open the grant, or update one that is there; return "new", "changed" or "unchanged".

    A grant keeps the programme version it was opened under, whatever the file says now.
    """
    grant = session.exec(select(Grant).where(Grant.reference == entry.reference)).first()
    try:
        if grant is None:
            _open(session, entry, programme, today, now)
            return "new"
        return "changed" if _update(session, grant, entry, today, now) else "unchanged"
    except (BadInput, ValueError) as error:
        if isinstance(error, ImportInvalid):
            raise
        raise ImportInvalid(f"grant {entry.reference}: {error}") from error


def _open(session: Session, entry: GrantEntry, programme: Programme, today: date, now: datetime) -> None:
    for name in entry.dates:
        if name not in programme.dates:
            raise ImportInvalid(f"grant {entry.reference}: the programme has no date '{name}'")
    for name, rule in programme.dates.items():
        if rule.given_by == "grant" and rule.required and name not in entry.dates:
            raise ImportInvalid(f"grant {entry.reference}: the date '{name}' is missing ({rule.title.en})")
    grant = Grant(
        reference=entry.reference,
        funder_reference=entry.funder_reference,
        title=entry.title,
        programme_id=record_programme(session.connection(), programme, now),
        funder_id=_organisation(session, entry, "funder"),
        recipient_id=_organisation(session, entry, "recipient"),
        currency=programme.currency,
        applied_for_minor=_minor(entry.applied_for, programme.currency),
        period_start_on=entry.period_start_on,
        period_end_on=entry.period_end_on,
        dates=_dates(entry),
        figures_file=entry.figures_file,
        opened_on=today,
    )
    session.add(grant)
    session.flush()
    for role, email in entry.roles.items():
        session.add(GrantRole(grant_id=grant.id or 0, role=role, person_id=_person(session, entry, email)))
    session.flush()
    work = load_grant(session, grant, today)
    work.happened("grant_opened", programme=programme.programme)
    replan(work)
    _bring_up_to_date(work, entry, now)
    finish(work, now)


def _update(session: Session, grant: Grant, entry: GrantEntry, today: date, now: datetime) -> bool:
    work = load_grant(session, grant, today)
    values = {
        "title": entry.title,
        "funder_reference": entry.funder_reference,
        "period_start_on": entry.period_start_on,
        "period_end_on": entry.period_end_on,
        "dates": _dates(entry),
        "figures_file": entry.figures_file,
    }
    changed = {name: value for name, value in values.items() if getattr(grant, name) != value}
    for name, value in changed.items():
        setattr(grant, name, value)
    moved = _update_roles(work, entry)
    if changed or moved:
        work.happened("grant_changed", fields=sorted(changed), roles=moved)
    acted = _bring_up_to_date(work, entry, now) if grant.status is GrantStatus.OPEN else False
    if not (changed or moved or acted):
        return False
    finish(work, now)
    return True


def _update_roles(work: GrantAtWork, entry: GrantEntry) -> list[str]:
    """Set roles that differ, and hand the role's open steps to the new holder; return the roles."""
    rows = {
        row.role: row
        for row in work.session.exec(select(GrantRole).where(GrantRole.grant_id == work.grant_id))
    }
    moved = []
    for role, email in entry.roles.items():
        person_id = _person(work.session, entry, email)
        if role not in rows:
            work.session.add(GrantRole(grant_id=work.grant_id, role=role, person_id=person_id))
        elif rows[role].person_id != person_id:
            before, rows[role].person_id = rows[role].person_id, person_id
            _hand_over(work, role, before, person_id)
        else:
            continue
        work.roles[role] = person_id
        moved.append(str(role))
    return moved


def _hand_over(work: GrantAtWork, role: Role, before: int, person_id: int) -> None:
    for step in work.steps.values():
        if step.owner_role == role and step.owner_id == before and step.status in UNSETTLED:
            step.owner_id, step.owner_since_on = person_id, work.today
            step.version += 1
            work.happened("step_handed_over", step, person_id, was=before)
            if step.due_on is not None:
                rung = f"handed-over-{step.version}"
                add_draft(work, step, NoticeKind.HANDED_OVER, rung, person_id, **{"from": before})


def _bring_up_to_date(work: GrantAtWork, entry: GrantEntry, now: datetime) -> bool:
    """Apply decisions, done steps and instalments of the entry that are not there yet; return whether any were."""
    acted = False
    recorded = {(row.kind, row.decided_on) for row in work.decisions}
    for decision in entry.decisions:
        if (decision.kind, decision.decided_on) not in recorded:
            apply_decision(work, decision_input(decision, work.grant.currency), None, now)
            replan(work)
            acted = True
    acted |= _mark_done(work, entry.done)
    for number, instalment in sorted(entry.instalments.items()):
        acted |= _move_instalment(work, entry, number, instalment)
    # What had passed before the import is told to nobody; only what still waits for a person is.
    waiting = {row.number for row in work.instalments if row.status is InstalmentStatus.RELEASABLE}
    work.drafts[:] = [
        draft
        for draft in work.drafts
        if draft.kind is not NoticeKind.CONFIRM_RELEASE or draft.detail["instalment"] in waiting
    ]
    return acted


def decision_input(entry: DecisionEntry, currency: str) -> DecisionInput:
    """Return an import file's decision as the act of recording it takes it."""
    return DecisionInput(
        entry.kind,
        entry.decided_on,
        _minor(entry.amount, currency),
        _minor(entry.total, currency),
        entry.purpose,
        entry.conditions,
        entry.dates,
        entry.source,
    )


def _mark_done(work: GrantAtWork, done: Mapping[str, date]) -> bool:
    acted = False
    for key, on in sorted(done.items(), key=lambda pair: pair[1]):
        step = work.steps.get(key)
        if step is None:
            raise ImportInvalid(
                f"grant {work.grant.reference}: done: there is no step '{key}'; it has: {', '.join(work.steps)}"
            )
        if step.status not in UNSETTLED:
            continue
        if on > work.today:
            raise ImportInvalid(f"grant {work.grant.reference}: done: '{key}' on {on} lies in the future")
        _settle(work, step.key, on)
        replan(work)
        acted = True
    return acted


def _settle(work: GrantAtWork, key: str, on: date) -> None:
    step = work.steps[key]
    step.status = StepStatus.APPROVED if step.kind is StepKind.APPROVAL else StepStatus.DONE
    step.done_on, step.done_by_id = on, step.owner_id
    step.version += 1
    work.happened("step_imported_as_done", step, on=on.isoformat())


def _move_instalment(work: GrantAtWork, entry: GrantEntry, number: int, part: InstalmentEntry) -> bool:
    row = find_instalment(work, number)
    acted = False
    if part.released_on and row.conditional and row.status is InstalmentStatus.RELEASABLE:
        if not part.requested_by or not part.confirmed_by or part.requested_by == part.confirmed_by:
            raise ImportInvalid(
                f"grant {entry.reference}: instalment {number}: a release needs two people:"
                " requested_by and confirmed_by"
            )
        row.requested_by_id = _person(work.session, entry, part.requested_by)
        row.confirmed_by_id = _person(work.session, entry, part.confirmed_by)
        row.released_on, row.status, acted = part.released_on, InstalmentStatus.RELEASED, True
        work.happened("instalment_released", instalment=number, imported=True)
    if part.claimed_on and row.status is InstalmentStatus.RELEASED:
        row.claimed_on, row.status, acted = part.claimed_on, InstalmentStatus.CLAIMED, True
        _settle_money_step(work, number, StepKind.CLAIM, part.claimed_on)
        work.happened("instalment_claimed", instalment=number, imported=True)
    if part.paid_on and row.status is InstalmentStatus.CLAIMED:
        row.paid_on, row.paid_minor = part.paid_on, row.amount_minor
        row.status, acted = InstalmentStatus.PAID, True
        _settle_money_step(work, number, StepKind.PAYMENT, part.paid_on)
        work.happened("instalment_paid", instalment=number, imported=True)
    if (part.claimed_on or part.paid_on) and row.status not in (
        InstalmentStatus.CLAIMED,
        InstalmentStatus.PAID,
    ):
        raise ImportInvalid(
            f"grant {entry.reference}: instalment {number} is {row.status}; it cannot be claimed or paid yet"
        )
    if acted:
        replan(work)
    return acted


def _settle_money_step(work: GrantAtWork, number: int, kind: StepKind, on: date) -> None:
    step = claim_step(work, find_instalment(work, number), kind)
    if step is not None and step.status in UNSETTLED:
        _settle(work, step.key, on)
        replan(work)


def _minor(value: str | int | None, currency: str) -> int | None:
    return None if value is None else read_amount(value, currency)


def _dates(entry: GrantEntry) -> dict[str, dict[str, object]]:
    return {name: value.model_dump(mode="json") for name, value in entry.dates.items()}


def _organisation(session: Session, entry: GrantEntry, name: str) -> int:
    key = getattr(entry, name)
    found = session.exec(select(Organisation.id).where(Organisation.key == key)).first()
    if found is None:
        raise ImportInvalid(f"grant {entry.reference}: the {name} '{key}' is not a known organisation")
    return found


def _person(session: Session, entry: GrantEntry, email: str) -> int:
    found = session.exec(select(Person.id).where(Person.email == email)).first()
    if found is None:
        raise ImportInvalid(f"grant {entry.reference}: there is no person with the address '{email}'")
    return found
