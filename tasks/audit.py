"""Read the rows for the independent auditor, with SQL of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, Exists, case, exists, func, select

from models.columns import table_of
from models.grant import Grant, GrantRole, ProgrammeVersion, Rung
from models.instalment import Instalment, InstalmentCondition
from models.journal import DayRound, JournalEvent
from models.letter import Letter, Notice
from models.people import Absence, Person
from models.rules import auditor
from models.rules.auditor import Finding, FindingKind
from models.rules.gate import waited_for
from models.rules.workdays import WorkCalendar, offices_in
from models.sentence import Sentence
from models.step import Step
from models.vocabulary import (
    OUT,
    UNSETTLED,
    GrantStatus,
    LetterStatus,
    Role,
    StepKind,
    StepStatus,
)
from tasks.store.database import AnyRow, reading
from tasks.store.journal_book import broken_links
from tasks.store.programme_versions import load_programme

GRANT, STEP, RUNG = table_of(Grant), table_of(Step), table_of(Rung)
NOTICE, LETTER, PERSON = table_of(Notice), table_of(Letter), table_of(Person)
INSTALMENT, CONDITION = table_of(Instalment), table_of(InstalmentCondition)
JOURNAL, ROUND, ABSENCE = table_of(JournalEvent), table_of(DayRound), table_of(Absence)
PROGRAMME, ROLE = table_of(ProgrammeVersion), table_of(GrantRole)

# Whom a grant can name above its coordinator, and who see to it where nobody behind an owner can.
_ABOVE = (Role.UNIT_MANAGER, Role.HEAD_OF_DEPARTMENT, Role.HEAD_OF_ADMINISTRATION)
# By this local time the day's round, which starts at seven, is through.
ROUND_IS_OVER = time(9)
MOST_BROKEN_LINKS = 20
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AuditMoment:
    """The day and the moment of an audit, the local zone in which days begin, and the office's country."""

    today: date
    now: datetime
    zone: ZoneInfo
    country: str = "SE"


def audit(engine: Engine, moment: AuditMoment) -> list[Finding]:
    """Return everything that is wrong, from one consistent picture of the rows."""
    calendar = offices_in(moment.country)
    with reading(engine) as connection:
        return [
            *_rounds(connection, moment, calendar),
            *auditor.late_untold(_late_steps(connection, moment.today), _last_round(connection), calendar),
            *_undated(connection),
            *_unreachable(connection, moment.today),
            *auditor.letters_astray(_letters(connection), moment.now),
            *auditor.wrong_sums(_money(connection)),
            *auditor.unwatched_rests(_part_paid(connection)),
            *auditor.wrong_releases(_released(connection)),
            *_broken_journal(connection),
        ]


def _rounds(connection: Connection, moment: AuditMoment, calendar: WorkCalendar) -> list[Finding]:
    first = connection.execute(select(func.min(PROGRAMME.c.recorded_at))).scalar()
    is_over = moment.now.astimezone(moment.zone).time() >= ROUND_IS_OVER
    expected = auditor.expected_round_on(moment.today, is_over, calendar)
    # Nothing to run before there was a programme.
    if first is None or first.astimezone(moment.zone).date() >= expected:
        return []
    rows = connection.execute(select(ROUND.c.on, ROUND.c.completed_at).where(ROUND.c.on >= expected)).all()
    completed = [on for on, completed_at in rows if completed_at is not None]
    return auditor.missed_round(expected, completed, [on for on, _ in rows])


def _last_round(connection: Connection) -> date | None:
    return connection.execute(select(func.max(ROUND.c.on)).where(ROUND.c.completed_at.is_not(None))).scalar()


def _late_steps(connection: Connection, today: date) -> list[auditor.LateStep]:
    told = (
        select(func.max(NOTICE.c.told_on))
        .where(
            NOTICE.c.step_id == STEP.c.id,
            NOTICE.c.due_on == STEP.c.due_on,
            NOTICE.c.told_on > STEP.c.due_on,
            NOTICE.c.dropped_at.is_(None),
        )
        .scalar_subquery()
    )
    late = (
        select(
            GRANT.c.reference, GRANT.c.programme_id, STEP, told.label("told_on"), _touched().label("touched")
        )
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .where(STEP.c.status == StepStatus.OPEN, STEP.c.due_on < today)
        .order_by(STEP.c.due_on, STEP.c.id)
    )
    first = _first_escalations(connection)
    found = []
    for row in connection.execute(late).mappings():
        rung = first.get((row["programme_id"], row["ladder"]))
        if rung:
            where = f"{row['reference']} {row['key']}"
            touched = bool(row["touched"])
            found.append(auditor.LateStep(where, row["due_on"], *rung, row["told_on"], touched))
    return found


def _touched() -> Exists:
    """Say whether a person changed something in the step's grant after the last completed round."""
    completed = select(func.max(ROUND.c.completed_at)).scalar_subquery()
    return exists().where(
        JOURNAL.c.grant_id == STEP.c.grant_id,
        JOURNAL.c.at > completed,
        JOURNAL.c.event.not_like("%\\_queued", escape="\\"),
        JOURNAL.c.event.not_like("letter\\_%", escape="\\"),
    )


def _first_escalations(connection: Connection) -> dict[tuple[int, str], tuple[int, str]]:
    rungs = select(RUNG.c.programme_id, RUNG.c.ladder, RUNG.c.shift, RUNG.c.unit).where(RUNG.c.shift > 0)
    first: dict[tuple[int, str], tuple[int, str]] = {}
    for programme_id, ladder, shift, unit in connection.execute(rungs.order_by(RUNG.c.position)):
        first.setdefault((programme_id, ladder), (shift, unit))
    return first


def _unreachable(connection: Connection, today: date) -> list[Finding]:
    away = set(
        connection.execute(
            select(ABSENCE.c.person_id).where(ABSENCE.c.from_on <= today, ABSENCE.c.to_on >= today)
        ).scalars()
    )
    columns = (
        PERSON.c.id,
        PERSON.c.deputy_id,
        PERSON.c.manager_id,
        PERSON.c.departed_on,
        PERSON.c.bounced_at,
    )
    people = {
        row.id: auditor.PersonLinks(
            available=row.id not in away
            and row.bounced_at is None
            and (row.departed_on is None or row.departed_on > today),
            deputy_id=row.deputy_id,
            manager_id=row.manager_id,
        )
        for row in connection.execute(select(*columns))
    }
    found = _steps_where(connection, STEP.c.owner_id.is_(None), Sentence("the step has no owner"))
    lost = auditor.unreachable_people(people)
    for owners in _chunks(sorted(lost)):
        theirs = STEP.c.owner_id.in_(owners)
        helped = [grant for grant, person in _above_in_grants(connection, theirs) if person not in lost]
        why = Sentence("neither the owner nor anyone behind them can be reached")
        found += _steps_where(connection, theirs & STEP.c.grant_id.not_in(helped), why)
    return found


def _above_in_grants(connection: Connection, steps: ColumnElement[bool]) -> Iterable[tuple[int, int]]:
    """Return the grants of the open steps, each with a person whom it names above its coordinator."""
    query = select(ROLE.c.grant_id, ROLE.c.person_id).join(STEP, STEP.c.grant_id == ROLE.c.grant_id)
    named = query.where(STEP.c.status == StepStatus.OPEN, steps, ROLE.c.role.in_(_ABOVE)).distinct()
    return ((row.grant_id, row.person_id) for row in connection.execute(named))


def _undated(connection: Connection) -> list[Finding]:
    """Return the steps of awarded grants that count from a date which no decision has given: nobody watches them."""
    found = []
    for version_id in connection.execute(select(PROGRAMME.c.id).order_by(PROGRAMME.c.id)).scalars().all():
        programme = load_programme(connection, version_id)
        wanted = {
            name for name, rule in programme.dates.items() if rule.given_by == "decision" and rule.required
        }
        anchors = {step.key: name for step in programme.steps for name in step.due.names if name in wanted}
        rows = connection.execute(
            select(GRANT.c.reference, STEP.c.key, STEP.c.template_key)
            .join(GRANT, GRANT.c.id == STEP.c.grant_id)
            .where(
                GRANT.c.programme_id == version_id,
                GRANT.c.status == GrantStatus.OPEN,
                GRANT.c.award_minor.is_not(None),
                STEP.c.template_key.in_(sorted(anchors)),
                STEP.c.status.in_(UNSETTLED),
                STEP.c.due_on.is_(None),
            )
            .order_by(GRANT.c.reference, STEP.c.position)
        )
        found += [
            Finding(
                FindingKind.DATE_MISSING,
                f"{reference} {key}",
                Sentence("no decision says %(date)s yet", date=anchors[template]),
            )
            for reference, key, template in rows
        ]
    return found + _unstated(connection)


def _unstated(connection: Connection) -> list[Finding]:
    """Return the instalments of awarded grants whose sum no decision states: nobody is asked to claim them."""
    rows = connection.execute(
        select(GRANT.c.reference, INSTALMENT.c.number)
        .join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
        .where(
            GRANT.c.status == GrantStatus.OPEN,
            GRANT.c.award_minor.is_not(None),
            INSTALMENT.c.amount_minor.is_(None),
            INSTALMENT.c.share.startswith("at most "),
        )
        .order_by(GRANT.c.reference, INSTALMENT.c.number)
    )
    return [
        Finding(
            FindingKind.DATE_MISSING,
            _instalment(reference, number),
            Sentence("no decision states its sum yet"),
        )
        for reference, number in rows
    ]


def _steps_where(connection: Connection, condition: ColumnElement[bool], why: Sentence) -> list[Finding]:
    rows = connection.execute(
        select(GRANT.c.reference, STEP.c.key)
        .join(GRANT, GRANT.c.id == STEP.c.grant_id)
        .where(STEP.c.status == StepStatus.OPEN, condition)
        .order_by(GRANT.c.reference, STEP.c.position, STEP.c.id)
    )
    return [Finding(FindingKind.OWNER_UNREACHABLE, f"{reference} {key}", why) for reference, key in rows]


def _letters(connection: Connection) -> list[auditor.LetterFacts]:
    open_or_bad = [status for status in LetterStatus if status not in _ENDED_WELL]
    columns = (
        LETTER.c.id,
        LETTER.c.status,
        LETTER.c.queued_at,
        LETTER.c.next_attempt_at,
        LETTER.c.lease_until_at,
        LETTER.c.ended_at,
    )
    rows = connection.execute(select(*columns).where(LETTER.c.status.in_(open_or_bad)).order_by(LETTER.c.id))
    return [auditor.LetterFacts(row[0], LetterStatus(row[1]), *row[2:]) for row in rows]


_ENDED_WELL = (LetterStatus.ACCEPTED, LetterStatus.BOUNCED, LetterStatus.CANCELLED)


def _money(connection: Connection) -> list[auditor.Money]:
    sums = (
        select(
            GRANT.c.reference,
            GRANT.c.award_minor,
            func.coalesce(func.sum(INSTALMENT.c.amount_minor), 0),
            func.count(INSTALMENT.c.id),
            func.coalesce(func.sum(INSTALMENT.c.paid_minor), 0),
        )
        .join(INSTALMENT, INSTALMENT.c.grant_id == GRANT.c.id)
        .group_by(GRANT.c.id, GRANT.c.reference, GRANT.c.award_minor)
        .order_by(GRANT.c.reference)
    )
    return [
        auditor.Money(reference, award, int(total), count, int(paid))
        for reference, award, total, count, paid in connection.execute(sums)
    ]


def _part_paid(connection: Connection) -> list[auditor.PartPaid]:
    """Return the instalments with a step for their payment that came in part, where nobody said that no more comes."""
    settled = func.min(case((STEP.c.status.in_(UNSETTLED), 0), else_=1))
    parts = (
        select(
            GRANT.c.reference,
            INSTALMENT.c.number,
            INSTALMENT.c.amount_minor,
            INSTALMENT.c.paid_minor,
            settled,
        )
        .join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
        .join(STEP, (STEP.c.grant_id == GRANT.c.id) & (STEP.c.instalment == INSTALMENT.c.number))
        .where(
            STEP.c.kind == StepKind.PAYMENT,
            INSTALMENT.c.paid_minor < INSTALMENT.c.amount_minor,
            INSTALMENT.c.no_more_why.is_(None),
            GRANT.c.status.in_((GrantStatus.OPEN, GrantStatus.CLOSED)),
        )
        .group_by(INSTALMENT.c.id, GRANT.c.reference)
        .order_by(GRANT.c.reference, INSTALMENT.c.number)
    )
    return [
        auditor.PartPaid(_instalment(reference, number), amount - paid, not over)
        for reference, number, amount, paid, over in connection.execute(parts)
    ]


def _released(connection: Connection) -> list[auditor.Released]:
    recovering = exists().where(STEP.c.grant_id == INSTALMENT.c.grant_id, STEP.c.kind == StepKind.RECOVERY)
    left = (
        select(GRANT.c.reference, INSTALMENT, recovering.label("recovering"))
        .join(GRANT, GRANT.c.id == INSTALMENT.c.grant_id)
        .where(INSTALMENT.c.conditional, INSTALMENT.c.status.in_(OUT))
        .order_by(GRANT.c.reference, INSTALMENT.c.number)
    )
    conditions: dict[int, list[AnyRow]] = defaultdict(list)
    for condition in connection.execute(
        select(CONDITION.c.instalment_id, STEP.c.key, STEP.c.status)
        .join(STEP, STEP.c.id == CONDITION.c.step_id)
        .join(INSTALMENT, INSTALMENT.c.id == CONDITION.c.instalment_id)
        .where(INSTALMENT.c.status.in_(OUT), ~_came_back())
        .order_by(STEP.c.position, STEP.c.id)
    ):
        conditions[condition.instalment_id].append(condition)
    return [
        auditor.Released(
            where=_instalment(row["reference"], row["number"]),
            conditions=len(conditions[row["id"]]),
            missing=tuple(
                one.key for one in waited_for(conditions[row["id"]]) if one.status != StepStatus.APPROVED
            ),
            requested_by_id=row["requested_by_id"],
            confirmed_by_id=row["confirmed_by_id"],
            recovering=bool(row["recovering"]),
        )
        for row in connection.execute(left).mappings()
    ]


def _came_back() -> ColumnElement[bool]:
    """Return whether a condition is of a period that the grant did not have when the instalment was released."""
    gone, back = JOURNAL.alias(), JOURNAL.alias()
    cancelled = gone.c.step_id == STEP.c.id, gone.c.event == "step_cancelled"
    planned = back.c.step_id == STEP.c.id, back.c.event == "step_planned"
    shorter = gone.c.on <= INSTALMENT.c.released_on, back.c.on >= INSTALMENT.c.released_on
    still = (
        STEP.c.status.in_(UNSETTLED),
        gone.c.grant_id == STEP.c.grant_id,
        back.c.grant_id == STEP.c.grant_id,
    )
    return exists().where(*cancelled, *planned, *shorter, back.c.id > gone.c.id, *still)


def _broken_journal(connection: Connection) -> list[Finding]:
    broken = islice(broken_links(connection), MOST_BROKEN_LINKS)
    why = Sentence("its hash, or the link to the event before it, does not hold")
    return [
        Finding(FindingKind.JOURNAL_BROKEN, Sentence("journal event %(number)s", number=event_id), why)
        for event_id in broken
    ]


def _instalment(reference: str, number: int) -> Sentence:
    return Sentence("%(reference)s instalment %(number)s", reference=reference, number=number)


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))
