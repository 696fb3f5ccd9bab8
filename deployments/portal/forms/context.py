"""Where a form of an act is opened, and what holds of its fields there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from deployments.portal.web.guard import Visit
from deployments.portal.web.state import Portal
from models.commands.steps import StoredFile
from models.forms.field import Field
from tasks.words.templates import word_from, words_module
from tasks.words.translator import Translator

Read: TypeAlias = Mapping[str, Field]  # fields by their names, with what was read in them


@dataclass(frozen=True, slots=True)
class FormContext:
    """Where a form is opened: by whom, in which language, on which day, and `about` which row.

    `given` is what the link to it fills in, or what was posted, and `files` came with that.
    """

    portal: Portal
    visit: Visit
    say: Translator
    connection: Connection
    about: int
    given: Mapping[str, str]
    files: tuple[StoredFile, ...] = ()

    @property
    def today(self) -> date:
        """The local date."""
        return self.portal.today


# Which word of the menu the pages of an address stand under, the longest first.
_WORDS = (
    ("/people", "attention"),
    ("/meetings", "meetings"),
    ("/money", "money"),
    ("/tasks", "tasks"),
    ("/", "overview"),
)


@dataclass(frozen=True, slots=True)
class FormPlace:
    """What a form is about, as its page is headed, or the list of such, and the page to which it leads back."""

    title: str
    back: str
    is_list: bool = False

    @property
    def word(self) -> str:
        """The word of the menu under which its page stands; a person's page stands under none."""
        if self.back.startswith("/people/"):
            return ""
        found = (word for start, word in _WORDS if self.back.startswith(start))
        return next(found, "")


def list_called(context: FormContext, name: str, back: str) -> FormPlace:
    """Return a list, which a row of `forms.j2` names, to which a form about none of its lines leads.

    Its address ends with 0: HTTPException (404) for one that names a row.
    """
    if context.about:
        raise HTTPException(404)
    return FormPlace(FormWords(context.say).said(name), back, is_list=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSetup:
    """What holds of an act at a row: what it is about, what `overrides` its fields, and what else is known.

    `more` are fields that only this row has. `command` makes the command where the act's own fields do not.
    `calendar` reads the steps that come of it. `undo` gives what is filled in in the form of the act that takes it
    back, None where nothing does, and `undone_about` the row that this is about, where it is another. Fields that are
    `unsaid` are not repeated before it is done. A form that `changes` a row begins as that is: what stays is not
    repeated, and what was there before is. `place_after` is where it leads once the row is another, and `look_after`
    reads what its last page says besides. Without `any_left` there is nothing to do: only a form that has acted finds
    something, that it has.
    """

    place: FormPlace
    overrides: Mapping[str, Mapping[Any, Any] | None] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    currency: str = ""
    more: tuple[Field, ...] = ()
    command: Callable[[Read], Any] | None = None
    calendar: Callable[[Connection], list[Any]] | None = None
    undo: Callable[[Read], Mapping[str, str] | None] | None = None
    undone_about: Callable[[Read], int] | None = None
    unsaid: frozenset[str] = frozenset()
    facts: tuple[tuple[str, str], ...] = ()
    any_left: bool = True
    changes: bool = False
    place_after: Callable[[Read], FormPlace] | None = None
    look_after: Callable[[Connection, Read], object] | None = None


Opener: TypeAlias = Callable[[FormContext], FormSetup]


@dataclass(frozen=True, slots=True)
class FormWords:
    """The words of acts in a reader's language."""

    say: Translator

    def gettext(self, message: str, /, **values: object) -> str:
        """Return the sentence, filled, with a currency as people call it."""
        if "currency" in values:
            values["currency"] = self.say.currency(str(values["currency"]))
        return self.say.gettext(message, **values)

    def option(self, words: str, key: str) -> str:
        """Return what a key of a list is called."""
        return self.said("option", words, key)

    def said(self, name: str, /, *facts: object) -> str:
        """Return the words of that name in `templates/explanations/forms.j2`, about these facts."""
        return word_from(words_module(self.say.language, "forms"), name, *facts)


def word_colleague(say: Translator, today: date, name: str, title: str, away_until: date | None) -> str:
    """Return a person as a list to choose from names them: with their title, and up to which day they are away."""
    until = say.short_date(away_until, today) if away_until is not None else ""
    return FormWords(say).said("colleague", name, title, until)


def value_of(read: Read, name: str) -> Any:
    """Return what was read in a field; None where it is empty or not there."""
    return read[name].value if name in read else None
