"""The mail route against an independent SMTP server: TLS, login, and what is said when either fails."""

import asyncio
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine

from models.errors import SettingInvalid
from tasks.channels.channel import channel_of
from tasks.channels.kinds.captured import CapturedChannel
from tasks.channels.kinds.email import EmailChannel, SmtpServer, server_of
from tasks.outbox.deliver import DeliveryReport
from tasks.settings import load_settings
from tests.builders import MORNING, a_database
from tests.outbox_scenes import LETTER, StandingClock, deliver, outcomes, queue_many, rows, states


class Keeping(Sink):
    """A handler that keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the envelope."""
        self.envelopes.append(envelope)
        return "250 2.0.0 Kept"


class OnAnyPort(Controller):
    """A controller on a port that the system chooses."""

    server: asyncio.Server

    def _trigger_server(self) -> None:
        # Called once the server listens: only now is the port known.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def a_server(**settings: Any) -> Iterator[tuple[int, list[Envelope]]]:
    """Run aiosmtpd in a thread; give its port and the envelopes that it keeps."""
    handler = Keeping()
    controller = OnAnyPort(
        handler, hostname="127.0.0.1", port=0, server_hostname="mail.example.org", **settings
    )
    controller.start()
    try:
        yield controller.port, handler.envelopes
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the files of a certificate for 127.0.0.1 that signs itself, and of its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    # The real clock: OpenSSL, which checks the certificate, knows no other.
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(MORNING)
        .not_valid_after(MORNING + timedelta(days=36_500))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*form))
    return paths


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Return a server's TLS settings with the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return a new SQLite database with three letters that are due."""
    opened = a_database(tmp_path)
    queue_many(opened, 3)
    yield opened
    opened.dispose()


def logs_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Let one user in."""
    known = LoginPassword(b"grants", b"open sesame")
    return AuthResult(success=data == known, handled=False)


def test_letters_go_to_an_independent_server(engine: Engine) -> None:
    with a_server() as (port, kept):
        route = SmtpServer("127.0.0.1", port, tls="none", sender="grants@example.org")
        report = deliver(engine, route, StandingClock(), connections=1)
    assert report == DeliveryReport(accepted=3)
    assert {one.original_content for one in kept} == {row.content for row in rows(engine, LETTER)}
    assert {one.mail_from for one in kept} == {"grants@example.org"}
    assert all(len(one.rcpt_tos) == 1 for one in kept)


@pytest.mark.usefixtures("trusted")
def test_letters_go_over_starttls_after_a_login(engine: Engine, tls: ssl.SSLContext) -> None:
    with a_server(tls_context=tls, require_starttls=True, authenticator=logs_in, auth_required=True) as (
        port,
        kept,
    ):
        route = SmtpServer("127.0.0.1", port, "grants", "open sesame")
        assert deliver(engine, route, StandingClock()) == DeliveryReport(accepted=3)
    assert len(kept) == 3


@pytest.mark.usefixtures("trusted")
def test_letters_go_over_tls_from_the_start(engine: Engine, tls: ssl.SSLContext) -> None:
    with a_server(ssl_context=tls) as (port, kept):
        report = deliver(engine, SmtpServer("127.0.0.1", port, tls="tls"), StandingClock(), connections=1)
    assert report == DeliveryReport(accepted=3)
    assert len(kept) == 3


@pytest.mark.usefixtures("trusted")
def test_tls_that_dies_over_a_letter_leaves_that_one_open(
    engine: Engine, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(self: Keeping, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        if len(self.envelopes) == 2:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 2.0.0 Kept"

    monkeypatch.setattr(Keeping, "handle_DATA", cut)
    with a_server(ssl_context=tls) as (port, kept):
        report = deliver(engine, SmtpServer("127.0.0.1", port, tls="tls"), StandingClock(), connections=1)
    assert report == DeliveryReport(accepted=2, unconfirmed=1)
    assert (len(kept), states(engine)) == (3, ["accepted", "unconfirmed", "accepted"])


@pytest.mark.parametrize(("offers_tls", "says"), [(True, "certificate"), (False, "starttls")])
def test_server_that_is_not_trusted_gets_nothing(
    engine: Engine, tls: ssl.SSLContext, offers_tls: bool, says: str
) -> None:
    with a_server(tls_context=tls if offers_tls else None) as (port, kept):
        report = deliver(engine, SmtpServer("127.0.0.1", port), StandingClock())
    assert report.route_error is not None
    assert says in report.route_error.lower()
    assert (kept, states(engine), outcomes(engine)) == ([], ["queued"] * 3, [])


@pytest.mark.usefixtures("trusted")
def test_wrong_password_stops_the_route_and_is_not_repeated_aloud(
    engine: Engine, tls: ssl.SSLContext
) -> None:
    with a_server(tls_context=tls, authenticator=logs_in, auth_required=True) as (port, kept):
        route = SmtpServer("127.0.0.1", port, "grants", "wrong horse")
        report = deliver(engine, route, StandingClock())
    assert report.route_error is not None
    assert "535" in report.route_error
    assert "wrong horse" not in report.route_error + repr(route)
    assert (kept, states(engine), outcomes(engine)) == ([], ["queued"] * 3, [])


def test_sender_that_is_no_address_is_said_before_connecting(engine: Engine) -> None:
    report = deliver(engine, SmtpServer("127.0.0.1", 1, tls="none", sender="Grants Office"), StandingClock())
    assert report.route_error == "GRANTS_MAIL_FROM is not an address: 'Grants Office'"


def test_channel_is_what_the_settings_say(tmp_path: Path) -> None:
    settings = load_settings(
        home=tmp_path,
        smtp_host="mail.example.org",
        smtp_username="grants",
        smtp_password="open sesame",
        mail_from="Grants Office <grants@example.org>",
        smtp_connections=3,
    )
    assert server_of(settings) == SmtpServer(
        "mail.example.org", 587, "grants", "open sesame", "starttls", "grants@example.org"
    )
    assert isinstance(channel := channel_of(settings), EmailChannel)
    assert channel.at_once == 3
    assert channel_of(load_settings(home=tmp_path)) == CapturedChannel()
    assert channel_of(settings.model_copy(update={"channel": "captured"})) == CapturedChannel()
    with pytest.raises(SettingInvalid, match="there is no channel 'emial'; did you mean 'email'"):
        channel_of(load_settings(home=tmp_path, channel="emial"))
