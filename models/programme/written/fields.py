"""The kinds of value of a written programme: texts, titles in one or both languages, lists of names."""

import re
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from models.programme.language.amounts import REPAYS, SHARE, WHEN
from models.programme.language.each import EACH, LISTED
from models.programme.language.grammar import Sentence
from models.programme.language.kinds import END, MONTHS, country
from models.programme.language.parser import RULE
from models.reading.fields import Strict, Words, written
from models.reading.number import shown


def _as_text(value: object) -> object:
    """Return a scalar as text: a number or a "yes" of YAML is a word here."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _in_both(value: object) -> object:
    """Return a title in both languages, even if only one is given."""
    value = _as_text(value)
    if isinstance(value, str):
        return {"sv": value, "en": value}
    if isinstance(value, dict) and len(value) == 1:
        title = next(iter(value.values()))
        return {"sv": title, "en": title} if value.keys() <= {"sv", "en"} else value
    return value


def listed(value: object) -> Any:
    """Return a single value as a list."""
    return value if isinstance(value, list | tuple) else [value]


def _names(value: object) -> object:
    """Return names as a list; a text separates them by spaces or commas, and "the" does not count."""
    names: list[object] = []
    for part in listed(value):
        names += part.replace(",", " ").split() if isinstance(part, str) else [part]
    return [word for word in names if word != "the"]


def like(pattern: str, what: str) -> AfterValidator:
    """Return a validator for the pattern; `what` says what is expected, and how to write it."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"'{shown(value)}' is not {what}")
        return value

    return AfterValidator(check)


_NAME = "[a-z][a-z0-9]*(_[a-z0-9]+)*"
_YEAR = "(19|20)[0-9]{2}"
_STATUS = r"unread|read [0-9-]{10}|(checked|confirmed) [0-9-]{10} by \S.*"
DayName = Annotated[
    str,
    like(_NAME, "a name: use lower-case letters, digits and single underscores"),
    written("a name", f"^{_NAME}$"),
]
Year = Annotated[str, like(_YEAR, "a year: write it as 2026"), written("a year", f"^{_YEAR}$")]
Status = Annotated[
    str,
    like(_STATUS, "a status: write unread, read DAY, checked DAY by OFFICE, or confirmed DAY by FUNDER"),
    written("a status", f"^({_STATUS})$"),
]
# The second argument of each validator is the type that an editor allows.
Text = Annotated[str, BeforeValidator(_as_text, str | int | bool), Field(min_length=1)]
Title = Annotated[
    Words,
    BeforeValidator(_in_both, Annotated[str, Field(min_length=1)] | int | dict[Literal["sv", "en"], Text]),
]
Texts = Annotated[tuple[Text, ...], BeforeValidator(listed, Text | tuple[Text, ...])]
Names = Annotated[tuple[Text, ...], BeforeValidator(_names, Text | tuple[Text, ...])]


def _begins(*sentences: Sentence[Any]) -> str:
    """Return the pattern of the first words of sentences, for editors; the plan reads the rest."""
    words = dict.fromkeys(beginning for sentence in sentences for beginning in sentence.kind.begins())
    return f"^(the )?(?:{'|'.join(words)}){END}"


Rule = Annotated[Text, written("a rule, as 30 days after period_end", _begins(RULE))]
Periods = Annotated[
    Text, written("periods, as quarter, year from 1 April or another step", _begins(EACH, LISTED))
]
Share = Annotated[
    Text,
    WithJsonSchema(
        {
            "title": "a share, as 80 % or report.spent",
            "anyOf": [{"type": "string", "pattern": _begins(SHARE)}, {"type": "integer"}],
        }
    ),
]
Repays = Annotated[Text, written("what goes back, as paid less report.spent", _begins(REPAYS))]
When = Annotated[Text, written("a threshold, as award from 294 000", _begins(WHEN))]
Whens = Annotated[tuple[When, ...], BeforeValidator(listed, When | tuple[When, ...])]


class WordOrKeys(Strict):
    """A part of a file that may be written as a single word or sentence: one of `alone`, or any.

    The single value becomes the key `alone_as`.
    """

    alone: ClassVar[tuple[str, ...]] = ()
    alone_as: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: object) -> object:
        return {cls.alone_as: value} if cls.alone_as and isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, shape: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema, in which a text is allowed too."""
        keys = handler.resolve_ref_schema(handler(shape))
        word = {"enum": list(cls.alone)} if cls.alone else {"minLength": 1}
        return {"anyOf": [{"type": "string", **word}, keys]}


_RUNG = r"[1-9][0-9]{0,3} (working )?days? (before|after)|on the day"
Rung = Annotated[Text, like(_RUNG, "a rung: write '7 days before', 'on the day' or '5 working days after'")]


def read_quiet_days(text: str) -> tuple[date, date]:
    """Return the first and the last of quiet days, in any year; ValueError if the text has none."""
    try:
        (day, month), (until, last) = (end.split() for end in text.split(" to "))
        return date(2000, MONTHS.index(month) + 1, int(day)), date(2000, MONTHS.index(last) + 1, int(until))
    except ValueError:
        raise ValueError("write the days as '1 July to 31 July'") from None


Quiet = Annotated[Text, AfterValidator(lambda text: read_quiet_days(text) and text)]
Country = Annotated[Text, AfterValidator(country)]


_UNDER = re.compile(r"under ([1-9][0-9]?) months?\Z")


def _months(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    match = _UNDER.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("write 'join' alone, or {join: under 6 months}")
    return int(match[1])


# The months under which a cut period joins its neighbour; 0 means always.
Join = Annotated[
    int, BeforeValidator(_months), written("a length, as under 6 months", "^under [0-9]+ months?$")
]
