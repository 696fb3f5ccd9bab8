"""What is answered to letters by mail: filed at the grant, told to who sees to it, and nothing else."""

import mailbox
from datetime import date
from email.message import Message
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from models.commands.clock import Clock
from models.commands.people import SettleAbsence
from models.errors import NotAllowed
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.journal import JournalEvent
from models.tables.letter import Letter, MailReply, Notice
from models.tables.person import Absence
from models.vocabulary import NoticeKind
from tasks.commands.people import AbsenceSettled
from tasks.outbox.returned_mail import CameBack, take_back
from tasks.perform import perform
from tasks.settings import Settings, load_settings
from tasks.store.database import reading
from tests.builders import add
from tests.grant_scenes import dump
from tests.letter_scenes import Scene
from tests.outbox_scenes import StandingClock
from tests.tasks.outbox.test_failed_letters import queue
from tests.tasks.outbox.test_returned_mail import AWAY, a_mail

LETTER, REPLY, ABSENCE = table_of(Letter), table_of(MailReply), table_of(Absence)
NOTICE, EVENT = table_of(Notice), table_of(JournalEvent)


@pytest.fixture
def scene(engine: Engine) -> Scene:
    """A letter to the controller about the report has left."""
    return letter_to(engine, "controller")


def letter_to(engine: Engine, who: str) -> Scene:
    """Let a letter about the report leave to a person; the grant has a coordinator."""

    def fill(scene: Scene) -> None:
        people = {"role": "coordinator", "person_id": scene.people["coordinator"]}
        add(scene.connection, GrantRole, grant_id=scene.grant, **people)
        scene.letter(who, ("report", NoticeKind.REMINDER, {"rung": "week"}))

    return queue(engine, fill)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty mailbox."""
    mailbox.Maildir(tmp_path / "returned", create=True)
    return load_settings(home=tmp_path, bounces_maildir=str(tmp_path / "returned"))


def arrive(settings: Settings, *mails: Message) -> None:
    """Put mails into the mailbox."""
    box = mailbox.Maildir(settings.bounces_maildir)
    for mail in mails:
        box.add(mail)


def token_of(engine: Engine) -> str:
    """Return the token of the letter."""
    with reading(engine) as connection:
        found = connection.execute(select(LETTER.c.message_id).order_by(LETTER.c.id).limit(1)).scalar_one()
    return str(found).lstrip("<")[:32]


def told(engine: Engine) -> list[tuple[int, dict[str, object]]]:
    """Return who is told of replies, and what."""
    query = select(NOTICE.c.person_id, NOTICE.c.detail).where(NOTICE.c.kind == NoticeKind.REPLIED)
    with reading(engine) as connection:
        return [(row.person_id, row.detail) for row in connection.execute(query.order_by(NOTICE.c.id))]


def events(engine: Engine, *names: str) -> list[tuple[str, dict[str, object]]]:
    """Return the journal's events of those names."""
    query = select(EVENT.c.event, EVENT.c.detail).where(EVENT.c.event.in_(names)).order_by(EVENT.c.id)
    with reading(engine) as connection:
        return [(row.event, row.detail) for row in connection.execute(query)]


def test_reply_is_filed_once_and_told_to_the_coordinator(
    engine: Engine, scene: Scene, settings: Settings, clock: StandingClock
) -> None:
    before = dump(engine)
    reply = a_mail("Klart, allt är betalt.\n\n> Se http://127.0.0.1:8480/t/x.y", token=token_of(engine))
    arrive(settings, reply, reply)
    assert take_back(engine, settings, clock.now) == CameBack(replies=1)
    arrive(settings, reply)
    assert take_back(engine, settings, clock.now) == CameBack()
    with reading(engine) as connection:
        (row,) = connection.execute(select(REPLY)).all()
    assert (row.text, row.away_until_on) == ("Klart, allt är betalt.\n\n> Se [...]", None)
    assert row.person_id == scene.people["controller"]
    assert told(engine) == [(scene.people["coordinator"], {"by": scene.people["controller"]})]
    ((_, detail),) = events(engine, "reply_filed")
    assert detail == {"letter": 1, "reply": row.id}
    # Whatever it says, nothing else is another.
    new = {"mail_reply", "notice", "letter", "journal_event"}
    assert {name for name, found in dump(engine).items() if found != before[name]} == new


def test_coordinators_own_reply_is_filed_and_told_to_nobody(
    engine: Engine, settings: Settings, clock: StandingClock
) -> None:
    letter_to(engine, "coordinator")
    arrive(settings, a_mail("Tack!", token=token_of(engine)))
    assert take_back(engine, settings, clock.now) == CameBack(replies=1)
    assert told(engine) == []


def test_automatic_reply_is_an_absence_that_the_manager_may_confirm(
    engine: Engine, settings: Settings, clock: StandingClock
) -> None:
    scene = letter_to(engine, "coordinator")
    today = clock.now.date()
    until = date(today.year, today.month, 28)
    away = a_mail(f"Jag är borta till och med {until}. Av en sjukdom.", token=token_of(engine), **AWAY)
    arrive(settings, away)
    assert take_back(engine, settings, clock.now) == CameBack(replies=1)
    arrive(settings, away)
    assert take_back(engine, settings, clock.now) == CameBack()
    coordinator, manager = scene.people["coordinator"], scene.people["manager"]
    assert told(engine) == [(manager, {"by": coordinator, "to": until.isoformat()})]
    with reading(engine) as connection:
        assert connection.execute(select(ABSENCE)).all() == []
        (row,) = connection.execute(select(REPLY)).all()
    assert (row.text, row.away_until_on) == ("", until)
    right, at = SettleAbsence(row.id, is_right=True), Clock(today, clock.now)
    for who in ("coordinator", "controller"):
        with pytest.raises(NotAllowed, match="confirmed by the person's manager or an administrator"):
            perform(engine, right, scene.people[who], at)
    perform(engine, right, manager, at)
    with reading(engine) as connection:
        (absence,) = connection.execute(select(ABSENCE)).all()
    assert (absence.person_id, absence.from_on, absence.to_on) == (coordinator, today, until)
    with pytest.raises(AbsenceSettled):
        perform(engine, right, manager, at)
    assert events(engine, "absence_confirmed") == [
        ("absence_confirmed", {"by": manager, "reply": row.id, "to": until.isoformat()})
    ]


def test_absence_that_is_none_is_said_to_be_none(
    engine: Engine, settings: Settings, clock: StandingClock
) -> None:
    scene = letter_to(engine, "coordinator")
    today = clock.now.date()
    away = a_mail(f"Away until {date(today.year, today.month, 28)}", token=token_of(engine), **AWAY)
    arrive(settings, away)
    take_back(engine, settings, clock.now)
    perform(engine, SettleAbsence(1, is_right=False), scene.people["manager"], Clock(today, clock.now))
    with reading(engine) as connection:
        assert connection.execute(select(ABSENCE)).all() == []
    assert [name for name, _ in events(engine, "absence_confirmed", "absence_denied")] == ["absence_denied"]
