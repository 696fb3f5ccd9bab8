"""Decide which answers say what a grant has spent, and add them up."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from models.currency import decimals_of
from models.programme.language.amounts import Repays
from models.programme.language.known_names import SPENT
from models.programme.plan import Programme
from models.reading.number import read_part
from models.rules.answers.validation import join_periods
from models.vocabulary import StepKind


def find_repayment_rule(programme: Programme) -> Repays | None:
    """Return by which rule the programme asks back unspent money; None if it asks nothing back."""
    return next((rule.repays for rule in programme.steps if rule.repays is not None), None)


def list_spending_questions(programme: Programme) -> list[str]:
    """Return the questions, as STEP.QUESTION, that say how much of the grant is spent.

    The programme's rule of repayment names them; without such a rule they are each step's question
    `spent`.
    """
    rule = find_repayment_rule(programme)
    if rule is not None:
        return [name.text for name in rule.asks]
    return [
        f"{step.key}.{SPENT}"
        for step in programme.steps
        for question in step.questions
        if question.key == SPENT
    ]


def list_period_spending_questions(programme: Programme) -> list[str]:
    """Return the questions, as STEP.QUESTION, in which periodic reports say what their period spent.

    If none is about the grant's spending, it is the first sum that such a report asks for.
    """
    periodic = [rule for rule in programme.steps if rule.each is not None and rule.kind is StepKind.REPORT]
    keys = {rule.key for rule in periodic}
    named = [name for name in list_spending_questions(programme) if name.partition(".")[0] in keys]
    sums = [
        f"{rule.key}.{question.key}"
        for rule in periodic
        for question in rule.questions
        if question.kind == "money"
    ]
    return named or sums[:1]


def add_up_answers(
    programme: Programme, given: Mapping[str, Sequence[tuple[int, Mapping[str, object]]]], currency: str
) -> int:
    """Return the total of the answers to each STEP.QUESTION, in minor units.

    `given` holds pairs of a step's id and its answers, oldest first. A step in which two names ask
    the same question counts once.
    """
    total = 0
    seen = set[tuple[int, str]]()
    for name, steps in given.items():
        question = name.partition(".")[2]
        rule = programme.question(name)
        values = (answers.get(question) for step_id, answers in steps if (step_id, question) not in seen)
        sums = [Decimal(read_minor(value, currency)) for value in values if value is not None]
        total += int(join_periods(sums, rule.over_periods if rule else "sum") or 0)
        seen |= {(step_id, question) for step_id, _ in steps}
    return total


def read_minor(answer: object, currency: str) -> int:
    """Return an answer about money, a decimal text, in minor units of the currency, rounded down."""
    amount = Decimal(str(answer)).scaleb(decimals_of(currency))
    return int(amount.to_integral_value(rounding=ROUND_FLOOR))


def find_rate(programme: Programme, stated: Iterable[Mapping[str, object]]) -> Fraction | None:
    """Return the rate of costs that the latest decision states; None if no decision states one.

    `stated` are each decision's sums of instalments, oldest first.
    """
    number = str(programme.rate_of)
    rates = [sums[number] for sums in stated if number in sums]
    return read_part(str(rates[-1])) if rates else None
