"""Say each kind of journal event about money as a sentence."""

from __future__ import annotations

from datetime import date

from tasks.wording.account_words import word_account
from tasks.wording.journal_event import Event, Sentence, day_words
from tasks.wording.standing_words import word_came
from tasks.words.translator import Speaker


def _part(say: Speaker, event: Event) -> str:
    """Return which instalment the event is about, with its sum where that was noted."""
    number, amount = event.detail.get("instalment"), event.detail.get("amount_minor")
    part = say.gettext("part %(number)s of the grant", number=number)
    if type(amount) is not int:
        return part
    return say.gettext("%(part)s (%(money)s)", part=part, money=say.money(amount, event.currency))


def _award_set(say: Speaker, event: Event, today: date) -> str:
    award = event.detail.get("award_minor")
    money = say.money(award, event.currency) if type(award) is int else ""
    return say.gettext("The grant is now %(money)s.", money=money)


def _recovery(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The approval fell away after the money went out: %(part)s.", part=_part(say, event))


def _release_requested(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "%(who)s confirmed the condition for %(part)s; a second person is to confirm, too.",
        who=event.who,
        part=_part(say, event),
    )


def _instalment(say: Speaker, event: Event, today: date) -> str:
    part = _part(say, event)
    if event.name == "instalment_planned":
        return say.gettext("There is nothing to pay out of %(part)s.", part=part)
    if event.name == "instalment_withheld":
        return say.gettext("%(part)s is withheld until its condition is met.", part=part)
    if event.name == "instalment_releasable":
        return say.gettext("The condition of %(part)s is met; two people are asked to confirm.", part=part)
    if event.name == "instalment_claimed" and "claimed_on" in event.detail:
        day = day_words(say, event.detail["claimed_on"], today)
        return say.gettext("%(part)s was claimed on %(day)s.", part=part, day=day)
    if event.name == "instalment_claimed":
        return say.gettext("%(part)s was claimed.", part=part)
    paid, amount = event.detail.get("paid_minor"), event.detail.get("amount_minor")
    if event.name == "instalment_paid" and type(paid) is int and type(amount) is int and paid < amount:
        bare = say.gettext("part %(number)s of the grant", number=event.detail.get("instalment"))
        came = word_came(say, amount, paid, event.currency, no_more=False)
        return say.gettext("%(part)s: %(what)s.", part=bare, what=came)
    if event.name == "instalment_paid" and (rest := _sum_of(say, event, "came_minor")):
        return say.gettext("The last %(money)s of %(part)s came.", money=rest, part=part)
    if event.name == "instalment_paid" and "paid_on" in event.detail:
        day = day_words(say, event.detail["paid_on"], today)
        return say.gettext("%(part)s was paid on %(day)s.", part=part, day=day)
    if event.name == "instalment_paid":
        return say.gettext("%(part)s was paid.", part=part)
    if event.who:
        return say.gettext(
            "%(who)s confirmed the condition for %(part)s as the second person.", who=event.who, part=part
        )
    return say.gettext("%(part)s may be claimed.", part=part)


def _sum_of(say: Speaker, event: Event, name: str) -> str:
    amount = event.detail.get(name)
    return say.money(amount, event.currency) if type(amount) is int else ""


def _sums(say: Speaker, event: Event, today: date) -> str:
    return say.gettext("The parts of the grant have new sums.")


def _cut(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "Part %(number)s is cut from %(wanted)s to %(money)s: no more may be paid of the grant by then.",
        number=event.detail.get("instalment"),
        wanted=_sum_of(say, event, "wanted_minor"),
        money=_sum_of(say, event, "amount_minor"),
    )


def _kept(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "Of part %(number)s, %(money)s is kept by another until the last part.",
        number=event.detail.get("instalment"),
        money=_sum_of(say, event, "kept_minor"),
    )


def _lost(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "No more comes of part %(number)s of the grant: %(money)s is lost. %(why)s",
        number=event.detail.get("instalment"),
        money=_sum_of(say, event, "missing_minor"),
        why=event.detail.get("reason", ""),
    )


def _repays(say: Speaker, event: Event, today: date) -> str:
    money = _sum_of(say, event, "amount_minor")
    if not money:
        return say.gettext("“%(step)s”: it is not known how much is left.", step=event.step)
    return say.gettext("“%(step)s”: %(money)s is paid and not spent.", step=event.step, money=money)


def word_repaid(say: Speaker, event: Event, today: date) -> str:
    """Return what a repayment that is done was about, and by when; empty of any other step."""
    money, due_on = _sum_of(say, event, "repays_minor"), event.detail.get("due_on")
    if not money:
        return ""
    if not due_on:
        return say.gettext("%(money)s was to be repaid.", money=money)
    return say.gettext(
        "%(money)s was to be repaid by %(day)s.", money=money, day=day_words(say, due_on, today)
    )


def _condition_added(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "Part %(number)s now waits for %(steps)s, too.",
        number=event.detail.get("instalment"),
        steps=", ".join(map(str, event.detail.get("steps", ()))),
    )


def _taken_back(say: Speaker, event: Event, today: date) -> str:
    return say.gettext(
        "The account is another: two people are to confirm %(part)s anew.", part=_part(say, event)
    )


def _funder_account(say: Speaker, event: Event, today: date) -> str:
    was, now = (word_account(say, str(event.detail.get(name, ""))) for name in ("was", "now"))
    if was and now:
        return say.gettext(
            "The funder's account was changed from %(was)s to %(now)s, by an import.", was=was, now=now
        )
    if now:
        return say.gettext("The funder's account was entered by an import: %(now)s.", now=now)
    return say.gettext("The funder's account, %(was)s, was taken out by an import.", was=was)


def _account(say: Speaker, event: Event, today: date) -> str:
    was, now = (word_account(say, str(event.detail.get(name, ""))) for name in ("was", "now"))
    if was and now:
        return say.gettext(
            "The recipient's account was changed from %(was)s to %(now)s, by an import.", was=was, now=now
        )
    if now:
        return say.gettext("The recipient's account was entered by an import: %(now)s.", now=now)
    return say.gettext("The recipient's account, %(was)s, was taken out by an import.", was=was)


def _paid_to(sentence: Sentence) -> Sentence:
    """Return the sentence with the account to which the money is to come, where the event names it."""

    def said(say: Speaker, event: Event, today: date) -> str:
        text, account = sentence(say, event, today), str(event.detail.get("account", ""))
        if not account:
            return text
        paid_to = say.gettext("To be paid to: %(account)s.", account=word_account(say, account))
        return f"{text} {paid_to}"

    return said


MONEY_EVENTS: dict[str, Sentence] = {
    "account_changed": _account,
    "funder_account_changed": _funder_account,
    "release_taken_back": _taken_back,
    "award_set": _award_set,
    "recovery_opened": _recovery,
    "release_requested": _paid_to(_release_requested),
    "instalments_sized": _sums,
    "instalment_cut": _cut,
    "instalment_condition_added": _condition_added,
    "instalment_kept": _kept,
    "repayment_sized": _repays,
    "rest_lost": _lost,
    "instalment_planned": _instalment,
    "instalment_withheld": _instalment,
    "instalment_releasable": _instalment,
    "instalment_released": _paid_to(_instalment),
    "instalment_claimed": _paid_to(_instalment),
    "instalment_paid": _instalment,
}
