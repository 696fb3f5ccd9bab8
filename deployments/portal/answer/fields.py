"""The fields of an answer's form, as they are shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from babel.numbers import get_currency_precision

from deployments.portal.web.state import PageMessage
from models.programme.question import FOR_THE_MEMO, WHY, Question
from models.reading.number import bare_sum, read_number
from models.rules.answers.accept import MOST_DECIMALS, fields_of
from tasks.words.answers import word_field, word_value
from tasks.words.translator import Translator, capitalised

# How the fields of a decision's dates are called: those that the programme counts from, and those that it may set.
NEEDED_DATE, OTHER_DATE = "d-", "o-"
TO_COME, NO_MORE = "to_come", "no_more"  # a payment's answers about what is missing of it
UNSAID = "unsaid"  # a decision's answer about the days that it does not say
_CHOSEN = {"True": "yes", "False": "no"}  # a stored answer, as the list has it


@dataclass(frozen=True, slots=True)
class Field:
    """A field: `kind` is line, number, money, text, date, choice or file; `error` says what to correct in `value`.

    `title` is what the programme calls it, and each of its `options`; the template of the forms names the others. A
    `spare` field is shown only once there is something in it, or wrong with it. Whether one that `depends` must be
    filled in depends on the other answers, or on what is made of it. A number that is `whole` has no decimals. `since`
    names why a day is not before the `earliest`; `begins_on` is when the grant begins, of a day that is mistyped when
    it lies before it. A `source` gave what was `gathered`, in words `collected`, and `origin` says when; one that is
    `awaited` has not given it yet. `brought` is the file of an earlier answer. One that `begins` with today's date was
    not typed.
    """

    name: str
    kind: str
    required: bool = True
    value: str = ""
    title: str = ""
    options: tuple[tuple[str, str], ...] = ()
    error: PageMessage | None = None
    earliest: date | None = None
    latest: date | None = None
    since: str = ""
    begins_on: date | None = None
    currency: str = ""
    whole: bool = False
    spare: bool = False
    depends: bool = False
    awaited: bool = False
    source: str = ""
    gathered: str = ""
    collected: str = ""
    origin: str = ""
    brought: str = ""
    begins: bool = False

    @property
    def differs(self) -> bool:
        """Whether something else stands in it than its source gave."""
        if not self.gathered or not (self.value or self.kind == "text"):
            return False
        here, there = (self._as_compared(text) for text in (self.value, self.gathered))
        return here != there

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
    say: Translator, question: Question, known: Mapping[str, Known], currency: str
) -> list[Field]:
    """Return the fields of a step's question, its parts after it, filled with what is known and whence."""
    found = []
    for key, one in fields_of(question).items():
        begun, title = known.get(key, Known()), capitalised(word_field(say, question, key))
        options = _options(say, one)
        field = Field(
            f"q-{key}",
            "choice" if options else one.kind,
            one.required,
            title=f"{title} ({currency})" if one.kind == "money" else title,
            options=options,
            currency=currency,
            whole=one.kind == "number" and one.is_whole,
            # Why it does not fit is asked for only when the answer that is handed in does not: most answers do.
            spare=key == f"{question.key}.{WHY}",
            depends=question.key in FOR_THE_MEMO,
            source=begun.source,
            origin=begun.origin,
        )
        if begun.value is not None:
            field = replace(field, value=_begun_with(say, field, str(begun.value)))
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


def _begun_with(say: Translator, field: Field, value: str) -> str:
    """Return what is known as the field shows it: a number in the language's writing, as it is read again."""
    if field.kind == "choice":
        return _CHOSEN.get(value, value)
    if field.kind not in ("number", "money"):
        return value
    try:
        number = field.number(value)
    except ValueError:  # what was known under other rules is shown as it is, to be corrected
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
