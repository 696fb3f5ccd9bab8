"""Name phases, steps, roles and states as the portal's readers do."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from models.programme import StepRule
from models.vocabulary import (
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    LetterKind,
    LetterStatus,
    Phase,
    Role,
    StepKind,
    StepStatus,
)
from tasks.words import Speaker, capitalised


@lru_cache(maxsize=64)
def word_phase(say: Speaker, phase: str) -> str:
    """Return a phase's name."""
    return {
        Phase.APPLICATION: say.gettext("Application"),
        Phase.DECISION: say.gettext("Decision"),
        Phase.FOLLOW_UP: say.gettext("Follow-up"),
        Phase.FINAL_REPORT: say.gettext("Final report"),
        Phase.RELEASE: say.gettext("Last payment"),
    }.get(Phase(phase), phase)


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
        InstalmentStatus.RELEASABLE: say.gettext("Ready to release"),
        InstalmentStatus.RELEASED: say.gettext("May be claimed"),
        InstalmentStatus.CLAIMED: say.gettext("Claimed"),
        InstalmentStatus.PAID: say.gettext("Paid"),
    }[InstalmentStatus(status)]


@lru_cache(maxsize=64)
def word_decision_kind(say: Speaker, kind: str) -> str:
    """Return what a decision does."""
    return {
        DecisionKind.AWARD: say.gettext("Award"),
        DecisionKind.SUPPLEMENT: say.gettext("Supplement"),
        DecisionKind.AMENDMENT: say.gettext("Amendment"),
        DecisionKind.REFUSAL: say.gettext("Refusal"),
        DecisionKind.WITHDRAWAL: say.gettext("Withdrawal"),
    }[DecisionKind(kind)]


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


@lru_cache(maxsize=64)
def word_role(say: Speaker, role: str) -> str:
    """Return a role's name; what is no role is returned as it is."""
    return {
        str(Role.COORDINATOR): say.gettext("the coordinator"),
        str(Role.UNIT_MANAGER): say.gettext("the unit manager"),
        str(Role.HEAD_OF_DEPARTMENT): say.gettext("the head of department"),
        str(Role.HEAD_OF_ADMINISTRATION): say.gettext("the head of administration"),
        str(Role.COMMITTEE): say.gettext("the committee"),
        str(Role.CONTROLLER): say.gettext("the controller"),
        str(Role.ADMIN): say.gettext("the administrator"),
        "funder": say.gettext("the funder"),
        "second person": say.gettext("a second person, to confirm the release"),
        "two people to confirm the release": say.gettext("two people, to confirm the release"),
    }.get(role, role)


def word_step_title(say: Speaker, rule: StepRule | None, kind: str, period: str | None) -> str:
    """Return a step's title as in a sentence, with its period when it comes once a period."""
    if rule is None:
        return say.gettext("repayment") if kind == StepKind.RECOVERY else say.gettext("task")
    title = rule.title.en if say.language == "en" else rule.title.sv
    return f"{title}, {say.period(period)}" if rule.each and period else title


def word_slack(say: Speaker, due_on: date | None, today: date) -> str:
    """Return how far a due date is: "12 days left", "today", "3 days late"; empty when there is none."""
    if due_on is None:
        return ""
    days = (due_on - today).days
    if days < 0:
        return say.ngettext("%(count)s day late", "%(count)s days late", -days)
    if days == 0:
        return capitalised(say.gettext("today"))
    return say.ngettext("%(count)s day left", "%(count)s days left", days)
