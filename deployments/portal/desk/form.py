"""A form of the desk: its fields, whom it is for, and the command that it gives."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import Connection

from deployments.portal.answer.fields import Field
from deployments.portal.answer.values import read_day
from deployments.portal.web.guard import Visit
from deployments.portal.web.state import Portal
from models.reading.number import read_amount
from models.rules.duties import Duty
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
        return next((field.value for field in self.fields if field.name == name), "")

    def day(self, name: str) -> date | None:
        """Return the day in a field; None where it is empty."""
        return read_day(self.text(name))

    def amount(self, name: str) -> int | None:
        """Return the sum in a field in minor units, None where it is empty; Unreadable for a part of the smallest."""
        field = next(one for one in self.fields if one.name == name)
        return read_amount(field.value, field.currency) if field.value else None

    def command(self, kind: type[Command], /, **known: object) -> Command:
        """Return a command of this kind: besides what is known, what its fields of the same names say."""
        asked = {one.name for one in fields(kind)}  # type: ignore[arg-type]
        said = {one.name: self._value(one) for one in self.fields if one.name in asked}
        return kind(**said | known)

    def _value(self, field: Field) -> object:
        if field.kind == "date":
            return self.day(field.name)
        if field.kind == "number":
            return int(field.value) if field.value else None
        return field.value


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
            value = scene.given.get(field.name, field.value)
            found.append(replace(field, title=title, options=options, value=value))
        return tuple(found)
