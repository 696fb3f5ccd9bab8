"""Open a grant under a programme version, or bring one up to date with an import file."""

from __future__ import annotations

from datetime import date, datetime

from sqlmodel import Session, col, func, select

from models.errors import BadInput, ImportInvalid, Refused
from models.grant import Grant, GrantRole, ProgrammeVersion
from models.import_file import GrantEntry
from models.people import Organisation
from models.programme import Programme
from models.step import Answer
from models.vocabulary import UNSETTLED, AnswerKind, GrantStatus, NoticeKind, Role
from tasks.changes import finish
from tasks.grant_at_work import GrantAtWork, add_draft, load_grant, lock_grant
from tasks.imported_history import bring_up_to_date, imported_person, minor_units
from tasks.programme_versions import record_programme
from tasks.replanning import replan


def open_or_update_grant(
    session: Session, entry: GrantEntry, programme: Programme, today: date, now: datetime
) -> str:
    """Open the grant, or update one that is there; return "new", "changed" or "unchanged".

    A grant keeps the programme version it was opened under, whatever the file says now. What an entry does not
    mention stays as it is.
    """
    grant = lock_grant(session, entry.reference)
    try:
        if grant is None:
            _check_reference(session, entry.reference)
            _open(session, entry, programme, today, now)
            return "new"
        return "changed" if _update(session, grant, entry, programme, today, now) else "unchanged"
    except (BadInput, Refused, ValueError) as error:
        if isinstance(error, ImportInvalid):
            raise
        what = error.detail if type(error) is BadInput else str(error)
        raise ImportInvalid(f"grant {entry.reference}: {what}") from error


def _open(session: Session, entry: GrantEntry, programme: Programme, today: date, now: datetime) -> None:
    _check_dates(entry, programme)
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
        applied_for_minor=minor_units(entry.applied_for, programme.currency),
        period_start_on=entry.period_start_on,
        period_end_on=entry.period_end_on,
        dates=_dates(entry),
        figures_file=entry.figures_file,
        opened_on=today,
    )
    session.add(grant)
    session.flush()
    for role, email in entry.roles.items():
        session.add(
            GrantRole(
                grant_id=grant.id or 0, role=role, person_id=imported_person(session, entry.reference, email)
            )
        )
    session.flush()
    work = load_grant(session, grant, today)
    work.happened("grant_opened", programme=programme.programme)
    replan(work)
    bring_up_to_date(work, entry, now, opening=True)
    finish(work, now)


def _update(
    session: Session, grant: Grant, entry: GrantEntry, programme: Programme, today: date, now: datetime
) -> bool:
    opened_under = session.get_one(ProgrammeVersion, grant.programme_id).key
    if opened_under != programme.programme:
        raise ImportInvalid(
            f"grant {entry.reference} was opened under '{opened_under}'; it cannot change programme"
        )
    work = load_grant(session, grant, today)
    _check_dates(entry, work.programme)
    values = _values(session, grant, entry)
    changed = {name: value for name, value in values.items() if getattr(grant, name) != value}
    for name, value in changed.items():
        setattr(grant, name, value)
    moved = _update_roles(work, entry)
    if changed or moved:
        work.happened("grant_changed", fields=sorted(changed), roles=moved)
    acted = bring_up_to_date(work, entry, now, opening=False) if grant.status is GrantStatus.OPEN else False
    if not (changed or moved or acted):
        return False
    finish(work, now)
    return True


def _check_reference(session: Session, reference: str) -> None:
    """Refuse a grant whose reference people would take for that of another."""
    same = select(Grant.reference).where(func.lower(Grant.reference) == reference.lower())
    other = session.exec(same).first()
    if other is not None:
        raise ImportInvalid(
            f"grant {reference}: there is a grant '{other}': write its reference in the same way"
        )


def _check_dates(entry: GrantEntry, programme: Programme) -> None:
    for name in entry.dates:
        if name not in programme.dates:
            known = ", ".join(sorted(programme.dates)) or "none"
            raise ImportInvalid(
                f"grant {entry.reference}: the programme has no date '{name}'; it has: {known}"
            )


def _values(session: Session, grant: Grant, entry: GrantEntry) -> dict[str, object]:
    """Return the grant's columns that the entry mentions, as it has them."""
    optional: dict[str, object] = {
        "funder_reference": entry.funder_reference,
        "period_start_on": entry.period_start_on,
        "period_end_on": entry.period_end_on,
        "dates": grant.dates | _dates(entry),
        "figures_file": entry.figures_file,
    }
    said = {name: value for name, value in optional.items() if name in entry.model_fields_set}
    if entry.applied_for is not None:
        said["applied_for_minor"] = minor_units(entry.applied_for, grant.currency)
    return {
        **said,
        "title": entry.title,
        "funder_id": _organisation(session, entry, "funder"),
        "recipient_id": _organisation(session, entry, "recipient"),
    }


def _update_roles(work: GrantAtWork, entry: GrantEntry) -> list[str]:
    """Set roles that differ, and hand the role's open steps to the new holder; return the roles."""
    rows = {
        row.role: row
        for row in work.session.exec(select(GrantRole).where(GrantRole.grant_id == work.grant_id))
    }
    moved = []
    for role, email in entry.roles.items():
        person_id = imported_person(work.session, entry.reference, email)
        if role not in rows:
            work.session.add(GrantRole(grant_id=work.grant_id, role=role, person_id=person_id))
        elif rows[role].person_id != person_id:
            rows[role].person_id = person_id
        else:
            continue
        work.roles[role] = person_id
        _hand_over(work, role, person_id)
        moved.append(str(role))
    return moved


def _hand_over(work: GrantAtWork, role: Role, person_id: int) -> None:
    """Give the role's open steps to its new holder, save those that their owner gave to a colleague by name."""
    ids = [step.id for step in work.steps.values()]
    answers = select(Answer.step_id, Answer.colleague_id).where(
        col(Answer.step_id).in_(ids), Answer.kind == AnswerKind.NOT_ME
    )
    given = set(work.session.exec(answers))
    for step in work.steps.values():
        if step.owner_role != role or step.status not in UNSETTLED or step.owner_id == person_id:
            continue
        if (step.id, step.owner_id) in given:
            continue
        before, step.owner_id, step.owner_since_on = step.owner_id, person_id, work.today
        step.version += 1
        work.happened("step_handed_over", step, person_id, **{"from": before})
        if step.due_on is not None:
            rung = f"handed-over-{step.version}"
            add_draft(work, step, NoticeKind.HANDED_OVER, rung, person_id, **{"from": before})


def _dates(entry: GrantEntry) -> dict[str, dict[str, object]]:
    return {name: value.model_dump(mode="json") for name, value in entry.dates.items()}


def _organisation(session: Session, entry: GrantEntry, name: str) -> int:
    key = getattr(entry, name)
    found = session.exec(select(Organisation.id).where(Organisation.key == key)).first()
    if found is None:
        raise ImportInvalid(f"grant {entry.reference}: the {name} '{key}' is not a known organisation")
    return found
