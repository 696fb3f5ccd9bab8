"""A form of the desk: its fields, whom it is for, and the command that it gives."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Connection

from deployments.portal.web.guard import Visit
from deployments.portal.web.state import Portal
from models.forms.field import Field, Kind
from models.vocabulary import Duty
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator

Command = TypeVar("Command")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a form is opened: by whom, in which language, on which day, and `about` which row.

    `given` is what the link to it fills in, or what was posted.
    """

    portal: Portal
    visit: Visit
    say: Translator
    connection: Connection
    about: int
    given: Mapping[str, str]

    @property
    def today(self) -> date:
        """The local date."""
        return self.portal.today


@dataclass(frozen=True, slots=True)
class Place:
    """What a form is about, as its page is headed, and the page to which it leads back."""

    title: str
    back: str


def list_called(name: str, back: str) -> Callable[[Scene], Place]:
    """Return what finds a list, which a macro of `desk.j2` names, to which a form about none of its lines leads."""
    return lambda scene: Place(one_paragraph(getattr(words_module(scene.say.language, "desk"), name)()), back)


@dataclass(frozen=True, slots=True)
class Filled:
    """The fields as somebody filled them in."""

    fields: tuple[Field, ...]

    def text(self, name: str) -> str:
        """Return what stands in a field; empty where it is not there."""
        return next((field.text for field in self.fields if field.name == name), "")

    def value(self, name: str) -> Any:
        """Return what was read in a field; None where it is empty or not there."""
        return next((field.value for field in self.fields if field.name == name), None)

    def command(self, kind: type[Command], /, **known: object) -> Command:
        """Return a command of this kind: besides what is known, what its fields of the same names say."""
        asked = {one.name for one in fields(kind)}  # type: ignore[arg-type]
        said = {one.name: self._value(one) for one in self.fields if one.name in asked}
        return kind(**said | known)

    def _value(self, field: Field) -> object:
        if field.kind is Kind.DAY:
            return field.value
        if field.kind is Kind.NUMBER:
            return int(field.text) if field.text else None
        return field.text


@dataclass(frozen=True, slots=True)
class DeskForm:
    """A form of one command, by its name in the address; its words are those of that name in `explanations/desk.j2`.

    `place` says what it is about, and raises 404 for a row that is not there; `fields` and `command` may read the
    database.
    """

    name: str
    duty: Duty
    place: Callable[[Scene], Place]
    fields: Callable[[Scene], Iterable[Field]]
    command: Callable[[Scene, Filled], object]

    def begun(self, scene: Scene) -> tuple[Field, ...]:
        """Return the form's fields with their words, filled with what is given."""
        words = words_module(scene.say.language, "desk")
        found = []
        for field in self.fields(scene):
            title = field.title or one_paragraph(words.label(self.name, field.name))
            options = tuple(
                (key, said or one_paragraph(words.option(field.name, key))) for key, said in field.options
            )
            text = scene.given.get(field.name, field.text)
            found.append(replace(field, title=title, options=options, text=text))
        return tuple(found)
