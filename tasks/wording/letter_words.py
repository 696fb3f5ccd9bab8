"""Word a whole letter: its cards, what heads and ends it, what an inbox shows, and its days for a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from models.facts.letter import ItemView, LetterView
from models.facts.worded_letter import Appointment, Card, WordedLetter
from models.vocabulary import NoticeKind, StepKind
from tasks.wording.fact_rows import word_due, word_facts, word_grant, word_step
from tasks.wording.notice_phrases import word_subject_step
from tasks.wording.notice_words import word_leads, word_news
from tasks.wording.stake_words import word_stakes
from tasks.wording.subject_lines import are_with_others, word_count, word_subject
from tasks.words.translator import Speaker, capitalised, speaker

# More cards than this would be cut off by mail programs; what is beyond stands in the list at the top, and what
# nobody reads to the end of on the page behind the button.
MOST_CARDS, MOST_LISTED = 10, 60


def word_letter(letter: LetterView, link: str) -> WordedLetter:
    """Return the letter in its reader's language; its items must be in order, the most pressing first."""
    say = speaker(letter.language)
    items, today = letter.items, letter.today
    cards = _cards(say, items[:MOST_LISTED], today)
    sender = next((item.grant.recipient for item in items if item.grant.recipient), "Grantline")
    return WordedLetter(
        language=say.language,
        subject=word_subject(say, items, today),
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


def word_appointment(say: Speaker, item: ItemView, due_on: date, domain: str) -> Appointment:
    """Return the item's due date for a calendar: one event, whichever letter or private calendar names it."""
    return Appointment(
        uid=f"step-{item.step_id}@{domain}",
        on=due_on,
        summary=f"{capitalised(word_step(say, item.name))} ({item.grant.reference})",
        description=item.todo,
        sequence=item.step_version,
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
    return word_news(say, item)


def _headline(say: Speaker, items: Sequence[ItemView]) -> str:
    """Return what heads a list: how many there are, and the grant when it is one and the same."""
    if len(items) == 1:
        return ""
    count = word_count(say, items)
    grants = {item.grant.reference for item in items}
    return count if len(grants) > 1 else f"{count}, {items[0].grant.title}"


def _preheader(cards: Sequence[Card]) -> str:
    """Return what the inbox shows after the subject: what is at stake, or what the letter holds."""
    if len(cards) > 1:
        return ". ".join(f"{card.entry}: {card.badge}" if card.badge else card.entry for card in cards[:4])
    return " ".join((*cards[0].stakes[:1], *cards[0].leads[:1])) or cards[0].title


def _link_label(say: Speaker, items: Sequence[ItemView]) -> str:
    if items[0].kind is NoticeKind.CONFIRM_RELEASE:
        return say.gettext("Review and confirm")
    if are_with_others(items):
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
    mine = [item for item in asking if item.mine]
    if mine and all(item.name.kind == StepKind.APPROVAL for item in mine):
        return (say.gettext("There you record that it is approved or sent back, or answer “not yet”."), own)
    if mine:
        return (say.gettext("There you answer “done”, “not yet” or “not me”."), own)
    return (say.gettext("There you see how it stands."), own)
