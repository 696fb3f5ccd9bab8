"""Word what a programme says of the money that a step is about: lost when late, lapsing, unspent, or its own words."""

from __future__ import annotations

from datetime import date

from models.letter_view import Stake, StakeTerm
from tasks.wording.words import Speaker


def word_term(say: Speaker, stake: Stake, today: date) -> str:
    """Return what is at stake, as one sentence; another once its day has passed."""
    if stake.term is StakeTerm.SAID:
        return stake.said
    if stake.term is StakeTerm.UNSPENT:
        return _unspent(say, stake)
    if stake.term is StakeTerm.RELEASED:
        return say.gettext(
            "Part %(number)s of the grant, %(money)s, was released on an approval that does not stand.",
            number=stake.instalment,
            money=say.money(stake.amount_minor or 0, stake.currency),
        )
    if stake.term is StakeTerm.RECOVERED:
        return say.gettext(
            "Part %(number)s of the grant, %(money)s, went out on an approval that does not stand.",
            number=stake.instalment,
            money=say.money(stake.amount_minor or 0, stake.currency),
        )
    if stake.last_on is None:
        return ""
    if stake.term is StakeTerm.LAPSES:
        return _lapses(say, stake, stake.last_on, today)
    return _lost(say, stake, stake.last_on, today)


def _unspent(say: Speaker, stake: Stake) -> str:
    if stake.amount_minor is None:
        return say.gettext("What was paid and not spent is to be paid back.")
    money = say.money(stake.amount_minor, stake.currency)
    return say.gettext("%(money)s was paid and not spent, and is to be paid back.", money=money)


def _lapses(say: Speaker, stake: Stake, last_on: date, today: date) -> str:
    day = say.short_date(last_on, today)
    if stake.amount_minor is None:
        if last_on < today:
            return say.gettext(
                "The right to the money lapsed after %(day)s, unless the funder still accepts this.", day=day
            )
        return say.gettext("The right to the money lapses after %(day)s.", day=day)
    money = say.money(stake.amount_minor, stake.currency)
    if last_on < today:
        return say.gettext(
            "The right to %(money)s lapsed after %(day)s, unless the funder still accepts this.",
            money=money,
            day=day,
        )
    return say.gettext("The right to %(money)s lapses after %(day)s.", money=money, day=day)


def _lost(say: Speaker, stake: Stake, from_on: date, today: date) -> str:
    day = say.short_date(from_on, today)
    number = stake.share.rstrip(" %")
    share = f"{number.replace('.', ',') if say.language == 'sv' else number}\N{NO-BREAK SPACE}%"
    if stake.amount_minor is not None:
        money = say.money(stake.amount_minor, stake.currency)
        share = say.gettext("%(share)s of the grant (%(money)s)", share=share, money=money)
    else:
        share = say.gettext("%(share)s of the grant", share=share)
    if from_on <= today:
        return say.gettext("%(part)s is lost since %(day)s, as this is late.", part=share, day=day)
    return say.gettext("%(part)s is lost if this is not done before %(day)s.", part=share, day=day)
