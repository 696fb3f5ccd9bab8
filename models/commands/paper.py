"""Name the paper that an act stands on, by the fields that the command calls its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass

from models.commands.steps import StoredFile
from models.forms.spec import acts_by


def named_paper(number: str, files: Sequence[StoredFile]) -> str:
    """Return what a paper of the funder's is called: by its number, or as its file; empty without one."""
    return number.strip() or (files[0].name if files else "")


def paper_asked(command: object) -> str | None:
    """Return what the paper that proves an act is called, empty if it is not named; None if the act asks for none."""
    is_asked = any(act.evidence for act in acts_by(type(command)))
    return paper_of(command) if is_asked else None


def paper_of(command: object) -> str:
    """Return what the paper that proves an act is called; empty if the command names none."""
    values = _said_in(command)
    for name in (name for act in acts_by(type(command)) for name in act.evidence):
        value = values.get(name)
        called = named_paper("", value) if isinstance(value, tuple) else named_paper(str(value or ""), ())
        if called:
            return called
    return ""


def _said_in(command: object) -> dict[str, object]:
    """Return a command's values by the names of its fields, with those of the values within them."""
    found: dict[str, object] = {}
    for field in fields(command) if is_dataclass(command) else ():
        value = getattr(command, field.name)
        if isinstance(value, Mapping):
            found |= value
        elif is_dataclass(value):
            found |= _said_in(value)
        else:
            found[field.name] = value
    return found
