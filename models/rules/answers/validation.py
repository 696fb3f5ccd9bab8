"""Validate the answers to a step's questions, and add up those of several periods."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from models.currency import decimals_of
from models.errors import Unreadable
from models.forms.field import LONGEST_TEXT, MOST_DECIMALS, Field, Kind
from models.message import Remark
from models.programme.question import OURS, WHY, OverPeriods, Question, Words
from models.reading.date import read_date
from models.reading.number import is_visible, read_number, shown, unmistakable
from models.reading.personal_number import without_personal_number
from models.reading.plain_text import is_storable
from models.reading.value_faults import Reading, did_you_mean
from models.rules.notices.contents import is_collected

_WHY_PARTS = Words(sv="varför delarna inte ger summan", en="why the parts do not add up")
_WHY_SO = Words(sv="varför uppgiften avviker", en="why the answer stands out")
# What the fields next to a question do not take over from it.
_BARE: Mapping[str, object] = {"parts": (), "column": None, "gather": None, "checks": (), "sensitive": False}
# The data chose how a known sum falls on the periods, or to take all of it. A confirmed answer has no mark.
_OURS = ("period", "all")
_YES = {"true", "yes", "ja"}
_NO = {"false", "no", "nej"}


def check_data(
    questions: Iterable[Question], data: Mapping[str, object], currency: str = "", *, has_source: bool = False
) -> tuple[dict[str, str | int | bool], tuple[Remark, ...]]:
    """Return the answers as stored values, and a problem for each that does not fit its question.

    Numbers become int or decimal text, money decimal text, dates ISO text, choices their option's
    key; "nothing" is left out. An answer to no question is a problem, and so are parts that differ
    from their whole without a reason given. `currency` is what sums may be written with.
    `has_source` says that the grant has a file of figures.
    """
    questions = [*questions]
    fields = {key: field for question in questions for key, field in list_fields(question).items()}
    marks = {
        f"{question.key}.{OURS}": str(data[name])
        for question in questions
        if (name := f"{question.key}.{OURS}") in data
    }
    values: dict[str, str | int | bool] = {}
    problems = [
        Reading.NOT_ASKED(key=shown(key), near=did_you_mean(key[:80], fields))
        for key in data
        if key not in fields and marks.get(key) not in _OURS
    ]
    for key, question in fields.items():
        raw = data.get(key)
        if raw is None or (isinstance(raw, str) and not is_visible(raw)):
            if question.required:
                gathered = is_collected(question, has_source)
                message = Reading.GATHERED_NEXT if gathered else Reading.NOT_ANSWERED
                problems.append(message(key=key, title=question.title))
            continue
        try:
            values[key] = read_answer(question, raw, currency)
        except Unreadable as error:
            problems.append(Reading.OF(key=key, why=error))
    if not problems:
        problems = [
            Reading.PARTS_OFF(key=question.key, total=total, whole=values[question.key])
            for question in questions
            if (total := find_odd_total(question, values)) is not None
        ]
    return values | marks, tuple(problems)


def list_fields(question: Question) -> dict[str, Question]:
    """Return a question's fields by the key of their answer.

    They are the question itself, its parts, and the reason why the parts do not add up.
    """
    fields = {question.key: question}
    if not question.parts and not question.checks:
        return fields
    for part in question.parts:
        same = {"title": part.title, "whole": question.is_whole, **_BARE}
        fields[f"{question.key}.{part.key}"] = question.model_copy(update=same)
    why = _WHY_PARTS if question.parts else _WHY_SO
    reason = {"title": why, "kind": "text", "required": False, **_BARE}
    fields[f"{question.key}.{WHY}"] = question.model_copy(update=reason)
    return fields


def find_odd_total(question: Question, values: Mapping[str, object]) -> Decimal | None:
    """Return the total of a question's parts where it differs from the whole without a reason; else None."""
    parts = [values.get(f"{question.key}.{part.key}") for part in question.parts]
    whole = values.get(question.key)
    if not parts or whole is None or None in parts or values.get(f"{question.key}.{WHY}"):
        return None
    total = sum((Decimal(str(part)) for part in parts), Decimal(0))
    return total if total != Decimal(str(whole)) else None


def read_answer(question: Question, raw: object, currency: str = "") -> str | int | bool:
    """Return an answer as it is stored; ValueError, worded as a sentence, if it does not fit the question."""
    if question.kind == "choice":
        return _read_choice(question, raw)
    if question.kind == "money":
        return f"{_number(Field('', Kind.REPORTED, currency=currency), raw):f}"
    if question.kind == "number":
        number = _number(Field("", Kind.NUMBER, decimals=0 if question.is_whole else MOST_DECIMALS), raw)
        # A form reads the stored text again where it shows it.
        return int(number) if number == number.to_integral_value() else unmistakable(number)
    return _READERS[question.kind](raw)


def _read_choice(question: Question, raw: object) -> str:
    text = str(raw).strip()
    for option in question.options:
        if text == option.key or text.casefold() in (
            option.title.sv.casefold(),
            option.title.en.casefold(),
        ):
            return option.key
    keys = ", ".join(option.key for option in question.options)
    raise Unreadable(Reading.NONE_OF(value=shown(raw), known=keys))


def _number(field: Field, raw: object) -> Decimal:
    """Return a number, or a text as a form's field reads it."""
    if isinstance(raw, str):
        return field.number(raw)
    return read_number(raw, field.decimals if field.kind is Kind.NUMBER else decimals_of(field.currency))


def _read_text(raw: object) -> str:
    if not isinstance(raw, str | int | float | Decimal):
        raise Unreadable(Reading.NOT_A_TEXT())
    text = str(raw).strip()
    if len(text) > LONGEST_TEXT:
        raise Unreadable(Reading.LONGER_THAN(most=LONGEST_TEXT))
    if not is_storable(text):
        raise Unreadable(Reading.UNSTORABLE())
    return without_personal_number(text)


def _read_date(raw: object) -> str:
    return read_date(raw).isoformat()


def _read_yes_no(raw: object) -> bool:
    word = str(raw).strip().lower()
    if word not in _YES | _NO:
        raise Unreadable(Reading.NOT_YES_OR_NO(value=shown(raw)))
    return word in _YES


_READERS: Mapping[str, Callable[[object], str | int | bool]] = {
    "text": _read_text,
    "date": _read_date,
    "yes_no": _read_yes_no,
}


def join_periods(values: Iterable[Decimal | None], how: OverPeriods) -> Decimal | None:
    """Return one value for the periods' values, oldest first; None if none is known or none is wanted."""
    known = [value for value in values if value is not None]
    if not known or how == "none":
        return None
    if how == "last":
        return known[-1]
    return max(known) if how == "highest" else sum(known, Decimal(0))
