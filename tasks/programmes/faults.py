"""Describe in one line what is wrong in a programme file, where, and how to correct it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from models.errors import Unreadable, on_one_line
from models.intake.headings import in_both_languages
from models.message import Common, Remark
from models.programme.expand.sentences import Problem
from models.programme.language.tokens import SentenceFault
from models.reading.number import shown
from models.reading.value_faults import Reading, did_you_mean
from tasks.programmes.strict_yaml import Place, Spot
from tasks.programmes.yaml_faults import Shaped

# The keys that can name an entry of a list, in order of preference.
_NAMES = ("key", "number", "reference", "email", "held_on", "decided_on", "name")
_MAPPING = Shaped.KEYS_AND_VALUES()
_LIST = Shaped.A_LIST()
_TEXT = Shaped.TEXT()
_YES_NO = Shaped.TRUE_OR_FALSE()
_KINDS = {dict: _MAPPING, list: _LIST, str: _TEXT, bool: _YES_NO, type(None): Shaped.NOTHING()}


def kind_of(value: object) -> Remark:
    """Return in words what kind of value this is."""
    return _KINDS.get(type(value)) or Shaped.A_NUMBER()


class FileFault(NamedTuple):
    """A fault in a file: its line, the keys and positions that lead to it, their names, and the cause."""

    spot: Spot
    place: Place
    where: str
    why: Remark

    @property
    def said(self) -> Remark:
        """The fault, after the name of its place."""
        return Common.AT(place=self.where, why=self.why) if self.where else self.why


def explain_misfits(
    problem: ValidationError, content: object, find: Callable[[Place], Spot], shape: type[BaseModel]
) -> list[FileFault]:
    """Return everything that does not fit, with its place by `find` and a sentence, line by line.

    A fault within a list is named, rather than that the list is then too short.
    """
    # What pydantic adds to a place means that a key is concerned.
    every = [(tuple(part for part in error["loc"] if part != "[key]"), error) for error in problem.errors()]
    around = {place[:length] for place, _ in every for length in range(len(place))}
    found = [_explained(place, error, content, find, shape) for place, error in every if place not in around]
    return sorted(found, key=attrgetter("spot"))


def _explained(
    place: Place,
    found: ErrorDetails,
    content: object,
    find: Callable[[Place], Spot],
    shape: type[BaseModel],
) -> FileFault:
    where = _spell(place[:-1] if found["type"] in ("extra_forbidden", "missing") else place, content)
    return FileFault(find(place), place, where, sentence_of(found, place, shape))


def explain_problem(problem: Problem, content: object, find: Callable[[Place], Spot]) -> FileFault:
    """Return where a programme contradicts itself, and a sentence."""
    sentence = problem.sentence
    why = sentence if isinstance(sentence, Remark) else Common.AS_IS(why=on_one_line(sentence))
    if problem.cure:
        why = Shaped.SENTENCE(why=sentence, word=problem.word, cure=problem.cure)
    return FileFault(find(problem.place), problem.place, _spell(problem.place, content), why)


def _spell(place: Place, content: object) -> str:
    """Return the place with list entries by name ("steps.final-report.due"), or counted from 1."""
    parts = []
    value = content
    for part in place:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
            entry = value if isinstance(value, dict) else {}
            named = [entry[name] for name in _NAMES if isinstance(entry.get(name), str | int)]
            parts.append(shown(named[0] if named else part + 1))
        elif not isinstance(value, str):  # a word may stand for keys and values that the file does not have
            value = value.get(part) if isinstance(value, dict) else None
            parts.append(shown(part))
    return ".".join(parts)


def sentence_of(
    found: ErrorDetails, place: Place, shape: type[BaseModel], sheet_words: Collection[str] = ()
) -> Remark:
    """Return what is wrong at a place, and its cure, with a sheet's closed words in both languages."""
    kind = found["type"]
    value = found["input"]
    context: Mapping[str, object] = found.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys_at(shape, place[:-1])
        if value is None and place[-1] not in (None, ""):
            # In braces a comma ends a value, and what follows it reads as a key without a value.
            alone = Shaped.THOUSANDS_ALONE if re.fullmatch("[0-9]{3}", str(place[-1])) else Shaped.KEY_ALONE
            return alone(key=shown(place[-1]))
        if place[:1] == ("payments",) and place[-1] == "when":
            return Shaped.PAYMENT_WHEN()
        near = did_you_mean(str(place[-1]), keys)
        return Shaped.UNKNOWN_KEY(key=shown(place[-1]), near=near)
    if kind == "missing":
        return Shaped.KEY_MISSING(key=place[-1])
    if kind in ("enum", "literal_error") and isinstance(value, str):
        words = re.findall("'([^']*)'", str(context["expected"]))
        near = did_you_mean(value, words)
        if place[-1] in sheet_words:
            # Few enough to name them all: the nearest of two languages is often another.
            near = did_you_mean("", in_both_languages(str(place[-1]), words))
        return Shaped.UNKNOWN_WORD(value=shown(value), near=near)
    if kind in _EXPECTED:
        keys = _keys_at(shape, place) if kind == "model_type" else []
        wanted = _EXPECTED[kind]
        if 0 < len(keys) < 24:
            wanted = Shaped.KIND_WITH_KEYS(kind=wanted, keys=", ".join(keys))
        return Shaped.EXPECTED(wanted=wanted, found=_found(value))
    if kind in _SENTENCES:
        return _SENTENCES[kind](context)
    error = context.get("error")
    if isinstance(error, Unreadable):
        return error.remark
    if isinstance(error, SentenceFault):
        drawn = f"\n{error.drawn_under(str(value))}"
        return Shaped.SENTENCE(why=drawn, word=error.word_in(str(value)), cure=error.message)
    return Common.AS_IS(
        why=on_one_line(found["msg"].removeprefix("Value error, "))
    )  # of a programme, in English


def _found(value: object) -> Remark:
    if isinstance(value, dict | list | None):
        return kind_of(value)
    return Shaped.QUOTED(value=shown(value))


_MOMENT = Shaped.A_MOMENT()
_WORD = Shaped.A_WORD()
_WHOLE = Shaped.A_WHOLE_NUMBER()
_EXPECTED = {
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_parsing": _MOMENT,
    "datetime_type": _MOMENT,
    "dict_type": _MAPPING,
    "enum": _WORD,
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "literal_error": _WORD,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "string_type": _TEXT,
    "timezone_aware": _MOMENT,
    "tuple_type": _LIST,
}
_SENTENCES: dict[str, Callable[[Mapping[str, object]], Remark]] = {
    "greater_than_equal": lambda context: Shaped.AT_LEAST(least=context["ge"]),
    "less_than_equal": lambda context: Shaped.AT_MOST(most=context["le"]),
    "string_too_long": lambda context: Shaped.AT_MOST_CHARACTERS(most=context["max_length"]),
    "string_too_short": lambda _: Reading.EMPTY(),
    "too_short": lambda _: Shaped.EMPTY_LIST(),
}


def _keys_at(shape: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Return the keys of a shape at a place; anything else there is a person's own key, or a position."""
    fields = _fields(shape)
    for part in place:
        if part in fields:
            fields = next((_fields(shape) for shape in _shapes_in(fields[str(part)].annotation)), {})
    return list(fields)


def _fields(shape: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in shape.model_fields.items()}


def _shapes_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _shapes_in(part)
