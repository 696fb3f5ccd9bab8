"""Mails that came back, read from a real IMAP server."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from deployments.cli.main import run
from models.errors import SettingInvalid
from models.vocabulary import NoticeKind
from tasks.channels.mailboxes import MailboxUnreadable, open_mailbox
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tests.imap_server import ImapServer, an_imap_server, behind_tls
from tests.mail_server import MailServer
from tests.outbox_scenes import StandingClock
from tests.tasks.outbox.test_failed_letters import queue
from tests.tasks.outbox.test_returned_mail import a_report
from tests.tasks.outbox.test_smtp import certificate, tls, trusted  # noqa: F401  (fixtures)


@pytest.fixture(scope="module")
def whole() -> Iterator[ImapServer]:
    """Run one server for the file."""
    with an_imap_server() as server:
        yield server


@pytest.fixture
def imap(whole: ImapServer) -> ImapServer:
    """Return the server with an empty mailbox."""
    with whole.client() as client:
        client.store("1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()
    return whole


def settings_for(home: Path, mail: MailServer, mailbox: dict[str, str]) -> Settings:
    """Return settings that send to the mail server and read the mailbox."""
    return load_settings(
        home=home,
        **mail.settings,
        secret_keys="a key of the tests",
        bounces_address="returned@example.org",
        **mailbox,
    )


def test_report_is_read_and_marked_as_seen_after_the_commit_alone(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, mail: MailServer, imap: ImapServer
) -> None:
    queue(
        sqlite, lambda scene: scene.letter("coordinator", ("report", NoticeKind.REMINDER, {"rung": "week"}))
    )
    settings = settings_for(tmp_path, mail, imap.settings())
    assert deliver(sqlite, settings, clock) == DeliveryReport(accepted=1)
    token = mail.accepted[0].message_id[1:33]
    imap.add(b"Subject: x\r\n\r\nx", a_report(to=f"returned+{token}@example.org").as_bytes())
    with transaction(sqlite) as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE ON letter WHEN NEW.status = 'bounced'"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    clock.pass_by(hours=1)
    with pytest.raises(IntegrityError):
        deliver(sqlite, settings, clock)
    assert imap.unseen() == 2
    with transaction(sqlite) as connection:
        connection.exec_driver_sql("DROP TRIGGER broken")
    assert deliver(sqlite, settings, clock) == DeliveryReport(accepted=1, returned=1, failures_told=1)
    assert imap.unseen() == 0
    assert deliver(sqlite, settings, clock) == DeliveryReport()


def test_mailbox_elsewhere_needs_tls_that_is_trusted(
    tmp_path: Path,
    imap: ImapServer,
    tls: ssl.SSLContext,  # noqa: F811
    request: pytest.FixtureRequest,
) -> None:
    with behind_tls(imap.port, tls) as port:
        settings = load_settings(home=tmp_path, **imap.settings("imaps", port))
        with pytest.raises(MailboxUnreadable, match="certificate verify failed"), open_mailbox(settings):
            pytest.fail("it was read without trust")
        request.getfixturevalue("trusted")
        imap.add(b"Subject: x\r\n\r\nx")
        with open_mailbox(settings) as box:
            assert box is not None
            assert [content for _, content in box.unseen()] == [b"Subject: x\r\n\r\nx"]
    with pytest.raises(SettingInvalid, match="imap:// is for loopback only; write imaps://"):
        load_settings(home=tmp_path, bounces_imap="imap://office@imap.example.org/INBOX")
    with pytest.raises(SettingInvalid, match="the password goes into GRANTS_BOUNCES_PASSWORD"):
        load_settings(home=tmp_path, bounces_imap="imaps://office:x@imap.example.org/INBOX")


def test_mailbox_that_cannot_be_read_holds_no_letter_up(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, mail: MailServer, imap: ImapServer
) -> None:
    queue(
        sqlite, lambda scene: scene.letter("coordinator", ("report", NoticeKind.REMINDER, {"rung": "week"}))
    )
    settings = settings_for(tmp_path, mail, imap.settings() | {"bounces_password": "wrong"})
    report = deliver(sqlite, settings, clock)
    assert replace(report, mailbox_error=None) == DeliveryReport(accepted=1)
    assert str(report.mailbox_error).startswith("The mailbox for returned mail cannot be read: ")
    assert "wrong" not in report.said_in("en")


@pytest.mark.usefixtures("english")
def test_doctor_says_whether_the_mailbox_can_be_read(
    commanded: Engine, imap: ImapServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in imap.settings().items():
        monkeypatch.setenv(f"GRANTS_{name.upper()}", value)
    imap.add(b"Subject: x\r\n\r\nx")
    run(["doctor"])
    assert (
        "ok       returned     the mailbox for returned mail can be read; 1 mail(s) are unread"
        in capsys.readouterr().out
    )
    monkeypatch.setenv("GRANTS_BOUNCES_PASSWORD", "wrong")
    assert run(["doctor"]) == 1
    assert "TROUBLE  returned     The mailbox for returned mail cannot be read" in capsys.readouterr().out
    assert imap.unseen() == 1
