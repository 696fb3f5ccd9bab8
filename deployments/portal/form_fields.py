"""The fields of an answer's form, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from models.question_rule import WHY, Question
from models.rules.acceptance import fields_of
from models.written_numbers import bare_sum, read_number
from tasks.wording.given_words import word_value
from tasks.wording.words import Speaker, capitalised

MOST_DECIMALS = 9
# How the fields of a decision's dates are called: those that the programme counts from, and those that it may set.
NEEDED_DATE, OTHER_DATE = "d-", "o-"
TO_COME, NO_MORE = "to_come", "no_more"  # a payment's answers about what is missing of it
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
        return read_number(bare_sum(text, currency) if currency else text, MOST_DECIMALS)
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
