"""Name phases, steps, roles and states as the portal's readers do."""

from __future__ import annotations

from functools import lru_cache

from models.vocabulary import (
    GrantStatus,
    InstalmentStatus,
    LetterKind,
    LetterStatus,
    StepStatus,
)
from tasks.wording.standing import InstalmentStanding
from tasks.wording.standing_words import word_came
from tasks.wording.standing_words import word_decision as word_decision
from tasks.wording.standing_words import word_paper as word_paper
from tasks.wording.standing_words import word_phase as word_phase
from tasks.wording.standing_words import word_role as word_role
from tasks.wording.standing_words import word_slack as word_slack
from tasks.wording.standing_words import word_step_title as word_step_title
from tasks.wording.words import Speaker, capitalised


@lru_cache(maxsize=64)
def word_grant_status(say: Speaker, status: str) -> str:
    """Return whether a grant still runs."""
    return {
        GrantStatus.OPEN: say.gettext("Open"),
        GrantStatus.CLOSED: say.gettext("Closed"),
        GrantStatus.REFUSED: say.gettext("Refused"),
        GrantStatus.WITHDRAWN: say.gettext("Withdrawn"),
    }[GrantStatus(status)]


@lru_cache(maxsize=64)
def word_step_status(say: Speaker, status: str) -> str:
    """Return where a step stands."""
    return {
        StepStatus.WAITING: say.gettext("Waiting"),
        StepStatus.OPEN: say.gettext("Open"),
        StepStatus.DONE: say.gettext("Done"),
        StepStatus.APPROVED: say.gettext("Approved"),
        StepStatus.SKIPPED: say.gettext("Skipped"),
        StepStatus.CANCELLED: say.gettext("Cancelled"),
    }[StepStatus(status)]


@lru_cache(maxsize=64)
def word_instalment_status(say: Speaker, status: str) -> str:
    """Return how far an instalment has come."""
    return {
        InstalmentStatus.PLANNED: say.gettext("Planned"),
        InstalmentStatus.WITHHELD: say.gettext("Withheld"),
        InstalmentStatus.RELEASABLE: say.gettext("To be confirmed by two people"),
        InstalmentStatus.RELEASED: say.gettext("May be claimed"),
        InstalmentStatus.CLAIMED: say.gettext("Claimed"),
        InstalmentStatus.PAID: say.gettext("Paid"),
    }[InstalmentStatus(status)]


def word_part(say: Speaker, part: InstalmentStanding) -> str:
    """Return an instalment's sum and how far it has come; where less came than that, how much."""
    status = word_instalment_status(say, part.status).lower()
    if part.amount_minor is None:
        return say.gettext("Part %(number)s: %(status)s", number=part.number, status=status)
    if came := word_came(say, part.amount_minor, part.paid_minor, part.currency):
        return capitalised(came)
    money = say.money(part.amount_minor, part.currency)
    return say.gettext("%(money)s: %(status)s", money=money, status=status)


@lru_cache(maxsize=64)
def word_letter_kind(say: Speaker, kind: str) -> str:
    """Return what a letter is about."""
    return {
        LetterKind.TASKS: say.gettext("Tasks"),
        LetterKind.DECISION: say.gettext("Decision"),
        LetterKind.MONEY: say.gettext("Money"),
        LetterKind.CONFIRMATION: say.gettext("Confirmation"),
        LetterKind.LOGIN: say.gettext("Login link"),
        LetterKind.LINK: say.gettext("New link"),
    }[LetterKind(kind)]


@lru_cache(maxsize=64)
def word_letter_status(say: Speaker, status: str, captured: bool) -> str:
    """Return how far a letter has come; one that was captured has not left."""
    if captured:
        return say.gettext("Kept here")
    return {
        LetterStatus.QUEUED: say.gettext("Waits to be sent"),
        LetterStatus.CLAIMED: say.gettext("Waits to be sent"),
        LetterStatus.HANDING_OVER: say.gettext("Being sent"),
        LetterStatus.ACCEPTED: say.gettext("Sent"),
        LetterStatus.BOUNCED: say.gettext("Came back"),
        LetterStatus.UNCONFIRMED: say.gettext("Perhaps sent"),
        LetterStatus.POISONED: say.gettext("Could not be written"),
        LetterStatus.CANCELLED: say.gettext("Not needed any more"),
    }[LetterStatus(status)]


def word_state(say: Speaker, state: str) -> str:
    """Return what grants can be asked for by, as a choice."""
    return {
        "open": say.gettext("Open"),
        "late": say.gettext("Late"),
        "soon": say.gettext("Due within a week"),
        "release": say.gettext("To be confirmed by two people"),
        "ended": say.gettext("Ended"),
    }[state]


def word_order(say: Speaker, order: str) -> str:
    """Return an order of grants, as a choice."""
    return {
        "due": say.gettext("Due date"),
        "title": say.gettext("Grant"),
        "reference": say.gettext("Reference"),
        "money": say.gettext("Most money at risk"),
    }[order]
