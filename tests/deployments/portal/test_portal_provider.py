"""Signing in at the office's own provider: a real one on loopback, whose tokens are not always what they should be."""

import json
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import httpx2
import oidc_provider_mock
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy import update
from starlette.testclient import TestClient

from deployments.cli.provider import check_provider
from models.errors import SettingInvalid
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.vocabulary import Access
from tasks.store.database import transaction
from tests.builders import a_database
from tests.deployments.portal.test_portal_logins import DAY, is_in
from tests.grant_scenes import ADMIN, OWNER, PERSON, a_staff, an_entry, at, events, open_grants, rows
from tests.portal_scenes import Site, nonce_of, parse, problems, settings_for, sign_in, text_of
from tests.remembered import remembered

# The provider is built on older names of authlib.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CLIENT = "grantline"
GROUPS = "grants-admins=admin, auditors=reader, finance=controller"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


# With it a provider signs an ID token that says something else than its own would.
KEY = generate_private_key(65_537, 2048)


def encoded(said: bytes) -> str:
    """Return bytes as a token has them."""
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def signed_by_key(claims: dict[str, Any]) -> str:
    """Return an ID token."""
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    said = ".".join(encoded(json.dumps(one).encode()) for one in parts)
    return f"{said}.{encoded(KEY.sign(said.encode(), PKCS1v15(), SHA256()))}"


def keys_of_key() -> dict[str, Any]:
    """Return what is published of the key."""
    numbers = KEY.public_key().public_numbers()
    public = {"n": encoded(numbers.n.to_bytes(256)), "e": encoded(numbers.e.to_bytes(3))}
    return {"keys": [{"kty": "RSA", "alg": "RS256", **public}]}


def changed(claims: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the claims with others in their place; without those that are to be ABSENT."""
    return {name: one for name, one in (claims | changes).items() if one is not ABSENT}


ABSENT = object()


@dataclass(slots=True)
class Provider:
    """A provider that is served; its next token is `swapped` for another where one is set.

    Its ID tokens and its userinfo say otherwise what `in_token` and `in_userinfo` hold.
    """

    app: Any
    address: str = ""
    swapped: dict[str, Any] = field(default_factory=dict)
    in_token: dict[str, Any] = field(default_factory=dict)
    in_userinfo: dict[str, Any] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        changes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "/oauth2/token": self._other_token,
            "/userinfo": lambda said: changed(said, self.in_userinfo),
            "/jwks": lambda said: keys_of_key() if self.in_token else said,
        }
        change = changes.get(environ["PATH_INFO"])
        if change is None:
            return self.app(environ, start_response)  # type: ignore[no-any-return]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [one for one in headers if one[0].lower() != "content-length"]
            return start_response(status, kept, *rest)

        return [json.dumps(change(json.loads(b"".join(self.app(environ, start))))).encode()]

    def _other_token(self, answer: dict[str, Any]) -> dict[str, Any]:
        if self.in_token:
            body = answer["id_token"].split(".")[1]
            claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            answer["id_token"] = signed_by_key(changed(claims, self.in_token))
        return answer | self.swapped

    def signs_in(self, email: str, address: str) -> httpx.Response:
        """Sign somebody in on the page to which a browser was sent, and return where it is sent back to."""
        return httpx.post(address, data={"sub": email})

    def token(self, email: str, *, client: str = CLIENT, nonce: str = "n", host: str = "") -> dict[str, Any]:
        """Return a token of somebody, for a client and a nonce, from the provider as it calls itself to a host."""
        asked = {"client_id": client, "redirect_uri": "http://127.0.0.1/", "response_type": "code"}
        sent = httpx.post(
            f"{self.address}/oauth2/authorize",
            params=asked | {"scope": "openid email", "nonce": nonce},
            data={"sub": email},
        )
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
        answer = httpx.post(
            f"{self.address}/oauth2/token",
            data=given | {"client_id": client, "client_secret": "s"},
            headers={"host": host} if host else {},
        )
        found: dict[str, Any] = answer.json()
        return found


def said_of(email: str, **more: Any) -> dict[str, Any]:
    """Return what a provider says of somebody who has just signed in there."""
    return {"email": email, "email_verified": True, "auth_time": int(at(DAY, 10).timestamp()), **more}


@contextmanager
def a_provider(*others: oidc_provider_mock.User, **given: Any) -> Iterator[Provider]:
    """Serve a provider that knows some people, and those who are given."""
    users = [
        *others,
        oidc_provider_mock.User(sub="admin", claims=said_of(ADMIN, groups=["grants-admins", "finance"])),
        oidc_provider_mock.User(sub="owner", claims=said_of(OWNER.upper(), groups=["others"])),
        oidc_provider_mock.User(sub="nobody", claims=said_of("nobody@example.org")),
    ]
    provider = Provider(oidc_provider_mock.app(user_claims=users, **given))
    with make_server("127.0.0.1", 0, provider, handler_class=_Quiet) as server:
        provider.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with a_provider() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Site:
    provider.swapped, provider.in_token, provider.in_userinfo = {}, {}, {}
    engine = a_database(tmp_path)
    remembered(engine, "the staff at a provider", lambda: open_grants(engine, an_entry(), people=a_staff()))
    return Site(engine, settings_at(provider, tmp_path), at(DAY, 10))


def known(provider: Provider) -> dict[str, Any]:
    """Return the settings by which a portal knows the provider."""
    return {"oidc_issuer": provider.address, "oidc_client_id": CLIENT, "oidc_client_secret": "s"}


def settings_at(provider: Provider, folder: Path, **changes: Any) -> Any:
    """Return the settings of a portal that knows the provider."""
    return settings_for(folder, **known(provider) | changes)


def sent_to(client: TestClient, wanted: str = "") -> str:
    """Return where at the provider a browser is sent."""
    found = client.get("/login/provider", params={"next": wanted} if wanted else None)
    assert found.status_code == 302
    return str(found.headers["location"])


def come_back(client: TestClient, provider: Provider, email: str, sent: str = "") -> httpx2.Response:
    """Sign in at the provider, and come back."""
    back = provider.signs_in(email, sent or sent_to(client)).headers["location"]
    return client.get(urlsplit(back).path, params=parse_qs(urlsplit(back).query))


def rights(site: Site, email: str) -> tuple[bool, Access]:
    """Return whether somebody is an administrator, and what they may look at."""
    found = next(one for one in rows(site.engine, Person) if one.email == email)
    return found.is_admin, found.access


def signed_in(site: Site) -> list[Any]:
    """Return the events of sign-ins."""
    return [one for one in rows(site.engine, JournalEvent) if one.event == "signed_in"]


def test_who_the_provider_names_is_signed_in_and_led_on(site: Site, provider: Provider) -> None:
    client = site.stranger()
    page = client.get("/login?next=/grants/REF-1")
    (link,) = [one for one in parse(page).iter("a") if str(one.get("href")).startswith("/login/provider")]
    sent = client.get(link.get("href")).headers["location"]
    asked = parse_qs(urlsplit(sent).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["max_age"], asked["scope"]) == (["43200"], ["openid email profile"])
    back = come_back(client, provider, "owner", sent)
    assert (back.status_code, back.headers["location"]) == (303, "/grants/REF-1")
    assert is_in(client)
    assert events(site.engine, "signed_in") == ["signed_in"]


def test_old_session_at_the_provider_is_no_fresh_sign_in(site: Site, provider: Provider) -> None:
    signed_in_at = site.now - timedelta(hours=13)
    provider.in_token = {"auth_time": int(signed_in_at.timestamp())}
    client = site.stranger()
    assert come_back(client, provider, "owner").status_code == 303
    assert is_in(client)
    assert [one.detail["since"] for one in signed_in(site)] == [signed_in_at.isoformat()]
    # What needs a recent sign-in leads to the provider, which is to ask again.
    assert client.get("/login?next=/tasks").status_code == 200
    provider.in_token = {"auth_time": int(site.now.timestamp())}
    assert parse_qs(urlsplit(sent_to(client)).query)["prompt"] == ["login"]
    assert come_back(client, provider, "owner").status_code == 303
    assert client.get("/login?next=/tasks").headers["location"] == "/tasks"
    assert "prompt" not in sent_to(client)


def test_sign_in_of_an_unknown_time_is_an_old_one_and_the_page_offers_the_mailed_link(
    site: Site, provider: Provider
) -> None:
    provider.in_token = {"auth_time": ABSENT}
    client = site.stranger()
    assert come_back(client, provider, "owner").headers["location"] == "/tasks"
    assert "since" not in signed_in(site)[0].detail
    # Asked again there, the provider still does not say when.
    again = come_back(client, provider, "owner", sent_to(client, "/grants/REF-1"))
    assert again.headers["location"] == "/login?next=%2Fgrants%2FREF-1"
    page = client.get(again.headers["location"])
    assert "visar inte när du loggade in där" in problems(page)[0]
    assert nonce_of(page, "/login")
    sign_in(site, client, OWNER)
    assert client.get("/login?next=/tasks").status_code == 303


def test_mailed_link_stays_beside_the_provider(site: Site, provider: Provider) -> None:
    page = site.stranger().get("/login")
    assert nonce_of(page, "/login")
    assert "Without a work account" in text_of(parse(page))


def test_office_without_a_provider_has_no_address_for_it(site: Site, tmp_path: Path) -> None:
    alone = Site(site.engine, settings_for(tmp_path), site.now).stranger()
    assert "work account" not in alone.get("/login").text
    assert [alone.get(f"/login/provider{one}").status_code for one in ("", "/return")] == [404, 404]


FAILED, UNKNOWN = "could not sign you in", "nobody here has its address"
NOT_SENT, NOT_READ, NOT_CHECKED = "did not send", "cannot be read here", "has been checked"
NO_ADDRESS = {"email": ABSENT, "email_verified": ABSENT}


def told(case: str, status: int, says: str = "", /, *, who: str = "owner", **told: Any) -> Any:
    """Return a case: what the ID token and userinfo say otherwise, and what becomes of the sign-in."""
    said = told.pop("token", {}), told.pop("userinfo", {})
    return pytest.param(who, *said, told, status, says, id=case)


@pytest.mark.parametrize(
    ("who", "in_token", "in_userinfo", "changes", "status", "says"),
    [
        told("nobody of ours", 403, UNKNOWN, who="nobody"),
        told("the address at userinfo alone", 303, token=NO_ADDRESS),
        told("userinfo of somebody else", 502, NOT_READ, token=NO_ADDRESS, userinfo={"sub": "admin"}),
        told("no address anywhere", 502, NOT_SENT, token=NO_ADDRESS, userinfo=NO_ADDRESS),
        told("an address that is none", 502, NOT_READ, token={"email": [OWNER]}),
        told("not verified", 403, NOT_CHECKED, token={"email_verified": False}),
        told("a word for not verified", 403, NOT_CHECKED, token={"email_verified": "false"}),
        told("a word for verified", 403, NOT_CHECKED, token={"email_verified": "true"}),
        told(
            "nothing said of it",
            502,
            NOT_SENT,
            token={"email_verified": ABSENT},
            userinfo={"email_verified": None},
        ),
        told(
            "verified, but not which",
            502,
            NOT_SENT,
            token={"email_verified": ABSENT},
            userinfo={"email": ABSENT},
        ),
        told(
            "another address is verified",
            403,
            UNKNOWN,
            token={"email_verified": ABSENT},
            userinfo={"email": "nobody@example.org"},
        ),
        told(
            "the addresses are the office's own",
            303,
            token={"email_verified": ABSENT},
            userinfo={"email_verified": ABSENT},
            oidc_own_addresses=True,
        ),
        told("a time that no clock shows", 502, NOT_READ, token={"auth_time": 10**18}),
        told("a time before all others", 502, NOT_READ, token={"auth_time": -5}),
        told("a time that is to come", 502, NOT_READ, token={"auth_time": 4_000_000_000}),
        told("a time in words", 502, FAILED, token={"auth_time": "now"}),
        told("groups in a list", 502, NOT_READ, token={"groups": [["x"]]}, oidc_groups=GROUPS),
        told("groups in a text", 502, NOT_READ, token={"groups": "grants-admins"}, oidc_groups=GROUPS),
    ],
)
def test_sign_in_is_as_good_as_what_the_provider_says(
    site: Site,
    provider: Provider,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    who: str,
    in_token: dict[str, Any],
    in_userinfo: dict[str, Any],
    changes: dict[str, Any],
    status: int,
    says: str,
) -> None:
    provider.in_token, provider.in_userinfo = in_token, in_userinfo
    client = Site(site.engine, settings_at(provider, tmp_path, **changes), site.now).stranger()
    back = come_back(client, provider, who)
    assert (back.status_code, is_in(client)) == (status, status == 303)
    if says:
        assert says in problems(back)[0]
        (line,) = [one for one in caplog.records if one.name.startswith("deployments")]
        assert line.exc_info is None
        assert "@" not in line.getMessage()


def test_addresses_compare_in_ascii(site: Site, provider: Provider) -> None:
    with transaction(site.engine) as connection:
        connection.execute(update(PERSON).where(PERSON.c.email == OWNER).values(email="karl@example.org"))
    for sign, status in (("\N{KELVIN SIGN}", 403), ("K", 303)):
        provider.in_token = {"email": f"{sign}arl@example.org"}
        assert come_back(site.stranger(), provider, "owner").status_code == status


def test_failed_sign_in_is_one_line_of_the_log_whatever_the_browser_sends(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = site.stranger()
    for query in ({"error": "x\r\n2026-01-01 forged"}, {"code": "x", "state": "y"}, {}):
        caplog.clear()
        assert client.get("/login/provider/return", params=query).status_code == 502
        (line,) = [one for one in caplog.records if one.name.startswith("deployments")]
        assert (line.exc_info, len(line.getMessage().splitlines())) == (None, 1)


def spoilt(token: dict[str, Any]) -> dict[str, Any]:
    """Return the token with another signature."""
    return token | {"id_token": token["id_token"][:-8] + "AAAAAAAA"}


WRONG: list[Any] = [
    pytest.param(lambda p, nonce: p.token("owner", nonce=nonce, host="localhost:1"), id="issuer"),
    pytest.param(lambda p, nonce: p.token("owner", nonce=nonce, client="another"), id="audience"),
    pytest.param(lambda p, nonce: p.token("owner", nonce="another"), id="nonce"),
    pytest.param(lambda p, nonce: spoilt(p.token("owner", nonce=nonce)), id="signature"),
]


@pytest.mark.parametrize("forge", WRONG)
def test_token_that_is_not_ours_signs_nobody_in(
    site: Site, provider: Provider, forge: Callable[[Provider, str], dict[str, Any]]
) -> None:
    client = site.stranger()
    sent = sent_to(client)
    provider.swapped = forge(provider, parse_qs(urlsplit(sent).query)["nonce"][0])
    back = come_back(client, provider, "owner", sent)
    assert (back.status_code, is_in(client)) == (502, False)
    assert "could not sign you in" in problems(back)[0]


def test_token_that_was_swapped_for_a_right_one_signs_in(site: Site, provider: Provider) -> None:
    client = site.stranger()
    sent = sent_to(client)
    provider.swapped = provider.token("owner", nonce=parse_qs(urlsplit(sent).query)["nonce"][0])
    assert come_back(client, provider, "owner", sent).status_code == 303


def test_token_of_an_earlier_sign_in_signs_nobody_in(site: Site, provider: Provider) -> None:
    first, second = site.stranger(), site.stranger()
    sent = sent_to(first)
    provider.swapped = provider.token("owner", nonce=parse_qs(urlsplit(sent).query)["nonce"][0])
    assert come_back(first, provider, "owner", sent).status_code == 303
    assert come_back(second, provider, "owner").status_code == 502
    assert not is_in(second)


def test_expired_token_signs_nobody_in(site: Site, tmp_path: Path) -> None:
    with a_provider(access_token_max_age=timedelta(hours=-1)) as late:
        client = Site(site.engine, settings_at(late, tmp_path), site.now).stranger()
        assert (come_back(client, late, "owner").status_code, is_in(client)) == (502, False)


def test_address_of_the_way_back_acts_once_and_in_its_own_browser(site: Site, provider: Provider) -> None:
    client = site.stranger()
    back = provider.signs_in("owner", sent_to(client)).headers["location"]
    path, query = urlsplit(back).path, parse_qs(urlsplit(back).query)
    other = site.stranger()
    assert (other.get(path, params=query).status_code, is_in(other)) == (502, False)
    assert client.get(path, params=query).status_code == 303
    assert client.get(path, params=query).status_code == 502


def test_provider_that_does_not_answer_leaves_the_mailed_link(site: Site, tmp_path: Path) -> None:
    silent = settings_for(tmp_path, oidc_issuer="http://127.0.0.1:9", oidc_client_id=CLIENT)
    page = Site(site.engine, silent, site.now).stranger().get("/login/provider?next=/people")
    assert (page.status_code, nonce_of(page, "/login") != "") == (502, True)


def test_groups_give_rights_and_take_them(site: Site, provider: Provider, tmp_path: Path) -> None:
    grouped = Site(site.engine, settings_at(provider, tmp_path, oidc_groups=GROUPS), site.now)
    assert come_back(grouped.stranger(), provider, "admin").status_code == 303
    assert rights(site, ADMIN) == (True, Access.CONTROLLER)
    others = Site(site.engine, settings_at(provider, tmp_path, oidc_groups="others=admin"), site.now)
    assert come_back(others.stranger(), provider, "owner").status_code == 303
    assert come_back(others.stranger(), provider, "admin").status_code == 303
    assert (rights(site, OWNER), rights(site, ADMIN)) == ((True, Access.OWN), (False, Access.OWN))
    told = [row.detail for row in rows(site.engine, JournalEvent) if row.event == "person_changed"]
    assert [(one["from"], one["to"], one["why"]) for one in told] == [
        (["own"], ["own", "admin"], "import"),
        (["own", "admin"], ["controller", "admin"], "groups"),
        (["own"], ["own", "admin"], "groups"),
        (["controller", "admin"], ["own"], "groups"),
    ]


def test_provider_that_says_nothing_of_groups_changes_no_right(
    site: Site, provider: Provider, tmp_path: Path
) -> None:
    provider.in_token = provider.in_userinfo = {"groups": ABSENT}
    grouped = Site(site.engine, settings_at(provider, tmp_path, oidc_groups=GROUPS), site.now)
    assert come_back(grouped.stranger(), provider, "admin").status_code == 303
    assert rights(site, ADMIN) == (True, Access.OWN)
    assert signed_in(site)[0].detail["missing"] == "groups"


def test_groups_do_not_take_the_last_administrator(site: Site, provider: Provider, tmp_path: Path) -> None:
    provider.in_token = {"groups": []}
    grouped = Site(site.engine, settings_at(provider, tmp_path, oidc_groups=GROUPS), site.now)
    assert come_back(grouped.stranger(), provider, "admin").status_code == 303
    assert rights(site, ADMIN) == (True, Access.OWN)
    assert signed_in(site)[0].detail["kept"] == "admin"


def test_doctor_asks_the_provider_what_it_is(provider: Provider, tmp_path: Path) -> None:
    ok, said = check_provider(settings_at(provider, tmp_path))
    assert (ok, said) == (True, f"{provider.address} answers")
    ok, said = check_provider(settings_at(provider, tmp_path, oidc_issuer=f"{provider.address}/"))
    assert (ok, "write GRANTS_OIDC_ISSUER exactly so" in str(said)) == (False, True)
    ok, said = check_provider(settings_at(provider, tmp_path, oidc_issuer=f"{provider.address}/wrong"))
    assert (ok, "does not answer as a provider" in str(said)) == (False, True)
    assert check_provider(settings_for(tmp_path))[0]


def test_scopes_are_what_the_office_sets(site: Site, provider: Provider, tmp_path: Path) -> None:
    asked = Site(site.engine, settings_at(provider, tmp_path, oidc_scopes="openid email roles"), site.now)
    sent = sent_to(asked.stranger())
    assert parse_qs(urlsplit(sent).query)["scope"] == ["openid email roles"]


def test_signing_out_leaves_the_provider_too(site: Site, provider: Provider) -> None:
    client = site.stranger()
    come_back(client, provider, "owner")
    out = client.post("/logout", data={"nonce": nonce_of(client.get("/"), "/logout")})
    place = urlsplit(out.headers["location"])
    assert f"{place.scheme}://{place.netloc}" == provider.address
    assert parse_qs(place.query)["post_logout_redirect_uri"] == [f"{site.settings.portal_url}/login"]
    assert not is_in(client)


def test_setting_that_cannot_be_is_refused(provider: Provider, tmp_path: Path) -> None:
    plain, there = "http://login.example.org", "https://login.example.org"
    clientless = {"oidc_issuer": there, "oidc_client_id": ""}
    others = {"oidc_groups": "admins=root"}, {"oidc_scopes": "email"}, {"oidc_claim": "upn"}
    for wrong in ({"oidc_issuer": plain}, clientless, *others):
        with pytest.raises(SettingInvalid):
            settings_at(provider, tmp_path, **wrong)
