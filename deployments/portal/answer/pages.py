"""My tasks: everything a person has to do, and the answers to it, by a letter's button or after signing in.

Who has a letter's link is taken for its reader. Mail scanners open links, so GET changes nothing; a post needs the
nonce of a form on the page, and acts only while the step is as it was shown.
"""

from functools import partial

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer.card_form import answer_form_posted, check_in_place
from deployments.portal.answer.cards import with_form_opened, with_main_form_opened
from deployments.portal.answer.outcome import find_thanks, find_undo, list_passed_on
from deployments.portal.answer.page import ReaderNow, TaskPage, load_task_page, page_of
from deployments.portal.answer.recent import recent_acts
from deployments.portal.login.reader import LinkOver, Reader, is_signed_in_of_late, reader_of
from deployments.portal.tasks.matters import find_own_matters
from deployments.portal.web.guard import find_visit, visit_of
from deployments.portal.web.posted_form import FormTarget, PostedForm, read_posted_form, sign_form
from deployments.portal.web.state import Portal, id_asked, page_asked, portal_of
from deployments.portal.web.thanks import Thanks
from models.forms.spec import find_act
from tasks.commands.files.drafts import drop_unnamed, file_store_of, find_document
from tasks.overview.leadership import UrgentGrant, load_urgent
from tasks.people.visibility import narrowed_grants
from tasks.store.database import reading
from tasks.words.translator import translator


def show_my_tasks(request: Request) -> Response:
    """Return the page of who is signed in; the operator, who is nobody's colleague, has the overview instead."""
    if visit_of(request).visitor.person_id is None:
        return RedirectResponse("/", 303)
    return show_tasks(request)


def show_tasks(request: Request) -> Response:
    """Return the reader's page; `?answered=s12` thanks for what is recorded of that step, `?kept=s12` for a draft.

    `?at=s12` opens it where that step's card stands, `?at=p3` an instalment's; with `&act=done` the form alone. A
    letter about one task opens its form by `?open=s12`, or `?open=release`. Who signed in of late in this browser has
    the page that answers everything.
    """
    portal = portal_of(request)
    if "token" in request.path_params and _is_reader_signed_in(portal, request):
        return RedirectResponse(f"/tasks?{request.url.query}".removesuffix("?"), 303)
    at = request.query_params.get("at", "")
    about = FormTarget({"s": "step", "p": "part"}.get(at[:1], ""), id_asked(at[1:]) or 0, 0)
    page = page_asked(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        view = load_task_page(portal, connection, partial(reader_of, portal, request), page, about)
        answered = request.query_params.get("answered", "")
        thanks = find_thanks(connection, view.say, view.reader, answered, view.today)
        undo = _undo_of(portal, connection, view.reader, answered) if thanks else ""
        passed = list_passed_on(connection, view.say, view.reader)
        recent = recent_acts(connection, view.reader, portal.clock(), portal=portal, say=view.say)
        visit = view.reader.visit
        matters = (
            find_own_matters(connection, visit.visitor, view.say, view.today, portal.clock()) if visit else []
        )
        urgent = _urgent_for(connection, view)
    act = find_act(request.query_params.get("act", ""))
    if act is not None:
        view.cards[:] = with_form_opened(view.cards, at, act.name)
    view.cards[:] = with_main_form_opened(view.cards, request.query_params.get("open", ""))
    kept = request.query_params.get("kept", "")
    if any(card.anchor == kept and any(form.kept_at for form in card.forms) for card in view.cards):
        thanks = Thanks("draft")
    checked = check_in_place(portal, view)
    return page_of(
        portal,
        view,
        thanks=thanks,
        undo=undo,
        checked=checked,
        passed=passed,
        recent=recent,
        matters=matters,
        urgent=urgent,
    )


def _urgent_for(connection: Connection, view: TaskPage) -> list[UrgentGrant]:
    """Return the grants that need the reader as their head, beside those of which a card tells; none for others."""
    visit = view.reader.visit
    if visit is None or not visit.visitor.leads:
        return []
    carded = {card.grant.reference for card in view.cards}
    found = load_urgent(connection, view.say, view.today, narrowed_grants(connection, visit.visitor))
    return [one for one in found if one.standing.reference not in carded]


def _is_reader_signed_in(portal: Portal, request: Request) -> bool:
    """Return whether the reader of the letter whose link was opened signed in of late in this browser."""
    visit = find_visit(request)
    if visit is None or visit.visitor.person_id is None or not is_signed_in_of_late(portal, visit):
        return False
    with reading(portal.engine) as connection:
        return reader_of(portal, request, connection).id == visit.visitor.person_id


def show_link_over(request: Request, error: Exception) -> Response:
    """Return the page behind a link that opens no tasks any more: it offers a new one, by email."""
    portal = portal_of(request)
    assert isinstance(error, LinkOver)  # noqa: S101  (what it is registered for)
    reader = error.reader
    token = request.path_params["token"]
    say = translator(reader.language)
    with reading(portal.engine) as connection:
        answered = request.query_params.get("answered", "")
        thanks = error.said or find_thanks(connection, say, reader, answered, portal.today)
        undo = _undo_of(portal, connection, reader, answered)
        passed = list_passed_on(connection, say, reader)
    return portal.pages.show(
        "link_over.html",
        say,
        today=portal.today,
        status=200 if thanks else 410,
        reader=reader,
        thanks=thanks,
        undo=undo if thanks else "",
        unheard=error.unheard,
        passed=passed,
        token=token,
        nonce=sign_form(FormTarget("link", reader.letter_id or 0, 0), token, portal.keys),
    )


def _undo_of(portal: Portal, connection: Connection, reader: Reader, anchor: str) -> str:
    """Return where the reader undoes what they just recorded of the step at an anchor; empty for nowhere."""
    step_id = id_asked(anchor[1:]) if anchor.startswith("s") else None
    return find_undo(connection, portal, reader, step_id, portal.clock())[0] if step_id else ""


async def take_answer(request: Request) -> Response:
    """Take a form: 303 back to the page when it is accepted or kept, else the page with what is wrong."""
    portal = portal_of(request)
    reader = partial(reader_of, portal, request)
    # Nobody but a page's reader puts a byte on the disk.
    await run_in_threadpool(_check_reader, portal, reader)
    posted = await read_posted_form(request, file_store_of(portal.settings))
    return await run_in_threadpool(_answer_and_tidy, portal, reader, posted)


def _answer_and_tidy(portal: Portal, reader: ReaderNow, posted: PostedForm) -> Response:
    """Answer; whatever comes of it, no file stays that no row names."""
    stored = [file.stored_as for file in posted.files]
    dropped = id_asked(posted.texts.get("drop", ""))
    if dropped is not None:
        with reading(portal.engine) as connection:
            document = find_document(connection, dropped)
        stored += [document.stored_as] if document is not None else []
    carried = False
    try:
        answered = answer_form_posted(portal, reader, posted)
        # A form without a draft carries its files from page to page.
        act = find_act(posted.texts.get("act", ""))
        carried = answered.status_code in (200, 422) and not (act is not None and act.keeps_files)
        return answered
    finally:
        if stored and not carried:
            drop_unnamed(portal.engine, file_store_of(portal.settings), stored)


def _check_reader(portal: Portal, reader: ReaderNow) -> None:
    with reading(portal.engine) as connection:
        reader(connection)
