"""Letters that do not arrive: who is told instead, and until when the watch lists them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from models.events import GrantEvent, notice_event
from models.rules.watch.findings import FindingKind
from models.tables.columns import table_of
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import LetterKind, NoticeKind, StepStatus
from tasks.outbox.deliver import DeliveryReport, deliver_due
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tasks.store.journal import Event, write_journal
from tasks.watch.alarms import filed_alarms
from tasks.watch.audit import AuditMoment, audit
from tests.builders import MORNING
from tests.letter_scenes import SCENES, Scene, a_scene
from tests.mail_server import Fault, MailServer
from tests.outbox_scenes import LETTER, PERSON, StandingClock, rows

NOTICE = table_of(Notice)
REFUSED = "554 5.7.1 No"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an office with an administrator."""
    return load_settings(
        home=tmp_path,
        smtp_host="127.0.0.1",
        smtp_tls="none",
        secret_keys="a key of the tests",
        admin_email="admin@example.org",
    )


def queue(engine: Engine, fill: Callable[[Scene], object]) -> Scene:
    """Insert the reference grant, and let `fill` queue letters."""
    with transaction(engine) as connection:
        scene = a_scene(connection)
        fill(scene)
    return scene


def deliver(engine: Engine, settings: Settings, server: MailServer, clock: StandingClock) -> DeliveryReport:
    """Deliver what is due, and tell of what failed."""
    to_server = settings.model_copy(update={"smtp_port": server.port})
    return asyncio.run(deliver_due(engine, to_server, clock))


def refuse(engine: Engine, *names: str, answer: str = REFUSED) -> list[Fault]:
    """Return the faults by which letters to these people are refused."""
    addresses = {row.name: row.email for row in rows(engine, PERSON)}
    return [Fault("rcpt", answer, addresses[name]) for name in names]


def letters(engine: Engine) -> list[tuple[str, str]]:
    """Return whom the letters went to, and what became of them."""
    names = {row.id: row.name for row in rows(engine, PERSON)}
    return [(names[row.person_id], row.status) for row in rows(engine, LETTER)]


def findings(engine: Engine, now: datetime, *kinds: FindingKind) -> list[str]:
    """Return what the watch says of letters."""
    zone = ZoneInfo("Europe/Stockholm")
    found = audit(engine, AuditMoment(now.astimezone(zone).date(), now, zone))
    return [str(one) for one in found if one.kind in kinds]


def reminder(scene: Scene) -> None:
    """Queue a reminder to the owner of the report."""
    scene.letter("coordinator", ("report", NoticeKind.REMINDER, {"rung": "week", "position": 2}))


def test_rung_goes_to_the_deputy_at_once_and_does_not_count_as_told(
    engine: Engine, clock: StandingClock, settings: Settings
) -> None:
    scene = queue(engine, reminder)
    with MailServer(refuse(engine, "Handläggaren")).running() as server:
        report = deliver(engine, settings, server, clock)
    assert report == DeliveryReport(accepted=1, bounced=1, failures_told=1)
    assert "1 failed and told to somebody else" in report.said_in("en")
    assert letters(engine) == [("Handläggaren", "bounced"), ("Ersättaren", "accepted")]
    first, second = rows(engine, NOTICE)
    assert (first.failed_at, second.failed_at) == (MORNING, None)
    assert (second.step_id, second.due_on, second.rung, second.position) == (
        first.step_id,
        first.due_on,
        "week",
        2,
    )
    assert (second.person_id, second.instead_of_id) == (scene.people["deputy"], scene.people["coordinator"])
    assert b"=?utf-8?b?" in server.accepted[0].content
    assert filed_alarms(settings) == []


@pytest.mark.parametrize(
    ("deputy", "heard"),
    [
        pytest.param(None, "Avdelningschefen", id="nobody stands in"),
        pytest.param("coordinator", "Ersättaren", id="who is late stands in: their deputy"),
    ],
)
def test_escalation_that_does_not_arrive_goes_up(
    engine: Engine, clock: StandingClock, settings: Settings, deputy: str | None, heard: str
) -> None:
    def fill(scene: Scene) -> None:
        people = scene.people
        behind = {"manager_id": people["head"], "deputy_id": people[deputy] if deputy else None}
        scene.connection.execute(update(PERSON).where(PERSON.c.id == people["manager"]).values(behind))
        scene.letter("manager", ("report", NoticeKind.ESCALATION, {"rung": "late", "position": 3}))

    queue(engine, fill)
    with MailServer(refuse(engine, "Enhetschefen")).running() as server:
        deliver(engine, settings, server, clock)
    assert letters(engine) == [("Enhetschefen", "bounced"), (heard, "accepted")]


def decided(scene: Scene) -> object:
    """Queue a decision to the coordinator."""
    news = ("decision", NoticeKind.DECIDED, {"rung": "news"})
    return scene.letter("coordinator", news, kind=LetterKind.DECISION)


@pytest.mark.parametrize("queue_news", [decided, SCENES["released"]], ids=["a decision", "money"])
def test_who_recorded_a_decision_or_money_hears_that_its_letter_did_not_arrive(
    engine: Engine, clock: StandingClock, settings: Settings, queue_news: Callable[[Scene], object]
) -> None:
    def fill(scene: Scene) -> None:
        letter = queue_news(scene)
        news = scene.connection.execute(select(NOTICE).where(NOTICE.c.letter_id == letter)).one()
        recorded = Event(GrantEvent.DECISION_RECORDED, scene.grant, news.step_id, scene.people["controller"])
        of_letter = {"rung": news.rung, "letter": letter}
        queued = Event(notice_event(news.kind), scene.grant, news.step_id, news.person_id, of_letter)
        write_journal(scene.connection, MORNING.date(), MORNING, [recorded, queued])

    scene = queue(engine, fill)
    with MailServer(refuse(engine, "Handläggaren")).running() as server:
        report = deliver(engine, settings, server, clock)
    assert (report.accepted, report.bounced, report.failures_told) == (1, 1, 1)
    assert letters(engine) == [("Handläggaren", "bounced"), ("Controllern", "accepted")]
    told = rows(engine, NOTICE)[-1]
    assert (told.kind, told.instead_of_id) == (NoticeKind.BOUNCED, scene.people["coordinator"])
    # Once who recorded it knows, nothing is left for the watch.
    assert findings(engine, clock.now, FindingKind.LETTER_BOUNCED) == []


def test_rung_is_passed_on_once_and_then_it_is_the_watchs_and_the_administrators(
    sqlite: Engine, clock: StandingClock, settings: Settings
) -> None:
    queue(sqlite, reminder)
    with MailServer(refuse(sqlite, "Handläggaren", "Ersättaren")).running() as server:
        first = deliver(sqlite, settings, server, clock)
        clock.pass_by(minutes=10)
        second = deliver(sqlite, settings, server, clock)
        clock.pass_by(minutes=10)
        assert deliver(sqlite, settings, server, clock) == DeliveryReport()
    assert (first.bounced, first.failures_told) == (2, 1)
    assert second == DeliveryReport(failures_untold=1)
    assert letters(sqlite) == [("Handläggaren", "bounced"), ("Ersättaren", "bounced")]
    assert [letter.recipient for letter in server.accepted] == ["admin@example.org"]
    assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == [
        "letter 1: did not arrive",
        "letter 2: did not arrive",
    ]


def test_letter_that_cannot_be_told_keeps_no_later_one_from_being_told(
    sqlite: Engine, clock: StandingClock, settings: Settings
) -> None:
    def remind_of(step: str) -> Callable[[Scene], object]:
        return lambda scene: scene.letter("coordinator", (step, NoticeKind.REMINDER, {"rung": "week"}))

    scene = queue(sqlite, remind_of("report"))
    with transaction(sqlite) as connection:
        scene.connection = connection
        remind_of("committee")(scene)
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE OF failure_told_at ON letter WHEN NEW.id = 1"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    with MailServer(refuse(sqlite, "Handläggaren")).running() as server:
        first = deliver(sqlite, settings, server, clock)
        clock.pass_by(minutes=1)
        with transaction(sqlite) as connection:
            scene.connection = connection
            remind_of("follow-up")(scene)
        second = deliver(sqlite, settings, server, clock)
    assert (first.failures_told, first.failures_untold) == (1, 1)
    assert (second.failures_told, second.failures_untold) == (1, 1)
    assert Counter(letters(sqlite)) == {("Handläggaren", "bounced"): 3, ("Ersättaren", "accepted"): 2}


@pytest.mark.parametrize("settles", ["the step is done", "the date moves", "a letter arrives"])
def test_watch_lists_a_letter_until_it_is_settled(
    sqlite: Engine, clock: StandingClock, settings: Settings, settles: str
) -> None:
    scene = queue(sqlite, reminder)
    with MailServer(refuse(sqlite, "Handläggaren")).running() as server:
        deliver(sqlite, settings, server, clock)
        clock.pass_by(days=40)
        assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == ["letter 1: did not arrive"]
        server.faults = ()
        with transaction(sqlite) as connection:
            scene.connection = connection
            if settles == "the step is done":
                done = {"status": StepStatus.DONE, "done_on": date(2011, 1, 20)}
                scene.change(Step, scene.steps["report"], **done, done_by_id=scene.people["deputy"])
            elif settles == "the date moves":
                scene.change(Step, scene.steps["report"], due_on=date(2011, 3, 1))
            else:
                news = ("application", NoticeKind.APPROVED, {"rung": "news"})
                scene.letter("coordinator", news, letter_on=date(2011, 2, 22))
        if settles == "a letter arrives":
            assert deliver(sqlite, settings, server, clock).accepted == 1
    assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == []


def test_letter_that_does_not_render_is_told(
    sqlite: Engine, clock: StandingClock, settings: Settings
) -> None:
    def fill(scene: Scene) -> None:
        reminder(scene)
        owner = PERSON.c.id == scene.people["coordinator"]
        scene.connection.execute(update(PERSON).where(owner).values(email="no address"))

    queue(sqlite, fill)
    with MailServer().running() as server:
        for minutes in (5, 15, 60):
            report = deliver(sqlite, settings, server, clock)
            clock.pass_by(minutes=minutes)
    assert (report.poisoned, report.failures_told, report.accepted) == (1, 1, 1)
    assert letters(sqlite) == [("Handläggaren", "poisoned"), ("Ersättaren", "accepted")]


def test_nobody_is_told_on_a_day_off(sqlite: Engine, clock: StandingClock, settings: Settings) -> None:
    queue(sqlite, reminder)
    clock.pass_by(days=2)  # a Saturday
    with MailServer(refuse(sqlite, "Handläggaren")).running() as server:
        assert deliver(sqlite, settings, server, clock) == DeliveryReport(bounced=1)
        clock.pass_by(days=2)
        assert deliver(sqlite, settings, server, clock) == DeliveryReport(accepted=1, failures_told=1)


def test_letter_that_carries_no_notice_is_the_administrators(
    sqlite: Engine, clock: StandingClock, settings: Settings
) -> None:
    def fill(scene: Scene) -> None:
        later = {"link_expires_at": MORNING + timedelta(hours=1)}
        scene.letter("coordinator", kind=LetterKind.LOGIN, **later)

    queue(sqlite, fill)
    with MailServer(refuse(sqlite, "Handläggaren")).running() as server:
        report = deliver(sqlite, settings, server, clock)
    assert report == DeliveryReport(bounced=1, failures_untold=1)
    assert [letter.recipient for letter in server.accepted] == ["admin@example.org"]
    assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == ["letter 1: did not arrive"]
    assert findings(sqlite, clock.now + timedelta(days=4), FindingKind.LETTER_BOUNCED) == []


def test_bad_address_passes_its_steps_on_and_tells_nobody_twice(
    sqlite: Engine, clock: StandingClock, settings: Settings
) -> None:
    queue(sqlite, reminder)
    with MailServer(refuse(sqlite, "Handläggaren", answer="550 5.1.1 Unknown")).running() as server:
        first = deliver(sqlite, settings, server, clock)
        clock.pass_by(minutes=1)
        deliver(sqlite, settings, server, clock)
    assert (first.bounced, first.failures_told, first.failures_untold) == (1, 1, 0)
    assert letters(sqlite) == [
        ("Handläggaren", "bounced"),
        ("Enhetschefen", "accepted"),
        ("Ersättaren", "accepted"),
    ]
