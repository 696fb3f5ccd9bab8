"""Audit everything: rounds, steps, letters, money and the journal."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, true

from models.currency import Amount
from models.rules.dates.calendar import WorkCalendar, offices_in
from models.rules.round_times import expected_round_on
from models.rules.watch import findings as auditor
from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import Finding, FindingKind
from models.tables.columns import table_of
from models.tables.grant import Grant, ProgrammeVersion
from models.tables.journal import DayRound
from models.tables.money import Instalment
from models.vocabulary import AT_MOST, GrantStatus
from tasks.settings import DEFAULT_COUNTRY
from tasks.store.database import reading
from tasks.store.journal import broken_links
from tasks.store.programmes import load_programmes
from tasks.watch.journal_head import Head, continues, journal_head, keep_head, kept_head
from tasks.watch.last_findings import kept_findings
from tasks.watch.letters import letters_not_ended_well
from tasks.watch.steps import late_untold, quiet_grants, undated_steps, unreachable_owners
from tasks.watch.tampering import moving_grants, rows_amiss, triggers_amiss

log = logging.getLogger(__name__)
# The journal's head also leaves the house by the log, so this logger says more than warnings.
log.setLevel(logging.INFO)

_GRANT = table_of(Grant)
_INSTALMENT = table_of(Instalment)
_ROUND = table_of(DayRound)
_PROGRAMME = table_of(ProgrammeVersion)

MOST_BROKEN = 20
MOST_FOUND = 500


@dataclass(frozen=True, slots=True)
class AuditMoment:
    """The day and moment of an audit, the local zone in which days begin, and the office's country.

    `head` is the journal's at the last audit, and `found` the grants of its findings. Events before
    the head are not checked again, and of the unchanged grants only a part. Without a head
    everything is checked.
    """

    today: date
    now: datetime
    zone: ZoneInfo
    country: str = DEFAULT_COUNTRY
    head: Head | None = None
    found: tuple[str, ...] = ()

    def after_last(self, home: Path) -> AuditMoment:
        """Return it as going on from the last audit of a home; raises BadInput if its file holds no head."""
        kept = kept_findings(home)
        found = sorted({row.grant for row in kept.rows if row.grant}) if kept else ()
        return replace(self, head=kept_head(home), found=tuple(found[:MOST_FOUND]))

    @property
    def grants(self) -> ColumnElement[bool]:
        """The condition on the grants that are checked for faults that only a change can cause."""
        if self.head is None:
            return true()
        return moving_grants(self.head.event_id, int(self.now.timestamp()) // 3600, self.found)


def audit(engine: Engine, moment: AuditMoment) -> list[Finding]:
    """Return all findings, from one consistent picture of the rows."""
    calendar = offices_in(moment.country)
    grants = moment.grants
    with reading(engine) as connection:
        return [
            *_rounds(connection, moment, calendar),
            *late_untold(connection, moment.today, calendar),
            *quiet_grants(connection),
            *undated_steps(connection, grants),
            *unstated_sums(connection, grants),
            *unreachable_owners(connection, moment.today),
            *auditor.find_letters_astray(
                letters_not_ended_well(connection, moment.today, moment.now), moment.now
            ),
            *wrong_sums(connection, grants),
            *_broken_journal(connection, moment.head),
            *rows_amiss(connection, grants),
            *islice(triggers_amiss(connection), MOST_BROKEN),
        ]


def audit_onwards(engine: Engine, moment: AuditMoment, home: Path) -> list[Finding]:
    """Audit from where the last audit of this home ended, and keep the journal's head for the next.

    The head is kept only while the journal goes on from the one before; raises BadInput if its file
    holds none.
    """
    with reading(engine) as connection:
        head = journal_head(connection)
    findings = audit(engine, moment.after_last(home))
    if head is not None and all(finding.kind is not FindingKind.JOURNAL_BROKEN for finding in findings):
        keep_head(home, head)
        log.info("the journal's head is event %s", head)
    return findings


def _rounds(connection: Connection, moment: AuditMoment, calendar: WorkCalendar) -> list[Finding]:
    first = connection.execute(select(func.min(_PROGRAMME.c.recorded_at))).scalar()
    expected = expected_round_on(moment.now.astimezone(moment.zone), calendar)
    # No round was due before there was a programme.
    if first is None or first.astimezone(moment.zone).date() >= expected:
        return []
    rows = connection.execute(select(_ROUND.c.on, _ROUND.c.completed_at).where(_ROUND.c.on >= expected)).all()
    completed = [on for on, completed_at in rows if completed_at is not None]
    return auditor.find_missed_round(expected, completed, [on for on, _ in rows])


def _broken_journal(connection: Connection, head: Head | None) -> list[Finding]:
    if head is not None and not continues(connection, head):
        why = Watched.HEAD_GONE()
        return [Finding(FindingKind.JOURNAL_BROKEN, Watched.JOURNAL_HEAD(head=head), why)]
    since = (head.event_id, head.sha256) if head else None
    broken = islice(broken_links(connection, since), MOST_BROKEN)
    why = Watched.HASH_BROKEN()
    return [Finding(FindingKind.JOURNAL_BROKEN, Watched.EVENT(number=event_id), why) for event_id in broken]


def unstated_sums(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the instalments of awarded grants whose sum no decision states: nobody is asked to claim them."""
    rows = connection.execute(
        select(_GRANT.c.reference, _INSTALMENT.c.number)
        .join(_GRANT, _GRANT.c.id == _INSTALMENT.c.grant_id)
        .where(
            grants,
            _GRANT.c.status == GrantStatus.OPEN,
            _GRANT.c.award_minor.is_not(None),
            _INSTALMENT.c.amount_minor.is_(None),
            _INSTALMENT.c.share.startswith(AT_MOST),
        )
        .order_by(_GRANT.c.reference, _INSTALMENT.c.number)
    )
    return [
        Finding(
            FindingKind.DATE_MISSING,
            Watched.INSTALMENT(reference=reference, number=number),
            Watched.SUM_UNKNOWN(),
            reference,
        )
        for reference, number in rows
    ]


def wrong_sums(connection: Connection, grants: ColumnElement[bool]) -> list[Finding]:
    """Return the grants whose instalments differ from the award, or that were paid more than it.

    If the funder pays what was claimed or spent, the instalments may be less than the award.
    """
    total = func.coalesce(func.sum(_INSTALMENT.c.amount_minor), 0)
    paid = func.coalesce(func.sum(_INSTALMENT.c.paid_minor), 0)
    sums = (
        select(_GRANT.c.reference, _GRANT.c.programme_id, _GRANT.c.award_minor, total, paid)
        .join(_INSTALMENT, _INSTALMENT.c.grant_id == _GRANT.c.id)
        .where(grants, _GRANT.c.award_minor.is_not(None))
        .group_by(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.programme_id, _GRANT.c.award_minor)
        .having(or_(total != _GRANT.c.award_minor, paid > _GRANT.c.award_minor))
        .order_by(_GRANT.c.reference)
    )
    findings: list[Finding] = []
    rows = connection.execute(sums).all()
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    for reference, programme, award, parts, came in rows:
        of_claims = any(rule.of_claims for rule in programmes[programme].instalments)
        currency = programmes[programme].currency
        awarded = Amount(award, currency)
        if parts > award or (parts < award and not of_claims):
            why = Watched.SUM_OFF(sum=Amount(int(parts), currency), award=awarded)
            findings.append(Finding(FindingKind.SUM_WRONG, reference, why, reference))
        if came > award:
            why = Watched.PAID_OFF(sum=Amount(int(came), currency), award=awarded)
            findings.append(Finding(FindingKind.PAID_TOO_MUCH, reference, why, reference))
    return findings
