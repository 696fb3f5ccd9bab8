"""Open grants under their programmes' versions, or update existing ones, a batch at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any

from sqlmodel import Session, func, select

from models.events import GrantEvent
from models.intake.file import GrantEntry
from models.programme.plan import Programme
from models.rules.notices.quiet_days import LateAtImport
from models.tables.grant import Grant, GrantRole
from models.vocabulary import Role
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import BATCH, load_grants, lock_grants
from tasks.commands.grants import late_steps
from tasks.commands.replan.changes import finish_all
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.preview import NOTHING, Consequences, act_and_compare
from tasks.grant.records import GrantRecord, ProgrammeFacts, Records
from tasks.intake.grant_updates import bring_up_to_date, check_dates, columns_of_entry, dates_of, update_grant
from tasks.intake.import_faults import Imported, naming, of_grant
from tasks.intake.progress import note_end, person_called
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.grant_lookup import lowered_forms
from tasks.store.new_rows import NewRows
from tasks.store.shared_facts import SharedFacts


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """A grant that was "new", "changed" or "unchanged", and what the change moves in it.

    `missing_dates` are those that its steps wait for and no decision gives. `decisions` counts
    those in the file, by outcome; `late` are the steps of a new grant that were late already. A
    `quiet` grant sends nothing until its import is confirmed.
    """

    reference: str
    outcome: str
    missing_dates: tuple[str, ...]
    moved: Consequences = NOTHING
    decisions: Mapping[str, int] = field(default_factory=dict)
    late: tuple[LateAtImport, ...] = ()
    quiet: bool = False


def open_or_update_grants(
    session: Session,
    entries: Sequence[GrantEntry],
    registry: ProgrammeRegistry,
    today: date,
    now: datetime,
    *,
    holds: bool = False,
    by_id: int | None = None,
) -> Iterator[BroughtIn]:
    """Open the grants, or update those that exist; yield the outcome of each, in order.

    A grant keeps the programme version it was opened under, whatever the file says now. What an
    entry does not mention stays as it is. `holds` means that a new one is quiet if there is
    anything to tell about it; `by_id` is who changes one by a form. ImportInvalid names the grant
    that cannot be imported.
    """
    for first in range(0, len(entries), BATCH):
        batch = entries[first : first + BATCH]
        grants = lock_grants(session, [entry.reference for entry in batch])
        known = {work.grant.reference: work for work in load_grants(session, grants, today)}
        pairs = [(known.get(entry.reference), entry) for entry in batch]
        for there, run in groupby(pairs, lambda pair: pair[0] is not None):
            if there:
                yield from _update_all([(work, entry) for work, entry in run if work], registry, now, by_id)
            else:
                shared = SharedFacts(session)
                rows = NewRows(session.connection())
                at = OpeningBatch(
                    session=session,
                    shared=shared,
                    records=Records(session, ()),
                    rows=rows,
                    registry=registry,
                    today=today,
                    now=now,
                    holds=holds,
                )
                yield from _open_all(at, [entry for _, entry in run])


def _open_all(at: OpeningBatch, entries: Sequence[GrantEntry]) -> Iterator[BroughtIn]:
    _check_references(at.session, entries)
    at.shared.learn_people(email for entry in entries for email in entry.roles.values())
    found = []
    for entry in entries:
        decisions: Counter[str] = Counter()
        with naming(entry.reference):
            found.append((_open(at, entry, decisions), decisions))
    finish_all([work for work, _ in found], at.now)
    for work, decisions in found:
        quiet = work.grant.quiet
        late = late_steps(work) if quiet else ()
        yield _brought_in(work, "new", decisions=decisions, late=late, quiet=quiet)


def _update_all(
    pairs: Sequence[tuple[GrantAtWork, GrantEntry]],
    registry: ProgrammeRegistry,
    now: datetime,
    by_id: int | None,
) -> Iterator[BroughtIn]:
    found = []
    changed = dict[str, GrantAtWork]()
    for work, entry in pairs:
        decisions: Counter[str] = Counter()
        programme = registry.get(entry.programme) if entry.programme else None
        update = partial(
            update_grant, entry=entry, programme=programme, now=now, decisions=decisions, by_id=by_id
        )

        def act(work: GrantAtWork, update: Callable[[GrantAtWork], bool] = update) -> str | None:
            if not update(work):
                return None
            changed[work.grant.reference] = work
            return ""

        with naming(entry.reference):
            moved = act_and_compare(work, act)
        found.append((work, moved, decisions))
    finish_all(list(changed.values()), now)
    for work, moved, decisions in found:
        outcome = "changed" if work.grant.reference in changed else "unchanged"
        yield _brought_in(work, outcome, moved=moved, decisions=decisions)


def _brought_in(work: GrantAtWork, outcome: str, **more: Any) -> BroughtIn:
    return BroughtIn(work.grant.reference, outcome, missing_dates(work), **more)


@dataclass(frozen=True, slots=True)
class OpeningBatch:
    """What grants that are opened together have in common."""

    session: Session
    shared: SharedFacts
    records: Records
    rows: NewRows
    registry: ProgrammeRegistry
    today: date
    now: datetime
    holds: bool


def _open(at: OpeningBatch, entry: GrantEntry, decisions: Counter[str]) -> GrantAtWork:
    """Return the grant, opened and brought to the entry's state; its rows are not written yet."""
    programme = _check_whole(entry, at.registry)
    check_dates(entry, programme)
    version_id = at.shared.version_of(programme, at.now)
    own = {"programme_id": version_id, "currency": programme.currency, "opened_on": at.today}
    values = {"reference": entry.reference, "dates": dates_of(entry), **own}
    grant = at.rows.add(Grant, columns_of_entry(at.shared, entry, programme.currency) | values)
    roles = {
        str(role): person_called(at.shared, entry.reference, email, "roles", role)
        for role, email in entry.roles.items()
    }
    for role, person_id in roles.items():
        at.rows.add(GrantRole, {"grant_id": grant.id, "role": role, "person_id": person_id})
    # Its rows are not in the database: nothing of it is read.
    record = GrantRecord(at.records, grant, ProgrammeFacts(at.shared.programme(version_id)))
    work = GrantAtWork(
        session=at.session,
        record=record,
        steps={},
        roles=roles,
        decisions=[],
        instalments=[],
        today=at.today,
        shared=at.shared,
        opening=at.rows,
    )
    work.holds_news = at.holds
    work.add_event(GrantEvent.GRANT_OPENED, programme=programme.programme)
    bring_up_to_date(work, entry, at.now, decisions)
    note_end(work)
    late = late_steps(work)
    if late:  # until somebody has confirmed that it is
        grant.quiet = True
        work.add_event(GrantEvent.IMPORTED_LATE, late={step.key: step.due_on.isoformat() for step in late})
    return work


def _check_whole(entry: GrantEntry, registry: ProgrammeRegistry) -> Programme:
    """Return a new grant's programme; ImportInvalid if something is missing that a new grant needs."""
    if entry.title is None:
        raise of_grant(entry.reference, Imported.IN_NO_GRANTS())
    for name in ("funder", "recipient", "programme"):
        if not getattr(entry, name):
            raise of_grant(entry.reference, Imported.NEW_NEEDS(name=name))
    if Role.COORDINATOR not in entry.roles:
        raise of_grant(entry.reference, Imported.NO_COORDINATOR(), "roles", Role.COORDINATOR)
    return registry.get(entry.programme or "")


def _check_references(session: Session, entries: Sequence[GrantEntry]) -> None:
    """Refuse a grant whose reference people would confuse with another's."""
    lowered = func.lower(Grant.reference)
    forms = {form for entry in entries for form in lowered_forms(entry.reference)}
    same = select(Grant.reference).where(lowered.in_(forms))
    by_reference = {other.lower(): other for other in session.exec(same)}
    for entry in entries:
        reference = entry.reference
        other = by_reference.setdefault(reference.lower(), reference)
        if other != reference:
            raise of_grant(reference, Imported.OTHER_SPELLING(other=other))
