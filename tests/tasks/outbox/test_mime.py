"""Finished bytes: whatever names and titles hold, they read back as one letter to one person."""

import email
import email.policy
import re
from datetime import UTC, date, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from models.errors import LinkInvalid, SettingInvalid
from models.facts.worded_letter import Appointment, FinishedLetter
from models.reading.plain_text import header_line, one_line
from tasks.channels.message import LetterUnsendable, MailParts, MessageWriter, clean_address
from tasks.outbox.render import write_calendar
from tasks.people.links import read_link, sign_link

NOW = datetime(2011, 1, 13, 6, 30, tzinfo=UTC)
WRITER = MessageWriter("Bidrag <bidrag@example.org>", NOW, ZoneInfo("Europe/Stockholm"))
KEYS = ("newest", "older", "oldest")

# Texts that have broken mail before, besides what Hypothesis makes up.
NASTY = st.sampled_from(
    [
        "Ann\r\nBcc: x@example.org",
        "Ann\nBcc: x@example.org",
        "Ann\r",
        "=?utf-8?q?=0D=0ABcc:_x=40example.org?=",
        "==??utf-8?b?DQpCY2M6IHg=?==?",
        "=?",
        "?=",
        "a\x00b",
        "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g",
        "\u202eabc\u202c",
        "\u2066abc\u2069",
        "\ud800",
        "שלום",
        "👩\u200d🚒",
        'a"b\\c',
        "a,b;c:d<e>f@g(h)[i]",
        "e\u0301" * 40,
        "字" * 200,
        " ",
        "",
        ".",
        "\tx\t",
        "x" * 2000,
    ]
)
TEXTS = st.one_of(NASTY, st.text(max_size=80), st.lists(NASTY, max_size=4).map("".join))
LINES = st.one_of(
    st.sampled_from([".\n..\nFrom me\n", "x \n\ty \n", "=\n==\n", "a\r\nb\rc\n", "å" * 500, "--=_00\n"]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400),
)


def a_mail(**values: Any) -> MailParts:
    """A mail with defaults for all its parts."""
    defaults: dict[str, Any] = {
        "to_name": "Handläggaren",
        "to_email": "coordinator@example.org",
        "subject": "Slutrapport – senast torsdag 20 januari",
        "language": "sv",
        "message_id": "<abc@example.org>",
        "earlier_message_id": None,
        "text": "Hej!\n",
        "html": "<p>Hej!</p>\n",
        "calendar": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "calendar_name": "datum.ics",
    }
    return MailParts(**(defaults | values))


def read_back(finished: FinishedLetter) -> EmailMessage:
    """The message as the standard library reads it, without a defect."""
    message = email.message_from_bytes(finished.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        for value in part.values():
            assert value.defects == ()
    return message


def parts_of(message: EmailMessage) -> dict[str, str]:
    """The text of every part by its media type."""
    return {
        part.get_content_type(): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in message.walk()
        if not part.is_multipart()
    }


def display_name(message: EmailMessage) -> str:
    """The addressee's name. Python 3.11 leaves a space between encoded-words in a name; this does not."""
    raw = next(value for name, value in message.raw_items() if name == "To")
    if "=?" not in raw:
        return str(message["To"].addresses[0].display_name)
    return str(make_header(decode_header(raw.partition("<")[0].strip())))


def crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


@given(name=TEXTS, subject=TEXTS)
@example(name="=?utf-8?q?a=0D=0ABcc=3A_b=40example.org?=", subject="\r\nBcc: b@example.org")
def test_hostile_headers_read_back_as_one_letter(name: str, subject: str) -> None:
    finished = WRITER.write(a_mail(to_name=name, subject=subject))
    message = read_back(finished)

    assert message.keys() == [
        "Content-Type", "MIME-Version", "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "X-Auto-Response-Suppress", "Content-Language",
    ]  # fmt: skip
    [address] = message["To"].addresses
    assert address.addr_spec == finished.recipient == "coordinator@example.org"
    assert display_name(message) == header_line(name)
    assert message["Subject"] == finished.subject == header_line(subject)


@given(text=LINES, html=LINES, calendar=st.one_of(st.none(), LINES))
def test_parts_read_back_as_written(text: str, html: str, calendar: str | None) -> None:
    octets = None if calendar is None else crlf(calendar).encode()
    finished = WRITER.write(a_mail(text=text, html=html, calendar=octets))

    expected = {"text/plain": crlf(text), "text/html": crlf(html)}
    if calendar is not None:
        expected["text/calendar"] = crlf(calendar)
    assert parts_of(read_back(finished)) == expected


@given(name=TEXTS, subject=TEXTS, text=LINES, html=LINES)
def test_bytes_are_short_plain_lines(name: str, subject: str, text: str, html: str) -> None:
    content = WRITER.write(a_mail(to_name=name, subject=subject, text=text, html=html)).content

    assert content.isascii()
    assert re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", content) is None
    head, _, body = content.partition(b"\r\n\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 78
    # An encoded-word is at most 75 characters, a line that holds one at most 76 (RFC 2047 section 2).
    assert all(len(line) <= 76 or b"=?" not in line for line in head.split(b"\r\n"))


@given(TEXTS)
def test_header_line_is_one_harmless_line(text: str) -> None:
    line = header_line(text)

    assert line == header_line(line)
    assert "=?" not in line
    assert "?=" not in line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)
    assert line == line.strip()
    assert len(line) <= 500


@given(TEXTS)
def test_one_line_keeps_what_is_harmless(text: str) -> None:
    letters = [char for char in one_line(text, 10_000) if char.isalnum()]

    assert letters == [char for char in text if char.isalnum()]


def test_headers_say_what_kind_of_mail_it_is() -> None:
    message = read_back(WRITER.write(a_mail(language="en", earlier_message_id="<first@example.org>")))

    assert {name: message[name] for name in message if name not in ("To", "Subject")} == {
        "From": "Bidrag <bidrag@example.org>",
        "Date": "Thu, 13 Jan 2011 07:30:00 +0100",
        "Message-ID": "<abc@example.org>",
        "In-Reply-To": "<first@example.org>",
        "References": "<first@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/mixed"


def test_calendar_is_an_attachment_that_calendars_open() -> None:
    message = read_back(WRITER.write(a_mail()))

    [attached] = message.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached["Content-Type"].params["method"] == "PUBLISH"
    assert attached.get_filename() == "datum.ics"
    assert attached.get_content_disposition() == "attachment"


def test_message_id_without_a_domain_gets_the_senders() -> None:
    assert read_back(WRITER.write(a_mail(message_id="0a1b")))["Message-ID"] == "<0a1b@example.org>"


@pytest.mark.parametrize("message_id", ["", "<a>", "<a b@example.org>", "<a@example.org>\r\nBcc: x", "<å@b>"])
def test_bad_message_id_is_not_sent(message_id: str) -> None:
    with pytest.raises(LetterUnsendable):
        WRITER.write(a_mail(message_id=message_id))
    with pytest.raises(LetterUnsendable):
        WRITER.write(a_mail(earlier_message_id=message_id))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a.b+c@example.org", "a.b+c@example.org"),
        ("a@räksmörgås.example", "a@xn--rksmrgs-5wao1o.example"),
        ("A@EXAMPLE.ORG", "A@example.org"),
    ],
)
def test_address_is_made_fit_for_smtp(address: str, expected: str) -> None:
    assert clean_address(address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@@example.org",
        "a b@example.org",
        "å@example.org",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "a@example.org, b@example.org",
        "a@[127.0.0.1]",
        "a@example.org\x00",
    ],
)
def test_address_that_is_none_is_not_sent_to(address: str) -> None:
    with pytest.raises(LetterUnsendable) as caught:
        WRITER.write(a_mail(to_email=address))
    # The error is logged: it must not hold the address.
    assert len(address) < 3 or address not in str(caught.value)


@given(st.text(max_size=80))
def test_any_address_is_refused_or_reads_back_alone(address: str) -> None:
    try:
        finished = WRITER.write(a_mail(to_email=f"{address}@example.org"))
    except LetterUnsendable:
        return
    assert [one.addr_spec for one in read_back(finished)["To"].addresses] == [finished.recipient]


def test_sender_without_any_name_is_the_products() -> None:
    writer = MessageWriter("bidrag@example.org", NOW, UTC)

    assert read_back(writer.write(a_mail()))["From"] == "Grantline <bidrag@example.org>"


def test_sender_without_a_name_is_the_organisations() -> None:
    writer = MessageWriter("bidrag@example.org", NOW, UTC, "Socialförvaltningen, Exempelstad")

    [sender] = read_back(writer.write(a_mail()))["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (
        "Socialförvaltningen, Exempelstad",
        "bidrag@example.org",
    )


@pytest.mark.parametrize("sender", ["", "x", "x@", "a@example.org\r\nBcc: b@example.org c"])
def test_sender_that_is_no_address_is_a_setting_to_mend(sender: str) -> None:
    with pytest.raises(SettingInvalid, match="GRANTS_MAIL_FROM"):
        MessageWriter(sender, NOW, UTC)


def test_letter_that_does_not_read_back_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    # The last net: were the cleaning of a name ever to fail, the bytes do not leave.
    monkeypatch.setattr("tasks.channels.message.header_line", lambda text: text)

    for name in ("a\r\nBcc: b@example.org", "a\nBcc: b@example.org", "a\rb", "a\r\n\r\nb"):
        with pytest.raises(LetterUnsendable):
            WRITER.write(a_mail(subject=name))


DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)
APPOINTMENTS = st.builds(
    Appointment,
    uid=st.from_regex(r"step-[0-9]{1,9}@example\.org", fullmatch=True),
    on=DAYS,
    summary=WORDS,
    description=WORDS,
    sequence=st.integers(0, 1000),
)


@given(st.lists(APPOINTMENTS, max_size=3))
def test_calendar_reads_back_as_written(appointments: list[Appointment]) -> None:
    events = Calendar.from_ical(write_calendar(appointments, NOW)).events

    assert [(one.uid, one.summary, one.DTSTART, one.sequence) for one in events] == [
        (one.uid, one.summary, one.on, one.sequence) for one in appointments
    ]


@pytest.mark.parametrize("token", ["", ".", "x", "x.", "x.y", "å.y", "\x00", "x" * 10_000])
def test_token_that_nobody_signed_is_refused(token: str) -> None:
    with pytest.raises(LinkInvalid):
        read_link(token, KEYS)


@given(st.text(alphabet="abcdef.-_0", min_size=1), st.integers(0, 200), st.characters())
def test_changed_token_is_refused(link_key: str, position: int, character: str) -> None:
    token = sign_link(link_key, KEYS)
    at = position % len(token)
    changed = token[:at] + character + token[at + 1 :]
    try:
        assert read_link(changed, KEYS) == link_key
    except LinkInvalid:
        return
    # The last base64 digit has spare bits: another digit can stand for the same signature.
    assert changed[:-1] == token[:-1]
