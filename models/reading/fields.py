"""The kinds of value in files (day, sum, email ...), each with the sentence that says how to write it."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, TypeVar

from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from models.errors import Unreadable
from models.reading.date import read_date
from models.reading.number import shown
from models.reading.value_faults import Reading

PREVIOUS = ".previous"
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
# Holidays are known for these years; a date outside them is a typing error.
_YEARS = range(1900, 2100)


def in_figures(value: str) -> str:
    """Return the name of a file in GRANTS_HOME/figures; Unreadable if it leads out of it, or is no name."""
    if not value.isprintable():
        raise Unreadable(Reading.NOT_ONE_LINE())
    if value.startswith(("/", "\\")) or ".." in value or ":" in value:
        raise Unreadable(Reading.NOT_IN_FIGURES(value=shown(value)))
    return value


FileInFigures = Annotated[str, Field(min_length=1), AfterValidator(in_figures)]


def is_key(text: str) -> bool:
    """Return whether a text has the form of a key."""
    return _KEY.match(text) is not None


def _key(value: str) -> str:
    if not is_key(value):
        raise Unreadable(Reading.NOT_A_KEY(value=shown(value)))
    return value


def _question_key(value: str) -> str:
    if not _KEY.match(value.replace("_", "-")):
        raise ValueError(
            f"'{shown(value)}' is not a key: use lower-case letters, digits and single underscores"
        )
    return value


def _date_name(value: str) -> str:
    if not _DATE_NAME.match(value):
        raise Unreadable(Reading.NOT_A_DATE_NAME(value=shown(value)))
    return date_of(value)


def date_of(name: str) -> str:
    """Return the tables' name of a day in a file: `final_report_on`; a name that ends in _on stays."""
    known = {"application": "applied_on", "decision": "decided_on"}
    return known.get(name) or (name if name.endswith("_on") else f"{name}_on")


def written_date(name: str) -> str:
    """Return a file's name of a day in the tables."""
    return "application" if name == "applied_on" else name.removesuffix("_on")


def iso_date(value: object) -> date:
    """Return the day of a date, or of a text as 2010-12-31; ValueError, as a sentence, for anything else."""
    if isinstance(value, str) and _ISO.fullmatch(value.strip()):
        try:
            value = date.fromisoformat(value.strip())
        except ValueError as error:
            raise Unreadable(Reading.NOT_IN_CALENDAR(value=value)) from error
    if not isinstance(value, date):
        raise Unreadable(Reading.NOT_A_DATE(value=shown(value)))
    if value.year not in _YEARS:
        raise Unreadable(Reading.YEAR_OUTSIDE(value=value, first=_YEARS[0], last=_YEARS[-1]))
    return value


def day_as_typed(value: object) -> date:
    """Return the day of a text as a form takes it, with its year ("21/12 2010"); ValueError like `iso_date`."""
    is_typed = isinstance(value, str) and not _ISO.fullmatch(value.strip())
    return iso_date(read_date(value) if is_typed else value)


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ValueError(f"'{shown(value)}' is not a currency code: write it as SEK")
    if not is_currency(value):
        raise ValueError(f"there is no currency '{value}': write the three letters of ISO 4217, as SEK")
    return value


def written(title: str, pattern: str) -> WithJsonSchema:
    """Return a JSON schema that says how a text is written, for editors and the file's page."""
    return WithJsonSchema({"type": "string", "title": title, "pattern": pattern})


_KEY_PATTERN = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
Key = Annotated[str, AfterValidator(_key), written("a key", _KEY_PATTERN)]
QuestionKey = Annotated[
    str,
    AfterValidator(_question_key),
    written("a key; single underscores, too", "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"),
]
DateName = Annotated[str, AfterValidator(_date_name)]
IsoDate = Annotated[
    date,
    BeforeValidator(iso_date),
    written("a day", r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"),
]
# What people list of their grants is read as their forms are; a programme's file has one form of a day.
Day = Annotated[date, BeforeValidator(day_as_typed)]
Currency = Annotated[str, AfterValidator(_currency), written("three capitals", "^[A-Z]{3}$")]


_Value = TypeVar("_Value")


def first_repeated(values: Iterable[_Value]) -> _Value | None:
    """Return the first value that comes twice, or None."""
    return next((value for value, count in Counter(values).items() if count > 1), None)


class Strict(BaseModel):
    """A part of a file: unknown keys are errors, words are trimmed and checked, instances are frozen."""

    # Built when the first file is read, whole and not part by part: most commands read no file.
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, defer_build=True)


class Words(Strict):
    """A text in both languages."""

    model_config = ConfigDict(title="words in both languages")

    sv: str = Field(min_length=1, description="the words in Swedish")
    en: str = Field(min_length=1, description="the words in English")

    def in_language(self, language: str) -> str:
        """Return the words in English, or for any other language in Swedish."""
        return self.en if language == "en" else self.sv
