"""The fields of an answer's form: how they are shown, and how what comes back is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from babel.numbers import get_currency_precision

from models.question_rule import WHY, Question
from models.rules.acceptance import LONGEST_TEXT, fields_of
from models.written_dates import NoSuchDay, ShortYear, read_date
from models.written_numbers import TwoReadings, bare_sum, in_full, is_visible, read_number
from models.written_sums import read_amount
from tasks.given_words import word_value
from tasks.words import Speaker, capitalised

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# 7/5, 7 maj, May 7
_YEARLESS = re.compile(r"\d{1,2} ?/ ?\d{1,2}|\d{1,2}\.? [^\W\d]+|[^\W\d]+ \d{1,2}")
LONGEST_LINE = 200
_MOST_DECIMALS = 9
# How the fields of a decision's dates are called: those that the programme counts from, and those that it may set.
NEEDED_DATE, OTHER_DATE = "d-", "o-"
UNSAID = "unsaid"  # a decision's answer about the days that it does not say
_CHOSEN = {"True": "yes", "False": "no"}  # a stored answer, as the list has it


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is line, number, money, text, date, choice or file; `error` says what to mend in `value`.

    A `spare` field is shown only once there is something in it, or wrong with it. Whether one that `depends` must be
    filled in depends on the other answers, as its hint says.
    """

    name: str
    label: str
    kind: str
    required: bool = True
    value: str = ""
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    error: str = ""
    earliest: date | None = None
    latest: date | None = None
    currency: str = ""
    spare: bool = False
    depends: bool = False
    gathered: str = ""
    differs: str = ""  # the hint instead, where `value` is another than what was gathered

    @property
    def advice(self) -> str:
        """The hint that fits what stands in the field."""
        if not self.gathered or not self.value:
            return self.hint
        here, there = (_as_compared(text, self.currency) for text in (self.value, self.gathered))
        return self.hint if here == there else self.differs

    @property
    def shown(self) -> bool:
        """Whether the page shows it."""
        return not self.spare or bool(self.value or self.error)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a question: the value to begin with, and what a source gave, which may be something else."""

    value: object = None
    source: str = ""
    gathered: str = ""


def question_fields(
    say: Speaker, question: Question, known: Mapping[str, Known], currency: str
) -> list[Field]:
    """Return the fields of a step's question, its parts after it, filled with what is known and whence."""
    found = []
    for key, one in fields_of(question).items():
        begun = known.get(key, Known())
        hint = differs = ""
        if begun.source and one.kind == "text":
            hint = say.gettext(
                "Begun with what %(source)s says. Change what is to be changed.", source=begun.source
            )
        elif begun.source:
            said = {"source": begun.source, "value": word_value(say, one, begun.gathered, currency)}
            hint = say.gettext("Collected from %(source)s: %(value)s. Check it.", **said)
            differs = say.gettext(
                "%(source)s says %(value)s, and something else stands here: what stands here holds.", **said
            )
        value = "" if begun.value is None else str(begun.value)
        field = _question_field(say, one, f"q-{key}", value, currency, hint)
        if differs:
            field = replace(field, gathered=_CHOSEN.get(begun.gathered, begun.gathered), differs=differs)
        if key.endswith(f".{WHY}"):
            # Asked for only when the answer that is handed in does not fit: most answers do.
            label = (
                _why_label(say, question)
                if question.parts
                else f"{_title(say, question)}: {_title(say, one)}"
            )
            field = replace(field, label=label, spare=True)
        elif key != question.key:
            whole, part = _title(say, question), _title(say, one)
            field = replace(field, label=say.gettext("%(whole)s: %(part)s", whole=whole, part=part))
        found.append(replace(field, label=capitalised(field.label)))
    return found


def _as_compared(text: str, currency: str) -> object:
    """Return a number as one however it is written, and anything else as it stands."""
    try:
        return read_number(bare_sum(text, currency) if currency else text, _MOST_DECIMALS)
    except ValueError:
        return text


def _title(say: Speaker, question: Question) -> str:
    return question.title.en if say.language == "en" else question.title.sv


def _why_label(say: Speaker, question: Question) -> str:
    return say.gettext("Why the parts of “%(whole)s” do not add up to it", whole=_title(say, question))


def _question_field(
    say: Speaker, question: Question, name: str, known: str, currency: str, hint: str
) -> Field:
    label = _title(say, question)
    if question.kind == "yes_no":
        answers = (("", say.gettext("Choose")), ("yes", say.gettext("Yes")), ("no", say.gettext("No")))
        return Field(name, label, "choice", question.required, _CHOSEN.get(known, known), hint, answers)
    if question.kind == "choice":
        english = say.language == "en"
        listed = ((one.key, one.title.en if english else one.title.sv) for one in question.options)
        options = (("", say.gettext("Choose")), *listed)
        return Field(name, label, "choice", question.required, known, hint, options)
    if question.kind == "money":
        label = f"{label} ({currency})"
    return Field(name, label, question.kind, question.required, known, hint, currency=currency)


def clean(text: str) -> str:
    """Return typed text with plain line ends, without other control characters; empty when nothing of it is seen."""
    typed = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return typed if is_visible(typed) else ""


def fill(say: Speaker, fields: Sequence[Field], posted: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields with what was posted in them, and an error where it does not fit."""
    return tuple(
        field if field.kind == "file" else _filled(say, field, clean(posted.get(field.name, "")))
        for field in fields
    )


def _filled(say: Speaker, field: Field, value: str) -> Field:
    longest = LONGEST_TEXT if field.kind == "text" else LONGEST_LINE
    if len(value) > longest:
        error = say.gettext("This is too long: at most %(count)s characters.", count=longest)
        return replace(field, value=value, error=error)  # all of it: it is to be cut by its writer
    if field.kind == "date":
        value = _with_year(field, value)
    elif field.kind == "money":
        value = in_full(value, field.currency)
    return replace(field, value=value, error=_error(say, field, value))


def _with_year(field: Field, value: str) -> str:
    """Return a day without its year with the first one that the field takes; anything else as it stands."""
    limit = field.earliest or field.latest
    if limit is None or not _YEARLESS.fullmatch(value):
        return value
    for year in (limit.year, limit.year + (1 if field.earliest else -1)):
        day = read_day(f"{value} {year}")
        if day is not None and (day >= limit if field.earliest else day <= limit):
            return f"{value} {year}"
    return value


def _error(say: Speaker, field: Field, value: str) -> str:
    if not value:
        return say.gettext("This must be filled in.") if field.required else ""
    if field.kind == "choice":
        return "" if value in {key for key, _ in field.options} else say.gettext("Choose one of the list.")
    try:
        if field.kind == "number":
            read_number(value, _MOST_DECIMALS)
        elif field.kind == "money":
            read_number(bare_sum(value, field.currency), _decimals(field))
        elif field.kind == "date":
            return _date_error(say, field, read_date(value))
    except TwoReadings as two:
        first, second = two.readings
        return say.gettext(
            "This can be read in two ways: write %(first)s or %(second)s.", first=first, second=second
        )
    except ShortYear:
        return say.gettext("Write the year with four digits, such as 2011-01-20.")
    except NoSuchDay:
        return say.gettext("There is no such day in the calendar. Write another one.")
    except ValueError:
        if value.startswith(("-", "−")) and field.kind != "date":
            return say.gettext("This cannot be less than 0.")
        if field.kind == "date":
            return say.gettext("Write this as a day with its year, such as 20 January 2011 or 2011-01-20.")
        if field.kind == "money":
            return say.gettext("Write this as a sum, such as 100,000 or 1,250.50.")
        return say.gettext("Write this as a number, such as 14 or 2.5.")
    return ""


def _date_error(say: Speaker, field: Field, day: date) -> str:
    if field.earliest is not None and day < field.earliest:
        return say.gettext("This day must not be before %(day)s.", day=say.dated(field.earliest))
    if field.latest is not None and day > field.latest:
        return say.gettext("This day must not be after %(day)s.", day=say.dated(field.latest))
    return ""


def read_day(value: str) -> date | None:
    """Return the day that a text names; None if it names none."""
    try:
        return read_date(value)
    except ValueError:
        return None


def read_sum(value: str, currency: str) -> int | None:
    """Return a sum in minor units; None for a text that is no sum."""
    try:
        return read_amount(value, currency)
    except ValueError:
        return None


def totals_fit(say: Speaker, questions: Sequence[Question], fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Ask why, once, where the parts of a number do not add up to it."""
    values = {field.name.removeprefix("q-"): field for field in fields if field.value and not field.error}
    asked: dict[str, str] = {}
    for question in questions:
        keys = [f"{question.key}.{part.key}" for part in question.parts]
        if not keys or any(key not in values for key in (question.key, *keys)):
            continue
        total, whole = sum(_amount(values[key]) for key in keys), _amount(values[question.key])
        why = f"{question.key}.{WHY}"
        if total != whole and why not in values:
            asked[f"q-{why}"] = say.gettext(
                "The parts add up to %(total)s, not %(whole)s. Correct a number, or say why here.",
                total=f"{total:f}",
                whole=f"{whole:f}",
            )
    return tuple(
        replace(field, error=asked[field.name]) if field.name in asked else field for field in fields
    )


def _amount(field: Field) -> Any:
    if field.kind == "money":
        return read_number(bare_sum(field.value, field.currency), _decimals(field))
    return read_number(field.value)


def _decimals(field: Field) -> int:
    """Return how many decimals a sum in the field can have: none of yen, three of dinars."""
    return get_currency_precision(field.currency) if field.currency else 2


def answers_of(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the answers to a step's questions, by question key."""
    return {field.name.removeprefix("q-"): field.value for field in fields if field.name.startswith("q-")}
