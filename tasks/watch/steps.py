"""Find steps that are late and untold, have no day, or whose owner nobody reaches."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Connection, Exists, ScalarSelect, exists, func, or_, select

from models.events import GrantEvent
from models.message import Remark
from models.rules.dates.calendar import WorkCalendar
from models.rules.steps.order import list_awaited_dates, list_wanted_dates
from models.rules.watch import findings as auditor
from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import Finding, FindingKind
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.journal import DayRound, JournalEvent
from models.tables.letter import Letter, Notice
from models.tables.person import Absence, Person
from models.tables.step import Step
from models.vocabulary import LADDER_ROLES, NOT_ARRIVED, GrantStatus, StepStatus
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes
from tasks.store.queries import IS_UNSETTLED, is_away, is_here, late_steps

_GRANT = table_of(Grant)
_DECISION = table_of(Decision)
_STEP = table_of(Step)
_NOTICE = table_of(Notice)
_PERSON = table_of(Person)
_JOURNAL = table_of(JournalEvent)
_ROUND = table_of(DayRound)
_ABSENCE = table_of(Absence)
_ROLE = table_of(GrantRole)
_LETTER = table_of(Letter)


def late_untold(connection: Connection, today: date, calendar: WorkCalendar) -> list[Finding]:
    """Return the late steps that nobody was told of; in a quiet grant nobody has to be."""
    done = select(func.max(_ROUND.c.on)).where(_ROUND.c.completed_at.is_not(None))
    last_round_on = connection.execute(done).scalar()
    return auditor.find_late_untold(_late_steps(connection, today), last_round_on, calendar)


def _told_late() -> ScalarSelect[date]:
    """Return the last day on which somebody was told of a late step, by a letter that arrived."""
    did_not_arrive = _LETTER.c.status.in_(NOT_ARRIVED)
    return (
        select(func.max(_NOTICE.c.told_on))
        .where(
            _NOTICE.c.step_id == _STEP.c.id,
            _NOTICE.c.due_on == _STEP.c.due_on,
            _NOTICE.c.told_on > _STEP.c.due_on,
            _NOTICE.c.dropped_at.is_(None),
            _NOTICE.c.failed_at.is_(None),
            _NOTICE.c.letter_id.is_(None)
            | _NOTICE.c.letter_id.not_in(select(_LETTER.c.id).where(did_not_arrive)),
        )
        .scalar_subquery()
    )


def _opened() -> ScalarSelect[date]:
    """Return the last day on which a step opened after its grant was, by the journal."""
    return (
        select(func.max(_JOURNAL.c.on))
        .where(
            _JOURNAL.c.grant_id == _STEP.c.grant_id,
            _JOURNAL.c.step_id == _STEP.c.id,
            _JOURNAL.c.event == GrantEvent.STEP_OPENED,
            _JOURNAL.c.on > _GRANT.c.opened_on,
        )
        .scalar_subquery()
    )


def _late_steps(connection: Connection, today: date) -> list[auditor.LateStep]:
    late = (
        select(
            _GRANT.c.reference,
            _GRANT.c.programme_id,
            _GRANT.c.late_confirmed_on,
            _STEP.c.key,
            _STEP.c.due_on,
            _STEP.c.ladder,
            _opened().label("opened_on"),
            _told_late().label("told_on"),
            _touched().label("touched"),
        )
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(late_steps(today), ~_GRANT.c.quiet)
        .order_by(_STEP.c.due_on, _STEP.c.id)
    )
    rows = connection.execute(late).all()
    versions = load_programmes(connection, {row.programme_id for row in rows})
    steps = []
    for row in rows:
        ladder = versions[row.programme_id].ladders.get(row.ladder, ())
        first = next((rung for rung in ladder if rung.shift > 0), None)
        if first is not None:
            step = auditor.LateStep(
                where=f"{row.reference} {row.key}",
                due_on=row.due_on,
                shift=first.shift,
                unit=first.unit,
                told_on=row.told_on,
                touched=bool(row.touched),
                confirmed_on=row.late_confirmed_on,
                opened_on=row.opened_on,
                grant=row.reference,
                step=row.key,
            )
            steps.append(step)
    return steps


def _touched() -> Exists:
    """Return the condition that a person changed the step's grant after the last completed round."""
    completed = select(func.max(_ROUND.c.completed_at)).scalar_subquery()
    return exists().where(
        _JOURNAL.c.grant_id == _STEP.c.grant_id,
        _JOURNAL.c.at > completed,
        _JOURNAL.c.event.not_like("%\\_queued", escape="\\"),
        _JOURNAL.c.event.not_like("letter\\_%", escape="\\"),
    )


def findings_of(kind: FindingKind, why: Remark, rows: Iterable[AnyRow]) -> list[Finding]:
    """Return a finding for each row: a grant's reference, and a step's key if there is one."""
    named = [tuple(map(str, row)) for row in rows]
    return [Finding(kind, " ".join(names), why, names[0], "".join(names[1:])) for names in named]


def quiet_grants(connection: Connection) -> list[Finding]:
    """Return the grants imported with late steps that nobody has confirmed: nobody is told about them."""
    late = select(_GRANT.c.reference).where(_GRANT.c.quiet, _GRANT.c.status == GrantStatus.OPEN)
    rows = connection.execute(late.order_by(_GRANT.c.reference))
    return findings_of(FindingKind.QUIET, Watched.IMPORT_UNCONFIRMED(), rows)


def undated_steps(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the steps of awarded grants that wait for a date that no decision gives: nobody watches them."""
    columns = _GRANT.c.reference, _GRANT.c.programme_id, _STEP.c.grant_id
    rows = connection.execute(
        select(*columns, _STEP.c.key, _STEP.c.template_key, _STEP.c.due_on)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(
            grants,
            _GRANT.c.status == GrantStatus.OPEN,
            _GRANT.c.award_minor.is_not(None),
            IS_UNSETTLED,
            _STEP.c.due_on.is_(None),
        )
        .order_by(_GRANT.c.reference, _STEP.c.position)
    ).all()
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    wanted = {programme_id: list_wanted_dates(programme) for programme_id, programme in programmes.items()}
    waiting = [row for row in rows if row.template_key in wanted[row.programme_id]]
    given: dict[int, set[str]] = {row.grant_id: set() for row in waiting}
    said = select(_DECISION.c.grant_id, _DECISION.c.dates).where(_DECISION.c.grant_id.in_(list(given)))
    for decision in connection.execute(said):
        given[decision.grant_id].update(decision.dates)
    found = []
    for row in waiting:
        for name in list_awaited_dates(row, wanted[row.programme_id], given[row.grant_id])[:1]:
            where = f"{row.reference} {row.key}"
            why = Watched.DATE_UNDECIDED(date=name)
            found.append(Finding(FindingKind.DATE_MISSING, where, why, row.reference, row.key))
    return found


def unreachable_owners(connection: Connection, today: date) -> list[Finding]:
    """Return the open steps without an owner, or with one behind whom nobody can be reached."""
    away = select(_ABSENCE.c.person_id).where(is_away(today))
    people = connection.execute(
        select(_PERSON.c.id, _PERSON.c.deputy_id, _PERSON.c.manager_id).where(
            or_(_PERSON.c.id.in_(away), _PERSON.c.bounced_at.is_not(None), ~is_here(today))
        )
    )
    gone = {row.id: auditor.PersonLinks(row.deputy_id, row.manager_id) for row in people}
    findings = _steps_where(connection, _STEP.c.owner_id.is_(None), Watched.NO_OWNER())
    owners = select(_STEP.c.owner_id).where(_STEP.c.status == StepStatus.OPEN)
    named = owners.union(select(_ROLE.c.person_id).where(_ROLE.c.role.in_(LADDER_ROLES)))
    # The people who have left over the years are too many to be named in a statement.
    lost = auditor.find_unreachable_people(gone) & set(connection.execute(named).scalars())
    if lost:
        # The people above the coordinator in a grant can act on it.
        above = _ROLE.c.role.in_(LADDER_ROLES), _ROLE.c.person_id.not_in(lost)
        helped = exists().where(_ROLE.c.grant_id == _STEP.c.grant_id, *above)
        findings += _steps_where(connection, _STEP.c.owner_id.in_(lost) & ~helped, Watched.NOBODY_REACHED())
    return findings


def _steps_where(connection: Connection, condition: ColumnElement[bool], why: Remark) -> list[Finding]:
    rows = connection.execute(
        select(_GRANT.c.reference, _STEP.c.key)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.status == StepStatus.OPEN, condition)
        .order_by(_GRANT.c.reference, _STEP.c.position, _STEP.c.id)
    )
    return findings_of(FindingKind.OWNER_UNREACHABLE, why, rows)
