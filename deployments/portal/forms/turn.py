"""One turn of every act, by sign-in and by letter: what was typed, what it moves and who is told, and then the act."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection
from starlette.responses import Response

from deployments.portal.forms.consequences import facts_of, worded
from deployments.portal.forms.context import FormPlace
from deployments.portal.forms.entries import Entry, changes_of, entries_of, find_doubts
from deployments.portal.forms.files import carried_files
from deployments.portal.forms.form import Form
from deployments.portal.web.guard import Visit
from deployments.portal.web.posted_form import PostedForm
from deployments.portal.web.state import Portal
from models.commands.clock import Clock
from models.errors import DatabaseUnready, GrantError, Unreadable
from tasks.overview.titles import step_titles
from tasks.people.notice_recipients import Recipient, hearing
from tasks.perform import Actor, Command, Outcome, perform, preview
from tasks.store.database import reading
from tasks.store.form_keys import FormAct, FormTaken, by_form, taken_at
from tasks.words.translator import Translator

_Form = TypeVar("_Form", bound=Form)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage:
    """The page on which a form is checked, which posts it to the `address`.

    It is headed by its `card`, or by what the act is called and the `place` to which the page leads back. `entries`
    come before what was typed, and `remarks` follow what stands in the fields with their names; nothing is said of
    those that are `unsaid`. One that `changes` a row says what stood there before. `by` is the name of the person who
    acts, empty where the page does not say it.
    """

    address: str
    visit: Visit | None
    card: object = None
    place: FormPlace | None = None
    by: str = ""
    entries: Sequence[Entry] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    unsaid: frozenset[str] = frozenset()
    changes: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a form, and in which portal and language; `person_id` is None for the operator."""

    portal: Portal
    say: Translator
    actor: Actor
    person_id: int | None


class Surface(Protocol[_Form]):
    """Where a form stands and whose it is.

    There are three: `DeskForm`, a page of its own on the desk (portal/desk/form_page.py), `OnCard`, a card of
    somebody's tasks (portal/answer/card_form.py), and `UndoForm`, behind a confirmation's link (portal/answer/undo.py).
    """

    @property
    def sender(self) -> Sender:
        """Who sends the form, and where."""
        ...

    def read(self, posted: PostedForm) -> _Form:
        """Return the form as it was posted, with what is wrong at its fields."""
        ...

    def keep(self, form: _Form, posted: PostedForm) -> Response | None:
        """Keep what was typed, where the form has a draft; return where to go when nothing else was asked for."""
        ...

    def command(self, form: _Form) -> Command:
        """Return the command that the form gives; GrantError or Unreadable where it gives none."""
        ...

    def undo(self, form: _Form) -> str:
        """Return the address of the act that takes it back, filled in; empty where there is none."""
        ...

    def calendar(self, connection: Connection) -> list[Any]:
        """Return the steps that come of it, read before it is undone again; none where the page lists no steps."""
        ...

    def check_page(self, form: _Form) -> CheckPage:
        """Return the page on which the form is checked."""
        ...

    def show(self, form: _Form, status: int = 200) -> Response:
        """Return the page with the form as it was typed."""
        ...

    def refuse(self, form: _Form, error: GrantError | Unreadable, status: int) -> Response:
        """Return the page with why it is refused."""
        ...

    def finish(self, form: _Form, moved: Mapping[str, object] | None, undo: str = "") -> Response:
        """Return the page after the act, with what it moved; None where the form had acted before.

        It leads to where the act is taken back, unless `undo` is empty.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ready(Generic[_Form]):
    """A form in which nothing is wrong, the command that it gives, and the address at which that is taken back."""

    form: _Form
    command: Command
    undo: str


def read(surface: Surface[_Form], posted: PostedForm) -> Ready[_Form] | Response:
    """Read a form that was posted; return the page where there is something to correct, or it is only kept."""
    form = surface.read(posted).read_together()
    kept = surface.keep(form, posted)
    if kept is not None:
        return kept
    if form.is_wrong:
        return surface.show(form, 422)
    if "change" in posted.texts or not form.complete:
        return surface.show(form)
    try:
        return Ready(form, surface.command(form), surface.undo(form))
    except (GrantError, Unreadable) as error:
        return surface.refuse(form, error, 422)


def act(surface: Surface[_Form], ready: Ready[_Form], posted: PostedForm, key: str) -> Response:
    """Show what a form moves and who is told; do it when that has been seen. By its `key` it acts once."""
    try:
        return _check_or_act(surface, ready, posted, key)
    except FormTaken:
        return surface.finish(ready.form, None)
    except DatabaseUnready:
        raise
    except GrantError as error:
        if _has_acted(surface.sender.portal, key):  # it came twice at once: the other one did it
            return surface.finish(ready.form, None)
        return surface.refuse(ready.form, error, 409)


def check(surface: Surface[_Form], ready: Ready[_Form], nonce: str) -> Response:
    """Return the page on which a form is looked at before it acts; nothing is changed."""
    return _check_page(surface, ready.form, nonce, _look(surface, ready))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of what a command would come to, and by what it tells that it is still so."""

    outcome: Outcome
    moved: dict[str, object]
    titles: Mapping[tuple[str, str], str]
    calendar: list[Any]
    digest: str


def _look(surface: Surface[_Form], ready: Ready[_Form]) -> Seen:
    """Return what a form moves and who is told; nothing is kept."""
    portal = surface.sender.portal
    command = ready.command
    titles = dict[tuple[str, str], str]()
    calendar = list[Any]()

    def look(connection: Connection) -> None:
        """Learn what steps are called that come with the command."""
        titles.update(step_titles(connection, [getattr(command, "grant", "")], surface.sender.say))
        calendar.extend(surface.calendar(connection))

    found = preview(portal.engine, command, surface.sender.actor, _clock_of(portal), look=look)
    digest = _digest(found, surface.check_page(ready.form).entries)
    return Seen(found, _worded(surface, found, titles), titles, calendar, digest)


def look_ahead(surface: Surface[_Form], form: _Form) -> Seen | None:
    """Return what a form comes to that asks nothing, so that it is checked where it stands; None where it is refused.

    Posted with its digest it acts at once, unless something has changed.
    """
    try:
        return _look(surface, Ready(form, surface.command(form), surface.undo(form)))
    except DatabaseUnready:
        raise
    except (GrantError, Unreadable):
        return None


def _clock_of(portal: Portal) -> Clock:
    now = portal.clock()
    return Clock(portal.local_date(now), now)


def _check_or_act(surface: Surface[_Form], ready: Ready[_Form], posted: PostedForm, key: str) -> Response:
    portal = surface.sender.portal
    seen = _look(surface, ready)
    seen_before = posted.texts.get("seen", "")
    if seen.digest != seen_before:
        return _check_page(surface, ready.form, posted.texts["nonce"], seen, changed=bool(seen_before))
    heard = dict[Recipient, None]()
    about = ready.form.about
    does = FormAct(surface.sender.person_id, ready.form.act, about.kind, about.id, ready.undo)
    engine = hearing(by_form(portal.engine, key, does), heard)
    result = perform(engine, ready.command, surface.sender.actor, _clock_of(portal), settings=portal.settings)
    done = replace(seen.outcome, result=result, told=tuple(heard))
    return surface.finish(ready.form, _worded(surface, done, seen.titles), ready.undo)


def _check_page(
    surface: Surface[_Form], form: _Form, nonce: str, seen: Seen, *, changed: bool = False
) -> Response:
    """Return the page on which a filled form is looked at; what it showed before may have `changed` meanwhile."""
    portal = surface.sender.portal
    say = surface.sender.say
    check_page = surface.check_page(form)
    return portal.pages.show(
        "forms/check.html",
        say,
        visit=check_page.visit,
        today=portal.today,
        form=form,
        check_page=check_page,
        entries=[*check_page.entries, *_entries(say, form, check_page, portal.today)],
        carried=carried_files(form.files, portal.keys),
        nonce=nonce,
        moved=seen.moved,
        calendar=seen.calendar,
        seen=seen.digest,
        changed=changed,
    )


def _entries(say: Translator, form: Form, check_page: CheckPage, today: date) -> Iterator[Entry]:
    remarks = {**dict(find_doubts(say, form)), **check_page.remarks}
    if check_page.changes:
        return changes_of(say, form, today, remarks)
    return entries_of(say, form, today, check_page.unsaid, remarks)


def _worded(
    surface: Surface[Any], found: Outcome, titles: Mapping[tuple[str, str], str]
) -> dict[str, object]:
    with reading(surface.sender.portal.engine) as connection:
        return worded(connection, surface.sender.say, found, titles, surface.sender.portal.today)


def _digest(found: Outcome, entries: Sequence[Entry]) -> str:
    """Return by what a page tells that what it showed, with what it is about, is still what would be done."""
    shown = {"entries": entries, **facts_of(found)}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:24]


def _has_acted(portal: Portal, key: str) -> bool:
    with reading(portal.engine) as connection:
        return taken_at(connection, key) is not None
