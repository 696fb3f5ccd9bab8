"""Sign in by a mailed link: ask for one, press its button, sign out again.

Mail scanners open links, so the mailed address shows a page with one button, and only the button signs in. In the
browser that asked for the link a script presses it.
"""

import logging
from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.reader import is_signed_in_of_late, link_key_of
from deployments.portal.login.sign_in_faults import SignIn
from deployments.portal.web.guard import (
    content_policy,
    drop_cookie,
    find_visit,
    forget_asking,
    remember_asking,
    secret_of_asking,
    set_cookie,
    visit_of,
)
from deployments.portal.web.posted_form import FormTarget, check_nonce, read_small_form, sign_form
from deployments.portal.web.state import Portal, portal_of
from models.errors import GrantError
from models.message import Remark
from tasks.people.links import LinkUse
from tasks.people.sign_in import UsableLink, begin_session, end_session, find_login, mail_login_link
from tasks.store.database import reading

log = logging.getLogger(__name__)

_LONGEST_EMAIL = 254
_LONGEST_NEXT = 500
_ASKED = FormTarget("ask", 0, 0)  # of anybody: no page's token binds it
_HOME = "/tasks"


def show_login(request: Request) -> Response:
    """Return the page that asks for an address; `?next=/grants/...` is where the visitor wanted to go.

    Who signed in too long ago for what they want to do signs in again.
    """
    wanted = own_path(request.query_params.get("next", ""))
    visit = find_visit(request)
    if visit is None:
        return login_page(request, wanted)
    if is_signed_in_of_late(portal_of(request), visit):
        return RedirectResponse(wanted, 303)
    untimed = visit.visitor.signed_in_at is None
    return login_page(request, wanted, SignIn.UNTIMED() if untimed else None)


def login_page(request: Request, wanted: str, said: Remark | None = None, *, status: int = 200) -> Response:
    """Return the form, with where it leads, and what is said first."""
    portal = portal_of(request)
    return portal.pages.show(
        "login.html",
        portal.translator(request),
        status=status,
        asked=False,
        said=said,
        next=wanted,
        provider=portal.provider is not None,
        nonce=sign_form(_ASKED, "", portal.keys),
    )


def ask_for_login(request: Request, posted: dict[str, str]) -> Response:
    """Mail a login link, if the address is a person's: the answer is the same, and as quick, when it is not."""
    portal = portal_of(request)
    email = posted.get("email", "")[:_LONGEST_EMAIL]
    wanted = own_path(posted.get("next", ""))
    signed = check_nonce(posted, _ASKED.kind, _ASKED.id, "", portal.keys)
    page = portal.pages.show(
        "login.html", portal.translator(request), asked=True, said=None, email=email.strip()
    )
    return then_mail_link(request, page, email, wanted, signed.key)


def then_mail_link(request: Request, page: Response, email: str, wanted: str, form_key: str) -> Response:
    """Return a page after which a login link is mailed; the browser keeps a secret by which it knows its own link."""
    portal = portal_of(request)
    browser = remember_asking(portal, request, page)
    return then(page, BackgroundTask(_mail_link, portal, email, wanted, form_key, browser))


def then(page: Response, task: BackgroundTask) -> Response:
    """Return a page after which something is done: when its answer has gone, so that its time tells nothing.

    Nor does the time of the next: a request on the same connection would wait until it is done.
    """
    page.background = task
    page.headers["Connection"] = "close"
    return page


def _mail_link(portal: Portal, email: str, wanted: str, form_key: str, browser: str) -> None:
    """Mail a login link that leads to where it was wanted, if the address is a person's; it tells nobody what came."""
    now = portal.clock()
    try:
        queued = mail_login_link(
            portal.engine,
            email,
            leads_to=wanted,
            form_key=form_key,
            browser=browser,
            today=portal.local_date(now),
            now=now,
        )
    except GrantError as error:
        log.warning("no login link was queued: %s", type(error).__name__)
    else:
        log.info("a login link was asked for", extra={"queued": queued})


def show_login_link(request: Request) -> Response:
    """Return the page behind a login link: one button, which signs in."""
    portal = portal_of(request)
    token = request.path_params["token"]
    with reading(portal.engine) as connection:
        link = find_login(connection, link_key_of(portal, request, LinkUse.LOGIN), portal.clock())
    own = link is not None and _presses_itself(request, link)
    return portal.pages.show(
        "login_link.html",
        portal.translator(request),
        status=200 if link is not None else 410,
        headers={"Content-Security-Policy": content_policy(script_src="'self'") if own else content_policy()},
        usable=link is not None,
        presses_itself=own,
        nonce=sign_form(FormTarget("login", 0, 0), token, portal.keys),
        next=(link.leads_to if link else "") or request.query_params.get("next", "")[:_LONGEST_NEXT],
    )


def _presses_itself(request: Request, link: UsableLink) -> bool:
    """Return whether this browser asked for the link; who is signed in goes on as another only by a press."""
    visit = find_visit(request)
    stays_the_same = visit is None or visit.visitor.person_id == link.person_id
    return stays_the_same and link.was_asked_in(secret_of_asking(request))


def use_login_link(request: Request, posted: dict[str, str]) -> Response:
    """Sign in: the link is used up, and the browser gets a session's cookie."""
    portal = portal_of(request)
    token = request.path_params["token"]
    signed = link_key_of(portal, request, LinkUse.LOGIN)
    check_nonce(posted, "login", 0, token, portal.keys)
    now = portal.clock()
    session = begin_session(portal.engine, signed, today=portal.local_date(now), now=now)
    if session is None:
        return RedirectResponse(f"/login/{token}", 303)
    response = RedirectResponse(own_path(posted.get("next", "")), 303)
    set_cookie(portal, response, session)
    forget_asking(portal, response)
    return response


def own_path(wanted: str) -> str:
    """Return an address of this portal, my tasks where none is asked for; never one that leads elsewhere."""
    if len(wanted) > _LONGEST_NEXT or not wanted.isprintable() or "\\" in wanted:
        return _HOME
    return wanted if wanted.startswith("/") and not wanted.startswith("//") else _HOME


async def sign_out(request: Request, leave: Callable[[Request], Awaitable[Response | None]]) -> Response:
    """End the session here, and `leave` that of the provider, where one signed in."""
    posted = await read_small_form(request)
    portal = portal_of(request)
    visit = visit_of(request)
    check_nonce(posted, "logout", 0, visit.token, portal.keys)
    await run_in_threadpool(end_session, portal.engine, visit.visitor.session_id)
    response = await leave(request) or RedirectResponse("/login", 303)
    drop_cookie(portal, response)
    return response
