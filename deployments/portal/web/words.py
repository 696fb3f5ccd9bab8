"""Name the states of letters, and the choices of the overview, as the portal's readers do."""

from __future__ import annotations

from functools import lru_cache

from models.vocabulary import LetterKind, LetterStatus
from tasks.words.translator import Speaker


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
