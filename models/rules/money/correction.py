"""Decide whether a recorded decision may be corrected or annulled."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.tables.grant import Decision
from models.tables.money import Instalment
from models.vocabulary import OUT, DecisionKind, GrantStatus

ENDS = (DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL)
SUMS = frozenset({"amount_minor", "total_minor", "instalments"})


class CorrectionReason(StrEnum):
    """Why a decision may be corrected, or may not."""

    ALLOWED = "allowed"
    NOTHING_ELSE = "nothing_else"  # the decision is recorded so already
    GRANT_ENDED = "grant_ended"  # only the decision that ended it can be corrected
    GRANT_CLOSED = "grant_closed"  # paid money is not decided again
    AWARD_NEEDED = "award_needed"  # another decision adds to the award
    AWARD_TOO_LATE = "award_too_late"  # the award cannot come after another decision
    MONEY_LEFT = "money_left"  # money of the decision was claimed or paid before its new day


@dataclass(frozen=True, slots=True)
class CorrectionDecision:
    """Whether it may be corrected, and why; the decision or the instalment that forbids it."""

    reason: CorrectionReason
    other: Decision | None = None
    instalment: Instalment | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be corrected."""
        return self.reason is CorrectionReason.ALLOWED


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction: the fields that change, the decision's new day, or that it was never made."""

    changed: Collection[str]
    decided_on: date
    annulled: bool = False


def may_correct(
    old: Decision,
    new: Corrected,
    *,
    status: GrantStatus,
    others: Sequence[Decision],
    instalments: Iterable[Instalment],
) -> CorrectionDecision:
    """Decide whether a decision may be corrected; `others` are the grant's other decisions, in order."""
    if not new.changed and not new.annulled:
        return CorrectionDecision(CorrectionReason.NOTHING_ELSE)
    if status in (GrantStatus.REFUSED, GrantStatus.WITHDRAWN) and old.kind not in ENDS:
        end = next((other for other in others if other.kind in ENDS), None)
        return CorrectionDecision(CorrectionReason.GRANT_ENDED, end)
    if status is GrantStatus.CLOSED:
        return CorrectionDecision(CorrectionReason.GRANT_CLOSED)
    if old.kind is DecisionKind.AWARD and others:
        if new.annulled:
            return CorrectionDecision(CorrectionReason.AWARD_NEEDED, others[-1])
        first = min(others, key=lambda decision: decision.decided_on)
        if first.decided_on < new.decided_on:
            return CorrectionDecision(CorrectionReason.AWARD_TOO_LATE, first)
    left = (
        instalment for instalment in instalments if _left_before(instalment, old.decided_on, new.decided_on)
    )
    if (instalment := next(left, None)) is not None:
        return CorrectionDecision(CorrectionReason.MONEY_LEFT, instalment=instalment)
    return CorrectionDecision(CorrectionReason.ALLOWED)


def _left_before(instalment: Instalment, was_on: date, is_on: date) -> bool:
    """Return whether the decision's money was claimed or paid before the decision's new day."""
    moved_on = instalment.claimed_on or instalment.paid_on
    released = instalment.status in OUT and instalment.released_on == was_on
    return released and moved_on is not None and moved_on < is_on
