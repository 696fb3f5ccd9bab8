"""The kind of source `http`: figures from JSON web services, at listed hosts, with limits of time and size."""

import asyncio
import hashlib
import os
import socket
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import quote, urlsplit

from tasks.settings import Settings, load_settings
from tasks.sources.source import MOST_ANSWER, TIMEOUT_SECONDS, SourceRequest, Taken
from tasks.sources.source_faults import SecretWrong, Sourced, SourceFailed, secret_of, variable_of
from tasks.sources.values import at_path, filled

_SETTING = "GRANTS_SOURCE_HOSTS"


def _token(name: str) -> str:
    """Return a secret that is sent in a header; SecretWrong if it cannot be, as with a line break in it."""
    token = secret_of(name)
    if not (token.isascii() and token.isprintable()):
        raise SecretWrong(Sourced.VARIABLE_SIGN(variable=variable_of(name)))
    return token


@dataclass(slots=True)
class OutsideServices:
    """Web services that answer with JSON; an answer has a limit of seconds.

    A host's name is looked up once for each answer, and the connection goes to the checked address.
    A name that leads elsewhere a moment later does no harm.
    """

    settings: Settings = field(default_factory=load_settings)
    _clients: dict[str, Any] = field(default_factory=dict)
    _runner: asyncio.Runner | None = field(default=None)

    def fetch(self, name: str, url: str, secret: str | None) -> bytes:
        """Return the answer's body; SourceFailed if there is none, or it is too large."""
        import httpx

        self._runner = self._runner or asyncio.Runner()
        try:
            return self._runner.run(self._answer(name, url, secret))
        except TimeoutError as error:
            raise SourceFailed(Sourced.SERVICE_SLOW(name=name), may_pass=True) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            kind = type(error).__name__
            raise SourceFailed(Sourced.SERVICE_SILENT(name=name, kind=kind), may_pass=True) from error

    async def _answer(self, name: str, url: str, secret: str | None) -> bytes:
        import httpx

        # A compressed answer could be any size once it is opened.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if secret is not None:
            headers["Authorization"] = f"Bearer {_token(secret)}"
        body = bytearray()
        async with asyncio.timeout(TIMEOUT_SECONDS), await self._asked(name, url, headers) as answer:
            code = answer.status_code
            if code != httpx.codes.OK:
                passing = code >= 500 or code == httpx.codes.TOO_MANY_REQUESTS
                raise SourceFailed(Sourced.SERVICE_ANSWERED(name=name, code=code), may_pass=passing)
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise SourceFailed(Sourced.SERVICE_COMPRESSED(name=name))
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_ANSWER:
                    raise SourceFailed(Sourced.SERVICE_TOO_LARGE(name=name))
        return bytes(body)

    async def _asked(self, name: str, url: str, headers: dict[str, str]) -> Any:
        """Return the coming answer from the checked address; TLS and the service see the host's name."""
        import httpx

        target = httpx.URL(url)
        host = target.raw_host.decode("ascii")
        port = target.port or (443 if target.scheme == "https" else 80)
        address = await _find_address(name, host, port, self.settings)
        # A client a host: a connection that TLS opened for one name is used for no other. Redirects
        # are not followed, as they would take the token elsewhere.
        if host not in self._clients:
            self._clients[host] = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        headers["Host"] = target.netloc.decode("ascii")
        return self._clients[host].stream(
            "GET", target.copy_with(host=address), headers=headers, extensions={"sni_hostname": host}
        )

    def close(self) -> None:
        """Close the clients."""
        if self._runner is not None:
            for client in self._clients.values():
                self._runner.run(client.aclose())
            self._runner.close()
        self._clients = {}
        self._runner = None


async def _find_address(name: str, host: str, port: int, settings: Settings) -> str:
    """Return the address to which the host's name leads now; OSError if it leads nowhere.

    Raises SourceFailed for a host that GRANTS_SOURCE_HOSTS does not list. It refuses a private
    address that is not listed itself, and our own ports on this machine.
    """
    entries = (entry.strip().lower() for entry in settings.source_hosts.split(","))
    listed = [entry for entry in entries if entry]
    if host.lower() not in listed and not _is_within(host, listed):
        raise SourceFailed(Sourced.HOST_UNLISTED(name=name, setting=_SETTING, host=host))
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(answer[4][0]) for answer in answers]
    for text in addresses:
        address = _plain(text)
        here = address.is_loopback or address.is_unspecified
        open_to_all = address.is_global and not address.is_multicast and address not in _OWN_TRANSLATOR
        if (here and port in _own_ports(settings)) or not (open_to_all or _is_within(text, listed)):
            raise SourceFailed(
                Sourced.HOST_ADDRESS_REFUSED(name=name, setting=_SETTING, host=host, address=text)
            )
    return addresses[0]


# Addresses of IPv4 as IPv6 writes them: for a translator (RFC 6052), and in an older form (RFC 4291).
_WRITTEN_AS_IPV6 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
# Translated by an office's own rules (RFC 8215): nobody else can say where they lead.
_OWN_TRANSLATOR = IPv6Network("64:ff9b:1::/48")


def _plain(text: str) -> IPv4Address | IPv6Address:
    """Return an address; an IPv6 address that maps an IPv4 one as the IPv4 one."""
    address = ip_address(text)
    if address.version == 4:
        return address
    stands_for = address.ipv4_mapped or address.sixtofour
    if stands_for is not None or address.is_loopback or address.is_unspecified:
        return stands_for or address
    written = any(address in network for network in _WRITTEN_AS_IPV6)
    return IPv4Address(int(address) % 2**32) if written else address


def _is_within(text: str, listed: list[str]) -> bool:
    """Return whether the text is an address that is listed, or in a listed network."""
    try:
        address = _plain(text)
    except ValueError:  # a name
        return False
    for entry in listed:
        try:
            network = ip_network(entry)
        except ValueError:
            continue
        if address in network:
            return True
    return False


def _own_ports(settings: Settings) -> set[int | None]:
    """Return the ports of the portal, Prefect, the database and the mail server on this machine."""
    portal = urlsplit(settings.portal_url).port or 0
    others = (os.environ.get("PREFECT_API_URL", ""), settings.database)
    return {portal, portal + 1, portal + 2, settings.smtp_port, *(urlsplit(other).port for other in others)}


def read(asked: SourceRequest) -> Taken | None:
    """Return the one value at the question's path in the answer."""
    reader = asked.reader
    name = asked.name
    source = asked.source
    about = asked.about
    quoted = {key: quote(value, safe="") for key, value in about.names().items()}
    url = filled(source.url or "", quoted)
    key = (name, url)
    host = url.split("/", 3)[2]
    fetch = reader.line("http", OutsideServices).fetch
    body: bytes = reader.once(key, lambda: reader.tried(host, lambda: fetch(name, url, source.secret)))
    value = at_path(name, body, asked.gather.column)
    return None if value is None else Taken(value, name, hashlib.sha256(body).hexdigest())
