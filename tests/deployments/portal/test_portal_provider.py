"""Signing in at the office's own provider: a real one on loopback, whose tokens are not always what they should be."""

import json
import threading
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
from starlette.testclient import TestClient

from models.errors import SettingInvalid
from models.tables.person import LoginSession, Person
from models.vocabulary import Access
from tests.builders import a_database
from tests.deployments.portal.test_portal_logins import DAY, is_in
from tests.grant_scenes import ADMIN, OWNER, a_staff, an_entry, at, events, open_grants, rows
from tests.portal_scenes import Site, nonce_of, parse, problems, settings_for, text_of
from tests.remembered import remembered

# The provider is built on older names of authlib.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CLIENT = "grantline"
GROUPS = "grants-admins=admin, auditors=reader, finance=controller"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@dataclass(slots=True)
class Provider:
    """A provider that is served; its next token is `swapped` for another where one is set."""

    app: Any
    address: str = ""
    swapped: dict[str, Any] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/oauth2/token" or not self.swapped:
            return self.app(environ, start_response)  # type: ignore[no-any-return]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [one for one in headers if one[0].lower() != "content-length"]
            return start_response(status, kept, *rest)

        answer = json.loads(b"".join(self.app(environ, start))) | self.swapped
        return [json.dumps(answer).encode()]

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


@contextmanager
def a_provider(*others: oidc_provider_mock.User, **given: Any) -> Iterator[Provider]:
    """Serve a provider that knows some people, and those who are given."""
    users = [
        *others,
        oidc_provider_mock.User(sub="admin", claims={"email": ADMIN, "groups": ["grants-admins", "finance"]}),
        oidc_provider_mock.User(sub="owner", claims={"email": OWNER.upper(), "groups": ["others"]}),
        oidc_provider_mock.User(sub="unsure", claims={"email": OWNER, "email_verified": False}),
    ]
    provider = Provider(oidc_provider_mock.app(user_claims=users, **given))
    with make_server("127.0.0.1", 0, provider, handler_class=_Quiet) as server:
        provider.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield provider
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with a_provider() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path, provider: Provider) -> Site:
    provider.swapped = {}
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


def person(site: Site, email: str) -> Any:
    """Return a person's row."""
    return next(one for one in rows(site.engine, Person) if one.email == email)


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


def test_old_session_at_the_provider_is_no_fresh_sign_in(site: Site, tmp_path: Path) -> None:
    signed_in_at = site.now - timedelta(hours=13)
    known_there = {"email": OWNER, "auth_time": int(signed_in_at.timestamp())}
    with a_provider(oidc_provider_mock.User(sub="yesterday", claims=known_there)) as there:
        found = Site(site.engine, settings_at(there, tmp_path), site.now)
        client = found.stranger()
        assert come_back(client, there, "yesterday").status_code == 303
        assert is_in(client)
        assert [one.began_at for one in rows(site.engine, LoginSession)] == [signed_in_at]
        # What needs a recent sign-in leads to the provider, which is to ask again.
        assert client.get("/login?next=/tasks").status_code == 200
        assert parse_qs(urlsplit(sent_to(client)).query)["prompt"] == ["login"]
        assert come_back(client, there, OWNER).status_code == 303
        assert client.get("/login?next=/tasks").headers["location"] == "/tasks"
        assert "prompt" not in sent_to(client)


def test_mailed_link_stays_beside_the_provider(site: Site, provider: Provider) -> None:
    page = site.stranger().get("/login")
    assert nonce_of(page, "/login")
    assert "Without a work account" in text_of(parse(page))


def test_office_without_a_provider_has_no_address_for_it(site: Site, tmp_path: Path) -> None:
    alone = Site(site.engine, settings_for(tmp_path), site.now).stranger()
    assert "work account" not in alone.get("/login").text
    assert [alone.get(f"/login/provider{one}").status_code for one in ("", "/return")] == [404, 404]


def test_person_who_is_not_in_the_register_stays_outside(site: Site, provider: Provider) -> None:
    client = site.stranger()
    for who in ("nobody@example.org", "unsure"):  # no address of ours, and one that nobody verified
        back = come_back(client, provider, who)
        assert (back.status_code, is_in(client)) == (403, False)
        assert "nobody here has its address" in problems(back)[0]


def spoilt(token: dict[str, Any]) -> dict[str, Any]:
    """Return the token with another signature."""
    return token | {"id_token": token["id_token"][:-8] + "AAAAAAAA"}


WRONG: list[Any] = [
    pytest.param(lambda p, nonce: p.token(OWNER, nonce=nonce, host="localhost:1"), id="issuer"),
    pytest.param(lambda p, nonce: p.token(OWNER, nonce=nonce, client="another"), id="audience"),
    pytest.param(lambda p, nonce: p.token(OWNER, nonce="another"), id="nonce"),
    pytest.param(lambda p, nonce: spoilt(p.token(OWNER, nonce=nonce)), id="signature"),
]


@pytest.mark.parametrize("forge", WRONG)
def test_token_that_is_not_ours_signs_nobody_in(
    site: Site, provider: Provider, forge: Callable[[Provider, str], dict[str, Any]]
) -> None:
    client = site.stranger()
    sent = sent_to(client)
    provider.swapped = forge(provider, parse_qs(urlsplit(sent).query)["nonce"][0])
    back = come_back(client, provider, OWNER, sent)
    assert (back.status_code, is_in(client)) == (502, False)
    assert "could not sign you in" in problems(back)[0]


def test_token_that_was_swapped_for_a_right_one_signs_in(site: Site, provider: Provider) -> None:
    client = site.stranger()
    sent = sent_to(client)
    provider.swapped = provider.token(OWNER, nonce=parse_qs(urlsplit(sent).query)["nonce"][0])
    assert come_back(client, provider, OWNER, sent).status_code == 303


def test_token_of_an_earlier_sign_in_signs_nobody_in(site: Site, provider: Provider) -> None:
    first, second = site.stranger(), site.stranger()
    sent = sent_to(first)
    provider.swapped = provider.token(OWNER, nonce=parse_qs(urlsplit(sent).query)["nonce"][0])
    assert come_back(first, provider, OWNER, sent).status_code == 303
    assert come_back(second, provider, OWNER).status_code == 502
    assert not is_in(second)


def test_expired_token_signs_nobody_in(site: Site, tmp_path: Path) -> None:
    with a_provider(access_token_max_age=timedelta(hours=-1)) as late:
        client = Site(site.engine, settings_at(late, tmp_path), site.now).stranger()
        assert (come_back(client, late, OWNER).status_code, is_in(client)) == (502, False)


def test_address_of_the_way_back_acts_once_and_in_its_own_browser(site: Site, provider: Provider) -> None:
    client = site.stranger()
    back = provider.signs_in(OWNER, sent_to(client)).headers["location"]
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
    held = person(site, ADMIN)
    assert (held.is_admin, held.access) == (True, Access.CONTROLLER)
    others = Site(site.engine, settings_at(provider, tmp_path, oidc_groups="others=reader"), site.now)
    assert come_back(others.stranger(), provider, "admin").status_code == 303
    held = person(site, ADMIN)
    assert (held.is_admin, held.access) == (False, Access.OWN)
    assert events(site.engine, "person_changed") == 2 * ["person_changed"]


def test_signing_out_leaves_the_provider_too(site: Site, provider: Provider) -> None:
    client = site.stranger()
    come_back(client, provider, OWNER)
    out = client.post("/logout", data={"nonce": nonce_of(client.get("/"), "/logout")})
    place = urlsplit(out.headers["location"])
    assert f"{place.scheme}://{place.netloc}" == provider.address
    assert parse_qs(place.query)["post_logout_redirect_uri"] == [f"{site.settings.portal_url}/login"]
    assert not is_in(client)


def test_setting_that_cannot_be_is_refused(provider: Provider, tmp_path: Path) -> None:
    plain, there = "http://login.example.org", "https://login.example.org"
    clientless = {"oidc_issuer": there, "oidc_client_id": ""}
    for wrong in ({"oidc_issuer": plain}, clientless, {"oidc_groups": "admins=root"}):
        with pytest.raises(SettingInvalid):
            settings_at(provider, tmp_path, **wrong)
