"""Sign in at the office's own OpenID Connect provider, which says who somebody is and of which groups.

What comes back is asked for by this browser, whose cookie holds state and nonce, and is taken once.
"""

import logging
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.integrations.starlette_client import OAuth
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.claims import (
    ClaimFault,
    ClaimRefused,
    Claims,
    NamedPerson,
    missing_claims,
    read_claims,
    with_userinfo,
)
from deployments.portal.login.pages import login_page, own_path
from deployments.portal.login.reader import is_signed_in_of_late
from deployments.portal.login.sign_in_faults import SignIn
from deployments.portal.web.guard import find_visit, set_cookie
from deployments.portal.web.state import Portal, portal_of
from models.commands.clock import Clock
from models.commands.people import PutPerson
from models.errors import LastAdministrator, UnknownPerson
from models.message import Remark
from models.reading.number import shown
from models.tables.columns import table_of
from models.tables.person import Person
from models.vocabulary import Access, SaidBy
from tasks.people.sign_in import person_to_sign_in, sign_in_named
from tasks.perform import perform
from tasks.settings import Settings
from tasks.store.database import reading

log = logging.getLogger(__name__)

_PERSON = table_of(Person)
_SECONDS = 10
_LONGEST = 200


def provider_of(settings: Settings) -> object:
    """Return the office's provider, as authlib speaks with it; None where there is none."""
    if not settings.oidc_issuer:
        return None
    return OAuth().register(
        "office",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=settings.oidc_discovery,
        client_kwargs={
            "scope": settings.oidc_scopes,
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
    request.session["again"] = again
    asked = {"max_age": portal.settings.sign_in_hours * 3600, **({"prompt": "login"} if again else {})}
    try:
        sent: Response = await provider.authorize_redirect(request, back, **asked)
    except Exception as error:  # noqa: BLE001 - a mailed link still signs in
        log.warning("the provider of sign-ins did not answer: %s", _on_one_line(error))
        return await _refused(request, request.session["next"], SignIn.FAILED(), 502)
    return sent


async def return_from_provider(request: Request) -> Response:
    """Sign in whom the provider names, once; the page says why where it names nobody of ours."""
    portal = portal_of(request)
    provider = _provider(portal)
    settings = portal.settings
    wanted = own_path(request.session.pop("next", ""))
    again = request.session.pop("again", False)
    try:
        claims = await _claims(request, provider, settings)
        if claims is None:
            return await _refused(request, wanted, SignIn.FAILED(), 502)
        named = read_claims(claims, settings, portal.clock())
        token = await run_in_threadpool(_sign_in, portal, named)
    except ClaimRefused as error:
        log.warning("no sign-in by the provider: %s", error.detail)
        status = 403 if error.fault is ClaimFault.UNVERIFIED else 502
        return await _refused(request, wanted, _words(error), status)
    except UnknownPerson:
        log.warning("nobody in the register has the address in the claim %s", settings.oidc_claim)
        return await _refused(request, wanted, SignIn.UNKNOWN(), 403)
    # Asked once more, and still not told when: the page there says what to do.
    untimed = again and named.signed_in_at is None
    response = RedirectResponse(f"/login?next={quote(wanted, safe='')}" if untimed else wanted, 303)
    set_cookie(portal, response, token)
    request.session["provider"] = True
    return response


async def _refused(request: Request, wanted: str, said: Remark, status: int) -> Response:
    """Return the page of sign-in, which says why the provider's did not do and offers a mailed link."""
    return await run_in_threadpool(partial(login_page, request, wanted, said, status=status))


def _words(error: ClaimRefused) -> Remark:
    match error.fault:
        case ClaimFault.MISSING:
            return SignIn.MISSING(claim=error.claim)
        case ClaimFault.UNREADABLE:
            return SignIn.UNREADABLE(claim=error.claim)
        case ClaimFault.UNVERIFIED:
            return SignIn.UNVERIFIED(claim=error.claim)


def _on_one_line(error: Exception) -> str:
    # Its words may be the browser's own: of an address that anybody can call.
    return f"{type(error).__name__}: {shown(error, _LONGEST)}"


async def _claims(request: Request, provider: Any, settings: Settings) -> Claims | None:
    """Return what the provider says of somebody in a token that is for us, fresh, and asked for here; else None.

    What the ID token leaves out is asked for at the userinfo endpoint (OIDC Core 5.4). Raises ClaimRefused.
    """
    ours = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    try:
        token = await provider.authorize_access_token(request, claims_options=ours)
        claims: Claims = dict(token["userinfo"])
    except Exception as error:  # noqa: BLE001 - what the provider sends can break anything
        log.warning("no sign-in by the provider: %s", _on_one_line(error))
        return None
    missing = missing_claims(claims, settings)
    if not missing or "userinfo_endpoint" not in provider.server_metadata:
        return claims
    try:
        more: Claims = dict(await provider.userinfo(token=token))
    except Exception as error:  # noqa: BLE001 - what the provider sends can break anything
        log.warning("the provider does not say %s: %s", ", ".join(missing), _on_one_line(error))
        return claims if missing == [settings.oidc_groups_claim] else None
    return with_userinfo(claims, more, settings)


def _sign_in(portal: Portal, named: NamedPerson) -> str:
    """Begin the session of the person whom the claims name; UnknownPerson for nobody who is here."""
    now = portal.clock()
    today = portal.local_date(now)
    person_id = person_to_sign_in(portal.engine, named.address, today)
    noted = _give_rights(portal, person_id, named.groups)
    return sign_in_named(
        portal.engine, person_id, today=today, now=now, signed_in_at=named.signed_in_at, noted=noted
    )


def _give_rights(portal: Portal, person_id: int, groups: frozenset[str] | None) -> dict[str, object]:
    """Let the person have the rights of their groups, no more and no less, where the office says it by groups.

    Return what the sign-in's event notes of it: that nothing was said of groups, so that nothing changed.
    """
    settings = portal.settings
    rights = settings.rights_of_groups
    if not rights:
        return {}
    if groups is None:
        log.warning("the provider sent no claim %s: rights stay as they are", settings.oidc_groups_claim)
        return {"missing": settings.oidc_groups_claim}
    held = {rights[group] for group in groups if group in rights}
    access = next((group for group in (Access.CONTROLLER, Access.READER) if group in held), Access.OWN)
    with reading(portal.engine) as connection:
        row = connection.execute(select(_PERSON).where(_PERSON.c.id == person_id)).one()
    if (bool(row.is_admin), row.access) != ("admin" in held, access):
        now = portal.clock()
        rights_now = {"admin": "admin" in held, "access": str(access)}
        put = PutPerson(row.email, rights_now, person_id, SaidBy.GROUPS)
        try:
            perform(portal.engine, put, None, Clock(portal.local_date(now), now), settings=settings)
        except LastAdministrator:  # who stays one
            log.warning("rights stay as they are: nobody else is an administrator")
            return {"kept": "admin"}
    return {}


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
    except Exception as error:  # noqa: BLE001 - what the provider sends can break anything
        log.warning("the provider of sign-ins has no way out: %s", _on_one_line(error))
        return None
    return out


def _provider(portal: Portal) -> Any:
    if portal.provider is None:
        raise HTTPException(404)
    return portal.provider
