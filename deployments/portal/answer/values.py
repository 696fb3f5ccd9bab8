"""Read what comes back in an answer's form: clean it, put it in its fields, and say what does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from deployments.portal.answer.fields import Field
from models.programme.question import WHY, Question
from models.reading.date import NoSuchDay, ShortYear, read_date
from models.reading.money import read_amount
from models.reading.number import TwoReadings, in_full, is_visible
from models.reading.personal_number import holds_personal_number, may_be_mobile
from models.rules.answers.accept import LONGEST_TEXT
from tasks.words.translator import Speaker

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# 7/5, 7 maj, May 7
_YEARLESS = re.compile(r"\d{1,2} ?/ ?\d{1,2}|\d{1,2}\.? [^\W\d]+|[^\W\d]+ \d{1,2}")
LONGEST_LINE = 200


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
    if field.kind == "text" and holds_personal_number(value):
        return _ask_without(say, value)
    try:
        if field.kind in ("number", "money"):
            field.number(value)
        elif field.kind == "date":
            return _date_error(say, field, read_date(value))
    except TwoReadings as two:
        first, second = (say.spelled(one) for one in two.readings)
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
        if field.whole:
            return say.gettext("Write this as a whole number, without decimals, such as 14.")
        return say.gettext("Write this as a number, such as 14 or 2.5.")
    return ""


def _ask_without(say: Speaker, text: str) -> str:
    if may_be_mobile(text):
        return say.gettext(
            "The text holds ten digits that can be a personal identity number: write without it. Reports are public"
            " documents. A telephone number is written as 070-123 45 67."
        )
    return say.gettext(
        "The text holds a personal identity number: write without it. Reports are public documents."
    )


def _date_error(say: Speaker, field: Field, day: date) -> str:
    if field.earliest is not None and day < field.earliest:
        return say.gettext("This day must not be before %(day)s.", day=say.dated(field.earliest))
    if field.begins_on is not None and day < field.begins_on:
        return say.gettext(
            "This is before the grant begins on %(day)s. Look at the year.", day=say.dated(field.begins_on)
        )
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
        total = sum((values[key].number(values[key].value) for key in keys), Decimal(0))
        whole = values[question.key].number(values[question.key].value)
        why = f"{question.key}.{WHY}"
        if total != whole and why not in values:
            asked[f"q-{why}"] = say.gettext(
                "The parts add up to %(total)s, not %(whole)s. Correct a number, or say why here.",
                total=say.number(total),
                whole=say.number(whole),
            )
    return tuple(
        replace(field, error=asked[field.name]) if field.name in asked else field for field in fields
    )


def answers_of(fields: Sequence[Field]) -> dict[str, object]:
    """Return the answers to a step's questions, by question key."""
    return {field.name.removeprefix("q-"): field.value for field in fields if field.name.startswith("q-")}
