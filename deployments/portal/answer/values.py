"""Read what comes back in an answer's form: clean it, put it in its fields, and find what does not fit."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from deployments.portal.answer.fields import Field
from deployments.portal.web.state import PageMessage, message
from models.programme.question import WHY, Question
from models.reading.date import read_date
from models.reading.number import TwoReadings, in_full, is_visible, read_amount
from models.reading.plain_text import holds_personal_number
from models.rules.answers.accept import LONGEST_TEXT
from models.rules.answers.figure_checks import Finding

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# 7/5, 7 maj, May 7
_YEARLESS = re.compile(r"\d{1,2} ?/ ?\d{1,2}|\d{1,2}\.? [^\W\d]+|[^\W\d]+ \d{1,2}")
LONGEST_LINE = 200


def clean(text: str) -> str:
    """Return typed text with plain line ends, without other control characters; empty when nothing of it is seen."""
    typed = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return typed if is_visible(typed) else ""


def fill(fields: Sequence[Field], posted: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields with what was posted in them, and an error where it does not fit."""
    return tuple(
        field if field.kind == "file" else _filled(field, clean(posted.get(field.name, "")))
        for field in fields
    )


def _filled(field: Field, value: str) -> Field:
    longest = LONGEST_TEXT if field.kind == "text" else LONGEST_LINE
    if len(value) > longest:
        # All of it: it is to be cut by its writer.
        return replace(field, value=value, error=message("too_long", count=longest))
    if field.kind == "date":
        value = _with_year(field, value)
    elif field.kind == "money":
        value = in_full(value, field.currency)
    return replace(field, value=value, error=_error(field, value))


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


def _error(field: Field, value: str) -> PageMessage | None:
    if not value:
        return message("missing") if field.required else None
    if field.kind == "choice":
        return None if value in {key for key, _ in field.options} else message("not_listed")
    if field.kind == "text" and holds_personal_number(value):
        return message("personal_number")
    try:
        if field.kind in ("number", "money"):
            field.number(value)
        elif field.kind == "date":
            return _date_error(field, read_date(value))
    except TwoReadings as two:
        return message("two_readings", readings=two.readings)
    except ValueError:
        if value.startswith(("-", "−")) and field.kind != "date":
            return message("negative")
        return message("unreadable", kind=field.kind, whole=field.whole)
    return None


def _date_error(field: Field, day: date) -> PageMessage | None:
    if field.earliest is not None and day < field.earliest:
        return message("too_early", day=field.earliest, since=field.since)
    if field.begins_on is not None and day < field.begins_on:
        return message("before_the_grant", day=field.begins_on)
    if field.latest is not None and day > field.latest:
        return message("too_late", day=field.latest)
    return None


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


def totals_fit(questions: Sequence[Question], fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Ask why, once, where the parts of a number do not add up to it."""
    values = {field.name.removeprefix("q-"): field for field in fields if field.value and not field.error}
    asked: dict[str, PageMessage] = {}
    for question in questions:
        keys = [f"{question.key}.{part.key}" for part in question.parts]
        if not keys or any(key not in values for key in (question.key, *keys)):
            continue
        total = sum((values[key].number(values[key].value) for key in keys), Decimal(0))
        whole = values[question.key].number(values[question.key].value)
        why = f"{question.key}.{WHY}"
        if total != whole and why not in values:
            asked[f"q-{why}"] = message("parts", total=total, whole=whole)
    return tuple(replace(field, error=asked.get(field.name, field.error)) for field in fields)


def answers_of(fields: Sequence[Field]) -> dict[str, object]:
    """Return the answers to a step's questions, by question key."""
    return {field.name.removeprefix("q-"): field.value for field in fields if field.name.startswith("q-")}


def with_odd_figures(fields: tuple[Field, ...], found: Sequence[Finding]) -> tuple[Field, ...]:
    """Return the fields with what the programme's checks found: to correct, or to explain where that is enough."""
    odd: dict[str, list[Finding]] = {}
    for one in found:
        odd.setdefault(f"q-{one.question}" if one.blocks else f"q-{one.question}.{WHY}", []).append(one)
    currencies = {field.name: field.currency for field in fields if field.kind == "money"}
    return tuple(
        replace(
            field,
            error=message(
                "odd",
                figures=odd[field.name],
                currency=currencies.get(f"q-{odd[field.name][0].question}", ""),
            ),
        )
        if field.name in odd
        else field
        for field in fields
    )
