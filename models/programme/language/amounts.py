"""Sentences about money: shares, costs, thresholds, penalties, checks, and where figures come from."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from dateutil.relativedelta import relativedelta

from models.programme.language.grammar import Forms, Sentence, SentenceForm
from models.programme.language.kinds import KINDS, SUM, AskedQuestion, Choice, Word
from models.programme.language.rule import Name


@dataclass(frozen=True, slots=True)
class Share:
    """The size of a payment: a part of the award, a sum, costs, a rest, or what is kept, claimed, decided.

    Costs are the total of questions, or a `part` of it; with `rate`, the part that the decision
    names. `at_most` is a part of the award. The shortfall of `unused` against the paid sum, or a
    part of it, is taken off. `in_all` is the most that all payments so far may be, as a part of the
    award. The sum is `rounded` to a multiple of `unit` units of the currency.
    """

    kind: Literal["part", "sum", "costs", "rest", "kept", "claimed", "decided"]
    part: Fraction | None = None
    rate: bool = False
    sum: Decimal | None = None
    asks: tuple[AskedQuestion, ...] = ()
    at_most: Fraction | None = None
    unused: AskedQuestion | None = None
    unused_of: Fraction | None = None
    in_all: Fraction | None = None
    rounded: Literal["up", "down"] | None = None
    unit: int | None = None


@dataclass(frozen=True, slots=True)
class Keeps:
    """A part of the award, or of the claim, that another keeps."""

    part: Fraction
    title: str
    of_claim: bool = False
    kind: Literal["keeps"] = "keeps"


@dataclass(frozen=True, slots=True)
class Repays:
    """The repayment of what was paid beyond costs, if over a sum, or over a part of a yearly `amount`."""

    asks: tuple[AskedQuestion, ...]
    part: Fraction | None = None
    rate: bool = False
    over: Decimal | Fraction | None = None
    amount: Name | None = None
    kind: Literal["repays"] = "repays"


_COSTS = "[{part:part} of] {rate?rate of the decision of} {asks:ask:1:and}"
_MORE = (
    "[less what {unused:ask} lacks of [{unused_of:part} of] paid] [up to {in_all:part} in all]"
    " [rounded {rounded:up_or_down} to {unit:number}]"
)
_BASES = {
    "rest": f"rest [of {_COSTS}]",
    "kept": "kept",
    "claimed": "claimed",
    "decided": "sum of the decision [at most {at_most:part}]",
    "costs": _COSTS,
    "part": "{part:part}",
    "sum": "{sum:stated}",
}
KINDS["up_or_down"] = Choice({"up": "up", "down": "down"})
SHARE: Sentence[Share] = Sentence(
    *(SentenceForm(Share, f"{base} {_MORE}", kind=kind) for kind, base in _BASES.items()),
    says="how much is expected here: 80 %, 1/3, a sum, rest, kept, claimed, sum of the decision, or costs as"
    " report.spent",
    check=lambda share: ("a whole number from 1 is expected here", 0) if share.unit == 0 else None,
    slips={
        r"\|(remainder|remaining|balance|what is left)\b": "what is left is called rest; write rest",
        r"\|half\b": "a part is a percentage or a fraction; write 50 %",
        r"\|(all|everything|whole)\b": "the whole award is 100 %; write 100 %",
        r"of\|(award|grant)$": r"a part is of the award already; leave 'of \1' out",
        r"[0-9 ]+\|(kr|kronor|sek|eur|euro|usd|nok|dkk|gbp)\b": (
            "the currency stands at the head of the file; leave it out here"
        ),
        r"\|(up to|at most|max|maximum)\b": (
            "how much a decision may say follows what it says; write sum of the decision at most 75 %"
        ),
        r"\|by decision\b": "write sum of the decision",
    },
)
KEEPS: Sentence[Keeps] = Sentence(
    SentenceForm(Keeps, "{part:part} {of_claim?of the claim} for {title:text}"),
)
REPAYS: Sentence[Repays] = Sentence(
    SentenceForm(Repays, f"paid less {_COSTS} if over {{over:times}} {{amount:name}}"),
    SentenceForm(Repays, f"paid less {_COSTS} [if over {{over:sum}}]"),
    slips={
        r"paid\|(-|minus)": "write paid less report.spent",
        r"\|(unspent|rest|what)\b": "what goes back is said by what it comes from; write paid less report.spent",
        r"if\|(more|larger|greater) than\b": "write if over",
    },
)


@dataclass(frozen=True, slots=True)
class When:
    """The grants that have a step: by award, by length in months, or by a day that is given.

    The sum is stated, or is a multiple of an `amount` of the decision's year. A `figure` of the
    recipient is unknown to a grant: the step is there, and its owner says if it is not needed.
    """

    kind: Literal["award", "length", "given", "recipient"]
    side: Literal["from", "below", "longer", "shorter"] | None = None
    sum: Decimal | None = None
    amount: Name | None = None
    date: Name | None = None
    months: int | None = None
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """The price of being later than a number of days or months: a part of the award."""

    count: int
    unit: Literal["days", "months"]
    part: Fraction
    kind: Literal["price"] = "price"

    def from_on(self, due_on: date) -> date:
        """Return the day after which the part is lost."""
        months, days = (self.count, 0) if self.unit == "months" else (0, self.count)
        return due_on + relativedelta(months=months, days=days)


KINDS |= {
    "bound": Choice({"from": "from", "below": "below"}),
    "length_side": Choice({"longer": "longer", "shorter": "shorter"}),
}
WHEN: Sentence[When] = Sentence(
    SentenceForm(When, "award {side:bound} {sum:sum} [{amount:name}]", kind="award"),
    SentenceForm(When, "grant {side:length_side} than {months:number} month(s)", kind="length"),
    SentenceForm(When, "{figure:word} of the recipient {side:bound} {sum:sum}", kind="recipient"),
    SentenceForm(When, "{date:name} of the decision given", kind="given"),
    slips={
        r"(award|recipient)\|(over|above|at least|more than|>)": (
            "a threshold is said by from or below; write from, which includes the sum"
        ),
        r"(award|recipient)\|(under|less than|at most|up to|<)": (
            "a threshold is said by from or below; write below, which leaves the sum out"
        ),
        r"if\|award\b": "'when' says it already; write award from or award below",
        r"(sum|amount|grant)\|(from|below)\b": r"what is granted is called award; write award \2",
        r"than\|[0-9]+ years?\b|[0-9]+\|years?\b": "years are not used; write 12 months for each",
    },
)
PRICE: Sentence[Price] = Sentence(
    *(
        SentenceForm(Price, f"{{count:number}} {unit[:-1]}(s) : {{part:part}}", unit=unit)
        for unit in ("days", "months")
    ),
)
# An event that must come before another.
NEED: Sentence[Name] = Sentence(
    SentenceForm(Name, "{.:event}"),
)


class RowCondition(NamedTuple):
    """A column, and the text by which a row counts."""

    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of a figure: a column of a source, a path in its answer, a cell, or an earlier answer.

    A column without a name is called like the question. `rows` says how several become one: in
    the grant's own file those about parts of a period add up (`periods`), or there is `one` only.
    `account` is the column by which the sum is also kept. `where` are the texts by which rows
    count.
    """

    kind: Literal["column", "cell", "answer"]
    source: Name | None = None
    column: str = ""
    cell: str = ""
    answer: AskedQuestion | None = None
    rows: Literal["sum", "last", "all", "periods", "one"] | None = None
    account: str = ""
    where: tuple[RowCondition, ...] = ()


KINDS |= {
    "rows": Choice({"sum": "sum", "last": "last"}),
    "answer_rows": Choice({"sum": "sum", "last": "last", "all": "all"}),
    "condition": Forms(SentenceForm(RowCondition, "where {column:heading} is {text:text}")),
}
ORIGIN: Sentence[Origin] = Sentence(
    SentenceForm(Origin, "answer {answer:ask} [{rows:answer_rows}]", kind="answer"),
    SentenceForm(Origin, "[{rows:rows} of] cell {cell:cell} in {source:name}", kind="cell"),
    SentenceForm(
        Origin,
        "[{rows:rows} of] [{column:heading} in] {source:name} [by {account:heading}] {where:condition:0:}",
        kind="column",
    ),
)


@dataclass(frozen=True, slots=True)
class Check:
    """A condition of an answer, which may be explained; with `refuse` it may not.

    `limit` is a sum, or the figures whose sum it is; `so_far` also counts the answers of earlier
    periods. `or_by` is the allowed difference where it exceeds the percentage.
    """

    kind: Literal["at_most", "at_least", "equals", "changes", "lines", "moves", "in_period", "not_all_0"]
    limit: Decimal | tuple[str, ...] = ()
    percent: int | None = None
    or_by: Decimal | None = None
    so_far: bool = False
    refuse: bool = False


_FIGURE = "a sum, or a figure (award, paid, a question, STEP.QUESTION), is expected here"
KINDS |= {
    "limit": replace(SUM, says=_FIGURE),
    "figure": Word("[a-z][a-z0-9]*([-_.][a-z0-9]+)*", _FIGURE),
}
_OF = "[{percent:percent} of]"
_LIMITED = ("at_most", f"at most {_OF}"), ("at_least", f"at least {_OF}"), ("equals", "equals")
_FORMS = (
    *((kind, f"{words} {{limit:limit}} {{so_far?so far}}") for kind, words in _LIMITED[:2]),
    *((kind, f"{words} {{limit:figure:1:and}} {{so_far?so far}}") for kind, words in _LIMITED),
    ("changes", "changes at most {percent:percent} [or {or_by:sum}]"),
    ("lines", "lines at most {percent:percent} over budget [or {or_by:sum}]"),
    ("moves", "moves at most {percent:percent} of budget [or {or_by:sum}]"),
    ("in_period", "in period"),
    ("not_all_0", "not all 0"),
)
CHECK: Sentence[Check] = Sentence(
    *(SentenceForm(Check, f"{form} {{refuse?or refuse}}", kind=kind) for kind, form in _FORMS),
    says="a check is expected here: at most award so far, at least 80 % of paid, equals A and B, changes at most"
    " 200 %, lines at most 10 % over budget, moves at most 10 % of budget, in period, not all 0",
)
