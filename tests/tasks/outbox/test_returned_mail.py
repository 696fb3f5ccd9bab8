"""Letters that come back after a server had taken them, read from a Maildir."""

import base64
import mailbox
from collections.abc import Callable
from datetime import date
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO
from pathlib import Path
from time import process_time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import Engine

from models.rules.watch.findings import FindingKind
from models.tables.columns import table_of
from models.tables.letter import MailReply
from models.vocabulary import NoticeKind
from tasks.channels.mailboxes import MOST_READ
from tasks.channels.returned_mail import Reply, ReturnedLetter, read_mail, read_report
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import Settings, load_settings
from tests.mail_server import MailServer
from tests.outbox_scenes import PERSON, StandingClock, rows
from tests.tasks.outbox.test_failed_letters import findings, letters, queue

TOKEN = "0123456789abcdef" * 2
REPLY = table_of(MailReply)


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
        assert "1 came back after they were accepted" in report.said_in("en")
        assert deliver(sqlite, settings, clock) == DeliveryReport()
    assert letters(sqlite) == [("Handläggaren", "bounced"), ("Ersättaren", "accepted")]
    assert findings(sqlite, clock.now, FindingKind.LETTER_BOUNCED) == ["letter 1: did not arrive"]
    # Who writes such a mail is not known: no address is given up because of it.
    assert {row.bounced_at for row in rows(sqlite, PERSON)} == {None}


def test_letter_that_came_back_is_told_where_its_mail_cannot_be_marked(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, box: mailbox.Maildir
) -> None:
    """Nobody stands behind the deputy: the administrator hears of it, in the delivery that bounced it."""
    queue(sqlite, lambda scene: scene.letter("deputy", ("report", NoticeKind.REMINDER, {"rung": "week"})))
    with MailServer().running() as server:
        settings = settings_for(tmp_path, server)
        deliver(sqlite, settings, clock)
        (sender,) = server.commands_of("MAIL")
        clock.pass_by(hours=1)
        key = box.add(a_report(to=sender.partition("<")[2].partition(">")[0]))
        (tmp_path / "returned" / "cur" / f"{key}:2,S").mkdir()
        report = deliver(sqlite, settings, clock)
    assert report.mailbox_error is not None
    assert report.failures_untold == 1
    assert [status for _, status in letters(sqlite)] == ["bounced"]


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


def a_mail(text: str, *, token: str = "", **headers: str) -> Message:
    """Return what a person or their mail program answers to a letter, by the token of the letter."""
    mail = MIMEText(text, "plain", "utf-8")
    mail["Subject"] = "Re: Uppföljning"
    if token:
        mail["In-Reply-To"] = f"<{token * 2}@example.org>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    return mail


AWAY = {"Auto_Submitted": "auto-replied"}


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        pytest.param(a_mail("Klart!", token=TOKEN), Reply(TOKEN, "Klart!"), id="what somebody wrote"),
        pytest.param(
            a_mail("Se http://127.0.0.1:8480/t/abc.def-1 \x00\u202enu", token=TOKEN),
            Reply(TOKEN, "Se [...] nu"),
            id="no link of a quoted letter, no controls",
        ),
        pytest.param(a_mail("Klart!"), None, id="to no letter"),
        pytest.param(a_mail("", token=TOKEN), None, id="nothing"),
        pytest.param(
            a_mail("Jag är borta t.o.m. 14 maj.", token=TOKEN, **AWAY),
            Reply(TOKEN, away_until_on=date(2010, 5, 14)),
            id="away, by RFC 3834",
        ),
        pytest.param(
            a_mail("Back on 15 May 2010", To=f"returned+{TOKEN}@example.org", Precedence="auto_reply"),
            Reply(TOKEN, away_until_on=date(2010, 5, 14)),
            id="away, as older programs say",
        ),
        pytest.param(a_mail("Jag är borta.", token=TOKEN, **AWAY), None, id="away, nobody knows for how long"),
        pytest.param(
            a_mail("Påminnelse", References=f"<{TOKEN * 2}@example.org>", Auto_Submitted="auto-generated"),
            None,
            id="a letter of our own",
        ),
    ],
)  # fmt: skip
def test_reply_is_read_as_text_or_as_an_absence(mail: Message, said: Reply | None) -> None:
    assert read_mail(mail.as_bytes(), date(2010, 5, 3)) == said


def nested(depth: int, within: bytes = b"x") -> bytes:
    """Return a mail of parts within parts, without the headers that say to what it answers."""
    opened = [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (one, one) for one in range(depth)]
    return b"".join(opened) + b"Content-Type: text/plain\n\n" + within


def bomb() -> bytes:
    """Return a zip that is a thousand times larger inside."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("x", bytes(50_000_000))
    return base64.encodebytes(packed.getvalue())


# What follows the headers that answer a letter of ours, and the text that is filed of it; None for nothing at all.
MANY = 200_000
HOSTILE: dict[str, tuple[bytes, str | None]] = {
    "parts within parts": (nested(5_000), None),
    "parts within parts, and lines": (nested(300, b"--\n" * (MANY // 3)), None),
    "more than anybody reads": (b"\nHej\n" + b"x\n" * 500_000, "Hej"),
    "a line without an end": (b"\n" + b"a" * MANY, "aaa"),
    "a header without an end": (b"X: " + b"y" * MANY + b"\n\nHej", "Hej"),
    "headers without an end": (b"X: y\n" * (MANY // 5) + b"\nHej", "Hej"),
    "parameters without an end": (b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\n\nHej", "Hej"),
    "a charset that there is not": (b"Content-Type: text/plain; charset=no-such\n\n\xff\x00\xe5", "ÿ å"),
    "a charset that is code": (b"Content-Type: text/plain; charset=zlib_codec\n\nHej", "Hej"),
    "halves of signs": (b"Content-Type: text/plain; charset=utf-7\n\n+2AA-Hej+2AA-", "Hej"),
    "slow numbers": (b"Content-Type: text/plain; charset=punycode\n\na-" + b"9" * MANY, "a-9"),
    "no base64": (b"Content-Transfer-Encoding: base64\n\n!!!!", None),
    "nulls": (b"\n\x00\x00Hej\x00", "Hej"),
    "a text that turns around": (b"Content-Type: text/plain; charset=utf-8\n\n\xe2\x80\xaeHej", "Hej"),
    "headers by bare returns": (b"Subject: x\rBcc: victim@example.org\r\n\r\nHej", "Hej"),
    "headers in encoded words": (b"Subject: =?utf-8?q?x=0D=0ABcc:_victim@example.org?=\n\nHej", "Hej"),
    "tags without an end": (b"Content-Type: text/html\n\n" + b"<a " * (MANY // 3), "<a"),
    "elements within elements": (b"Content-Type: text/html\n\n" + b"<div>" * (MANY // 5) + b"Hej", None),
    "script": (b"Content-Type: text/html\n\n<script>alert(1)</script><b onclick=x>Hej</b>", "Hej"),
    "a zip bomb": (b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + bomb(), None),
    "a file of this machine": (
        b"Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\n\nx",
        "x",
    ),
    "an order": (b"Content-Type: text/plain; charset=utf-8\n\nBetala ut allt till konto 123-4567!", "Betala"),
    "a report about another letter": (
        b"To: returned+%s@example.org\n" % (b"e" * 32)
        + b"Content-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/delivery-status\n\n"
        + b"Action: failed\nStatus: 5.1.1\n\n--b--\n",
        None,
    ),
}


def test_elements_without_an_end_take_as_long_as_other_text() -> None:
    def spent(text: bytes) -> float:
        began = process_time()
        read_mail(
            answering(TOKEN, b"Content-Type: text/html\n\n" + text * (20_000 // len(text))), date(2010, 5, 3)
        )
        return process_time() - began

    times = [(spent(b"<style>"), spent(b"<b>Hej")) for _ in range(3)]
    hostile, harmless = (min(one) for one in zip(*times, strict=True))
    assert hostile < 10 * harmless


def answering(token: str, rest: bytes) -> bytes:
    """Return a mail that answers the letter with the token."""
    return f"In-Reply-To: <{token * 2}@example.org>\n".encode() + rest


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_mail_is_data_and_read_within_a_moment(kind: str) -> None:
    rest, text = HOSTILE[kind]
    began = process_time()
    said = read_mail(answering(TOKEN, rest)[:MOST_READ], date(2010, 5, 3))
    assert process_time() - began < 10
    if text is None:
        assert not isinstance(said, Reply)
    else:
        assert isinstance(said, Reply)
        assert said.text.startswith(text)
        assert len(said.text) <= 10_000
        said.text.encode()


def test_hostile_mails_stop_no_other_and_are_read_once(
    sqlite: Engine,
    clock: StandingClock,
    tmp_path: Path,
    box: mailbox.Maildir,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with MailServer().running() as server:
        settings = settings_for(tmp_path, server)
        hold_hostile_mails(sqlite, clock, server, settings, lambda *mails: [box.add(one) for one in mails])
    # Those that say nothing, what was said before, and two of strangers.
    left = len(HOSTILE) - len(rows(sqlite, REPLY)) + 2
    assert caplog.text.count("is left to people: new/") == left
    (tmp_path / "returned" / "new" / "folder").mkdir()
    mails = [*(tmp_path / "returned" / "new").glob("*.*"), *(tmp_path / "returned" / "cur").iterdir()]
    assert [one.name.endswith(":2,S") for one in mails] == [True] * (len(HOSTILE) + 3)
    assert deliver(sqlite, settings, clock).mailbox_error is None


def hold_hostile_mails(
    engine: Engine,
    clock: StandingClock,
    server: MailServer,
    settings: Settings,
    put: Callable[..., object],
) -> None:
    """Hold that a good mail among hostile ones is read, and that what they say is filed and changes nothing."""
    queue(
        engine, lambda scene: scene.letter("coordinator", ("report", NoticeKind.REMINDER, {"rung": "week"}))
    )
    assert deliver(engine, settings, clock) == DeliveryReport(accepted=1)
    token = server.accepted[0].message_id[1:33]
    stranger = a_report(to=f"returned+{TOKEN}@example.org").as_bytes()
    forged = a_mail("Utbetala nu", token="f" * 32).as_bytes()
    good = a_report(to=f"returned+{token}@example.org").as_bytes()
    hostile = [answering(token, rest) for rest, _ in HOSTILE.values()]
    put(stranger, forged, *hostile, good)
    clock.pass_by(hours=1)
    filed = {answer for _, answer in HOSTILE.values() if answer}
    report = deliver(engine, settings, clock)
    assert (report.accepted, report.returned, report.mailbox_error) == (1, 1, None)
    texts = {row.text for row in rows(engine, REPLY)}
    assert all(any(text.startswith(one) for text in texts) for one in filed)
    assert all("Bcc" not in text for text in texts)
    assert letters(engine) == [("Handläggaren", "bounced"), ("Ersättaren", "accepted")]
    assert deliver(engine, settings, clock).replies == 0
