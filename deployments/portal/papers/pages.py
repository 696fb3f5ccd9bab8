"""The page of a grant's documents: look before they are made, make a version, take it as Word or PDF.

Looking changes nothing; a version is made by a post. A letter's reader makes the documents of the grants in which
something is theirs to do; who is signed in those of grants in which they hold a role or a step.
"""

import logging
from dataclasses import dataclass, replace
from urllib.parse import quote

from sqlalchemy import Connection, Engine
from sqlmodel import select as select_models
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.reader import Reader, reader_of
from deployments.portal.papers.files import document_file
from deployments.portal.papers.view import KeptVersions, OfferLine, join_keys, offer_line, read_choice
from deployments.portal.tasks.list import list_tasks
from deployments.portal.web.guard import Visit, act_once, visit_of
from deployments.portal.web.posted_form import FormTarget, sign_form
from deployments.portal.web.state import Portal, portal_of
from models.errors import DatabaseUnready, GrantError
from models.tables.columns import id_of
from models.tables.grant import Grant
from tasks.commands.files.drafts import file_store_of
from tasks.documents.offers import Offer, find_made, offers_of, takes_part
from tasks.documents.papers import Paper, Wanted, look_at_paper
from tasks.documents.versions import SmallUndecided, keep_paper
from tasks.documents.word.templates import PAPER_LANGUAGES, own_templates
from tasks.grant.records import GrantRecord, read_records
from tasks.people.visibility import may_see_grant
from tasks.store.database import reading
from tasks.store.queries import load_models
from tasks.words.translator import Translator, translator

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks for a grant's documents: a `reader` who makes them, or a visitor who may look.

    `root` is with what the page's addresses begin, `token` what its forms are bound to.
    """

    grant: Grant
    say: Translator
    root: str
    token: str
    reader: Reader | None
    visit: Visit | None

    @property
    def base(self) -> str:
        """The address of the page."""
        return f"{self.root}/papers/{self.grant.id}"


@dataclass(frozen=True, slots=True)
class PaperLook:
    """The document as it would be made, as far as it was looked at, and the error for which it is not made."""

    paper: Paper | None = None
    error: GrantError | None = None

    @property
    def undecided(self) -> bool:
        """Whether it is not made because something is to be chosen of its small numbers."""
        return isinstance(self.error, SmallUndecided)

    @property
    def read(self) -> str:
        """The value of the box that says that its texts are read; empty if there is nothing to read."""
        return join_keys(self.paper.unread) if self.paper else ""


def give_paper(request: Request) -> Response:
    """Return a version's file to who may see its grant."""
    portal = portal_of(request)
    with reading(portal.engine) as connection:
        made = find_made(connection, request.path_params["made_id"])
        if made is None:
            raise HTTPException(404)
        _caller(portal, connection, request, made.grant_id)
    return document_file(portal, made)


def _caller(portal: Portal, connection: Connection, request: Request, grant_id: int) -> Caller:
    """Return who asks: HTTPException (404) unless they have something to do in the grant, or may see it."""
    grant = _grant(connection, grant_id)
    today = portal.today
    if "token" in request.path_params:
        reader = reader_of(portal, request, connection)
        if reader.over or grant_id not in list_tasks(connection, reader, today).grants:
            raise HTTPException(404)
        return Caller(
            grant=grant,
            say=translator(reader.language),
            root=reader.root,
            token=reader.token,
            reader=reader,
            visit=None,
        )
    visit = visit_of(request)
    maker = None
    if visit.visitor.person_id is not None:
        reader = reader_of(portal, request, connection)
        if takes_part(connection, grant_id, reader.id) or (
            grant_id in list_tasks(connection, reader, today).grants
        ):
            maker = reader
    if maker is None and not may_see_grant(connection, visit.visitor, grant.reference):
        raise HTTPException(404)
    return Caller(
        grant=grant, say=portal.translator(request), root="", token=visit.token, reader=maker, visit=visit
    )


def _grant(connection: Connection, grant_id: int) -> Grant:
    query = select_models(Grant).where(Grant.id == grant_id)
    found = load_models(connection, query) if grant_id < 2**31 else []
    if not found:
        raise HTTPException(404)
    return found[0]


def show_papers(
    request: Request,
    posted: dict[str, str] | None = None,
    refused: PaperLook | None = None,
) -> Response:
    """Return the page of a grant's documents, with a form as it was posted and why it was refused."""
    portal = portal_of(request)
    asked = posted or dict(request.query_params)
    with reading(portal.engine) as connection:
        caller = _caller(portal, connection, request, request.path_params["grant_id"])
        offers = _offers(portal, connection, caller)
        lines = _lines(portal, connection, caller, offers)
        step = asked.get("step", "")
        if step.isascii() and step.isdecimal():
            offers = [offer for offer in offers if int(step) in offer.steps] or offers
    chosen = next((offer for offer in offers if offer.key == asked.get("paper")), None)
    chosen = chosen or (offers[0] if len(offers) == 1 else None)
    look = refused or PaperLook()
    if chosen is not None and caller.reader and look.paper is None:
        look = _look(portal, caller, chosen, asked, look)
    keys = {offer.key for offer in offers}
    # What is asked for comes first.
    shown = sorted(
        (line for line in lines if line.key in keys),
        key=lambda line: chosen is None or line.key != chosen.key,
    )
    return portal.pages.show(
        "papers.html",
        caller.say,
        status=422 if look.error else 200,
        visit=caller.visit,
        who=caller,
        chosen=chosen,
        look=look,
        lines=shown,
        language=_language(caller, asked),
        made=asked.get("made", "") == "yes" and not look.error,
        step=step,
        nonce=sign_form(FormTarget("paper", id_of(caller.grant), 0), caller.token, portal.keys),
    )


def _record(connection: Connection, caller: Caller) -> GrantRecord:
    grant_id = id_of(caller.grant)
    return read_records(connection, [grant_id])[grant_id]


def _offers(portal: Portal, connection: Connection, caller: Caller) -> list[Offer]:
    return offers_of(_record(connection, caller).steps, portal.today)


def _lines(
    portal: Portal, connection: Connection, caller: Caller, offers: list[Offer]
) -> tuple[OfferLine, ...]:
    record = _record(connection, caller)
    kept = KeptVersions.load(connection, record, portal.settings.zone)
    return tuple(offer_line(caller.say, offer, record, kept) for offer in offers)


def _language(caller: Caller, asked: dict[str, str]) -> str:
    return asked["language"] if asked.get("language") in PAPER_LANGUAGES else caller.say.language


def _wanted(portal: Portal, caller: Caller, offer: Offer, asked: dict[str, str]) -> Wanted:
    step = offer.step.key if offer.step is not None else None
    small, confirmed, settled = read_choice(asked)
    return Wanted(
        offer.kind,
        _language(caller, asked),
        step,
        offer.instalment,
        small=small,
        confirmed=confirmed,
        settled=settled,
        typed_by=caller.reader.id if caller.reader else None,
        templates=own_templates(portal.settings.office_folder),
    )


def _look(portal: Portal, caller: Caller, chosen: Offer, asked: dict[str, str], look: PaperLook) -> PaperLook:
    """Return the look with its document, or with why there is none."""
    wanted = _wanted(portal, caller, chosen, asked)
    try:
        return replace(look, paper=look_at_paper(portal.engine, caller.grant.reference, wanted, portal.today))
    except GrantError as error:
        return replace(look, error=look.error or error)


def make_paper(request: Request, posted: dict[str, str]) -> Response:
    """Make a version, as who takes part in the grant; 303 back to the page."""
    portal = portal_of(request)
    with reading(portal.engine) as connection:
        caller = _caller(portal, connection, request, request.path_params["grant_id"])
        offers = _offers(portal, connection, caller)
    offer = next((one for one in offers if one.key == posted.get("paper")), None)
    if offer is None or caller.reader is None:
        raise HTTPException(404)
    refused = None if posted.get("look") else _keep(portal, caller, offer, posted, caller.reader.email)
    if refused is not None or posted.get("look"):
        return show_papers(request, posted, refused)
    step = posted.get("step", "")
    back = f"&step={step}" if step.isascii() and step.isdecimal() else ""
    return RedirectResponse(f"{caller.base}?paper={quote(offer.key)}&made=yes{back}", 303)


def _keep(
    portal: Portal, caller: Caller, offer: Offer, posted: dict[str, str], by_email: str
) -> PaperLook | None:
    """Make the version; return why it is not made, if so.

    HTTPException when the disk does not take it (503).
    """
    file_store = file_store_of(portal.settings)
    now = portal.clock()
    wanted = _wanted(portal, caller, offer, posted)
    today = portal.local_date(now)

    def keep(engine: Engine) -> None:
        keep_paper(
            engine, file_store, caller.grant.reference, wanted, by_email=by_email, today=today, now=now
        )

    try:
        act_once(portal, posted, FormTarget("paper", id_of(caller.grant), 0), caller.token, keep)
    except SmallUndecided as error:
        return PaperLook(error.paper, error)
    except DatabaseUnready:
        raise
    except GrantError as error:
        log.warning("a document was not made: %s", type(error).__name__)
        return PaperLook(error=error)
    except OSError as error:
        log.error("a document that was made cannot be kept: %s", error.strerror)
        raise HTTPException(503) from error
    return None
