"""Word a grant's money: its instalments with what each waits for, and the funder's decisions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from deployments.portal.grant.rows import GrantRows
from models.facts.money import Unspent
from models.rules.money.gate import waited_for
from models.tables.grant import Decision
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import UNSETTLED, InstalmentStatus, StepKind, StepStatus
from tasks.words.money import word_came, word_threshold
from tasks.words.names import word_decision, word_instalment_status, word_share
from tasks.words.steps import word_step_title
from tasks.words.translator import Speaker, capitalised


@dataclass(frozen=True, slots=True)
class PartLine:
    """An instalment's line, in words; `missing` says what it waits for."""

    number: int
    money: str
    share: str
    status: str
    look: str
    facts: tuple[str, ...]
    missing: tuple[str, ...]


def step_title(say: Speaker, rows: GrantRows, row: Step) -> str:
    """Return the title of a step of the grant."""
    return word_step_title(say, rows.programme.rules.get(row.template_key), row.kind, row.period)


def sums_of(say: Speaker, rows: GrantRows) -> list[tuple[str, str, bool]]:
    """Return the grant's money in figures: label, sum, and whether it asks for attention."""
    risk = rows.grant.at_risk_minor
    received = sum(part.paid_minor or 0 for part in rows.instalments)
    shut = (InstalmentStatus.PLANNED, InstalmentStatus.WITHHELD, InstalmentStatus.RELEASABLE)
    withheld = [part.amount_minor for part in rows.instalments if part.conditional and part.status in shut]
    currency = rows.grant.currency
    if not risk and all(not part.amount_minor for part in rows.instalments):
        return []
    known = [minor for minor in withheld if minor is not None]
    held = say.money(sum(known), currency) if len(known) == len(withheld) else say.gettext("not known yet")
    return [
        (say.gettext("Received"), say.money(received, currency), False),
        *_spending(say, rows.spent, sum(step.repays_minor or 0 for step in _repaid(rows))),
        (say.gettext("Withheld until its condition is met"), held, False),
        (say.gettext("Money at risk"), say.money(risk, currency), risk > 0),
    ]


def rest_line(say: Speaker, rows: GrantRows, today: date) -> str:
    """Return what was paid back and when, else what the funder's threshold means for what is left."""
    paid_back = [
        say.gettext(
            "%(money)s was paid back on %(day)s.",
            money=say.money(step.repays_minor or 0, rows.grant.currency),
            day=say.short_date(step.done_on, today),
        )
        for step in _repaid(rows)
        if step.done_on is not None
    ]
    return " ".join(paid_back) or (word_threshold(say, rows.spent) if rows.spent else "")


def _repaid(rows: GrantRows) -> list[Step]:
    """Return the repayments by which something was paid back."""
    return [
        step
        for step in rows.steps
        if step.kind == StepKind.REPAYMENT and step.status == StepStatus.DONE and step.repays_minor
    ]


def _spending(say: Speaker, spent: Unspent | None, repaid: int) -> Iterator[tuple[str, str, bool]]:
    """Yield what is spent of the money that came, and what is left, where the programme asks for that back."""
    if spent is None:
        return
    label = (
        say.gettext("The funder's part of what is spent")
        if spent.of_share
        else say.gettext("Spent, as reported")
    )
    yield label, say.money(spent.spent_minor, spent.currency), False
    if repaid:
        yield say.gettext("Paid back"), say.money(repaid, spent.currency), False
    left = max(spent.left_minor - repaid, 0)
    yield say.gettext("Left of what was received"), say.money(left, spent.currency), False


def part_line(say: Speaker, rows: GrantRows, part: Instalment, today: date) -> PartLine:
    """Return an instalment's line."""
    steps = {row.id: row for row in rows.steps}
    conditions = [steps[step_id] for step_id in rows.waits.get(part.id, []) if step_id in steps]
    # Also once it is released: an approval withdrawn since then keeps its claim.
    leaves = part.status in (InstalmentStatus.CLAIMED, InstalmentStatus.PAID)
    waited = () if leaves else waited_for(conditions)
    missing = [row for row in waited if row.status != StepStatus.APPROVED]
    came = _came(say, rows, part, today)
    lost = part.no_more_why is not None
    return PartLine(
        number=part.number,
        money=say.money(part.amount_minor, rows.grant.currency)
        if part.amount_minor is not None
        else say.gettext("not known yet"),
        share=word_share(say, part.share),
        status=word_instalment_status(say, part.status) if not came else say.gettext("Paid in part"),
        look="late" if came and not lost else {"releasable": "late", "paid": "done"}.get(part.status, "open"),
        facts=tuple(_part_facts(say, rows, part, today)),
        missing=tuple(capitalised(step_title(say, rows, row)) for row in missing),
    )


def _part_facts(say: Speaker, rows: GrantRows, part: Instalment, today: date) -> Iterator[str]:
    if part.amount_minor is None and part.share.startswith("at most ") and rows.grant.award_minor is not None:
        yield say.gettext("No decision states its sum yet. It cannot be claimed before that.")
    asked = rows.people.get(part.requested_by_id, "")
    if part.requested_on and not part.released_on:
        day = say.short_date(part.requested_on, today)
        who = capitalised(asked)
        yield say.gettext(
            "%(who)s confirmed the condition on %(day)s; a second person is to confirm, too.",
            day=day,
            who=who,
        )
    if part.released_on:
        day = say.short_date(part.released_on, today)
        confirmed = rows.people.get(part.confirmed_by_id, "")
        if part.conditional and asked and confirmed:
            yield say.gettext(
                "The condition was confirmed on %(day)s by %(who)s and %(second)s.",
                day=day,
                who=asked,
                second=confirmed,
            )
        else:
            yield say.gettext("May be claimed since %(day)s.", day=day)
    if part.claimed_on:
        yield say.gettext("Claimed on %(day)s.", day=say.short_date(part.claimed_on, today))
    payments = rows.payments.get(part.id, [])
    for one in payments if len(payments) > 1 else ():
        money, day = say.money(one.amount_minor, rows.grant.currency), say.short_date(one.paid_on, today)
        yield say.gettext("%(money)s came on %(day)s.", money=money, day=day)
    if part.paid_on and part.paid_minor is not None:
        money = _came(say, rows, part, today) or say.money(part.paid_minor, rows.grant.currency)
        yield say.gettext("Paid on %(day)s: %(money)s.", day=say.short_date(part.paid_on, today), money=money)
    if part.no_more_why is not None:
        yield say.gettext("No more comes: %(why)s", why=part.no_more_why)


def _came(say: Speaker, rows: GrantRows, part: Instalment, today: date) -> str:
    """Return how much of an instalment came and what becomes of what is missing, where something is; else nothing."""
    asked = (
        step.expected_on
        for step in rows.steps
        if step.kind == StepKind.PAYMENT and step.instalment == part.number and step.status in UNSETTLED
    )
    expected_on = next(asked, None)
    return word_came(
        say,
        part.amount_minor,
        part.paid_minor,
        rows.grant.currency,
        no_more=part.no_more_why is not None,
        expected_on=expected_on,
    )


def decision_line(say: Speaker, rows: GrantRows, row: Decision, today: date) -> dict[str, str]:
    """Return a decision's texts by name: day, iso, kind, money, purpose, conditions, source."""
    money = ""
    if row.amount_minor is not None:
        money = say.money(row.amount_minor, rows.grant.currency)
    elif row.total_minor is not None:
        money = say.gettext("%(money)s in all", money=say.money(row.total_minor, rows.grant.currency))
    return {
        "day": say.short_date(row.decided_on, today),
        "iso": row.decided_on.isoformat(),
        "kind": word_decision(say, row.kind),
        "money": money,
        "purpose": row.purpose,
        "conditions": row.conditions,
        "source": row.source,
    }
