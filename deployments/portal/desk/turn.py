"""The forms of the desk by their names: show one, then what it moves and who is told, and then do it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.decisions import DECISION_FORMS
from deployments.portal.desk.form import DeskForm, Filled, Place, Scene
from deployments.portal.desk.grants import NEW_GRANT, PAST, calendar_of
from deployments.portal.desk.imports import DIRECTORY, IMPORT, ImportRead, with_upload
from deployments.portal.desk.meetings import MEETING_FORMS
from deployments.portal.desk.moved import Titles, facts_of, worded
from deployments.portal.desk.people import PEOPLE_FORMS
from deployments.portal.desk.steps import STEP_FORMS
from deployments.portal.grant.page import StepLine
from deployments.portal.web.guard import visit_of
from deployments.portal.web.posted_form import PostedForm, check_nonce, read_posted_form
from deployments.portal.web.state import LARGEST_ID, portal_of
from models.commands.clock import Clock
from models.commands.grants import OpenGrant
from models.errors import DatabaseUnready, GrantError, Unreadable
from models.forms.field import Field, Kind, read_fields
from tasks.commands.files.documents import vault_of
from tasks.directory import TakeDirectory
from tasks.overview.titles import step_titles
from tasks.people.told import Told, hearing
from tasks.people.visibility import may_visitor
from tasks.perform import perform
from tasks.store.database import dry_run, reading
from tasks.store.taken_forms import FormTaken, by_form, taken_at
from tasks.words.reasons import word_reason
from tasks.words.translator import capitalised

_OF_GRANTS = (NEW_GRANT, IMPORT, DIRECTORY)
FORMS: dict[str, DeskForm] = {
    one.name: one for one in (*MEETING_FORMS, *DECISION_FORMS, *STEP_FORMS, *PEOPLE_FORMS, *_OF_GRANTS)
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """A form on its page; once it is posted it acts once, by its `key`."""

    scene: Scene
    form: DeskForm
    place: Place
    fields: tuple[Field, ...]
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
            act=self.form.name,
            address=f"/desk/{self.form.name}/{scene.about}",
            nonce=scene.visit.nonce(f"desk-{self.form.name}", scene.about),
            place=self.place,
            fields=self.fields,
            entered=[
                (field.title, _said(scene, field))
                for field in self.fields
                # What is done already stands in the calendar.
                if field.text
                and field.kind is not Kind.HIDDEN
                and not field.name.startswith((f"{PAST}done-", f"{PAST}paid-"))
            ],
            **said,
        )

    def refused(self, status: int, error: Exception) -> Response:
        """Return the form with why it is refused, and of a file all that is wrong with it."""
        say, found = self.scene.say, getattr(error, "troubles", ())
        troubles = [word_reason(say, one) for one in getattr(error, "notes", ())]
        troubles += [word_reason(say, one.said) for one in found if len(found) > 1]
        why = word_reason(say, error)
        return self.page("desk/form.html", status, why=why if found else capitalised(why), troubles=troubles)


def _said(scene: Scene, field: Field) -> str:
    """Return what stands in a field as people write it."""
    is_day = isinstance(field.value, date)
    return capitalised(scene.say.long_date(field.value)) if is_day else field.chosen


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
    with _opened(request, request.query_params, begin=False):
        pass


def _take(request: Request, sent: PostedForm) -> Response:
    posted = with_upload(sent)
    with _opened(request, posted) as opened:
        scene, form = opened.scene, opened.form
        signed = check_nonce(posted, f"desk-{form.name}", scene.about, scene.visit.token, scene.portal.keys)
        turn = replace(opened, fields=read_fields(opened.fields, posted, scene.today), key=signed.key)
        if taken_at(scene.connection, signed.key) is not None:
            return turn.page("desk/done.html", again=True)
        for _, why_not in sent.refused:
            return turn.refused(422, why_not)
        if "change" in posted:
            return turn.page("desk/form.html")
        if any(field.error for field in turn.fields):
            return turn.page("desk/form.html", 422)
        if any(field.name.startswith(PAST) and field.name not in posted for field in turn.fields):
            return turn.page("desk/form.html")  # what was done before is asked first
        try:
            command = form.command(scene, Filled(turn.fields))
        except (GrantError, Unreadable) as error:
            return turn.refused(422, error)
    return _act(turn, command, posted)


def _act(turn: _Turn, command: Any, posted: Mapping[str, str]) -> Response:
    """Show what the command would move; do it when that is what was seen before."""
    scene, portal, now = turn.scene, turn.scene.portal, turn.scene.portal.clock()
    clock = Clock(portal.local_date(now), now)
    titles, calendar = dict[tuple[str, str], str](), list[StepLine]()

    def look(connection: Connection) -> None:
        """Learn what steps are called that come with the command."""
        titles.update(step_titles(connection, [getattr(command, "grant", "")], scene.say))
        if isinstance(command, OpenGrant):
            calendar[:] = calendar_of(scene, connection, command.grant)

    def do(engine: Engine) -> tuple[object, dict[Told, None]]:
        heard = dict[Told, None]()
        return done_on(hearing(engine, heard)), heard

    def done_on(engine: Engine) -> object:
        if isinstance(command, ImportRead | TakeDirectory):
            return command.perform(engine, clock)
        return perform(engine, command, scene.visit.visitor.person_id, clock, settings=portal.settings)

    try:
        result, heard = do(dry_run(portal.engine, look))
        seen = _digest(result, heard)
        if posted.get("seen") != seen:
            changed = bool(posted.get("seen"))
            shown = {"seen": seen, "changed": changed, "calendar": calendar}
            return _shown(turn, "desk/check.html", (result, heard), titles, **shown)
        return _shown(turn, "desk/done.html", do(by_form(portal.engine, turn.key)), titles)
    except FormTaken:
        return turn.page("desk/done.html", again=True)
    except DatabaseUnready:
        raise
    except GrantError as error:
        return turn.refused(409, error)


def _shown(
    turn: _Turn, template: str, done: tuple[object, dict[Told, None]], titles: Titles, **values: Any
) -> Response:
    result, heard = done
    with reading(turn.scene.portal.engine) as connection:
        moved = worded(connection, turn.scene.say, result, heard, titles, turn.scene.today)
    return turn.page(template, moved=moved, **values)


def _digest(result: object, heard: dict[Told, None]) -> str:
    """Return by what a page tells that what it showed is still what would be done."""
    return hashlib.sha256(json.dumps(facts_of(result, heard), sort_keys=True).encode()).hexdigest()[:24]


@contextmanager
def _opened(request: Request, given: Mapping[str, str], *, begin: bool = True) -> Iterator[_Turn]:
    """Open a form; 404 for one that there is not, or that is not for the visitor."""
    portal, visit = portal_of(request), visit_of(request)
    form, about = FORMS.get(request.path_params["form"]), request.path_params["about"]
    if form is None or about > LARGEST_ID:
        raise HTTPException(404)
    with reading(portal.engine) as connection:
        if not may_visitor(connection, visit.visitor, form.duty, about):
            raise HTTPException(404)
        scene = Scene(portal, visit, portal.translator(request), connection, about, given)
        yield _Turn(scene, form, form.place(scene), form.begun(scene) if begin else ())
