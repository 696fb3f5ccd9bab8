"""Bring a grant to the state in an import file: its columns, who holds its roles, and its progress.

A grant that exists is updated; one that was just opened is filled by the same `bring_up_to_date`.
"""

from collections import Counter
from datetime import datetime

from sqlmodel import select

from models.events import GrantEvent
from models.intake.file import GrantEntry
from models.programme.plan import Programme
from models.reading.number import minor_units
from models.tables.columns import id_of
from models.tables.grant import GrantRole
from models.tables.person import Organisation
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus, NoticeKind, Phase, Role
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.checks import no_date
from tasks.commands.changed_account import note_recipient
from tasks.commands.replan.plan_facts import FIRST_END
from tasks.commands.replan.upgrade import hand_step
from tasks.grant.booked import find_booked
from tasks.intake.decisions import record_decisions
from tasks.intake.import_faults import Imported, of_grant
from tasks.intake.paid_so_far import bring_paid_so_far
from tasks.intake.progress import bring_instalments, mark_done, person_called
from tasks.store.journal import journal_value
from tasks.store.shared_facts import SharedFacts

# The columns of a grant's row that have the same name in the entry.
_CONTACT = {"contact_name", "contact_phone", "contact_email"}
_AS_WRITTEN = {
    "funder_reference",
    "matter",
    "period_start_on",
    "period_end_on",
    "figures_file",
    "project",
    *_CONTACT,
}


def update_grant(
    work: GrantAtWork,
    entry: GrantEntry,
    programme: Programme | None,
    now: datetime,
    decisions: Counter[str],
    by_id: int | None = None,
) -> bool:
    """Bring the grant up to date; return whether anything changed. The caller finishes the change.

    `decisions` counts those of the entry by outcome, and `by_id` is who changes it by a form. Raises
    ImportInvalid for an entry of another programme, or one that names something unknown.
    """
    grant = work.grant
    opened_under = work.programme.programme
    if programme and opened_under != programme.programme:
        raise of_grant(entry.reference, Imported.OTHER_PROGRAMME(programme=opened_under), "programme")
    check_dates(entry, work.programme)
    values = _values(work, entry)
    changed = {name: value for name, value in values.items() if getattr(grant, name) != value}
    was = {name: getattr(grant, name) for name in changed}
    for name, value in changed.items():
        setattr(grant, name, value)
    if "project" in changed:
        booked = find_booked(work.session.connection(), id_of(grant), grant.project)
        grant.booked_minor = booked.total_minor if booked else None
    moved = _update_roles(work, entry, by_id)
    if changed or moved:
        fields = {name: _noted(name, was[name], changed[name]) for name in sorted(changed)}
        work.add_event(GrantEvent.GRANT_CHANGED, person_id=by_id, changes=fields, roles=moved)
    if "recipient_id" in changed and grant.status is GrantStatus.OPEN:
        before, after = (
            work.session.get_one(Organisation, organisation_id)
            for organisation_id in (was["recipient_id"], grant.recipient_id)
        )
        note_recipient(work, before, after)
    acted = grant.status is GrantStatus.OPEN and bring_up_to_date(work, entry, now, decisions)
    return bool(changed or moved or acted)


def _noted(name: str, was: object, becomes: object) -> list[object]:
    """Return what the journal keeps of a changed fact: of a contact no name, since the journal is permanent."""
    return [] if name in _CONTACT else [journal_value(was), journal_value(becomes)]


def bring_up_to_date(work: GrantAtWork, entry: GrantEntry, now: datetime, decisions: Counter[str]) -> bool:
    """Bring in the entry's decisions, done steps and instalments; return whether any changed."""
    # An application was sent before its decision: it keeps its own day.
    work.known_done = entry.done
    applied = {step.key for step in work.steps.values() if step.phase is Phase.APPLICATION}
    changed = mark_done(work, {key: on for key, on in entry.done.items() if key in applied})
    decisions.update(record_decisions(work, entry.decisions, now))
    changed |= bool(decisions["new"] or decisions["changed"])
    changed |= mark_done(work, entry.done)
    changed |= bring_instalments(work, entry)
    changed |= bring_paid_so_far(work, entry)
    # Nobody is told of what had passed before the import; only of what still waits for a person.
    waiting = {row.number for row in work.instalments if row.status is InstalmentStatus.RELEASABLE}
    work.notices[:] = [
        notice
        for notice in work.notices
        if notice.kind is not NoticeKind.CONFIRM_RELEASE or notice.detail["instalment"] in waiting
    ]
    return changed


def check_dates(entry: GrantEntry, programme: Programme) -> None:
    """Raise ImportInvalid if the entry gives a date that the programme does not have."""
    for name in entry.dates:
        if name not in programme.dates:
            raise of_grant(entry.reference, no_date(programme, name), "dates", name)


def columns_of_entry(shared: SharedFacts, entry: GrantEntry, currency: str) -> dict[str, object]:
    """Return the grant's columns that the entry mentions, without its dates."""
    values = entry.model_dump(include=_AS_WRITTEN, exclude_unset=True)
    if entry.title is not None:
        values["title"] = entry.title
    if entry.applied_for is not None:
        values["applied_for_minor"] = minor_units(entry.applied_for, currency)
    for name in ("funder", "recipient"):
        if (key := getattr(entry, name)) is not None:
            values[f"{name}_id"] = shared.organisation_id(key)
            if values[f"{name}_id"] is None:
                raise of_grant(entry.reference, Imported.ROLE_UNKNOWN(role=name, key=key), name)
    return values


def _values(work: GrantAtWork, entry: GrantEntry) -> dict[str, object]:
    """Return the grant's present values of the columns that the entry mentions."""
    columns = columns_of_entry(work.shared, entry, work.grant.currency)
    dates: dict[str, object] = work.grant.dates | dates_of(entry)
    if FIRST_END in dates and "period_end_on" in columns:
        # A decision has moved the end since: the file gives the earlier one.
        dates[FIRST_END] = {"on": journal_value(columns.pop("period_end_on"))}
    return columns | {"dates": dates}


def _update_roles(work: GrantAtWork, entry: GrantEntry, by_id: int | None) -> dict[str, list[int | None]]:
    """Set roles that differ, and hand each role's open steps over; return the old and the new holders."""
    rows = {
        row.role: row
        for row in work.session.exec(select(GrantRole).where(GrantRole.grant_id == work.grant_id))
    }
    moved = dict[str, list[int | None]]()
    for role, email in entry.roles.items():
        person_id = person_called(work.shared, entry.reference, email, "roles", role)
        if role not in rows:
            work.session.add(GrantRole(grant_id=work.grant_id, role=role, person_id=person_id))
        elif rows[role].person_id != person_id:
            rows[role].person_id = person_id
        else:
            continue
        moved[str(role)] = [work.roles.get(role), person_id]
        work.roles[role] = person_id
        _hand_over(work, role, person_id, by_id)
    return moved


def _hand_over(work: GrantAtWork, role: Role, person_id: int, by_id: int | None) -> None:
    """Give the role's open steps to its new holder, except those that an owner gave to a colleague."""
    for step in work.steps.values():
        mine = step.owner_role == role and step.status in UNSETTLED and step.owner_id != person_id
        if mine and not work.record.is_given_by_name(step):
            hand_step(work, step, person_id, by_id)


def dates_of(entry: GrantEntry) -> dict[str, dict[str, object]]:
    """Return the dates that the entry gives, in the form of a grant's row."""
    return {name: value.model_dump(mode="json") for name, value in entry.dates.items()}
