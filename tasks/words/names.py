"""Name the closed words of rows for a reader: phases, roles, decisions, documents, states, shares, accounts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tasks.words.templates import words_module, words_template
from tasks.words.translator import Translator


@lru_cache(maxsize=4096)
def _named(language: str, table: str, *keys: str) -> str:
    return str(getattr(words_module(language, "names"), table)(*keys))


def word_phase(say: Translator, phase: str) -> str:
    """Return a phase's name."""
    return _named(say.language, "phase", phase)


def word_role(say: Translator, role: str) -> str:
    """Return a role's name; what is no role is returned as it is."""
    return _named(say.language, "role", role)


def word_decision(say: Translator, kind: str) -> str:
    """Return what a decision does."""
    return _named(say.language, "decision", kind)


def word_paper(say: Translator, kind: str) -> str:
    """Return which of a grant's documents it is."""
    return _named(say.language, "paper", kind)


def word_notice(say: Translator, kind: str) -> str:
    """Return why a person was told of a step, in a word."""
    return _named(say.language, "notice", kind)


def word_share(say: Translator, share: str) -> str:
    """Return how large an instalment is, as its row says it, in the reader's words."""
    return _named(say.language, "share", share)


def word_account(say: Translator, account: str) -> str:
    """Return a kept account for a reader: giro numbers and IBANs name themselves, a bank's account is called one."""
    return _named(say.language, "account", account)


def word_grant_status(say: Translator, status: str) -> str:
    """Return whether a grant still runs."""
    return _named(say.language, "grant_status", status)


def step_status_name(say: Translator, status: str) -> str:
    """Return where a step stands."""
    return _named(say.language, "step_status", status)


def word_news(say: Translator, kind: str, rung: str) -> str:
    """Return of what a person was told, or at which rung."""
    return _named(say.language, "news", kind, rung)


def word_letter_state(say: Translator, status: str) -> str:
    """Return what became of a letter."""
    return _named(say.language, "letter_state", status)


def word_heading(say: Translator, column: str) -> str:
    """Return the heading of a column of a list that is saved as a spreadsheet."""
    return str(_lists(say).heading(column))


def word_meeting(say: Translator, body: str) -> str:
    """Return a meeting of a deciding body as a calendar has it."""
    return str(_lists(say).meeting(body))


def _lists(say: Translator) -> Any:
    return words_template(say.language, "pages/lists.html").make_module({})
