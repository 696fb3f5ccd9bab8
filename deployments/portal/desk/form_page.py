"""The form of an act on a page of its own, for whose work it is: the office's desk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.desk.openers import OPENERS
from deployments.portal.forms.consequences import by_titles
from deployments.portal.forms.context import FormContext, FormSetup, FormWords
from deployments.portal.forms.entries import Entry
from deployments.portal.forms.files import carried_files, files_of, with_file_errors
from deployments.portal.forms.form import Form
from deployments.portal.forms.turn import CheckPage, Ready, Sender, act, read
from deployments.portal.login.reader import is_signed_in_of_late
from deployments.portal.web.guard import visit_of
from deployments.portal.web.posted_form import FormTarget, PostedForm, check_nonce, read_posted_form
from deployments.portal.web.state import LARGEST_ID, portal_of
from models.commands.clock import SignedIn
from models.commands.steps import StoredFile
from models.errors import GrantError, Unreadable
from models.forms.field import read_fields
from models.forms.spec import ACTS, Act, begin, command_from, find_act
from models.message import Remark
from models.vocabulary import Duty
from tasks.commands.files.drafts import file_store_of
from tasks.overview.titles import step_titles
from tasks.people.visibility import may_visitor
from tasks.perform import Command
from tasks.store.database import reading
from tasks.store.form_keys import taken_at
from tasks.words.reasons import word_reason
from tasks.words.translator import as_sentence


@dataclass(frozen=True, slots=True)
class DeskForm:
    """A form that stands on a page of its own, as it was opened there."""

    context: FormContext
    opening: FormSetup
    opened: Form

    @property
    def sender(self) -> Sender:
        """Who is signed in, and since when."""
        visitor = self.context.visit.visitor
        hours = self.context.portal.settings.sign_in_hours
        person_id = visitor.person_id
        actor = SignedIn(person_id, visitor.signed_in_at, hours) if person_id is not None else None
        return Sender(self.context.portal, self.context.say, actor, person_id)

    @property
    def must_sign_in(self) -> bool:
        """Whether the act asks for a recent sign-in, and the visitor's is not: the rule will refuse it."""
        visit = self.context.visit
        is_approval = ACTS[self.opened.act].duty is Duty.APPROVAL and visit.visitor.person_id is not None
        return is_approval and not is_signed_in_of_late(self.context.portal, visit)

    def read(self, posted: PostedForm) -> Form:
        """Return the form as it was posted, with what is wrong at its fields."""
        form = self.opened.with_fields(read_fields(self.opened.fields, posted.texts, self.context.today))
        # What was done before is asked first.
        complete = all(field.name in posted.texts for field in self.opening.more)
        return with_file_errors(replace(form, files=self.context.files, complete=complete), posted)

    def keep(self, form: Form, posted: PostedForm) -> Response | None:
        """Return nothing: a form of the desk has no draft."""
        return None

    def command(self, form: Form) -> Command:
        """Return the command that the form gives."""
        if self.opening.command is not None:
            return cast("Command", self.opening.command({field.name: field for field in form.fields}))
        files = {"files": form.files} if form.takes_files else {}
        return cast("Command", command_from(form.spec.command, form.fields, **files, **self.opening.known))

    def undo(self, form: Form) -> str:
        """Return the address of the act that takes it back, filled in; empty where there is none for the visitor."""
        read = {field.name: field for field in form.fields}
        filled = self.opening.undo(read) if self.opening.undo is not None else None
        if filled is None:
            return ""
        back = ACTS[form.spec.undone_by]
        about = (
            self.opening.undone_about(read) if self.opening.undone_about is not None else self.context.about
        )
        if back.duty is None or not may_visitor(
            self.context.connection, self.context.visit.visitor, back.duty, about
        ):
            return ""
        return f"/desk/{back.name}/{about}?{urlencode(filled)}"

    def calendar(self, connection: Connection) -> list[Any]:
        """Return the steps that come of it, where its page lists them."""
        return self.opening.calendar(connection) if self.opening.calendar is not None else []

    def check_page(self, form: Form) -> CheckPage:
        """Return the page on which the form is checked."""
        return CheckPage(
            address=self._address,
            visit=self.context.visit,
            place=self.opening.place,
            entries=[Entry(*one) for one in self.opening.facts],
            unsaid=self.opening.unsaid,
            changes=self.opening.changes,
        )

    def show(
        self, form: Form, status: int = 200, *, why: str = "", troubles: list[str] | None = None
    ) -> Response:
        """Return the page with the form as it was typed; `why` it is refused stands above it, with each trouble."""
        return self._page("forms/page.html", form, status, why=why, troubles=troubles or [])

    def refuse(self, form: Form, error: GrantError | Unreadable, status: int) -> Response:
        """Return the form with why it is refused: at the field that is to be corrected, or above them all."""
        at = form.spec.refused_at.get(str(getattr(error, "facts", {}).get("reason", "")))
        if at is not None:
            return self.show(form.with_errors({at: self._by_titles(error)}), 422)
        found = getattr(error, "troubles", ())
        # What a file says is quoted as it stands there.
        troubles = [word_reason(self.context.say, one) for one in getattr(error, "notes", ())]
        troubles += [word_reason(self.context.say, one.said) for one in found if len(found) > 1]
        why = word_reason(self.context.say, self._by_titles(error), on_page=not found)
        return self.show(form, status, why=why if found else as_sentence(why), troubles=troubles)

    def finish(self, form: Form, moved: Mapping[str, object] | None, undo: str = "") -> Response:
        """Return the page after the act, with what it moved; None where the form had acted before."""
        opening = self.opening
        read = {field.name: field for field in form.fields}
        place = opening.place_after(read) if opening.place_after is not None else opening.place
        seen = None
        if opening.look_after is not None and moved is not None:
            with reading(self.context.portal.engine) as connection:
                seen = opening.look_after(connection, read)
        return self._page("forms/done.html", form, moved=moved, undo=undo, place=place, seen=seen)

    @property
    def _address(self) -> str:
        return f"/desk/{self.opened.act}/{self.context.about}"

    def _by_titles(self, error: GrantError | Unreadable) -> Remark:
        """Return why it is refused, with the steps by their titles."""
        reference = self.opening.known.get("grant", "")
        if not reference or not isinstance(error, GrantError):
            return error.remark
        with reading(self.context.portal.engine) as connection:
            titles = step_titles(connection, [reference], self.context.say)
        return by_titles(error.remark, reference, titles)

    def _page(self, template: str, form: Form, status: int = 200, **values: Any) -> Response:
        return self.context.portal.pages.show(
            template,
            self.context.say,
            status=status,
            visit=self.context.visit,
            today=self.context.today,
            form=form,
            address=self._address,
            nonce=self.context.visit.nonce(form.about.kind, form.about.id),
            facts=self.opening.facts,
            carried=carried_files(form.files, self.context.portal.keys),
            **{"place": self.opening.place, **values},
        )


def show_form(request: Request) -> Response:
    """Return the form, filled in with what the address says; nothing is changed."""
    with _opened(request, request.query_params) as surface:
        _check_left(surface)
        if surface.must_sign_in:
            wanted = f"{request.url.path}?{request.url.query}"
            return RedirectResponse(f"/login?{urlencode({'next': wanted})}", 303)
        return surface.show(surface.opened)


async def take_form(request: Request) -> Response:
    """Take a form of the desk, as every form is taken."""
    await run_in_threadpool(_look_for, request)  # before anything that is sent is kept
    posted = await read_posted_form(request, file_store_of(portal_of(request).settings))
    return await run_in_threadpool(_take, request, posted)


def _look_for(request: Request) -> None:
    with reading(portal_of(request).engine) as connection:
        _check_duty(connection, request)


def _take(request: Request, posted: PostedForm) -> Response:
    files = files_of(posted, portal_of(request).keys)
    with _opened(request, posted.texts, files) as surface:
        about = surface.opened.about
        visit = surface.context.visit
        signed = check_nonce(posted.texts, about.kind, about.id, visit.token, surface.context.portal.keys)
        if taken_at(surface.context.connection, signed.key) is not None:
            return surface.finish(surface.opened, None)
        _check_left(surface)
        ready = read(surface, posted)
    return act(surface, ready, posted, signed.key) if isinstance(ready, Ready) else ready


def _check_left(surface: DeskForm) -> None:
    """Raise HTTPException (404) for a form by which there is nothing to do."""
    if not surface.opening.any_left:
        raise HTTPException(404)


@contextmanager
def _opened(
    request: Request, given: Mapping[str, str], files: tuple[StoredFile, ...] = ()
) -> Iterator[DeskForm]:
    """Open a form; 404 for one that there is not, or that is not for the visitor."""
    portal = portal_of(request)
    visit = visit_of(request)
    about = request.path_params["about"]
    with reading(portal.engine) as connection:
        act = _check_duty(connection, request)
        context = FormContext(
            portal=portal,
            visit=visit,
            say=portal.translator(request),
            connection=connection,
            about=about,
            given=given,
            files=files,
        )
        opening = OPENERS[act.name](context)
        yield DeskForm(context, opening, _begun(context, act, opening))


def _check_duty(connection: Connection, request: Request) -> Act:
    """Return the act that an address names; 404 for one that there is not, or that is not for the visitor."""
    act = find_act(request.path_params["form"])
    about = request.path_params["about"]
    if act is None or act.duty is None or about > LARGEST_ID:
        raise HTTPException(404)
    if not may_visitor(connection, visit_of(request).visitor, act.duty, about):
        raise HTTPException(404)
    return act


def _begun(context: FormContext, act: Act, opening: FormSetup) -> Form:
    """Return the form as it is opened, filled with what is given."""
    own = begin(act, FormWords(context.say), context.today, opening.currency, **opening.overrides)
    begun = (*own, *opening.more)
    fields = tuple(replace(one, text=context.given.get(one.name, one.text)) for one in begun)
    about = FormTarget(f"desk-{act.name}", context.about, 0)
    return Form(act=act.name, about=about, fields=fields, begun=begun, currency=opening.currency)
