"""One turn of every act: show its form, then what it moves and who is told, and then do it, once."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.openers import OPENERS
from deployments.portal.forms.carried import carried_files, files_of
from deployments.portal.forms.moved import by_titles, facts_of, worded
from deployments.portal.forms.scene import FormWords, Opening, Scene
from deployments.portal.web.guard import visit_of
from deployments.portal.web.posted_form import PostedForm, check_nonce, read_posted_form
from deployments.portal.web.state import LARGEST_ID, portal_of
from models.commands.clock import Clock
from models.commands.steps import StoredFile
from models.errors import DatabaseUnready, GrantError, Unreadable
from models.forms.faults import Fault
from models.forms.field import Field, Kind, read_fields
from models.forms.spec import ACTS, Act, begin, command_from
from tasks.commands.files.documents import vault_of
from tasks.overview.titles import step_titles
from tasks.people.notice_recipients import Told, hearing
from tasks.people.visibility import may_visitor
from tasks.perform import Outcome, perform, preview
from tasks.store.database import reading
from tasks.store.form_keys import FormTaken, by_form, taken_at
from tasks.words.reasons import word_reason
from tasks.words.translator import capitalised


@dataclass(frozen=True, slots=True)
class _Turn:
    """An act's form on its page, with the files that came; once it is posted it acts once, by its `key`."""

    scene: Scene
    act: Act
    opening: Opening
    fields: tuple[Field, ...]
    files: tuple[StoredFile, ...] = ()
    key: str = ""

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """Return a page of the form; `why` says why it is refused."""
        scene = self.scene
        said: dict[str, Any] = {
            "why": "",
            "moved": None,
            "again": False,
            "changed": False,
            "seen": "",
            "calendar": [],
            "troubles": [],
            **values,
        }
        return scene.portal.pages.show(
            template,
            scene.say,
            status=status,
            visit=scene.visit,
            today=scene.today,
            act=self.act,
            address=f"/desk/{self.act.name}/{scene.about}",
            nonce=scene.visit.nonce(f"desk-{self.act.name}", scene.about),
            place=self.opening.place,
            about=self.opening,
            fields=self.fields,
            files=self.files,
            carried=carried_files(self.files, scene.portal.keys),
            entered=[
                (field.title, _said(scene, field))
                for field in self.fields
                if field.text and field.kind is not Kind.HIDDEN and field.name not in self.opening.unsaid
            ],
            **said,
        )

    def refused(self, status: int, error: Exception) -> Response:
        """Return the form with why it is refused: at the field that is to be corrected, or above them all."""
        at = self.act.refused_at.get(str(getattr(error, "facts", {}).get("reason", "")))
        if at is not None and isinstance(error, GrantError | Unreadable):
            fields = (replace(one, error=error.remark) if one.name == at else one for one in self.fields)
            return replace(self, fields=tuple(fields)).page("desk/form.html", 422)
        say = self.scene.say
        found = getattr(error, "troubles", ())
        troubles = [word_reason(say, one) for one in getattr(error, "notes", ())]
        troubles += [word_reason(say, one.said) for one in found if len(found) > 1]
        why = self._why(error)
        return self.page("desk/form.html", status, why=why if found else capitalised(why), troubles=troubles)

    def _why(self, error: Exception) -> str:
        """Return why it is refused, with the steps by their titles."""
        scene = self.scene
        reference = self.opening.known.get("grant", "")
        if not reference or not isinstance(error, GrantError):
            return word_reason(scene.say, error)
        with reading(scene.portal.engine) as connection:
            titles = step_titles(connection, [reference], scene.say)
        return word_reason(scene.say, by_titles(error.remark, reference, titles))


def _said(scene: Scene, field: Field) -> str:
    """Return what stands in a field as people write it; of a sum what was read, as of "500 tkr"."""
    if isinstance(field.value, date):
        return capitalised(scene.say.long_date(field.value))
    if field.kind in (Kind.SUM, Kind.SHARE) and isinstance(field.value, int):
        return scene.say.money(field.value, field.currency)
    return field.chosen


def show_form(request: Request) -> Response:
    """Return the form, filled in with what the address says; nothing is changed."""
    with _opened(request, request.query_params) as turn:
        return turn.page("desk/form.html")


async def take_form(request: Request) -> Response:
    """Show what a form would move, or do it when that has been seen."""
    await run_in_threadpool(_look_for, request)  # before anything that is sent is kept
    posted = await read_posted_form(request, vault_of(portal_of(request).settings))
    return await run_in_threadpool(_take, request, posted)


def _look_for(request: Request) -> None:
    with reading(portal_of(request).engine) as connection:
        _check_duty(connection, request)


def _take(request: Request, posted: PostedForm) -> Response:
    keys = portal_of(request).keys
    files = files_of(posted, keys)
    with _opened(request, posted.texts, files) as opened:
        scene = opened.scene
        texts = posted.texts
        signed = check_nonce(texts, f"desk-{opened.act.name}", scene.about, scene.visit.token, keys)
        read = read_fields(opened.fields, texts, scene.today)
        turn = replace(opened, fields=_with_missing(read, files), key=signed.key)
        if taken_at(scene.connection, signed.key) is not None:
            return turn.page("desk/done.html", again=True)
        for _, why_not in posted.refused:
            return turn.refused(422, why_not)
        if "change" in texts:
            return turn.page("desk/form.html")
        if any(field.error for field in turn.fields):
            return turn.page("desk/form.html", 422)
        if any(field.name not in texts for field in turn.opening.more):
            return turn.page("desk/form.html")  # what was done before is asked first
        try:
            command = _command(turn)
        except (GrantError, Unreadable) as error:
            return turn.refused(422, error)
    return _act(turn, command, texts.get("seen", ""))


def _with_missing(read: tuple[Field, ...], files: tuple[StoredFile, ...]) -> tuple[Field, ...]:
    """Return the fields; one of a file that must come says so when none has."""
    return tuple(
        replace(one, error=Fault.NO_FILE()) if one.kind is Kind.FILE and one.required and not files else one
        for one in read
    )


def _command(turn: _Turn) -> Any:
    """Return the command that the form gives."""
    if turn.opening.command is not None:
        return turn.opening.command({field.name: field for field in turn.fields})
    asks_files = any(field.kind is Kind.FILE for field in turn.fields)
    files = {"files": turn.files} if asks_files else {}
    return command_from(turn.act.command, turn.fields, **files, **turn.opening.known)


def _act(turn: _Turn, command: Any, seen_before: str) -> Response:
    """Show what the command would move; do it when that is what was seen before."""
    scene = turn.scene
    portal = turn.scene.portal
    now = turn.scene.portal.clock()
    clock = Clock(portal.local_date(now), now)
    actor = scene.visit.visitor.person_id
    titles = dict[tuple[str, str], str]()
    calendar = list[Any]()

    def look(connection: Connection) -> None:
        """Learn what steps are called that come with the command."""
        titles.update(step_titles(connection, [getattr(command, "grant", "")], scene.say))
        if turn.opening.calendar is not None:
            calendar[:] = turn.opening.calendar(connection)

    try:
        found = preview(portal.engine, command, actor, clock, look=look)
        moved = _worded(turn, found, titles)
        seen = _digest(found)
        if seen_before != seen:
            changed = bool(seen_before)
            return turn.page("desk/check.html", moved=moved, seen=seen, changed=changed, calendar=calendar)
        heard = dict[Told, None]()
        engine = hearing(by_form(portal.engine, turn.key), heard)
        result = perform(engine, command, actor, clock, settings=portal.settings)
        done = Outcome(result, found.moved, tuple(heard))
        return turn.page("desk/done.html", moved=_worded(turn, done, titles))
    except FormTaken:
        return turn.page("desk/done.html", again=True)
    except DatabaseUnready:
        raise
    except GrantError as error:
        return turn.refused(409, error)


def _worded(turn: _Turn, found: Outcome, titles: Mapping[tuple[str, str], str]) -> dict[str, object]:
    with reading(turn.scene.portal.engine) as connection:
        return worded(connection, turn.scene.say, found, titles, turn.scene.today)


def _digest(found: Outcome) -> str:
    """Return by what a page tells that what it showed is still what would be done."""
    return hashlib.sha256(json.dumps(facts_of(found), sort_keys=True).encode()).hexdigest()[:24]


@contextmanager
def _opened(
    request: Request, given: Mapping[str, str], files: tuple[StoredFile, ...] = ()
) -> Iterator[_Turn]:
    """Open a form; 404 for one that there is not, or that is not for the visitor."""
    portal = portal_of(request)
    visit = visit_of(request)
    about = request.path_params["about"]
    with reading(portal.engine) as connection:
        act = _check_duty(connection, request)
        scene = Scene(
            portal=portal,
            visit=visit,
            say=portal.translator(request),
            connection=connection,
            about=about,
            given=given,
            files=files,
        )
        opening = OPENERS[act.name](scene)
        yield _Turn(scene, act, opening, _begun(scene, act, opening), files)


def _check_duty(connection: Connection, request: Request) -> Act:
    """Return the act that an address names; 404 for one that there is not, or that is not for the visitor."""
    name = request.path_params["form"]
    about = request.path_params["about"]
    if name not in OPENERS or about > LARGEST_ID:
        raise HTTPException(404)
    act = ACTS[name]
    if act.duty is None or not may_visitor(connection, visit_of(request).visitor, act.duty, about):
        raise HTTPException(404)
    return act


def _begun(scene: Scene, act: Act, opening: Opening) -> tuple[Field, ...]:
    """Return the form's fields, filled with what is given."""
    own = begin(act, FormWords(scene.say), scene.today, opening.currency, **opening.here)
    return tuple(replace(one, text=scene.given.get(one.name, one.text)) for one in (*own, *opening.more))
