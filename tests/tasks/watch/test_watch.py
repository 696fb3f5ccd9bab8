"""Show that the auditor finds what is wrong by rows alone, and that the administrator hears once a day."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, text, update

from models.events import GrantEvent, OfficeEvent, notice_event
from models.rules.dates.calendar import WorkCalendar
from models.rules.round_times import expected_round_on
from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import (
    Finding,
    FindingKind,
    LateStep,
    LetterAstray,
    PersonLinks,
    find_late_untold,
    find_letters_astray,
    find_missed_round,
    find_unreachable_people,
)
from models.rules.watch.tampering import Rows, RowsEvent, find_wrong_releases
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.money import Instalment
from models.tables.person import Person
from models.vocabulary import LetterStatus, NoticeKind, StepKind
from tasks.programmes.folders import SHIPPED
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tasks.store.journal import Event, write_journal
from tasks.watch.alarms import Alarm, Alarming, AlarmOutcome, filed_alarms, tell_admin
from tasks.watch.audit import AuditMoment, audit
from tasks.watch.programmes import broken_programmes, tell_of_programmes
from tests.builders import (
    MORNING,
    a_database,
    a_grant,
    a_letter,
    a_notice,
    a_person,
    a_programme_version,
    a_role,
    a_step,
    an_absence,
    an_instalment,
)
from tests.databases import a_postgres_database
from tests.mail_server import Fault, MailServer

TODAY = date(2011, 1, 13)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2011, 1, 13, 11, 0, tzinfo=UTC)
SWEDEN = WorkCalendar("SE")


def kinds(findings: list[Finding]) -> list[FindingKind]:
    return [one.kind for one in findings]


# A step due Monday 2011-01-10 whose ladder tells on the first working day after: Tuesday the 11th.
@pytest.mark.parametrize(
    ("last_round_on", "changes", "found"),
    [
        pytest.param(date(2011, 1, 12), {}, True, id="a round came after the rung and told nobody"),
        pytest.param(date(2011, 1, 11), {}, False, id="the rung's own round may have had to wait a day"),
        pytest.param(date(2011, 1, 10), {}, False, id="no round since the rung"),
        pytest.param(None, {}, False, id="no round ever: that is another finding"),
        pytest.param(date(2011, 1, 12), {"told_on": date(2011, 1, 11)}, False, id="told"),
        pytest.param(date(2011, 1, 12), {"touched": True}, False, id="changed since the round"),
        pytest.param(date(2011, 1, 12), {"shift": 3}, False, id="the rung is still ahead"),
        pytest.param(date(2011, 1, 12), {"due_on": date(2011, 1, 7)}, True, id="a weekend lies between"),
        pytest.param(
            date(2011, 1, 12), {"unit": "days", "shift": 5}, False, id="days: the 15th rolls to the 17th"
        ),
        pytest.param(date(2011, 1, 18), {"unit": "days", "shift": 5}, True, id="days: past the 17th"),
        pytest.param(
            date(2011, 1, 13), {"opened_on": date(2011, 1, 12)}, False, id="came late: told on the 13th"
        ),
        pytest.param(date(2011, 1, 14), {"opened_on": date(2011, 1, 12)}, True, id="nor then"),
    ],
)
def test_late_step_is_found_when_a_round_told_nobody(
    last_round_on: date | None, changes: dict[str, Any], found: bool
) -> None:
    facts: dict[str, Any] = {"due_on": date(2011, 1, 10), "shift": 1, "unit": "working_days", "told_on": None}
    step = LateStep(where="REF-1 follow-up-2010-q4", **(facts | changes))
    assert kinds(find_late_untold([step], last_round_on, SWEDEN)) == [FindingKind.LATE_UNTOLD] * found


@pytest.mark.parametrize(
    ("status", "changes", "found"),
    [
        pytest.param(
            "queued", {"next_attempt_at": -10}, None, id="due ten minutes: the next delivery takes it"
        ),
        pytest.param("queued", {"next_attempt_at": -31}, FindingKind.LETTER_WAITING, id="nobody took it"),
        pytest.param("queued", {"next_attempt_at": 60, "queued_at": -300}, None, id="deferred by the server"),
        pytest.param(
            "queued",
            {"next_attempt_at": 60, "queued_at": -7201},
            FindingKind.LETTER_OVERDUE,
            id="five days are over",
        ),
        pytest.param("claimed", {"lease_until_at": 3}, None, id="being worked on"),
        pytest.param("claimed", {"lease_until_at": -5}, None, id="the next delivery frees it"),
        pytest.param("claimed", {"lease_until_at": -16}, FindingKind.LETTER_STUCK, id="nobody frees it"),
        pytest.param(
            "handing_over", {"lease_until_at": -16}, FindingKind.LETTER_STUCK, id="nobody judges it"
        ),
        pytest.param(
            "unconfirmed", {"ended_at": -60}, FindingKind.LETTER_UNCONFIRMED, id="may not have arrived"
        ),
        pytest.param("unconfirmed", {"ended_at": -6000}, None, id="last week's is history"),
        pytest.param("poisoned", {"ended_at": -60}, FindingKind.LETTER_POISONED, id="cannot be written"),
        pytest.param("bounced", {"ended_at": -60}, FindingKind.LETTER_BOUNCED, id="did not arrive"),
        pytest.param("bounced", {"ended_at": -60_000}, FindingKind.LETTER_BOUNCED, id="is not settled yet"),
    ],
)
def test_letter_is_found_when_it_goes_astray(
    status: str, changes: dict[str, int], found: FindingKind | None
) -> None:
    times = {"queued_at": -20, "next_attempt_at": -20, "lease_until_at": None, "ended_at": None} | changes
    at = {
        name: None if minutes is None else NOON + timedelta(minutes=minutes)
        for name, minutes in times.items()
    }
    letter = LetterAstray(7, LetterStatus(status), **at)  # type: ignore[arg-type]
    assert kinds(find_letters_astray([letter], NOON)) == ([found] if found else [])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(datetime(2011, 1, 13, 9, tzinfo=UTC), date(2011, 1, 13), id="a Thursday from nine"),
        pytest.param(datetime(2011, 1, 13, 8, 59, tzinfo=UTC), date(2011, 1, 12), id="a Thursday before"),
        pytest.param(datetime(2011, 1, 10, 8, 59, tzinfo=UTC), date(2011, 1, 7), id="a Monday before nine"),
        pytest.param(datetime(2011, 1, 9, 12, tzinfo=UTC), date(2011, 1, 7), id="a Sunday"),
        pytest.param(datetime(2011, 1, 6, 12, tzinfo=UTC), date(2011, 1, 5), id="Epiphany"),
    ],
)
def test_expected_round_is_the_last_working_days(now: datetime, expected: date) -> None:
    assert expected_round_on(now, SWEDEN) == expected


@pytest.mark.parametrize(
    ("completed", "begun", "why"),
    [
        pytest.param([], [], "no round ran", id="nothing ran"),
        pytest.param([], [TODAY], "the round began but did not complete", id="broke off"),
        pytest.param([TODAY], [TODAY], None, id="ran"),
        pytest.param([TODAY + timedelta(days=1)], [], None, id="a later one caught up"),
    ],
)
def test_round_is_found_when_it_did_not_run(
    completed: list[date], begun: list[date], why: str | None
) -> None:
    assert [str(one.why) for one in find_missed_round(TODAY, completed, begun)] == ([why] if why else [])


AWAY = {"conditional": True, "status": "withheld"}
OPENED = {"instalment 2": AWAY, "instalment_condition 2 7": {}, "instalment_condition 2 8": {}}
APPROVED, CANCELLED = {"status": "approved"}, {"status": "cancelled"}
LEFT: Rows = {"instalment 2": {"status": "released"}}


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        pytest.param([OPENED, {"step 7": APPROVED, "step 8": APPROVED}, LEFT], None, id="approved"),
        pytest.param([OPENED, {"step 7": APPROVED}, LEFT], ("step 8",), id="not all approved"),
        pytest.param([OPENED, {"step 7": APPROVED, "step 8": CANCELLED}, LEFT], None, id="one cancelled"),
        pytest.param(
            [OPENED, {"step 7": CANCELLED, "step 8": CANCELLED}, LEFT],
            ("step 7", "step 8"),
            id="all cancelled",
        ),
        pytest.param(
            [OPENED, {"step 7": APPROVED, "step 8": APPROVED}, {"step 7": None}, LEFT],
            ("step 7",),
            id="withdrawn before",
        ),
        pytest.param(
            [OPENED, {"step 7": APPROVED, "step 8": APPROVED}, LEFT, {"step 7": None}],
            None,
            id="withdrawn after",
        ),
        pytest.param([{"instalment 2": AWAY}, LEFT], (), id="no condition at all"),
        pytest.param([{"instalment 2": {**AWAY, "conditional": False}}, LEFT], None, id="not withheld"),
        pytest.param(
            [OPENED | {"instalment 2": {**AWAY, "status": "paid"}, "step 7": APPROVED, "step 8": APPROVED}],
            None,
            id="brought in",
        ),
    ],
)
def test_release_is_found_when_it_came_too_early(events: list[Rows], missing: tuple[str, ...] | None) -> None:
    said = [RowsEvent(number, TODAY, rows) for number, rows in enumerate(events, start=1)]
    found = [] if missing is None else [("instalment 2", missing)]
    assert list(find_wrong_releases(said)) == found


def test_person_is_unreachable_only_when_nobody_behind_them_answers() -> None:
    gone = {
        2: PersonLinks(3, None),
        3: PersonLinks(None, 1),  # away, but a manager is there
        4: PersonLinks(5, 6),
        5: PersonLinks(4, None),  # a ring of two who are both gone
        6: PersonLinks(None, None),
    }
    assert find_unreachable_people(gone) == {4, 5, 6}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = a_database(tmp_path)
    yield engine
    engine.dispose()


def in_order(connection: Connection) -> dict[str, int]:
    """Insert a grant with nothing wrong on 2011-01-13: rounds have run, sums add up, people answer."""
    person = a_person(connection)
    programme = a_programme_version(connection)
    grant = a_grant(connection, reference="REF-2009-2", programme_id=programme)
    a_role(connection, grant, "coordinator", person)
    approval = a_step(
        connection,
        grant,
        key="final-report-approval",
        kind=StepKind.APPROVAL,
        position=4,
        owner_id=person,
        due_on=None,
    )
    late = a_step(connection, grant, key="follow-up", owner_id=person, due_on=date(2011, 1, 7))
    letter = a_letter(connection, person, status=LetterStatus.ACCEPTED, ended_at=MORNING)
    notice = a_notice(connection, letter, late, told_on=date(2011, 1, 10))
    first, last = an_instalment(connection, grant), an_instalment(connection, grant, approval)
    for day in (date(2011, 1, 12), TODAY):
        at = datetime(day.year, day.month, day.day, 6, 1, tzinfo=UTC)
        row = {"on": day, "began_at": at, "completed_at": at, "due": 0, "reminded": 0, "escalated": 0}
        connection.execute(insert(table_of(DayRound)).values(**row, told=0, letters=0, failed=0))
    write_journal(connection, TODAY, MORNING, [Event(GrantEvent.GRANT_OPENED, grant, None, person)])
    return {
        "person": person,
        "grant": grant,
        "approval": approval,
        "late": late,
        "letter": letter,
        "notice": notice,
        "first": first,
        "last": last,
    }


def audited(engine: Engine, now: datetime = NOON, country: str = "SE") -> list[Finding]:
    """Return what is found; the journal does not know rows that no change has written."""
    found = audit(engine, AuditMoment(now.astimezone(STOCKHOLM).date(), now, STOCKHOLM, country))
    return [one for one in found if one.kind is not FindingKind.ROW_WRONG]


def test_audit_finds_nothing_where_all_is_in_order(engine: Engine) -> None:
    with transaction(engine) as connection:
        in_order(connection)
    assert audited(engine) == []


def test_audit_finds_nothing_in_an_empty_database(engine: Engine) -> None:
    assert audited(engine) == []


def without_notice(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(
        text("UPDATE notice SET dropped_at = '2011-01-10 06:00:00' WHERE id = :id"), {"id": ids["notice"]}
    )


def waiting_without_notice(connection: Connection, ids: dict[str, int]) -> None:
    without_notice(connection, ids)
    connection.execute(text("UPDATE step SET status = 'waiting' WHERE id = :id"), {"id": ids["late"]})


def told_of_an_earlier_date(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(text("UPDATE notice SET due_on = '2011-01-03' WHERE id = :id"), {"id": ids["notice"]})


def everyone_left(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(update(table_of(Person)).values(departed_on=date(2011, 1, 1)))


def everyone_away(connection: Connection, ids: dict[str, int]) -> None:
    an_absence(connection, ids["person"], TODAY, TODAY)


def letters_come_back(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(update(table_of(Person)).values(bounced_at=MORNING))


def without_owner(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(text("UPDATE step SET owner_id = NULL WHERE id = :id"), {"id": ids["late"]})


def a_waiting_letter(connection: Connection, ids: dict[str, int]) -> None:
    a_letter(connection, ids["person"])


def a_stuck_letter(connection: Connection, ids: dict[str, int]) -> None:
    claim = {"claim_key": "dead", "lease_until_at": MORNING}
    a_letter(connection, ids["person"], status=LetterStatus.CLAIMED, **claim)


def a_poisoned_letter(connection: Connection, ids: dict[str, int]) -> None:
    a_letter(connection, ids["person"], status=LetterStatus.POISONED, ended_at=MORNING)


def a_part_less(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(text("UPDATE instalment SET amount_minor = 1 WHERE id = :id"), {"id": ids["first"]})


def paid_past_the_guards(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    paid = {"status": "paid", "paid_on": TODAY, "released_on": TODAY, "paid_minor": 50_000_001}
    connection.execute(text("DROP TRIGGER instalment_gate"))
    connection.execute(
        update(table_of(Instalment)).where(table_of(Instalment).c.id == ids["first"]).values(paid)
    )


def journal_rewritten(connection: Connection, ids: dict[str, int]) -> None:
    connection.execute(text("DROP TRIGGER journal_event_no_update"))
    connection.execute(text("UPDATE journal_event SET event = 'grant_closed'"))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        pytest.param(
            without_notice, [("late_untold", "REF-2009-2 follow-up")], id="late, and the notice was dropped"
        ),
        pytest.param(
            told_of_an_earlier_date, [("late_untold", "REF-2009-2 follow-up")], id="told of another date"
        ),
        pytest.param(
            waiting_without_notice,
            [("late_untold", "REF-2009-2 follow-up")],
            id="late while it waits for another",
        ),
        pytest.param(
            everyone_left,
            [
                ("owner_unreachable", "REF-2009-2 follow-up"),
                ("owner_unreachable", "REF-2009-2 final-report-approval"),
            ],
            id="the owner left and nobody follows",
        ),
        pytest.param(
            everyone_away,
            [
                ("owner_unreachable", "REF-2009-2 follow-up"),
                ("owner_unreachable", "REF-2009-2 final-report-approval"),
            ],
            id="the owner is away and nobody stands in",
        ),
        pytest.param(
            letters_come_back,
            [
                ("owner_unreachable", "REF-2009-2 follow-up"),
                ("owner_unreachable", "REF-2009-2 final-report-approval"),
            ],
            id="letters to the owner come back",
        ),
        pytest.param(
            without_owner, [("owner_unreachable", "REF-2009-2 follow-up")], id="a step without owner"
        ),
        pytest.param(a_waiting_letter, [("letter_waiting", "letter 2")], id="a letter waits"),
        pytest.param(a_stuck_letter, [("letter_stuck", "letter 2")], id="a letter is held by nobody"),
        pytest.param(a_poisoned_letter, [("letter_poisoned", "letter 2")], id="a letter cannot be written"),
        pytest.param(a_part_less, [("sum_wrong", "REF-2009-2")], id="the parts are not the whole"),
        pytest.param(
            paid_past_the_guards,
            [("paid_too_much", "REF-2009-2"), ("trigger_wrong", "the database's trigger instalment_gate")],
            id="paid more than the award",
        ),
        pytest.param(
            journal_rewritten,
            [
                ("journal_broken", "journal event 1"),
                ("trigger_wrong", "the database's trigger journal_event_no_update"),
            ],
            id="history was rewritten",
        ),
    ],
)
def test_audit_finds_what_is_wrong(
    engine: Engine,
    spoil: Callable[[Connection, dict[str, int]], None],
    found: list[tuple[str, str]],
) -> None:
    with transaction(engine) as connection:
        spoil(connection, in_order(connection))
    assert sorted((str(one.kind), str(one.where)) for one in audited(engine)) == sorted(found)


def test_audit_finds_the_round_that_did_not_run(engine: Engine) -> None:
    with transaction(engine) as connection:
        in_order(connection)
    early, late = NOON + timedelta(hours=20), NOON + timedelta(hours=21)
    assert audited(engine, early) == []
    assert [(one.kind, str(one.where)) for one in audited(engine, late)] == [
        (FindingKind.ROUND_MISSED, "2011-01-14")
    ]
    assert audited(engine, late, "TN") == []  # a holiday there


def test_audit_leaves_a_grant_that_was_touched_after_the_round_to_the_next_round(engine: Engine) -> None:
    with transaction(engine) as connection:
        ids = in_order(connection)
        without_notice(connection, ids)
        noted = Event(GrantEvent.STEP_EXTENDED, ids["grant"], ids["late"], ids["person"])
        write_journal(connection, TODAY, NOON - timedelta(hours=1), [noted])
    assert audited(engine) == []


def test_audit_does_not_take_the_rounds_own_notices_for_a_touch(engine: Engine) -> None:
    with transaction(engine) as connection:
        ids = in_order(connection)
        without_notice(connection, ids)
        for event in (notice_event(NoticeKind.ESCALATION), OfficeEvent.LETTER_ACCEPTED):
            write_journal(connection, TODAY, NOON - timedelta(hours=1), [Event(event, ids["grant"])])
    assert kinds(audited(engine)) == [FindingKind.LATE_UNTOLD]


def test_audit_finds_the_same_on_postgresql(engine: Engine) -> None:
    found = []
    for each in (engine, a_postgres_database()):
        with transaction(each) as connection:
            ids = in_order(connection)
        assert audited(each) == []
        with transaction(each) as connection:
            for spoil in (without_notice, everyone_away, a_stuck_letter, a_poisoned_letter, a_part_less):
                spoil(connection, ids)
        found.append(sorted(kinds(audited(each))))
        each.dispose()
    assert found[0] == found[1]
    assert len(set(found[0])) == 5


def test_audit_names_no_one(engine: Engine) -> None:
    with transaction(engine) as connection:
        ids = in_order(connection)
        for spoil in (everyone_left, a_stuck_letter, a_part_less, without_notice):
            spoil(connection, ids)
    words = " ".join(str(one) for one in audited(engine))
    assert "@" not in words
    assert "Handläggaren" not in words


def mailed(mail: MailServer) -> list[EmailMessage]:
    """Return what the mail server took."""
    return [message_from_bytes(one.content, policy=policy.default) for one in mail.accepted]


def settings_for(home: Path, port: int = 0, **more: Any) -> Settings:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none"} if port else {}
    return load_settings(home=home, admin_email="admin@example.org", **(mail | more))


ABOUT = Alarming.WATCH_FOUND(count=2)
NEEDS_A_LOOK = Alarming.NEEDS_A_LOOK(name="daily-round")
WAITS = Watched.NO_ROUND()
LATE = Finding(FindingKind.LATE_UNTOLD, "REF-1 follow-up", WAITS).said
STUCK = Finding(FindingKind.LETTER_POISONED, Watched.LETTER(number=7), Watched.NOT_WRITTEN()).said


def tell(settings: Settings, alarm: Alarm, today: date = TODAY) -> AlarmOutcome:
    return asyncio.run(tell_admin(settings, alarm, today=today, now=NOON))


def test_two_processes_can_file_the_same_alarm_at_once(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: tell(settings, Alarm(ABOUT, [LATE])), range(200)))
    assert set(outcomes) == {AlarmOutcome.FILED, AlarmOutcome.TOLD_TODAY}
    assert len(filed_alarms(settings)) == len(list((tmp_path / "alarms").iterdir())) == 1


def test_alarm_is_mailed_once_a_day(tmp_path: Path, mail: MailServer) -> None:
    settings = settings_for(tmp_path, mail.port)
    alarm = Alarm(ABOUT, [LATE, STUCK])
    shuffled = Alarm(ABOUT, [STUCK, LATE])
    days = (TODAY, TODAY, TODAY + timedelta(days=1))
    assert [tell(settings, one, day) for one, day in zip((alarm, shuffled, alarm), days, strict=True)] == [
        AlarmOutcome.MAILED,
        AlarmOutcome.TOLD_TODAY,
        AlarmOutcome.MAILED,
    ]
    first, _ = mailed(mail)
    assert first["To"] == "admin@example.org"
    assert first["Subject"] == "Grantline: Bevakningen har funnit något att åtgärda (2)"
    assert first["Auto-Submitted"] == "auto-generated"
    assert "- brev 7: gick inte att skriva" in first.get_content()


def test_alarm_is_filed_when_no_mail_server_is_set(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_for(tmp_path)
    alarm = Alarm(NEEDS_A_LOOK, [LATE])
    assert tell(settings, alarm) is AlarmOutcome.FILED
    assert tell(settings, alarm) is AlarmOutcome.TOLD_TODAY
    (filed,) = filed_alarms(settings)
    assert (filed.on, filed.about, filed.mailed) == (TODAY, "daily-round behöver ses över", False)
    assert "GRANTS_SMTP_HOST" in filed.path.read_text(encoding="utf-8")
    # Who runs a round by hand reads it below what went wrong.
    assert caplog.messages[0] == f"a mail could not leave, 'grants doctor' shows it: {NEEDS_A_LOOK}"


def test_alarm_is_mailed_later_when_the_server_refused_it_first(tmp_path: Path, mail: MailServer) -> None:
    settings = settings_for(tmp_path, mail.port)
    alarm = Alarm(NEEDS_A_LOOK, [LATE])
    mail.faults = [Fault("dot", "451 try again later, admin@example.org")]
    assert tell(settings, alarm) is AlarmOutcome.FILED
    (filed,) = filed_alarms(settings)
    assert "admin@example.org" not in filed.path.read_text(encoding="utf-8")
    mail.faults = ()
    assert tell(settings, alarm) is AlarmOutcome.MAILED
    assert [one.mailed for one in filed_alarms(settings)] == [True]


def test_alarm_that_one_recipient_was_refused_goes_to_them_alone(tmp_path: Path, mail: MailServer) -> None:
    settings = settings_for(tmp_path, mail.port)
    alarm = Alarm(NEEDS_A_LOOK, [LATE], contact="eva.sandell@example.org")
    mail.faults = [Fault("rcpt", "550 no such user", recipient="admin@example.org")]
    assert [tell(settings, alarm), tell(settings, alarm)] == [AlarmOutcome.FILED, AlarmOutcome.TOLD_TODAY]
    (filed,) = filed_alarms(settings)
    assert (filed.mailed, "@example.org" in filed.path.read_text(encoding="utf-8")) == (False, False)
    mail.faults = ()
    assert [tell(settings, alarm), tell(settings, alarm)] == [AlarmOutcome.MAILED, AlarmOutcome.TOLD_TODAY]
    assert [one["To"] for one in mailed(mail)] == ["eva.sandell@example.org", "admin@example.org"]


def test_alarm_is_filed_when_the_server_is_gone(tmp_path: Path) -> None:
    assert tell(settings_for(tmp_path, port=1), Alarm(ABOUT, [LATE])) is AlarmOutcome.FILED


def test_broken_programme_file_is_told_once_until_it_changes(tmp_path: Path, mail: MailServer) -> None:
    settings = settings_for(tmp_path, mail.port)
    path = tmp_path / "programmes" / "evening-funds.yaml"
    path.parent.mkdir()
    whole = (SHIPPED / "ukri.yaml").read_text(encoding="utf-8")

    def watch(text: str, day: date) -> list[str]:
        path.write_text(text, encoding="utf-8")
        broken = broken_programmes(tmp_path)
        asyncio.run(tell_of_programmes(settings, broken, today=day, now=NOON))
        return [str(one) for one in broken]

    days = [TODAY + timedelta(days=one) for one in range(6)]
    assert watch(whole, days[0]) == []
    assert mailed(mail) == []
    (first,) = watch(whole.replace("\nsteps:", "\nstesp:"), days[1])
    assert f"{path}, line 17: unknown key 'stesp'" in first
    watch(whole.replace("\nsteps:", "\nstesp:"), days[2])
    (letter,) = mailed(mail)
    assert letter["Subject"] == "Grantline: En programfil går inte längre att läsa"
    assert "stesp" in letter.get_content()
    watch(whole.replace("\nsteps:", "\nstespp:"), days[3])
    assert len(mailed(mail)) == 2
    watch(whole, days[4])
    assert filed_alarms(settings) == []
    watch(whole.replace("\nsteps:", "\nstesp:"), days[5])
    assert len(mailed(mail)) == 3


def test_old_alarms_are_forgotten(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    tell(settings, Alarm(ABOUT, [LATE]), TODAY - timedelta(days=91))
    tell(settings, Alarm(ABOUT, [STUCK]), TODAY)
    assert [one.on for one in filed_alarms(settings)] == [TODAY]


def test_alarm_subject_takes_no_line_break(tmp_path: Path, mail: MailServer) -> None:
    about = Alarming.NEEDS_A_LOOK(name="watch\r\nBcc: x@example.org")
    tell(settings_for(tmp_path, mail.port), Alarm(about, [LATE]))
    (letter,) = mailed(mail)
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Grantline: watch Bcc: x@example.org behöver ses över"


def test_letters_of_a_kind_are_one_alarm_whichever_they_are() -> None:
    letters = [Watched.LETTER(number=number) for number in (1, 2)]
    found = [Finding(FindingKind.LETTER_WAITING, letter, WAITS) for letter in letters]
    assert len({one.identity for one in found}) == 1
    steps = [Finding(FindingKind.LATE_UNTOLD, where, WAITS) for where in ("REF-1 a", "REF-1 b")]
    assert len({one.identity for one in steps}) == 2
