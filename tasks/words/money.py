"""Say to which account money is paid, and what is left of the money that came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.money import Payee, Unspent
from tasks.words.names import word_account
from tasks.words.translator import Speaker


def word_payee(say: Speaker, payee: Payee | None, today: date) -> Iterator[tuple[str, str]]:
    """Yield to which account money is to come or goes back, and that it was changed since money last came."""
    if payee is None or not payee.account:
        return
    label = say.gettext("To be paid back to") if payee.back else say.gettext("To be paid to")
    yield label, word_account(say, payee.account)
    if payee.changed_on is None:
        return
    day = say.short_date(payee.changed_on, today)
    if payee.now is not None:
        now = word_account(say, payee.now) or say.gettext("none")
        changed = say.gettext("Changed to %(now)s on %(day)s, after the claim.", now=now, day=day)
    elif payee.was:
        changed = say.gettext("Changed on %(day)s, from %(was)s.", day=day, was=word_account(say, payee.was))
    else:
        changed = say.gettext("Entered on %(day)s.", day=day)
    if payee.back:
        mind = say.gettext(
            "Make sure of it with the funder, by word of mouth, before the money is paid back."
        )
    else:
        mind = say.gettext(
            "No money has come to it yet. Make sure of it, by word of mouth, with whoever looks after the accounts."
        )
    yield say.gettext("New account"), f"{changed} {mind}"


def word_unspent(say: Speaker, unspent: Unspent | None, adds_minor: int | None) -> Iterator[tuple[str, str]]:
    """Yield what was spent of the money that came, what is left of it, and what a part would add to that."""
    if unspent is None:
        return
    sums = (unspent.spent_minor, unspent.received_minor, unspent.left_minor, adds_minor or 0)
    spent, received, left, part = (say.money(minor, unspent.currency) for minor in sums)
    label = (
        say.gettext("The funder's part of what is spent") if unspent.of_share else say.gettext("Spent so far")
    )
    said = say.gettext("%(spent)s of %(received)s received, as reported.", spent=spent, received=received)
    if adds_minor:
        rest = say.gettext("%(left)s is unspent, and this part would add %(part)s.", left=left, part=part)
    else:
        rest = say.gettext("%(left)s is unspent.", left=left)
    yield label, f"{said} {rest} {word_threshold(say, unspent)}".strip()


def word_threshold(say: Speaker, unspent: Unspent) -> str:
    """Return whether what is left is below the funder's threshold; empty where there is none, or nothing is left."""
    if not unspent.least_minor or not unspent.left_minor:
        return ""
    least = say.money(unspent.least_minor, unspent.currency)
    if unspent.is_kept:
        return say.gettext(
            "What is unspent is below the funder's threshold, %(least)s, and is not paid back.", least=least
        )
    return say.gettext(
        "What is unspent is not below the funder's threshold, %(least)s: what is left in the end is paid back.",
        least=least,
    )
