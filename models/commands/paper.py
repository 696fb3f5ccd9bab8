"""Name the paper that proves an act, by the fields that the command calls its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

from models.commands.steps import StoredFile
from models.forms.spec import acts_by


def named_paper(number: str, files: Sequence[StoredFile]) -> str:
    """Return the name of the funder's paper: its number, or the file's name; empty without a paper."""
    return number.strip() or (files[0].name if files else "")


def paper_asked(command: object) -> str | None:
    """Return the name of the paper that proves an act, empty if it has none; None if the act asks for none."""
    is_asked = any(act.evidence for act in acts_by(type(command)))
    return paper_of(command) if is_asked else None


def paper_of(command: object) -> str:
    """Return the name of the paper that proves an act; empty if the command names none."""
    values = _said_in(command)
    names = [name for act in acts_by(type(command)) for name in act.evidence]
    for name in names:
        value = values.get(name)
        files = value if isinstance(value, tuple) else ()
        number = "" if isinstance(value, tuple) else str(value or "")
        paper = named_paper(number, files)
        if paper:
            return paper
    return ""


def _said_in(command: object) -> dict[str, object]:
    """Return a command's values by its fields' names, nested values included."""
    values: dict[str, object] = {}
    for field in fields(command) if is_dataclass(command) else ():
        value = getattr(command, field.name)
        if isinstance(value, Mapping):
            values |= value
        elif is_dataclass(value):
            values |= _said_in(value)
        else:
            values[field.name] = value
    return values
