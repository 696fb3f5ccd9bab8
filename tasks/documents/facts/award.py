"""Describe the decisions and their money in a document: the instalments, and what is unspent."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent

from models.rules.money.payment import find_claim_of, find_stated_minor, sum_paid_minor
from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus, Phase, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.documents.facts.decisions import (
    decision_line,
    purpose_of,
    quoted,
)
from tasks.documents.facts.figures import ReportFigures
from tasks.documents.facts.grant import funder_name, step_title
from tasks.grant.money import spent_on
from tasks.words.money import word_money
from tasks.words.translator import LANGUAGES, Translator
from tasks.words.vocabulary import word_document, word_name


@dataclass(frozen=True, slots=True)
class InstalmentLine:
    """An instalment of the award: its number, share and sum, and its status with the day."""

    number: int
    share: str
    sum: str
    status: str
    day: str
    percent: str = ""  # of the award
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnspentLine:
    """What is spent of the money received, and what is left, against the funder's threshold if it has one.

    `of_share` means that the spending is the funder's part of the costs; `left` is empty if nothing
    is left.
    """

    spent: str
    received: str
    left: str
    threshold: str
    kept: bool  # what is left is below the threshold, and not paid back
    of_share: bool
    whole: bool  # every report that states it is in


def award_facts(
    work: GrantAtWork, say: Translator, figures: ReportFigures, *, introduced: bool
) -> dict[str, Any]:
    """Return the decisions and their money, by the names of a document's facts.

    The first decision names the funder in full, unless that is done before, as `introduced` says.
    """
    grant = work.grant
    funder = funder_name(work)
    last = work.decisions[-1] if work.decisions else None
    instalments = tuple(_instalment(say, work, instalment, funder) for instalment in work.instalments)
    paid_minor = sum_paid_minor(work.instalments)
    applied_minor = grant.applied_for_minor if grant.applied_for_minor is not None else figures.applied_minor
    return {
        "award": say.money(grant.award_minor, grant.currency) if grant.award_minor is not None else "",
        "applied_for": say.money(applied_minor, grant.currency) if applied_minor is not None else "",
        "purpose": purpose_of(say, last) if last else "",
        "conditions": quoted(say, last.conditions) if last else "",
        "decisions": tuple(
            decision_line(say, decision, grant.currency, funder_name(work, short=introduced or place > 0))
            for place, decision in enumerate(work.decisions)
        ),
        "decided": say.dates([decision.decided_on for decision in work.decisions]),
        "instalments": instalments,
        "last": instalments[-1] if len(instalments) > 1 and _waits(work) else None,
        "paid": say.money(paid_minor, grant.currency),
    }


def _waits(work: GrantAtWork) -> bool:
    """Return whether the last instalment waits for the funder's approval of the final report."""
    needed = work.conditions_of(work.instalments[-1])
    return any(step.with_funder and step.phase is Phase.FINAL_REPORT for step in needed)


def unspent_line(work: GrantAtWork, say: Translator) -> UnspentLine | None:
    unspent = spent_on(work.record)
    if unspent is None or unspent.spent_minor > unspent.received_minor:
        return None
    sums = (unspent.spent_minor, unspent.received_minor, unspent.left_minor, unspent.least_minor)
    spent, received, left, least = (say.money(minor, unspent.currency) if minor else "" for minor in sums)
    spent = spent or say.money(0, unspent.currency)
    return UnspentLine(
        spent=spent,
        received=received,
        left=left,
        threshold=least,
        kept=unspent.is_kept,
        of_share=unspent.of_share,
        whole=unspent.is_whole,
    )


def _instalment(say: Translator, work: GrantAtWork, part: Instalment, funder: str) -> InstalmentLine:
    share = word_name(say, "share", part.share)
    day = part.paid_on or part.claimed_on or part.released_on
    award = work.grant.award_minor
    amount = find_claim_of(part.amount_minor, part.claimed_minor)
    no_more = part.no_more_why is not None
    whole = find_stated_minor(part.amount_minor, part.claimed_minor, no_more=no_more)
    came = word_money(say, "came", whole, part.paid_minor, work.grant.currency, no_more=no_more)
    is_in_part = came and part.status is InstalmentStatus.PAID
    status = f"{came}," if is_in_part else word_document(say, "part", part.status)  # its day follows
    percent = ""
    if amount is not None and award:
        percent = format_percent(
            Decimal(amount) / award, "#,##0.##\N{NO-BREAK SPACE}%", LANGUAGES[say.language]
        )
    conditions = (
        word_document(
            say,
            "condition_met",
            step=step_title(work, step, say),
            day=say.dated(step.done_on),
            funder=funder if step.with_funder and step.phase is Phase.FINAL_REPORT else "",
        )
        for step in work.conditions_of(part)
        if step.status is StepStatus.APPROVED and step.done_on
    )
    return InstalmentLine(
        number=part.number,
        share=share,
        sum=say.money(amount, work.grant.currency) if amount is not None else "",
        status=status,
        day=say.dated(day) if day else "",
        percent=percent,
        conditions=tuple(conditions),
    )
