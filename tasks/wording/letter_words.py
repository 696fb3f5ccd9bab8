"""Word a whole letter: its subject, what an inbox shows beside it, and its cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models.letter_view import Happening, ItemView, LetterView
from models.vocabulary import DecisionKind, NoticeKind
from models.worded_letter import Card, WordedLetter
from tasks.wording.fact_rows import word_due, word_facts, word_grant, word_stakes, word_step
from tasks.wording.sentences import word_leads, word_part, word_subject_step
from tasks.wording.standing_words import word_came
from tasks.wording.words import Speaker, capitalised, speaker

# More cards than this would be cut off by mail programs; what is beyond stands in the list at the top, and what
# nobody reads to the end of on the page behind the button.
MOST_CARDS, MOST_LISTED = 10, 60
# A subject that is longer is cut off in most inboxes; a title of fewer characters than the least says little.
LONGEST_SUBJECT = 88
_LEAST_TITLE = 14


def word_letter(letter: LetterView, link: str) -> WordedLetter:
    """Return the letter in its reader's language; its items must be in order, the most pressing first."""
    say = speaker(letter.language)
    items, today = letter.items, letter.today
    cards = _cards(say, items[:MOST_LISTED], today)
    sender = next((item.grant.recipient for item in items if item.grant.recipient), "Grantline")
    return WordedLetter(
        language=say.language,
        subject=_subject(say, items, today),
        preheader=_preheader(cards),
        sender=sender,
        hello=say.gettext("Hello %(name)s!", name=letter.to_name),
        headline=_headline(say, items),
        listed=cards,
        beyond=_beyond(say, len(items)),
        cards=cards[:MOST_CARDS],
        link=link,
        link_label=_link_label(say, items),
        after_link=_after_link(say, items),
        closing=(
            say.gettext(
                "Grantline watches the dates and conditions of grants for %(sender)s.", sender=sender
            ),
            sent_by_itself(say, asks=any(item.asks for item in items)),
        ),
    )


def sent_by_itself(say: Speaker, *, asks: bool) -> str:
    """Return a letter's last line: that nobody reads answers to it, or how one that asks is answered."""
    if asks:
        return say.gettext("This letter was sent automatically. Answer with the button, not by email.")
    return say.gettext("This letter was sent automatically. Nobody reads answers to it.")


def _beyond(say: Speaker, count: int) -> str:
    """Return where the rest is of what the list leaves out, or of what is not told in full."""
    if count > MOST_LISTED:
        return say.gettext(
            "... and %(count)s more. You see them all with the button.", count=count - MOST_LISTED
        )
    if count > MOST_CARDS:
        return say.gettext("The first %(count)s are told in full below.", count=MOST_CARDS)
    return ""


def _cards(say: Speaker, items: Sequence[ItemView], today: date) -> tuple[Card, ...]:
    several = len({item.grant.reference for item in items}) > 1
    made = []
    for before, item in zip((None, *items), items, strict=False):
        card = _card(say, item, today, same_grant=before is not None and before.grant == item.grant)
        made.append(replace(card, entry=_entry(card, item)) if several else card)
    return tuple(made)


def _entry(card: Card, item: ItemView) -> str:
    return f"{card.title}, {item.grant.title} ({item.grant.reference})"


def _card(say: Speaker, item: ItemView, today: date, *, same_grant: bool) -> Card:
    late = item.dated and item.due_on is not None and item.due_on < today
    title = word_step(say, item.name) if item.asks or item.dated else word_subject_step(say, item)
    return Card(
        title=capitalised(title),
        entry=capitalised(title),
        due=word_due(say, item, today),
        badge=_badge(say, item, today),
        late=late,
        leads=word_leads(say, item, today),
        stakes=word_stakes(say, item, today),
        facts=(*word_facts(say, item, today), *word_grant(say, item.grant, brief=same_grant)),
    )


def _badge(say: Speaker, item: ItemView, today: date) -> str:
    """Return the few words that a list shows beside an item's title."""
    if item.due_on is not None and item.dated:
        late = (today - item.due_on).days
        if late > 0 and item.with_funder:
            return say.gettext("Was expected %(when)s", when=say.days_from(item.due_on, today))
        if late > 0:
            return say.ngettext("%(count)s day late", "%(count)s days late", late)
        return capitalised(say.days_from(item.due_on, today))
    return _news(say, item)


def _news(say: Speaker, item: ItemView) -> str:
    if item.kind is NoticeKind.APPROVED:
        return say.gettext("Approved")
    if item.kind is NoticeKind.DECIDED:
        return say.gettext("Decision")
    if item.kind is NoticeKind.MOVED:
        return say.gettext("No longer due") if item.happenings[0].gone else say.gettext("New date")
    if item.kind is NoticeKind.NO_MEETING:
        return (
            say.gettext("No meeting known")
            if item.happenings[0].unknown
            else say.gettext("No meeting in time")
        )
    if item.kind is NoticeKind.DATE_MISSING:
        return say.gettext("No sum yet") if item.happenings[0].at_most else say.gettext("No date yet")
    if item.kind is NoticeKind.PUT_OFF:
        return say.gettext("Expected late")
    if item.kind is NoticeKind.RELEASED:
        return say.gettext("May be claimed")
    if item.kind is NoticeKind.PAID:
        return say.gettext("Paid")
    if item.kind is NoticeKind.WITHDRAWN:
        return say.gettext("Approval no longer stands")
    if item.kind is NoticeKind.CONFIRM_RELEASE:
        return say.gettext("To confirm")
    return ""


def _subject(say: Speaker, items: Sequence[ItemView], today: date) -> str:
    first = _pressing(say, items[0], today)
    if len(items) == 1:
        return f"{first} ({items[0].grant.reference})"
    if _are_with_others(items):
        return _with_grant(f"{_count(say, items)}: {word_step(say, items[0].name)}", items[0].grant.title)
    if _is_late(items[0], today):
        step = word_step(say, items[0].name)
        late = say.gettext("Late: %(step)s", step=step)
        first = say.gettext("Has not come: %(step)s", step=step) if items[0].with_funder else late
    asks = sum(item.asks for item in items)
    told = first if asks == 1 else f"{_count(say, items)}. {first}"
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
    return plain and item.happenings[0].stand_in is None and item.due_on is not None and item.due_on < today


def _are_with_others(items: Sequence[ItemView]) -> bool:
    """Return whether all that is asked of the reader is to see to what others are late with."""
    asking = [item for item in items if item.asks]
    return bool(asking) and all(item.kind is NoticeKind.ESCALATION and not item.mine for item in asking)


def _headline(say: Speaker, items: Sequence[ItemView]) -> str:
    """Return what heads a list: how many there are, and the grant when it is one and the same."""
    if len(items) == 1:
        return ""
    count = _count(say, items)
    grants = {item.grant.reference for item in items}
    return count if len(grants) > 1 else f"{count}, {items[0].grant.title}"


def _count(say: Speaker, items: Sequence[ItemView]) -> str:
    asks = sum(item.asks for item in items)
    if _are_with_others(items):
        return say.ngettext("%(count)s late task with others", "%(count)s late tasks with others", asks)
    if asks:
        return say.ngettext("%(count)s thing to do", "%(count)s things to do", asks)
    return say.ngettext("%(count)s piece of news", "%(count)s pieces of news", len(items))


def _pressing(say: Speaker, item: ItemView, today: date) -> str:
    """Return what presses about an item, as a subject line says it."""
    one = item.happenings[0]
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


def _escalation(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    if item.mine or not item.owner:
        return _step_by(say, item, today)
    return say.gettext("%(late)s, with %(name)s", late=_step_by(say, item, today), name=item.owner)


def _stand_in(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    if one.stand_in is None:
        return _step_by(say, item, today)
    return say.gettext("For %(name)s: %(step)s", name=one.stand_in.name, step=_step_by(say, item, today))


def _handed_over(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("Now yours: %(step)s", step=_step_by(say, item, today))


def _returned(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("Sent back: %(step)s", step=_step_by(say, item, today))


def _bounced(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    name = one.stand_in.name if one.stand_in else item.owner
    return say.gettext("Letters to %(name)s come back", name=name)


def _approved(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("Approved: %(step)s", step=word_subject_step(say, item))


def _decided(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
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


def _put_off(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    step = capitalised(word_step(say, item.name))
    if one.to_on is None:
        return say.gettext("%(step)s is expected late", step=step)
    return say.gettext(
        "%(step)s is expected late, on %(day)s", step=step, day=say.short_date(one.to_on, today)
    )


def _moved(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    if one.gone:
        return say.gettext("No longer due: %(step)s", step=word_subject_step(say, item))
    return say.gettext("New date: %(step)s", step=_step_by(say, item, today))


def _no_meeting(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    step = _step_by(say, item, today)
    if one.unknown:
        return say.gettext("No meeting known: %(step)s", step=step)
    return say.gettext("No meeting in time: %(step)s", step=step)


def _date_missing(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    if one.at_most:
        return say.gettext("No sum yet: %(step)s", step=word_subject_step(say, item))
    return say.gettext("No date yet: %(step)s", step=word_subject_step(say, item))


def _confirm_release(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("Your confirmation is needed: %(part)s", part=_part(say, one))


def _released(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("May now be claimed: %(part)s", part=_part(say, one))


def _paid(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    if came := word_came(say, one.amount_minor, one.paid_minor, one.currency):
        part = word_part(say, replace(one, amount_minor=None))
        return say.gettext("Paid in part: %(part)s, %(what)s", part=part, what=came)
    return say.gettext("Paid: %(part)s", part=_part(say, one))


def _withdrawn(say: Speaker, item: ItemView, one: Happening, today: date) -> str:
    return say.gettext("Approval no longer stands: %(step)s", step=word_subject_step(say, item))


def _part(say: Speaker, one: Happening) -> str:
    part = word_part(say, replace(one, amount_minor=None))
    return part if one.amount_minor is None else f"{part}, {say.money(one.amount_minor, one.currency)}"


def _preheader(cards: Sequence[Card]) -> str:
    """Return what the inbox shows after the subject: what is at stake, or what the letter holds."""
    if len(cards) > 1:
        return ". ".join(f"{card.entry}: {card.badge}" if card.badge else card.entry for card in cards[:4])
    return " ".join((*cards[0].stakes[:1], *cards[0].leads[:1])) or cards[0].title


def _link_label(say: Speaker, items: Sequence[ItemView]) -> str:
    if items[0].kind is NoticeKind.CONFIRM_RELEASE:
        return say.gettext("Review and confirm")
    if _are_with_others(items):
        return say.gettext("See the tasks")
    return say.gettext("Open my tasks")


def _after_link(say: Speaker, items: Sequence[ItemView]) -> tuple[str, ...]:
    """Return what the reader can do behind the link, and whose it is."""
    own = say.gettext("The link is yours alone: do not pass it on.")
    asking = [item for item in items if item.asks]
    if not asking:
        return (own,)
    if all(item.kind is NoticeKind.CONFIRM_RELEASE for item in asking):
        return (say.gettext("There you see what has been approved, and confirm."), own)
    if any(item.mine for item in asking):
        return (say.gettext("There you answer “done”, “not yet” or “not me”."), own)
    return (say.gettext("There you see how it stands."), own)


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
}
