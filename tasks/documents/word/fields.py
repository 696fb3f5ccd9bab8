"""List the fields that a Word template can use, from the facts that it is given, each with an example."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from models.languages import LANGUAGES
from models.reading.value_faults import nearest
from tasks.documents.facts.award import InstalmentLine
from tasks.documents.facts.document import DocumentFacts
from tasks.documents.word.templates import TEMPLATES, Kind
from tasks.words.templates import word_from, words_module
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_heading

# The facts for the template of one kind of paper alone, beside those of the grant.
FURTHER: Mapping[Kind, Mapping[str, type]] = {
    "follow-up": {"step_title": str, "step_period": str},
    "claim": {"part": InstalmentLine},
    "repayment": {"repays": str, "at_least": str, "to_repay": str, "due_on": str},
}
_EXAMPLES = TEMPLATES / "examples.csv"
# What a list's entry is called in its loop, and an entry of a list within that.
_LOOPS = ("one", "row")
_PRINTED = (str, int, bool)

Sort = Literal["text", "condition", "texts", "parts"]


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A field: `name` from the grant's facts down, as "f.officer.name"; `written`, as it stands in Word.

    `label` is the key of its words. `parts` are the fields of each entry of a list. `only` is the
    kind of paper that alone has it.
    """

    name: str
    written: str
    label: str
    sort: Sort
    parts: tuple["TemplateField", ...] = ()
    only: Kind | None = None


@lru_cache(maxsize=1)
def list_fields() -> tuple[TemplateField, ...]:
    """Return every field that can be printed or asked, in the order of the facts."""
    found = [*_fields_of(DocumentFacts, "f", "f", only=None)]
    for kind, further in FURTHER.items():
        for name, hint in further.items():
            found += _field(hint, name, name, f"{kind} {name}", only=kind)
    return tuple(found)


def with_parts(listed: Iterable[TemplateField]) -> Iterator[TemplateField]:
    """Yield each field, and those of the entries of lists."""
    for field in listed:
        yield field
        yield from with_parts(field.parts)


def _fields_of(
    shape: type, name: str, said: str, *, only: Kind | None, depth: int = 0
) -> Iterator[TemplateField]:
    hints = get_type_hints(shape)
    owner = "" if shape is DocumentFacts else f"{shape.__name__} "
    for field in fields(shape):
        key = f"{owner}{field.name}"
        yield from _field(
            hints[field.name], f"{name}.{field.name}", f"{said}.{field.name}", key, only=only, depth=depth
        )


def _field(
    hint: object, name: str, said: str, label: str, *, only: Kind | None, depth: int = 0
) -> Iterator[TemplateField]:
    """Yield the field of that type, or those that it has; nothing for what is no text, as a day to reckon with."""
    can_lack = NoneType in get_args(hint)
    if can_lack:
        hint = next(arg for arg in get_args(hint) if arg is not NoneType)
    if get_origin(hint) is Literal:
        hint = str
    if isinstance(hint, type) and is_dataclass(hint):
        parts = tuple(_fields_of(hint, name, said, only=only, depth=depth))
        if can_lack:
            yield TemplateField(name, f"{{% if {said} %}} … {{% endif %}}", label, "parts", parts, only)
        else:
            yield from parts
    elif hint is bool:
        yield TemplateField(name, f"{{% if {said} %}} … {{% endif %}}", label, "condition", only=only)
    elif hint in _PRINTED:
        yield TemplateField(name, f"{{{{ {said} }}}}", label, "text", only=only)
    elif get_origin(hint) is tuple:
        entry = get_args(hint)[0]
        if entry is str:
            line = f"{{% for line in {said} %}}{{{{ line }}}}{{% endfor %}}"
            yield TemplateField(name, line, label, "texts", only=only)
        elif is_dataclass(entry):
            called = _LOOPS[depth]
            parts = tuple(_fields_of(_shape(entry), name, called, only=only, depth=depth + 1))
            loop = f"{{% for {called} in {said} %}} … {{% endfor %}}"
            yield TemplateField(name, loop, label, "parts", parts, only)


def _shape(entry: Any) -> type:
    assert isinstance(entry, type)  # noqa: S101 - a dataclass
    return entry


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field as a person reads of it: as it is written in Word, what it is, an example."""

    written: str
    label: str
    example: str


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that belong together: those of all papers, the conditions, a list's, or one kind of paper's.

    `around` is what stands around them: their list, with its loop; None for the others.
    """

    sort: Literal["all", "conditions", "list", "only"]
    lines: tuple[FieldLine, ...]
    around: FieldLine | None = None
    only: Kind | None = None


def list_groups(language: str) -> Iterator[FieldGroup]:
    """Yield the fields in groups, in words of that language."""
    examples = read_examples()[language]

    def line(field: TemplateField) -> FieldLine:
        return FieldLine(field.written, label_of(field, language), examples.get(field.name, ""))

    listed = list_fields()
    plain = [field for field in listed if field.only is None and field.sort != "parts"]
    yield FieldGroup("all", tuple(line(field) for field in plain if field.sort != "condition"))
    yield FieldGroup("conditions", tuple(line(field) for field in plain if field.sort == "condition"))
    for kind in FURTHER:
        own = [field for field in with_parts(listed) if field.only == kind]
        yield FieldGroup("only", tuple(map(line, own)), only=kind)
    for field in listed:
        if field.only is None and field.parts:
            yield FieldGroup("list", tuple(map(line, with_parts(field.parts))), line(field))


def field_table(say: Translator) -> Iterator[tuple[str, str, str]]:
    """Yield the fields as a table with its headings: as written, what it is, an example."""
    yield word_heading(say, "written"), word_heading(say, "what_it_is"), word_heading(say, "example")
    for group in list_groups(say.language):
        for line in (*([group.around] if group.around else []), *group.lines):
            yield line.written, line.label, line.example


@lru_cache(maxsize=1)
def read_examples() -> Mapping[str, Mapping[str, str]]:
    """Return what each field says of the reference case, by language and name; empty where it says nothing."""
    with _EXAMPLES.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file, delimiter=";")]
    return {language: {row["field"]: row[language] for row in rows} for language in LANGUAGES}


def label_of(field: TemplateField, language: str) -> str:
    """Return what a field is, in words."""
    return word_from(words_module(language, "fields"), "said", field.label)


def find_nearest(word: str) -> TemplateField | None:
    """Return the field that a mistyped name means: by its own last name, else by its words in any language."""
    listed = [*with_parts(list_fields())]
    by_name: dict[str, TemplateField] = {}
    by_label: dict[str, TemplateField] = {}
    for field in listed:
        by_name.setdefault(field.name.rpartition(".")[2], field)
        for language in LANGUAGES:
            by_label.setdefault(label_of(field, language).casefold(), field)
    last = word.rpartition(".")[2].casefold()
    for known, asked in ((by_name, last), (by_label, last.replace("_", " "))):
        if near := nearest(asked, known, at_least=70):
            return known[near]
    return None
