"""The fields of an answer's form, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from babel.numbers import get_currency_precision

from models.programme.question import WHY, Question
from models.reading.number import bare_sum, read_number
from models.rules.answers.accept import MOST_DECIMALS, fields_of
from tasks.words.answers import word_field, word_title, word_value
from tasks.words.translator import Speaker, capitalised

# How the fields of a decision's dates are called: those that the programme counts from, and those that it may set.
NEEDED_DATE, OTHER_DATE = "d-", "o-"
TO_COME, NO_MORE = "to_come", "no_more"  # a payment's answers about what is missing of it
UNSAID = "unsaid"  # a decision's answer about the days that it does not say
_CHOSEN = {"True": "yes", "False": "no"}  # a stored answer, as the list has it


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is line, number, money, text, date, choice or file; `error` says what to mend in `value`.

    A `spare` field is shown only once there is something in it, or wrong with it. Whether one that `depends` must be
    filled in depends on the other answers, as its hint says. A number that is `whole` has no decimals. `begins_on` is
    when the grant begins, of a day that is mistyped when it lies before it.
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
    begins_on: date | None = None
    currency: str = ""
    whole: bool = False
    spare: bool = False
    depends: bool = False
    gathered: str = ""
    differs: str = ""  # the hint instead, where `value` is another than what was gathered

    @property
    def advice(self) -> str:
        """The hint that fits what stands in the field."""
        if not self.gathered or not (self.value or self.kind == "text"):
            return self.hint
        here, there = (self._as_compared(text) for text in (self.value, self.gathered))
        return self.hint if here == there else self.differs

    def _as_compared(self, text: str) -> object:
        """Return a number as one however it is written, and anything else as it stands."""
        try:
            return self.number(text)
        except ValueError:
            return text

    def number(self, text: str) -> Decimal:
        """Return the number, or the sum in whole units of its currency, that a text in it is; ValueError if none."""
        return read_number(bare_sum(text, self.currency) if self.currency else text, self.decimals)

    @property
    def decimals(self) -> int:
        """How many decimals it takes: of money as many as the currency has, none of yen, three of dinars."""
        if self.kind == "money":
            return get_currency_precision(self.currency) if self.currency else 2
        return 0 if self.whole else MOST_DECIMALS

    @property
    def shown(self) -> bool:
        """Whether the page shows it."""
        return not self.spare or bool(self.value or self.error)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a question: the value to begin with, and what a source gave, which may be something else.

    `origin` says in words whence that is: the source, when it was read, for which period, and its fingerprint.
    """

    value: object = None
    source: str = ""
    gathered: str = ""
    origin: str = ""


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
            differs = say.gettext(
                "The text was changed from what %(source)s says: what stands here holds.",
                source=begun.source,
            )
        elif begun.source:
            said = {"source": begun.source, "value": word_value(say, one, begun.gathered, currency)}
            hint = say.gettext("Collected from %(source)s: %(value)s. Check it.", **said)
            differs = say.gettext(
                "%(source)s says %(value)s, and something else stands here: what stands here holds.", **said
            )
        field = _question_field(say, one, f"q-{key}", currency, hint)
        if begun.value is not None:
            field = replace(field, value=_begun_with(say, field, str(begun.value)))
        if differs:
            field = replace(field, gathered=_CHOSEN.get(begun.gathered, begun.gathered), differs=differs)
        label = capitalised(word_field(say, question, key))
        if one.kind == "money":
            label = f"{label} ({currency})"
        # Why it does not fit is asked for only when the answer that is handed in does not: most answers do.
        found.append(replace(field, label=label, spare=key == f"{question.key}.{WHY}"))
    return found


def _begun_with(say: Speaker, field: Field, value: str) -> str:
    """Return what is known as the field shows it: a number in the language's writing, as it is read again."""
    if field.kind == "choice":
        return _CHOSEN.get(value, value)
    if field.kind not in ("number", "money"):
        return value
    try:
        number = field.number(value)
    except ValueError:  # what was known under other rules is shown as it is, to be mended
        return value
    plain = f"{number.normalize():f}"
    places = len(plain.partition(".")[2])
    # 10,50 of money; and three decimals get a nought, so that nobody takes them for thousands.
    least = 4 if places == 3 else field.decimals if places and field.kind == "money" else 0
    shown = say.number(number, least)
    try:
        return shown if field.number(shown) == number else value
    except ValueError:  # 1,234 has two readings where there can be decimals
        return say.spelled(plain)


def _question_field(say: Speaker, question: Question, name: str, currency: str, hint: str) -> Field:
    label, required, choose = word_title(say, question), question.required, ("", say.gettext("Choose"))
    if question.kind == "yes_no":
        answers = (choose, ("yes", say.gettext("Yes")), ("no", say.gettext("No")))
        return Field(name, label, "choice", required, hint=hint, options=answers)
    if question.kind == "choice":
        english = say.language == "en"
        listed = ((one.key, one.title.en if english else one.title.sv) for one in question.options)
        return Field(name, label, "choice", required, hint=hint, options=(choose, *listed))
    whole = question.kind == "number" and question.is_whole
    return Field(name, label, question.kind, required, hint=hint, currency=currency, whole=whole)
