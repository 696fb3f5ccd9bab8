"""Write a programme of the office's own from a letter: show its rows, what they come to, and keep them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.programme.calendar import ProgrammeSeen, look_at
from deployments.portal.programme.offered import LIST_OF, offered_sentences
from deployments.portal.programme.posted_rows import (
    USUAL_DUTIES,
    add_row,
    drop_row,
    read_rows,
    usual_titles,
)
from deployments.portal.web.guard import act_once, visit_of
from deployments.portal.web.posted_form import FormTarget, check_nonce, read_posted_form
from deployments.portal.web.state import Portal, portal_of
from models.commands.clock import Clock
from models.errors import BadInput
from models.programme.expand.words import PAYMENTS, STEPS
from models.vocabulary import Duty
from tasks.commands.files.drafts import file_store_of
from tasks.people.visibility import may_visitor
from tasks.perform import perform
from tasks.programmes.files import read_written
from tasks.programmes.folders import programme_folders
from tasks.programmes.own import SaveProgramme, digest_of, drop_draft, find_draft, is_said_in_rows, keep_draft
from tasks.programmes.patterns import pattern_rows
from tasks.programmes.rows.from_file import rows_of
from tasks.programmes.rows.phrases import names_in_swedish
from tasks.programmes.rows.row import MOST_ROWS, ProgrammeRows, slug
from tasks.programmes.rows.swedish import in_language
from tasks.store.database import reading
from tasks.words.reasons import word_reason
from tasks.words.translator import capitalised

_FORM = FormTarget("programme", 0, 0)
# A page begins as one of the guide's patterns.
_USUAL_PATTERN = "at-once"
_UNREAD = "unread"


def show_programme(request: Request) -> Response:
    """Return the page of a new programme like a pattern (`?like=`), of a draft (`?draft=`) or of a file (`?file=`)."""
    portal = portal_of(request)
    _check_may(request)
    asked = request.query_params
    language = portal.translator(request).language
    kept: dict[str, str] = {}
    like = ""
    if "file" in asked:
        rows = in_language(_rows_in_file(request, asked["file"]), language)
        kept = {"was": digest_of(_own_folder(portal) / f"{asked['file']}.yaml")}
    elif "draft" in asked:
        draft = find_draft(_own_folder(portal), asked["draft"])
        if draft is None:
            raise HTTPException(404)
        rows = draft.rows
        kept = {"draft": draft.id, "was": draft.was}
    else:
        patterns = pattern_rows(portal.settings.country, language)
        like = asked.get("like", _USUAL_PATTERN)
        like = like if like in patterns else _USUAL_PATTERN
        rows = in_language(patterns[like], language)
    seen = look_at(rows, portal.translator(request), portal.today, noted=False)
    return _page(request, rows, seen, kept, told=False, is_kept="kept" in asked, like=like)


async def take_programme(request: Request) -> Response:
    """Take the page's form: add or take away a row, look at the calendar, or keep it."""
    await run_in_threadpool(_check_may, request)
    posted = await read_posted_form(request, file_store_of(portal_of(request).settings))
    return await run_in_threadpool(_take, request, posted.texts)


def _take(request: Request, texts: Mapping[str, str]) -> Response:
    portal = portal_of(request)
    visit = visit_of(request)
    check_nonce(texts, _FORM.kind, _FORM.id, visit.token, portal.keys)
    say = portal.translator(request)
    kept = {name: texts[name] for name in ("draft", "was") if texts.get(name)}
    rows = read_rows(texts)
    if "add" in texts or "drop" in texts:
        changed = drop_row(add_row(rows, texts.get("add", ""), say.language), texts.get("drop", ""))
        changed = in_language(changed, say.language)
        quick = look_at(changed, say, portal.today, noted=False)
        return _page(request, changed, quick, kept, told=False, begun=texts.get("add", ""))
    if "keep" in texts:
        draft = _keep(portal, rows, kept)
        return RedirectResponse(f"/programme?draft={draft}&kept=yes", 303)
    if "forget" in texts:
        drop_draft(_own_folder(portal), kept.get("draft", ""))
        return RedirectResponse("/new-grant", 303)
    if "save" in texts and rows.head.status == _UNREAD:
        rows = replace(rows, head=replace(rows.head, status=f"read {portal.today}"))
    seen = look_at(rows, say, portal.today, noted="save" not in texts)
    if "save" not in texts or seen.faults:
        return _page(request, rows, seen, kept, status=422 if seen.faults and "save" in texts else 200)
    return _save(request, rows, seen, texts, kept)


def _save(
    request: Request, rows: ProgrammeRows, seen: ProgrammeSeen, texts: Mapping[str, str], kept: dict[str, str]
) -> Response:
    """Keep the programme as the office's own; where an administrator confirms what is new, leave it to one."""
    portal = portal_of(request)
    visit = visit_of(request)
    folder = _own_folder(portal)
    if portal.settings.new_grants_wait and not visit.visitor.is_admin:
        draft = _keep(portal, rows, kept, waits=True)
        return RedirectResponse(f"/new-grant?saved={draft}", 303)
    name = rows.head.name or slug(rows.head.title)
    command = SaveProgramme(
        programme_folders(portal.settings.office_folder),
        name,
        seen.file,
        was=kept.get("was", ""),
        by_id=visit.visitor.person_id,
    )
    now = portal.clock()
    clock = Clock(portal.local_date(now), now)
    try:
        act_once(portal, texts, _FORM, visit.token, lambda engine: perform(engine, command, None, clock))
    except BadInput as error:
        why = capitalised(word_reason(portal.translator(request), error))
        faults = {**seen.faults, ("head", 0, "name"): [why]}
        return _page(request, rows, replace(seen, faults=faults), kept, status=409)
    drop_draft(folder, kept.get("draft", ""))
    return RedirectResponse(f"/new-grant?saved={name}", 303)


def _keep(portal: Portal, rows: ProgrammeRows, kept: Mapping[str, str], *, waits: bool = False) -> str:
    """Keep the draft, or begin one, and return its id."""
    folder = _own_folder(portal)
    was = kept.get("was", "")
    return keep_draft(folder, kept.get("draft", ""), rows, portal.clock(), was=was, waits=waits)


def _check_may(request: Request) -> None:
    """Raise HTTPException (404) unless the visitor may enter new grants."""
    with reading(portal_of(request).engine) as connection:
        if not may_visitor(connection, visit_of(request).visitor, Duty.NEW_GRANT):
            raise HTTPException(404)


def _own_folder(portal: Portal) -> Path:
    """Return the folder of the office's own programmes."""
    return programme_folders(portal.settings.office_folder)[0]


def _rows_in_file(request: Request, name: str) -> ProgrammeRows:
    """Return the rows of the office's own file; HTTPException (404) for none that rows can say whole."""
    portal = portal_of(request)
    path = _own_folder(portal) / f"{name}.yaml"
    if slug(name) != name or not is_said_in_rows(path):
        raise HTTPException(404)
    return rows_of(read_written(path), portal.translator(request).language)


def _page(
    request: Request,
    rows: ProgrammeRows,
    seen: ProgrammeSeen,
    kept: Mapping[str, str],
    *,
    status: int = 200,
    told: bool = True,
    begun: str = "",
    is_kept: bool = False,
    like: str = "",
) -> Response:
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    return portal.pages.show(
        "programme.html",
        say,
        status=status,
        visit=visit,
        nonce=visit.nonce(_FORM.kind, _FORM.id),
        rows=rows,
        seen=seen,
        kept=kept,
        told=told,
        begun="duties" if begun in USUAL_DUTIES else begun,
        is_kept=is_kept,
        most=MOST_ROWS,
        usual_duties=USUAL_DUTIES,
        offered=offered_sentences(rows, say.language),
        list_of=LIST_OF,
        within=names_in_swedish(rows) if say.language == "sv" else {},
        called={
            "duties": usual_titles(STEPS, say.language),
            "payments": usual_titles(PAYMENTS, say.language),
        },
        # Not beside rows that are begun: another pattern would take their place.
        patterns=list(pattern_rows(portal.settings.country, say.language)) if like else [],
        like=like,
        waits=portal.settings.new_grants_wait and not visit.visitor.is_admin,
    )
