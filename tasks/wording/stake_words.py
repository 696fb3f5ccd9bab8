"""Word the money that is at stake: what waits for a step, or is lost with it, lapses, or is to be paid back."""

from __future__ import annotations

from datetime import date

from models.facts.letter import ItemView, Stake, StakeTerm
from models.vocabulary import GrantStatus, NoticeKind, StepKind
from tasks.wording.fact_rows import word_step
from tasks.words.translator import Speaker, capitalised


def word_stakes(say: Speaker, item: ItemView, today: date) -> tuple[str, ...]:
    """Return what money waits for the item, a sentence each; nothing once a step is settled or a grant is off."""
    granted = item.kind is NoticeKind.DECIDED and item.grant.status is GrantStatus.OPEN
    if item.decision is not None or not (item.open or granted):
        return ()
    return tuple(_stake(say, stake, item, today) for stake in item.stakes)


def _stake(say: Speaker, stake: Stake, item: ItemView, today: date) -> str:
    if stake.term is not StakeTerm.WAITS:
        return _term(say, stake, today)
    said = _waiting_money(say, stake, item, today)
    if not stake.kept_minor:
        return said
    kept = say.money(stake.kept_minor, stake.currency)
    until = say.gettext(
        "%(keeper)s keeps %(kept)s until the last part.", keeper=capitalised(stake.keeper), kept=kept
    )
    return f"{said} {until}"


def _waiting_money(say: Speaker, stake: Stake, item: ItemView, today: date) -> str:
    if stake.instalment is None and not item.with_funder:
        return _no_grant(say, stake, today)
    if stake.amount_minor is None:
        money = say.gettext("Part %(number)s of the grant", number=stake.instalment)
    else:
        money = say.money(stake.amount_minor, stake.currency)
    if stake.final_report:
        return _by_report(say, stake.last_on, money, today)
    if stake.waits_for is not None:
        step = word_step(say, stake.waits_for)
        return say.gettext("%(money)s will not be paid before %(step)s.", money=money, step=step)
    if item.name.kind is StepKind.CLAIM:
        return say.gettext("%(money)s will not be paid before the claim is sent.", money=money)
    if item.name.kind is StepKind.PAYMENT and stake.whole_minor is not None:
        whole = say.money(stake.whole_minor, stake.currency)
        return say.gettext("%(money)s of %(whole)s has not come in yet.", money=money, whole=whole)
    if item.name.kind is StepKind.PAYMENT:
        return say.gettext("%(money)s has not come in yet.", money=money)
    return say.gettext("The application is for %(money)s.", money=money)


def _by_report(say: Speaker, last_on: date | None, money: str, today: date) -> str:
    """Return what hangs on the final report; once its day has passed, only the funder can still take it."""
    if last_on is None or last_on >= today:
        return say.gettext(
            "%(money)s is paid only if the final report arrives in time and is approved.", money=money
        )
    return say.gettext(
        "%(money)s is paid only if the funder still accepts and approves the final report, which was due on"
        " %(day)s.",
        money=money,
        day=say.short_date(last_on, today),
    )


def _no_grant(say: Speaker, stake: Stake, today: date) -> str:
    """Return what a missed application costs: the whole grant."""
    lost = say.gettext("Without an application in time there is no grant.")
    if stake.last_on is not None and stake.last_on < today:
        day = say.short_date(stake.last_on, today)
        lost = say.gettext(
            "The last day to apply was %(day)s: there is no grant unless the funder still accepts the application.",
            day=day,
        )
    if stake.amount_minor is None:
        return lost
    money = say.money(stake.amount_minor, stake.currency)
    return f"{lost} {say.gettext('The application is for %(money)s.', money=money)}"


def _term(say: Speaker, stake: Stake, today: date) -> str:
    """Return what a programme says of the money beside that it waits; another sentence once its day has passed."""
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
