"""A way to answer: its fields, its words, and what was handed in with it so far."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.portal.answer.fields import Field
from deployments.portal.web.nonce import FormFor
from models.programme.question import Question


@dataclass(frozen=True, slots=True)
class Form:
    """A way to answer: `act` names it in the post, `label` opens it, `button` sends it.

    One with `keeps` can be kept as it is and sent later; `kept` says when that was done last. `files` are what was
    handed in with it so far: document id, name, and the name of the field that it belongs to. `origins` say of each
    figure that a source gave where it comes from.
    """

    act: str
    about: FormFor
    label: str
    button: str
    fields: tuple[Field, ...] = ()
    hint: str = ""
    opened: bool = False
    questions: tuple[Question, ...] = ()
    keeps: bool = False
    kept: str = ""
    files: tuple[tuple[int, str, str], ...] = ()
    origins: tuple[str, ...] = ()

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in with it."""
        return any(field.kind == "file" for field in self.fields)

    def files_at(self, name: str) -> list[tuple[int, str]]:
        """Return what was handed in so far at a field: document id and name."""
        return [(number, file) for number, file, at in self.files if at == name]
