"""Letters that come back after a server had taken them, read from a Maildir."""

from __future__ import annotations

import mailbox
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.errors import SettingInvalid
from models.rules.watch.findings import FindingKind
from models.vocabulary import NoticeKind
from tasks.channels.returned import ReturnedLetter, read_report
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import Settings, load_settings
from tests.mail_server import MailServer
from tests.outbox_scenes import PERSON, StandingClock, rows
from tests.tasks.outbox.test_failed_letters import findings, letters, queue

TOKEN = "0123456789abcdef" * 2


@pytest.fixture
def box(tmp_path: Path) -> mailbox.Maildir:
    """Return an empty mailbox for returned mail."""
    return mailbox.Maildir(tmp_path / "returned", create=True)


def settings_for(tmp_path: Path, server: MailServer) -> Settings:
    """Return settings that send to the server and read the mailbox."""
    return load_settings(
        home=tmp_path,
        **server.settings,
        secret_keys="a key of the tests",
        bounces_address="returned@example.org",
        bounces_maildir=str(tmp_path / "returned"),
    )


def a_report(
    *, action: str = "failed", status: str = "5.2.2", to: str = "", headers: str = "", whole: bool = False
) -> Message:
    """Return a delivery status notification as a mail server sends it."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["To"] = to or "returned@example.org"
    report.attach(MIMEText("Your message could not be delivered."))
    fields = Message()
    fields["Action"], fields["Status"] = action, status
    per_message = Message()
    per_message["Reporting-MTA"] = "dns; mail.example.org"
    said = MIMEBase("message", "delivery-status")
    said.attach(per_message)
    said.attach(fields)
    report.attach(said)
    if headers:
        report.attach(MIMEText(headers, "rfc822-headers"))
    return report


def test_letter_that_comes_back_is_bounced_told_and_listed(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, box: mailbox.Maildir
) -> None:
    queue(
        sqlite, lambda scene: scene.letter("coordinator", ("report", NoticeKind.REMINDER, {"rung": "week"}))
    )
    with MailServer().running() as server:
        settings = settings_for(tmp_path, server)
        assert deliver(sqlite, settings, clock) == DeliveryReport(accepted=1)
        (sender,) = server.commands_of("MAIL")
        returned_to = sender.partition("<")[2].partition(">")[0]
        assert returned_to.startswith("returned+")
        assert returned_to.removeprefix("returned+").partition("@")[0] in server.accepted[0].message_id
        clock.pass_by(hours=1)
        box.add(a_report(to=returned_to))
        report = deliver(sqlite, settings, clock)
        assert report == DeliveryReport(accepted=1, returned=1, failures_told=1)
        assert "1 came back after they were accepted" in str(report)
        assert deliver(sqlite, settings, clock) == DeliveryReport()
    assert letters(sqlite) == [("Handläggaren", "bounced"), ("Ersättaren", "accepted")]
    assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == ["letter 1: did not arrive"]
    # Who writes such a mail is not known: no address is given up because of it.
    assert {row.bounced_at for row in rows(sqlite, PERSON)} == {None}


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        pytest.param(a_report(to=f"returned+{TOKEN}@example.org"), "5.2.2", id="by the envelope's sender"),
        pytest.param(
            a_report(headers=f"Subject: x\r\nMessage-ID: <{TOKEN * 2}@example.org>\r\n"), "5.2.2", id="by its headers"
        ),
        pytest.param(a_report(to=f"returned+{TOKEN}@example.org", action="delayed", status="4.4.1"), None, id="late"),
        pytest.param(a_report(to=f"returned+{TOKEN}@example.org", action="delivered"), None, id="it arrived"),
        pytest.param(a_report(to=f"returned+{TOKEN}@example.org", status="what"), None, id="no code"),
        pytest.param(a_report(to="returned+../../x@example.org"), None, id="no token of ours"),
        pytest.param(a_report(), None, id="about no letter"),
        pytest.param(MIMEText("I am away until Friday."), None, id="no report"),
    ],
)  # fmt: skip
def test_report_is_read(mail: Message, found: str | None) -> None:
    assert read_report(mail) == (ReturnedLetter(TOKEN, found) if found else None)


def test_hostile_mail_changes_nothing_and_is_read_once(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, box: mailbox.Maildir
) -> None:
    large, reply = EmailMessage(), EmailMessage()
    large["To"] = f"returned+{TOKEN}@example.org"
    large.set_content("x\n" * 600_000)
    reply["Subject"] = "Re: =?utf-8?q?=0D=0ABcc:_x=40example.org?="
    reply.set_content("Jag är på semester")
    stranger = a_report(to=f"returned+{TOKEN}@example.org")
    for mail in (large, reply, stranger, b"\xff\x00 no headers at all"):
        box.add(mail)
    with MailServer().running() as server:
        settings = settings_for(tmp_path, server)
        for _ in range(2):
            assert deliver(sqlite, settings, clock) == DeliveryReport()
    assert {one.get_flags() for one in box} == {"S"}


def test_folder_that_is_no_maildir_is_a_setting_to_correct(
    sqlite: Engine, clock: StandingClock, tmp_path: Path
) -> None:
    with MailServer().running() as server, pytest.raises(SettingInvalid, match="is no Maildir"):
        deliver(sqlite, settings_for(tmp_path, server), clock)
