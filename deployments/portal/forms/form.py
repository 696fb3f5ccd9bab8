"""An act as it is opened at a row: its fields there, and what has been typed in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from deployments.portal.web.posted_form import FormTarget
from models.commands.steps import StoredFile
from models.forms.field import Field, Kind
from models.forms.spec import ACTS, Act
from models.message import Remark


class KeptFile(NamedTuple):
    """A file that is in a draft already: its document's id, its name, and the field that it belongs to."""

    id: int
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """An act as it is opened at a row.

    The nonce is signed for what it is `about`. `variant` is the sort of place, by which its words differ. `begun` are
    its fields before anybody typed, `files` came with it, and `kept` lie in its draft. One that is not `complete` has
    fields that its reader has not been shown yet.
    """

    act: str
    about: FormTarget
    fields: tuple[Field, ...] = ()
    begun: tuple[Field, ...] = ()
    currency: str = ""
    variant: str = ""
    files: tuple[StoredFile, ...] = ()
    kept: tuple[KeptFile, ...] = ()
    complete: bool = True

    @property
    def spec(self) -> Act:
        """What holds of the act everywhere."""
        return ACTS[self.act]

    def words(self, what: str) -> str:
        """Return the act's title, button or intro in this sort of place; empty where it has none."""
        return self.spec.variants.get(self.variant, {}).get(what, str(getattr(self.spec, what)))

    @property
    def keeps(self) -> bool:
        """Whether what was typed can be kept, and sent later: on a card alone, since a draft is a step's."""
        return False

    @property
    def keeps_files(self) -> bool:
        """Whether its draft holds its files, too."""
        return self.spec.keeps_files

    @property
    def asks_nothing(self) -> bool:
        """Whether nothing has to be filled in, and what can be changes nothing of what comes of it: a comment."""
        shown = [field for field in self.fields if field.shown and field.kind is not Kind.HIDDEN]
        return self.complete and all(one.kind is Kind.TEXT and not one.required for one in shown)

    @property
    def is_wrong(self) -> bool:
        """Whether something must be corrected."""
        return any(field.error for field in self.fields)

    @property
    def takes_files(self) -> bool:
        """Whether files can be handed in with it."""
        return any(field.kind is Kind.FILE for field in self.fields)

    def files_at(self, name: str) -> list[KeptFile | StoredFile]:
        """Return what was handed in so far at a field."""
        of_draft = [one for one in self.kept if one.at == name]
        return [*of_draft, *self.files]

    def value(self, name: str) -> Any:
        """Return what was read in a field; None where it is empty, wrong or not there."""
        return next((field.value for field in self.fields if field.name == name), None)

    def given(self, name: str) -> bool:
        """Return whether something stands in a field."""
        return any(field.text for field in self.fields if field.name == name)

    def text(self, name: str) -> str:
        """Return the words in a field; empty where there are none."""
        return self.value(name) or ""

    def with_fields(self, fields: Iterable[Field]) -> Self:
        """Return the form with other fields."""
        return replace(self, fields=tuple(fields))

    def with_spares(self) -> Self:
        """Return the form with its hidden fields shown, too."""
        return self.with_fields(replace(field, hidden_when_empty=False) for field in self.fields)

    def read_together(self) -> Self:
        """Return the form as its act reads the fields together, once each is read."""
        together = self.spec.read_together
        return self.with_fields(together(self.fields)) if together is not None else self

    def with_errors(self, errors: Mapping[str, Remark]) -> Self:
        """Return the form with these errors at its fields, by their names."""
        return self.with_fields(
            replace(field, error=errors.get(field.name, field.error)) for field in self.fields
        )
