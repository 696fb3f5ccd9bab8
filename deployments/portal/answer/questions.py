"""A step's questions as form fields, begun with what sources and earlier answers say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from models.currency import decimals_of
from models.errors import Unreadable
from models.forms.faults import Fault
from models.forms.field import MOST_DECIMALS, Field, Kind
from models.message import Common, Remark
from models.programme.question import FOR_THE_MEMO, WHY, Question
from models.rules.answers.figure_checks import FailedCheck
from models.rules.answers.validation import list_fields
from tasks.words.answers import word_field, word_value
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator, capitalised

_CHOSEN = {"True": "yes", "False": "no"}  # a stored answer, as the list has it
_KINDS = {
    "number": Kind.NUMBER,
    "money": Kind.REPORTED,
    "date": Kind.DAY,
    "text": Kind.TEXT,
    "choice": Kind.CHOICE,
    "yes_no": Kind.CHOICE,
}


@dataclass(frozen=True, slots=True)
class KnownValue:
    """What is known of a question: the value to begin with, and what a source gave, which may be something else.

    `origin` says in words whence that is: the source, when it was read, for which period, and its fingerprint.
    """

    value: object = None
    source: str = ""
    gathered: str = ""
    origin: str = ""


def question_fields(
    say: Translator, question: Question, known: Mapping[str, KnownValue], currency: str
) -> list[Field]:
    """Return the fields of a step's question, its parts after it, filled with what is known and whence."""
    found = []
    for key, one in list_fields(question).items():
        begun = known.get(key, KnownValue())
        title = capitalised(word_field(say, question, key))
        options = _options(say, one)
        field = Field(
            f"q-{key}",
            _KINDS[one.kind],
            one.required,
            title=f"{title} ({say.currency(currency)})" if one.kind == "money" else title,
            options=options,
            currency=currency,
            decimals=0 if one.is_whole else MOST_DECIMALS,
            # Why it does not fit is asked for only when the answer that is handed in does not: most answers do.
            hidden_when_empty=key == f"{question.key}.{WHY}",
            depends=question.key in FOR_THE_MEMO,
            source=begun.source,
            origin=begun.origin,
        )
        if begun.value is not None:
            field = replace(field, text=_begun_with(say, field, str(begun.value)))
        if begun.source:
            collected = word_value(say, one, begun.gathered, currency)
            gathered = _CHOSEN.get(begun.gathered, begun.gathered)
            field = replace(field, gathered=gathered, collected=collected)
        found.append(field)
    return found


def _options(say: Translator, question: Question) -> tuple[tuple[str, str], ...]:
    """Return what can be chosen, nothing first, as keys and the programme's words."""
    if question.kind == "yes_no":
        return (("", ""), ("yes", ""), ("no", ""))
    if question.kind != "choice":
        return ()
    return (("", ""), *((one.key, one.title.in_language(say.language)) for one in question.options))


def _begun_with(say: Translator, field: Field, known: str) -> str:
    """Return what is known as the field shows it: a number in the language's writing, as it is read again."""
    if field.kind is Kind.CHOICE:
        return _CHOSEN.get(known, known)
    if field.kind not in (Kind.NUMBER, Kind.REPORTED):
        return known
    try:
        number = field.number(known)
    except Unreadable:  # what was known under other rules is shown as it is, to be corrected
        return known
    plain = f"{number.normalize():f}"
    places = len(plain.partition(".")[2])
    # 10,50 of money; and three decimals get a nought, so that nobody takes them for thousands.
    of_money = decimals_of(field.currency) if field.kind is Kind.REPORTED and places else 0
    shown = say.number(number, 4 if places == 3 else of_money)
    try:
        return shown if field.number(shown) == number else known
    except Unreadable:  # 1,234 has two readings where there can be decimals
        return say.spelled(plain)


def with_totals(questions: Sequence[Question], fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """Ask why, once, where the parts of a number do not add up to it."""
    given = {field.name.removeprefix("q-"): field for field in fields if field.text and not field.error}
    asked: dict[str, Remark] = {}
    for question in questions:
        keys = [f"{question.key}.{part.key}" for part in question.parts]
        if not keys or any(key not in given for key in (question.key, *keys)):
            continue
        total = sum((given[key].value for key in keys), Decimal(0))
        whole = given[question.key].value
        why = f"{question.key}.{WHY}"
        if total != whole and why not in given:
            asked[f"q-{why}"] = Fault.PARTS(total=total, whole=whole)
    return tuple(replace(field, error=asked.get(field.name, field.error)) for field in fields)


def answers_of(fields: Sequence[Field]) -> dict[str, object]:
    """Return the answers to a step's questions, by question key."""
    return {field.name.removeprefix("q-"): field.plain for field in fields if field.name.startswith("q-")}


def with_outliers(
    say: Translator, fields: tuple[Field, ...], found: Sequence[FailedCheck]
) -> tuple[Field, ...]:
    """Return the fields with what the programme's checks found: to correct, or to explain where that is enough."""
    outliers: dict[str, list[FailedCheck]] = {}
    for one in found:
        outliers.setdefault(f"q-{one.question}" if one.blocks else f"q-{one.question}.{WHY}", []).append(one)
    currencies = {field.name: field.currency for field in fields if field.kind is Kind.REPORTED}

    def said(field: Field) -> Remark | None:
        if field.name not in outliers:
            return field.error
        figures = outliers[field.name]
        currency = currencies.get(f"q-{figures[0].question}", "")
        return Common.AS_IS(
            why=one_paragraph(words_module(say.language, "outliers").outliers(figures, currency))
        )

    return tuple(replace(field, error=said(field)) for field in fields)
