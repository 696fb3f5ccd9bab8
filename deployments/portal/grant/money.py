"""Show a grant's money: what was granted, came and is left, and what each instalment waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from deployments.portal.grant.page_facts import GrantRows
from models.facts.money import Unspent
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.payment import find_stated_minor, is_over, is_unstated, sum_paid_minor
from models.tables.money import Instalment, Payment
from models.tables.step import Step
from models.vocabulary import CLAIMED_OR_PAID, UNSETTLED, InstalmentStatus, StepKind, StepStatus
from tasks.grant.money import spent_on
from tasks.grant.records import GrantRecord
from tasks.words.money import word_money
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_step_title


@dataclass(frozen=True, slots=True)
class Sums:
    """What came of a grant and was paid back, in minor units, and what was spent of it."""

    received: int
    spent: Unspent
    repaid: int

    @property
    def left(self) -> int:
        """What is left of what came."""
        return self.spent.left_minor


@dataclass(frozen=True, slots=True)
class PartLine:
    """An instalment's line; `missing` names what it waits for, `came` says how much came where something is missing.

    `sum_minor` is the sum that is said of it, None while it is not known; it is `unstated` where no decision says it,
    though it could.
    """

    part: Instalment
    sum_minor: int | None
    look: str
    missing: tuple[str, ...]
    came: str
    unstated: bool
    payments: Sequence[Payment]
    asked_by: str
    confirmed_by: str


def step_title(say: Translator, record: GrantRecord, row: Step) -> str:
    """Return the title of a step of the grant."""
    return word_step_title(say, record.rule_of(row), row.kind, row.period)


def sums_of(record: GrantRecord) -> Sums | None:
    """Return what came of the grant and what was spent; None while nobody is asked what is spent."""
    spent = spent_on(record)
    if spent is None:
        return None
    repaid = sum(step.repays_minor or 0 for step in repayments_of(record))
    return Sums(sum_paid_minor(record.instalments), spent, repaid)


def repayments_of(record: GrantRecord) -> list[Step]:
    """Return the repayments by which something was paid back."""
    return [
        step
        for step in record.steps
        if step.kind == StepKind.REPAYMENT and step.status == StepStatus.DONE and step.repays_minor
    ]


def part_line(say: Translator, rows: GrantRows, part: Instalment) -> PartLine:
    """Return an instalment's line."""
    record = rows.record
    # Also once it is released: an approval withdrawn since then keeps its claim.
    missing = () if part.status in CLAIMED_OR_PAID else find_missing_conditions(record.conditions_of(part))
    in_part = part.paid_minor is not None and not is_over(part)
    return PartLine(
        part=part,
        sum_minor=_stated(part),
        look=_look(part, in_part=in_part),
        missing=tuple(capitalised(step_title(say, record, row)) for row in missing),
        came=_came(say, record, part),
        unstated=is_unstated(part) and record.grant.award_minor is not None,
        payments=record.payments_of(part),
        asked_by=rows.people.get(part.requested_by_id, ""),
        confirmed_by=rows.people.get(part.confirmed_by_id, ""),
    )


def _stated(part: Instalment) -> int | None:
    return find_stated_minor(part.amount_minor, part.claimed_minor, no_more=part.no_more_why is not None)


def _look(part: Instalment, *, in_part: bool) -> str:
    """Return how a part looks; less than it should be is a fault, and what waits to be confirmed is none."""
    if in_part:
        return "late"
    return "done" if part.status == InstalmentStatus.PAID else "open"


def _came(say: Translator, record: GrantRecord, part: Instalment) -> str:
    """Return how much of an instalment came and what becomes of what is missing, where something is; else nothing."""
    expected = (
        step.expected_on
        for step in record.steps
        if step.kind == StepKind.PAYMENT and step.instalment == part.number and step.status in UNSETTLED
    )
    expected_on = next(expected, None)
    return word_money(
        say,
        "came",
        _stated(part),
        part.paid_minor,
        record.grant.currency,
        no_more=part.no_more_why is not None,
        expected_on=expected_on,
    )
