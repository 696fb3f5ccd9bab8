"""Word the notices of a part of the money: to be confirmed, to be claimed, paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from models.facts.letter import ItemView
from models.facts.notice import NoticeView
from models.vocabulary import NoticeKind
from tasks.wording.notice_phrases import (
    KindWords,
    word_note,
    word_part,
    word_part_and_sum,
    word_subject_step,
)
from tasks.wording.standing_words import word_came
from tasks.words.translator import Speaker, capitalised


def _confirm_release(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    part = word_part(say, one)
    if one.requested_by:
        yield say.gettext(
            "%(name)s has confirmed that the condition for %(part)s is met.", name=one.requested_by, part=part
        )
        yield say.gettext(
            "Two people are to check it and confirm before the money is claimed; you are the second."
        )
    else:
        yield say.gettext("The condition for %(part)s is met.", part=part)
        if one.new_account:
            yield say.gettext("The account was changed after that had been confirmed: it is confirmed anew.")
        yield say.gettext(
            "Two people are to check it and confirm before the money is claimed; you are the first."
        )


def _confirm_release_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Your confirmation is needed: %(part)s", part=word_part_and_sum(say, one))


def _released(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    yield capitalised(say.gettext("%(part)s may now be claimed.", part=word_part(say, one)))
    if one.conditional:
        yield say.gettext("Two people have confirmed that its condition is met.")
    if item.asks:
        yield item.todo


def _released_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("May now be claimed: %(part)s", part=word_part_and_sum(say, one))


def _new_account(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.new_account == "repaid":
        yield say.gettext("The funder's account, to which the money is to be paid back, has been changed.")
        yield say.gettext("A document that was made before names the other one: make it anew.")
        return
    part = word_part(say, one)
    if one.new_account == "claimed":
        yield say.gettext("The account to which %(part)s is to be paid has been changed.", part=part)
        yield say.gettext("The claim has left, and names the one before it: tell the funder which one holds.")
    elif one.new_account == "confirm":
        yield say.gettext(
            "The account to which %(part)s is to be paid has been changed after its condition was confirmed.",
            part=part,
        )
        yield say.gettext("Two people are to confirm it anew, for the new account, before the claim leaves.")
    else:
        yield say.gettext("The account to which %(part)s is to be paid has been changed.", part=part)
        yield say.gettext("A claim that was made before names the other one: make it anew.")


def _new_account_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    repaid = one.new_account == "repaid"
    about = word_subject_step(say, item) if repaid else word_part_and_sum(say, one)
    return say.gettext("New account: %(part)s", part=about)


def _paid(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    came = word_came(say, one.amount_minor, one.paid_minor, one.currency, no_more=one.no_more)
    if not came:
        yield capitalised(say.gettext("%(part)s has been paid.", part=word_part(say, one)))
        return
    part = word_part(say, replace(one, amount_minor=None))
    yield capitalised(say.gettext("%(part)s: %(what)s.", part=part, what=came))
    if one.no_more:
        yield from word_note(say, one)
        return
    yield say.gettext("Ask the funder why, and when the rest comes.")
    yield word_rest(say)


def word_rest(say: Speaker) -> str:
    """Return until when what is missing of a payment is asked for."""
    return say.gettext(
        "The payment is still to be recorded, until all of it has come or it is clear that no more comes."
    )


def _paid_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if came := word_came(say, one.amount_minor, one.paid_minor, one.currency, no_more=one.no_more):
        part = word_part(say, replace(one, amount_minor=None))
        return say.gettext("Paid in part: %(part)s, %(what)s", part=part, what=came)
    return say.gettext("Paid: %(part)s", part=word_part_and_sum(say, one))


PAYMENT_NOTICES = {
    NoticeKind.CONFIRM_RELEASE: KindWords(
        _confirm_release, _confirm_release_subject, lambda say, one: say.gettext("To confirm")
    ),
    NoticeKind.RELEASED: KindWords(
        _released, _released_subject, lambda say, one: say.gettext("May be claimed")
    ),
    NoticeKind.NEW_ACCOUNT: KindWords(
        _new_account, _new_account_subject, lambda say, one: say.gettext("New account")
    ),
    NoticeKind.PAID: KindWords(_paid, _paid_subject, lambda say, one: say.gettext("Paid")),
}
