"""List a form's fields with their values, for the page on which it is checked."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from deployments.portal.forms.context import FormWords
from deployments.portal.forms.form import Form
from models.forms.field import Field, Kind, read_fields
from models.reading.reference import reads_as_sentence
from tasks.words.translator import Translator


class Entry(NamedTuple):
    """A label, and what stands there; of a field that was emptied or changed what stood there `before`."""

    title: str
    text: str
    before: str = ""


# What holds the number of a grant or a paper, by the fields' names.
_NUMBERS = ("reference", "funder_reference", "source")


def find_doubts(say: Translator, form: Form) -> Iterator[tuple[str, str]]:
    """Yield the fields in which what stands is allowed but may be a slip, each with what is asked of it."""
    words = FormWords(say)
    texts = {field.name: field.text for field in form.fields}
    for name in _NUMBERS:
        if reads_as_sentence(texts.get(name, "")):
            yield name, words.said("reads_as_sentence")
    days = {field.name: field.value for field in form.fields if isinstance(field.value, date)}
    last = days.get("period_end_on")
    if last is not None and last == days.get("period_start_on"):
        yield "period_end_on", words.said("lasts_a_day")


def entries_of(
    say: Translator, form: Form, today: date, unsaid: frozenset[str], remarks: Mapping[str, str]
) -> Iterator[Entry]:
    """Yield what was filled in and what was emptied; nothing of fields that are `unsaid`.

    `remarks` follow what stands in the fields with their names.
    """
    begun = {field.name: field for field in form.begun}
    for field in form.fields:
        if field.kind in (Kind.FILE, Kind.HIDDEN) or field.name in unsaid or not field.shown:
            continue
        before = begun.get(field.name, field)
        if field.text:
            yield Entry(field.title, _with_remark(say_field(say, field, today), field, remarks))
        elif before.text:
            (known,) = read_fields([before], {before.name: before.text}, today)
            yield Entry(field.title, "", say_field(say, known, today))
        elif field.kind is Kind.ROW and field.chosen:  # "Nobody"
            yield Entry(field.title, field.chosen)
        elif field.name.startswith("q-"):  # a question that may be left open is part of what is handed in
            yield Entry(field.title, "–")


def _with_remark(text: str, field: Field, remarks: Mapping[str, str]) -> str:
    return f"{text}, {remarks[field.name]}" if field.name in remarks else text


def changes_of(say: Translator, form: Form, today: date, remarks: Mapping[str, str]) -> Iterator[Entry]:
    """Yield the fields in which something else stands than when the form was opened, with what stood there before.

    `remarks` follow what stands in the fields with their names.
    """
    begun = {field.name: field for field in form.begun}
    for field in form.fields:
        (before,) = read_fields([begun[field.name]], {field.name: begun[field.name].text}, today)
        if field.plain != before.plain:
            text = _with_remark(say_field(say, field, today), field, remarks)
            yield Entry(field.title, text, say_field(say, before, today))


def say_field(say: Translator, field: Field, today: date) -> str:
    """Return what stands in a field as people write it; of a sum what was read, as of "500 tkr"."""
    if isinstance(field.value, date):
        return say.weekday_date(field.value, today)
    if isinstance(field.value, tuple):
        return say.listed([say.dated(day) for day in field.value])
    if field.kind in (Kind.SUM, Kind.SHARE) and isinstance(field.value, int):
        return say.money(field.value, field.currency)
    return field.chosen
