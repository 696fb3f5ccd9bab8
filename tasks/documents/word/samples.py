"""Try a Word template on an invented grant that has every fact."""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

from models.errors import TemplateBroken
from models.message import Common
from tasks.documents.facts.document import DocumentFacts
from tasks.documents.pdf.documents import as_pdf
from tasks.documents.word.documents import fill_template
from tasks.documents.word.fields import FURTHER
from tasks.documents.word.templates import Kind

_PLAIN: dict[object, object] = {bool: True, int: 1, Decimal: Decimal(1), date: date(2026, 1, 1)}
_Shape = TypeVar("_Shape")


def try_template(name: str, own: Path) -> None:
    """Fill the template of that name, as Word and PDF; TemplateBroken, in one line, names any fault.

    Parts that print only if a fact of a grant is missing are not tried.
    """
    kind, language, _ = name.split(".")
    further = FURTHER.get(cast("Kind", kind), {})
    more = {name: _sample(hint, name) for name, hint in further.items()}
    document = fill_template(cast("Kind", kind), sample_of(DocumentFacts, language=language), own, **more)
    try:
        as_pdf(document, language)
    except TemplateBroken as problem:
        raise TemplateBroken(Common.AT(place=name, why=problem.remark)) from problem


def sample_of(shape: type[_Shape], **known: object) -> _Shape:
    """Return a dataclass with every field filled: texts are their fields' names, and lists have one entry."""
    assert is_dataclass(shape)  # noqa: S101
    hints = get_type_hints(shape)
    given = {field.name: _sample(hints[field.name], field.name) for field in fields(shape)}
    return cast("_Shape", shape(**given | known))


def _sample(hint: object, name: str) -> object:
    if is_dataclass(hint) and isinstance(hint, type):
        return sample_of(hint)
    if get_origin(hint) is tuple:
        return (_sample(get_args(hint)[0], name),)
    some = [arg for arg in get_args(hint) if arg is not NoneType]
    return _sample(some[0], name) if some and isinstance(some[0], type) else _PLAIN.get(hint, name)
