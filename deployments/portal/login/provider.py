"""Sign in at the office's own provider (OpenID Connect), which says who somebody is and of which groups.

What comes back is asked for by this browser, whose cookie holds state and nonce, and is taken once.
"""

import logging
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.starlette_client import OAuth, OAuthError
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.pages import login_page, own_path
from deployments.portal.login.reader import is_signed_in_of_late
from deployments.portal.web.guard import find_visit, set_cookie
from deployments.portal.web.state import Portal, portal_of
from models.commands.clock import Clock
from models.commands.people import PutPerson
from models.errors import UnknownPerson
from models.tables.columns import table_of
from models.tables.person import Person
from models.vocabulary import Access
from tasks.people.sign_in import begin_session, make_login_link, person_to_sign_in
from tasks.perform import perform
from tasks.settings import Settings
from tasks.store.database import reading

log = logging.getLogger(__name__)

_PERSON = table_of(Person)
_SECONDS = 10


def provider_of(settings: Settings) -> object:
    """Return the office's provider, as authlib speaks with it; None where there is none."""
    if not settings.oidc_issuer:
        return None
    return OAuth().register(
        "office",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "timeout": _SECONDS,
        },
    )


def cookie_of(settings: Settings, keys: tuple[str, ...]) -> list[Middleware]:
    """Return what keeps, signed in a cookie, what a browser was sent to the provider with; nothing without one."""
    if not settings.oidc_issuer:
        return []
    secure = settings.portal_url.startswith("https://")
    name = "__Host-provider" if secure else "provider"
    return [
        Middleware(
            SessionMiddleware, secret_key=keys[0], session_cookie=name, max_age=None, https_only=secure
        )
    ]


def provider_site(settings: Settings) -> str:
    """Return the provider's scheme and host, to which signing out leads; empty where there is none."""
    place = urlsplit(settings.oidc_issuer)
    return f"{place.scheme}://{place.netloc}" if place.netloc else ""


async def go_to_provider(request: Request) -> Response:
    """Send the browser to the provider; `?next=` is where it wants to go.

    Who signed in too long ago for what they want to do is asked there again who they are, whatever session they have.
    """
    portal = portal_of(request)
    provider = _provider(portal)
    request.session["next"] = own_path(request.query_params.get("next", ""))
    back = f"{portal.settings.portal_url}/login/provider/return"
    visit = await run_in_threadpool(find_visit, request)
    again = visit is not None and not is_signed_in_of_late(portal, visit)
    asked = {"max_age": portal.settings.sign_in_hours * 3600, **({"prompt": "login"} if again else {})}
    try:
        sent: Response = await provider.authorize_redirect(request, back, **asked)
    except Exception:  # whatever is wrong there, a mailed link still signs in
        log.warning("the provider of sign-ins did not answer", exc_info=True)
        return await run_in_threadpool(login_page, request, request.session["next"], status=502)
    return sent


async def return_from_provider(request: Request) -> Response:
    """Sign in whom the provider names, once; the page says so where it names nobody of ours."""
    portal = portal_of(request)
    provider = _provider(portal)
    wanted = own_path(request.session.pop("next", ""))
    claims = await _claims(request, provider, portal.settings)
    if claims is None:
        return await run_in_threadpool(login_page, request, wanted, status=502)
    token = await run_in_threadpool(_begin, portal, claims)
    if token is None:
        return await run_in_threadpool(login_page, request, wanted, status=403)
    response = RedirectResponse(wanted, 303)
    set_cookie(portal, response, token)
    request.session["provider"] = True
    return response


async def _claims(request: Request, provider: Any, settings: Settings) -> dict[str, object] | None:
    """Return what the provider says of somebody in a token that is for us, fresh, and asked for here; else None."""
    ours = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    try:
        token = await provider.authorize_access_token(request, claims_options=ours)
    except OAuthError as error:
        log.warning("the provider of sign-ins refused: %s", error.error)
        return None
    except Exception:
        log.warning("no sign-in by the provider", exc_info=True)
        return None
    found: dict[str, object] | None = token.get("userinfo")
    return found


def _begin(portal: Portal, claims: dict[str, Any]) -> str | None:
    """Begin the session of the person whom the claim names; None for nobody who is here."""
    now = portal.clock()
    claim = portal.settings.oidc_claim
    if claim == "email" and claims.get("email_verified") is False:
        return None
    try:
        person_id = person_to_sign_in(portal.engine, str(claims.get(claim, "")), portal.local_date(now))
    except UnknownPerson:
        log.warning("the provider signed in somebody who is not in the register")
        return None
    _give_rights(portal, person_id, claims)
    link_key = make_login_link(portal.engine, person_id, now)
    # An old session at the provider is no fresh sign-in here; a clock there may be ahead of ours.
    said = datetime.fromtimestamp(claims.get("auth_time") or now.timestamp(), UTC)
    signed_in_at, today = min(said, now), portal.local_date(now)
    return begin_session(portal.engine, link_key, today=today, now=now, signed_in_at=signed_in_at)


def _give_rights(portal: Portal, person_id: int, claims: dict[str, object]) -> None:
    """Let the person have the rights of their groups, no more and no less, where the office says it by groups."""
    rights = portal.settings.rights_of_groups
    if not rights:
        return
    groups = claims.get(portal.settings.oidc_groups_claim) or []
    held = {rights[one] for one in groups if one in rights} if isinstance(groups, list) else set()
    access = next((one for one in (Access.CONTROLLER, Access.READER) if one in held), Access.OWN)
    with reading(portal.engine) as connection:
        row = connection.execute(select(_PERSON).where(_PERSON.c.id == person_id)).one()
    if (bool(row.is_admin), row.access) != ("admin" in held, access):
        now = portal.clock()
        said = {"admin": "admin" in held, "access": str(access)}
        perform(
            portal.engine,
            PutPerson(row.email, said, person_id),
            None,
            Clock(portal.local_date(now), now),
            settings=portal.settings,
        )


async def sign_out_there(request: Request) -> Response | None:
    """Return the way out of the provider's session too; None where it was not what signed in, or has no way."""
    portal = portal_of(request)
    if portal.provider is None or not request.session.pop("provider", False):
        return None
    settings = portal.settings
    try:
        out: Response = await portal.provider.logout_redirect(
            request, f"{settings.portal_url}/login", client_id=settings.oidc_client_id
        )
    except Exception:
        log.warning("the provider of sign-ins has no way out", exc_info=True)
        return None
    return out


def _provider(portal: Portal) -> Any:
    if portal.provider is None:
        raise HTTPException(404)
    return portal.provider
