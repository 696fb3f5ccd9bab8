"""The fields of an answer's form: how they are shown, and how what comes back is read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from models.import_file import read_amount
from models.question_rule import Question
from models.rules.acceptance import LONGEST_TEXT, read_value
from tasks.words import Speaker

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is line, number, money, text, date or choice; `error` says what to mend in `value`."""

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


def question_field(say: Speaker, question: Question, value: object, currency: str, hint: str = "") -> Field:
    """Return the field of a step's question, filled with what is known."""
    label = question.title.en if say.language == "en" else question.title.sv
    known = "" if value is None else str(value)
    if question.kind == "yes_no":
        options = (("", say.gettext("Choose")), ("yes", say.gettext("Yes")), ("no", say.gettext("No")))
        chosen = {"True": "yes", "False": "no"}.get(known, known)
        return Field(f"q-{question.key}", label, "choice", question.required, chosen, hint, options)
    if question.kind == "money":
        label = f"{label} ({currency})"
    return Field(f"q-{question.key}", label, question.kind, question.required, known, hint)


def clean(text: str) -> str:
    """Return typed text with plain line ends and without other control characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fill(say: Speaker, fields: Sequence[Field], posted: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields with what was posted in them, and an error where it does not fit."""
    return tuple(_filled(say, field, clean(posted.get(field.name, ""))) for field in fields)


def _filled(say: Speaker, field: Field, value: str) -> Field:
    longest = LONGEST_TEXT if field.kind == "text" else LONGEST_LINE
    if len(value) > longest:
        error = say.gettext("This is too long: at most %(count)s characters.", count=longest)
        return replace(field, value=value[:longest], error=error)
    return replace(field, value=value, error=_error(say, field, value))


def _error(say: Speaker, field: Field, value: str) -> str:
    if not value:
        return say.gettext("This must be filled in.") if field.required else ""
    if field.kind == "choice":
        return "" if value in {key for key, _ in field.options} else say.gettext("Choose one of the list.")
    if field.kind in ("number", "money") and read_value(field.kind, value) is None:
        return say.gettext("Write this as a number, such as 14 or 1 250,50.")
    if field.kind == "date":
        return _date_error(say, field, read_day(value))
    return ""


def _date_error(say: Speaker, field: Field, day: date | None) -> str:
    if day is None:
        return say.gettext("Write this as a day, such as 2011-01-20.")
    if field.earliest is not None and day < field.earliest:
        return say.gettext("This day must not be before %(day)s.", day=field.earliest.isoformat())
    if field.latest is not None and day > field.latest:
        return say.gettext("This day must not be after %(day)s.", day=field.latest.isoformat())
    return ""


def read_day(value: str) -> date | None:
    """Return the day that a text names, as 2011-01-20; None if it names none."""
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else None
    except ValueError:
        return None


def read_sum(value: str, currency: str) -> int | None:
    """Return a sum in minor units; None for a text that is no sum."""
    try:
        return read_amount(value, currency)
    except ValueError:
        return None


def answers_of(fields: Sequence[Field]) -> dict[str, Any]:
    """Return the answers to a step's questions, by question key."""
    return {field.name.removeprefix("q-"): field.value for field in fields if field.name.startswith("q-")}
