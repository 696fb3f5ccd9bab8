"""Write what each field of a Word template says of the reference case: `python -m tests.template_examples`."""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, get_args

from models.languages import LANGUAGES
from tasks.documents.papers import Wanted, gather_paper
from tasks.documents.word.documents import given_to_template
from tasks.documents.word.fields import TemplateField, list_fields, with_parts
from tasks.documents.word.templates import TEMPLATES, Kind
from tests.reference_case import CLOSED, WITH_COMMITTEE, played_until

PATH = TEMPLATES / "examples.csv"
REFERENCE = "REF-2009-2"
# While the report lies with the committee most is known; the rest is known at the end.
_EVENINGS = (WITH_COMMITTEE, CLOSED)
_LONGEST = 160


def written_examples() -> str:
    """Return the file: a row a field, a column a language, empty where the case has nothing for it."""
    by_language = {language: dict(_examples(language)) for language in LANGUAGES}
    out = StringIO(newline="")
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(["field", *LANGUAGES])
    for field in with_parts(list_fields()):
        rows.writerow([field.name, *(by_language[language].get(field.name, "") for language in LANGUAGES)])
    return out.getvalue()


def _examples(language: str) -> Iterator[tuple[str, str]]:
    """Yield each field's first words, of those papers in which it says something."""
    told: set[str] = set()
    with tempfile.TemporaryDirectory() as folder:
        for evening in _EVENINGS:
            engine = played_until(evening, Path(folder))
            for kind in get_args(Kind):
                step = "follow-up-2010-q3" if kind == "follow-up" else None
                wanted = Wanted(kind, language, step=step, instalment=2 if kind == "claim" else None)
                facts, more, _ = gather_paper(engine, REFERENCE, wanted, evening)
                given = given_to_template(facts, more)
                for name, words in _said(list_fields(), [given]):
                    if words and name not in told:
                        told.add(name)
                        yield name, words
            engine.dispose()


def _said(
    listed: Iterable[TemplateField], owners: Sequence[object], within: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield each field's first words, of its owners; the names of their fields follow `within`."""
    for field in listed:
        values = [value for owner in owners for value in _values(owner, field.name.removeprefix(within))]
        if field.sort == "parts":
            yield from _said(field.parts, values, f"{field.name}.")
        elif field.sort != "condition":
            yield field.name, next((_short(str(value)) for value in values if str(value).strip()), "")


def _values(owner: object, name: str) -> Iterator[object]:
    """Yield the value of the field of that name, or each entry of its list; nothing if it is not there."""
    value: Any = owner
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part, None)
    yield from value if isinstance(value, tuple) else () if value is None else (value,)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rsplit(' ', 1)[0]} …"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        os.environ.setdefault("GRANTLINE_KEPT", made)
        PATH.write_text(written_examples(), encoding="utf-8")
