"""Word a letter's subject: what presses about its first item, how much else there is, and of which grant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models.letter_view import ItemView, NoticeView
from models.vocabulary import DecisionKind, NoticeKind
from tasks.wording.fact_rows import word_step
from tasks.wording.notice_sentences import word_part, word_subject_step
from tasks.wording.standing_words import word_came
from tasks.wording.words import Speaker, capitalised

# A subject that is longer is cut off in most inboxes; a title of fewer characters than the least says little.
LONGEST_SUBJECT = 88


_LEAST_TITLE = 14


def word_subject(say: Speaker, items: Sequence[ItemView], today: date) -> str:
    """Return the subject of a letter about the items, the most pressing first."""
    first = _pressing(say, items[0], today)
    if len(items) == 1:
        return f"{first} ({items[0].grant.reference})"
    if are_with_others(items):
        return _with_grant(f"{word_count(say, items)}: {word_step(say, items[0].name)}", items[0].grant.title)
    if _is_late(items[0], today):
        step = word_step(say, items[0].name)
        late = say.gettext("Late: %(step)s", step=step)
        first = say.gettext("Has not come: %(step)s", step=step) if items[0].with_funder else late
    asks = sum(item.asks for item in items)
    told = first if asks == 1 else f"{word_count(say, items)}. {first}"
    return _with_grant(told, items[0].grant.title)


def _with_grant(told: str, title: str) -> str:
    """Return a subject with the grant's title as far as it fits: whole words, or none of it."""
    room = LONGEST_SUBJECT - len(told) - len(", ")
    if len(title) > room:
        cut = title[: max(room - 1, 0)]
        title = f"{cut.rpartition(' ')[0].rstrip(' :,-–')}…" if room >= _LEAST_TITLE and " " in cut else ""
    return f"{told}, {title}" if title else told


def _is_late(item: ItemView, today: date) -> bool:
    plain = item.kind in (NoticeKind.ESCALATION, NoticeKind.REMINDER)
    return plain and item.notices[0].stand_in is None and item.due_on is not None and item.due_on < today


def are_with_others(items: Sequence[ItemView]) -> bool:
    """Return whether all that is asked of the reader is to see to what others are late with."""
    asking = [item for item in items if item.asks]
    return bool(asking) and all(item.kind is NoticeKind.ESCALATION and not item.mine for item in asking)


def word_count(say: Speaker, items: Sequence[ItemView]) -> str:
    """Return how much a letter asks or tells: "3 things to do"."""
    asks = sum(item.asks for item in items)
    if are_with_others(items):
        return say.ngettext("%(count)s late task with others", "%(count)s late tasks with others", asks)
    if asks:
        return say.ngettext("%(count)s thing to do", "%(count)s things to do", asks)
    return say.ngettext("%(count)s piece of news", "%(count)s pieces of news", len(items))


def _pressing(say: Speaker, item: ItemView, today: date) -> str:
    """Return what presses about an item, as a subject line says it."""
    one = item.notices[0]
    if item.kind in _SUBJECTS:
        return _SUBJECTS[item.kind](say, item, one, today)
    return _step_by(say, item, today)


def _step_by(say: Speaker, item: ItemView, today: date) -> str:
    step = capitalised(word_step(say, item.name))
    if item.due_on is None:
        return step
    if item.due_on < today:
        day = say.short_date(item.due_on, today)
        if item.with_funder:
            return say.gettext("Was expected by %(day)s: %(step)s", day=day, step=step)
        return say.gettext("Late since %(day)s: %(step)s", day=day, step=step)
    day, when = say.weekday_date(item.due_on, today), say.days_from(item.due_on, today)
    if item.with_funder:
        return say.gettext("%(step)s – expected by %(day)s, %(when)s", step=step, day=day, when=when)
    return say.gettext("%(step)s – by %(day)s, %(when)s", step=step, day=day, when=when)


def _escalation(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if item.mine or not item.owner:
        return _step_by(say, item, today)
    return say.gettext("%(late)s, with %(name)s", late=_step_by(say, item, today), name=item.owner)


def _stand_in(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.stand_in is None:
        return _step_by(say, item, today)
    return say.gettext("For %(name)s: %(step)s", name=one.stand_in.name, step=_step_by(say, item, today))


def _handed_over(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Now yours: %(step)s", step=_step_by(say, item, today))


def _returned(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Sent back: %(step)s", step=_step_by(say, item, today))


def _bounced(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    name = one.stand_in.name if one.stand_in else item.owner
    return say.gettext("Letters to %(name)s come back", name=name)


def _approved(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = word_subject_step(say, item)
    if one.left:
        return say.gettext("Another approval is needed: %(step)s", step=step)
    return say.gettext("Approved: %(step)s", step=step)


def _decided(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    funder = item.grant.funder or say.gettext("The funder")
    if one.annulled:
        return say.gettext("Recorded by mistake, and annulled: a decision by %(funder)s", funder=funder)
    if item.decision is DecisionKind.REFUSAL:
        return say.gettext("Refused by %(funder)s", funder=funder)
    if item.decision is DecisionKind.WITHDRAWAL:
        return say.gettext("Withdrawn by %(funder)s", funder=funder)
    if one.amount_minor is None or one.amount_minor < 0:
        words = say.gettext("Corrected: decision by %(funder)s", funder=funder)
        return words if one.corrected else say.gettext("Decision by %(funder)s", funder=funder)
    money = say.money(one.amount_minor, one.currency)
    if one.corrected:
        return say.gettext("Corrected: the decision is %(money)s from %(funder)s", money=money, funder=funder)
    return say.gettext("Decision: %(money)s from %(funder)s", money=money, funder=funder)


def _put_off(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = capitalised(word_step(say, item.name))
    if one.to_on is None:
        return say.gettext("%(step)s is expected late", step=step)
    return say.gettext(
        "%(step)s is expected late, on %(day)s", step=step, day=say.short_date(one.to_on, today)
    )


def _moved(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.gone:
        return say.gettext("No longer due: %(step)s", step=word_subject_step(say, item))
    if one.new:
        return say.gettext("New in the plan: %(step)s", step=_step_by(say, item, today))
    return say.gettext("New date: %(step)s", step=_step_by(say, item, today))


def _no_meeting(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = _step_by(say, item, today)
    if one.unknown:
        return say.gettext("No meeting known: %(step)s", step=step)
    return say.gettext("No meeting in time: %(step)s", step=step)


def _date_missing(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.at_most:
        return say.gettext("No sum yet: %(step)s", step=word_subject_step(say, item))
    return say.gettext("No date yet: %(step)s", step=word_subject_step(say, item))


def _confirm_release(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Your confirmation is needed: %(part)s", part=_part(say, one))


def _released(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.new_account:
        return say.gettext("New account: %(part)s", part=_part(say, one))
    return say.gettext("May now be claimed: %(part)s", part=_part(say, one))


def _paid(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if came := word_came(say, one.amount_minor, one.paid_minor, one.currency, no_more=one.no_more):
        part = word_part(say, replace(one, amount_minor=None))
        return say.gettext("Paid in part: %(part)s, %(what)s", part=part, what=came)
    return say.gettext("Paid: %(part)s", part=_part(say, one))


def _withdrawn(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Approval no longer stands: %(step)s", step=word_subject_step(say, item))


def _source_changed(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("A source has changed: %(step)s", step=word_subject_step(say, item))


def _part(say: Speaker, one: NoticeView) -> str:
    part = word_part(say, replace(one, amount_minor=None))
    return part if one.amount_minor is None else f"{part}, {say.money(one.amount_minor, one.currency)}"


_SUBJECTS = {
    NoticeKind.ESCALATION: _escalation,
    NoticeKind.STAND_IN: _stand_in,
    NoticeKind.REMINDER: _stand_in,
    NoticeKind.HANDED_OVER: _handed_over,
    NoticeKind.RETURNED: _returned,
    NoticeKind.BOUNCED: _bounced,
    NoticeKind.APPROVED: _approved,
    NoticeKind.DECIDED: _decided,
    NoticeKind.MOVED: _moved,
    NoticeKind.NO_MEETING: _no_meeting,
    NoticeKind.DATE_MISSING: _date_missing,
    NoticeKind.PUT_OFF: _put_off,
    NoticeKind.CONFIRM_RELEASE: _confirm_release,
    NoticeKind.RELEASED: _released,
    NoticeKind.PAID: _paid,
    NoticeKind.WITHDRAWN: _withdrawn,
    NoticeKind.SOURCE_CHANGED: _source_changed,
}
