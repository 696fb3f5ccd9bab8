"""Open a grant under a programme version, or bring one up to date with an import file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlmodel import Session, col, func, select

from models.errors import BadInput, ImportInvalid, Refused
from models.grant import Grant, GrantRole
from models.grant_entries import GrantEntry
from models.programme import Programme
from models.step import Answer
from models.vocabulary import UNSETTLED, AnswerKind, GrantStatus, NoticeKind, Role
from models.written_sums import minor_units
from tasks.grants.changes import finish_all
from tasks.grants.date_notices import missing_dates
from tasks.grants.grant_at_work import BATCH, GrantAtWork, add_draft, load_grants, lock_grants
from tasks.grants.what_if import NOTHING, Consequences, act_and_compare
from tasks.opening.grant_concerns import early_steps
from tasks.opening.imported_history import bring_up_to_date
from tasks.opening.imported_money import fall_back, fallen
from tasks.opening.imported_steps import imported_person, note_end
from tasks.store.grant_reference import lowered_forms
from tasks.store.journal_book import journal_value
from tasks.store.new_rows import NewRows
from tasks.store.shared_facts import SharedFacts


@dataclass(frozen=True, slots=True)
class Entry:
    """A grant as an import file has it, and the programme that it names."""

    content: GrantEntry
    programme: Programme

    @property
    def reference(self) -> str:
        """The grant's reference."""
        return self.content.reference


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """A grant that was "new", "changed" or "unchanged", and what of it the change moves.

    `missing_dates` are those that no decision gives and that its steps wait for; `early_steps` are due on a fixed day
    of the programme's before the grant.
    """

    reference: str
    outcome: str
    missing_dates: tuple[str, ...]
    early_steps: tuple[str, ...]
    moved: Consequences = NOTHING


def open_or_update_grants(
    session: Session, entries: Sequence[Entry], today: date, now: datetime
) -> Iterator[BroughtIn]:
    """Open the grants, or update those that are there; yield what became of each, in order.

    A grant keeps the programme version it was opened under, whatever the file says now. What an entry does not
    mention stays as it is. ImportInvalid names the grant that cannot be brought in.
    """
    for first in range(0, len(entries), BATCH):
        batch = entries[first : first + BATCH]
        grants = lock_grants(session, [entry.reference for entry in batch])
        known = {work.grant.reference: work for work in load_grants(session, grants, today)}
        pairs = [(known.get(entry.reference), entry) for entry in batch]
        for there, run in groupby(pairs, lambda pair: pair[0] is not None):
            if there:
                yield from _update_all([(work, entry) for work, entry in run if work is not None], now)
            else:
                yield from _open_all(session, [entry for _, entry in run], today, now)


def _open_all(session: Session, entries: Sequence[Entry], today: date, now: datetime) -> Iterator[BroughtIn]:
    _check_references(session, entries)
    shared, rows = SharedFacts(session), NewRows(session.connection())
    contents = [entry.content for entry in entries]
    shared.look_up(
        (key for one in contents for key in (one.funder, one.recipient)),
        (email for one in contents for email in one.roles.values()),
    )
    works = []
    for entry in entries:
        with _naming(entry):
            works.append(_open(Opening(session, shared, rows, today), entry, now))
    finish_all(works, now)
    # What was spent is asked of the database: only now does it know what the file answered. An approval that was
    # taken back after its money had left is taken back now that the money is out: the database would not let it go.
    again = {
        work.grant.reference: entry.content
        for work, entry in zip(works, entries, strict=True)
        if entry.content.answers or fallen(work, entry.content)
    }
    if again:
        later = load_grants(session, lock_grants(session, list(again)), today)
        for work in later:
            fall_back(work, again[work.grant.reference])
        finish_all(later, now)
        for work in later:
            note_end(work)
    yield from (_brought_in(work, "new") for work in works)


def _update_all(pairs: Sequence[tuple[GrantAtWork, Entry]], now: datetime) -> Iterator[BroughtIn]:
    found = []
    for work, entry in pairs:
        with _naming(entry):
            found.append((work, *_update_and_compare(work, entry, now)))
    finish_all([work for work, outcome, _ in found if outcome == "changed"], now)
    yield from (_brought_in(*one) for one in found)


def _update_and_compare(work: GrantAtWork, entry: Entry, now: datetime) -> tuple[str, Consequences]:
    """Bring the grant up to date; return the outcome, and what moves."""
    outcome = "unchanged"

    def update(work: GrantAtWork) -> str | None:
        nonlocal outcome
        if not _update(work, entry.content, entry.programme, now):
            return None
        outcome = "changed"
        return ""

    moved = act_and_compare(work, update)
    return outcome, moved


def _brought_in(work: GrantAtWork, outcome: str, moved: Consequences = NOTHING) -> BroughtIn:
    return BroughtIn(work.grant.reference, outcome, missing_dates(work), early_steps(work), moved)


@contextmanager
def _naming(entry: Entry) -> Iterator[None]:
    """Say of which grant an error is."""
    try:
        yield
    except (BadInput, Refused, ValueError) as error:
        if isinstance(error, ImportInvalid):
            raise
        what = error.detail if type(error) is BadInput else str(error)
        raise ImportInvalid(f"grant {entry.reference}: {what}") from error


@dataclass(frozen=True, slots=True)
class Opening:
    """What grants that are opened together have in common."""

    session: Session
    shared: SharedFacts
    rows: NewRows
    today: date


def _open(at: Opening, named: Entry, now: datetime) -> GrantAtWork:
    """Return the grant, opened and brought to where the entry says that it had come; its rows are not written yet."""
    entry, programme = named.content, named.programme
    _check_dates(entry, programme)
    for name, rule in programme.dates.items():
        if rule.given_by == "grant" and rule.required and name not in entry.dates:
            raise ImportInvalid(f"grant {entry.reference}: the date '{name}' is missing ({rule.title.en})")
    version_id = at.shared.record(programme, now)
    values = {
        "reference": entry.reference,
        "funder_reference": entry.funder_reference,
        "title": entry.title,
        "programme_id": version_id,
        "funder_id": _organisation(at.shared, entry, "funder"),
        "recipient_id": _organisation(at.shared, entry, "recipient"),
        "currency": programme.currency,
        "applied_for_minor": minor_units(entry.applied_for, programme.currency),
        "period_start_on": entry.period_start_on,
        "period_end_on": entry.period_end_on,
        "dates": _dates(entry),
        "figures_file": entry.figures_file,
        "opened_on": at.today,
    }
    grant = at.rows.add(Grant, values)
    roles = {role: imported_person(at.shared, entry.reference, email) for role, email in entry.roles.items()}
    for role, person_id in roles.items():
        at.rows.add(GrantRole, {"grant_id": grant.id, "role": role, "person_id": person_id})
    work = GrantAtWork(
        at.session,
        grant,
        at.shared.programme(version_id),
        {},
        {str(role): person_id for role, person_id in roles.items()},
        [],
        [],
        at.today,
        at.shared,
        opening=at.rows,
    )
    work.happened("grant_opened", programme=programme.programme)
    bring_up_to_date(work, entry, now, opening=True)
    return work


def _update(work: GrantAtWork, entry: GrantEntry, programme: Programme, now: datetime) -> bool:
    """Bring the grant up to date; return whether anything changed. The caller finishes the change."""
    grant, opened_under = work.grant, work.programme.programme
    if opened_under != programme.programme:
        raise ImportInvalid(
            f"grant {entry.reference} was opened under '{opened_under}'; it cannot change programme"
        )
    _check_dates(entry, work.programme)
    values = _values(work, entry)
    changed = {name: value for name, value in values.items() if getattr(grant, name) != value}
    was = {name: getattr(grant, name) for name in changed}
    for name, value in changed.items():
        setattr(grant, name, value)
    moved = _update_roles(work, entry)
    if changed or moved:
        fields = {name: [journal_value(was[name]), journal_value(changed[name])] for name in sorted(changed)}
        work.happened("grant_changed", changes=fields, roles=moved)
    acted = bring_up_to_date(work, entry, now, opening=False) if grant.status is GrantStatus.OPEN else False
    return bool(changed or moved or acted)


def _check_references(session: Session, entries: Sequence[Entry]) -> None:
    """Refuse a grant whose reference people would take for that of another."""
    lowered = func.lower(Grant.reference)
    forms = {form for entry in entries for form in lowered_forms(entry.reference)}
    same = select(Grant.reference).where(lowered.in_(forms))
    known = {other.lower(): other for other in session.exec(same)}
    for entry in entries:
        reference = entry.reference
        other = known.setdefault(reference.lower(), reference)
        if other != reference:
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


def _values(work: GrantAtWork, entry: GrantEntry) -> dict[str, object]:
    """Return the grant's columns that the entry mentions, as it has them."""
    grant = work.grant
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
        "funder_id": _organisation(work.shared, entry, "funder"),
        "recipient_id": _organisation(work.shared, entry, "recipient"),
    }


def _update_roles(work: GrantAtWork, entry: GrantEntry) -> list[str]:
    """Set roles that differ, and hand the role's open steps to the new holder; return the roles."""
    rows = {
        row.role: row
        for row in work.session.exec(select(GrantRole).where(GrantRole.grant_id == work.grant_id))
    }
    moved = []
    for role, email in entry.roles.items():
        person_id = imported_person(work.shared, entry.reference, email)
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


def _organisation(shared: SharedFacts, entry: GrantEntry, name: str) -> int:
    key = getattr(entry, name)
    found = shared.organisation_id(key)
    if found is None:
        raise ImportInvalid(f"grant {entry.reference}: the {name} '{key}' is not a known organisation")
    return found
