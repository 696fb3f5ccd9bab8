"""Make a letter of the facts about its items: what it says, from the templates of its kinds of notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.facts.letter import ItemView, LetterView, RecordedAct, Task
from models.facts.worded_letter import Appointment, WordedLetter
from models.vocabulary import NoticeKind
from tasks.words.templates import one_paragraph, words_template
from tasks.words.translator import Speaker, capitalised, given_name, speaker

# A letter about one task has at most so many words with everything, one about several the second number.
MOST_WORDS, MOST_WORDS_OF_SEVERAL = 120, 250
MOST_LISTED, MOST_DETAILS = 8, 2
_TO_DO = (NoticeKind.REMINDER, NoticeKind.STAND_IN, NoticeKind.ESCALATION)
_MONEY = (NoticeKind.CONFIRM_RELEASE, NoticeKind.NEW_ACCOUNT, NoticeKind.WITHDRAWN)
_NEWS = (NoticeKind.PUT_OFF, NoticeKind.MOVED, NoticeKind.DECIDED)
_SIGNED_IN = (Task.READ, Task.ITEM, Task.REPAY, Task.RECOVER)


class ItemWords:
    """What a letter says of one item: its template's macros, called with the item and its most pressing notice."""

    def __init__(self, say: Speaker, item: ItemView, today: date, *, brief: bool = False) -> None:
        self.item = item
        self._given = (item, item.notices[0])
        told = {"today": today, "brief": brief}
        self._module: Any = words_template(
            say.language, f"letters/{template_of(item, today)}.j2"
        ).make_module(told)
        self._shared: Any = words_template(say.language, "letters/sentences.j2").make_module(told)

    def part(self, name: str) -> str:
        """Return one part of what is said: subject, preheader, body, after, button; empty where the kind has none."""
        macro = getattr(self._module, name, None)
        return "" if macro is None else one_paragraph(macro(*self._given[: len(macro.arguments)]))

    def paragraphs(self) -> list[str]:
        """Return what a letter about the item alone says."""
        covers = one_paragraph(self._shared.covers(self.item.notices[0].stand_in)) if self._is_to_do() else ""
        parts = [f"{covers} {self.part('body')}".strip(), self.part("after")]
        return [part for part in parts if part]

    def on_page(self) -> tuple[str, ...]:
        """Return what a page says of the item: for whom, what has happened, and what its programme tells to do."""
        covers = one_paragraph(self._shared.covers(self.item.notices[0].stand_in)) if self._is_to_do() else ""
        news = [] if self._is_to_do() else self.paragraphs()
        return tuple(one for one in (covers, *news, self.item.todo) if one)

    def action(self) -> str:
        """Return the item as a line in a list has it: what to do, or what has happened."""
        if self._is_to_do():
            return one_paragraph(self._shared.action(self.item))
        return self.part("line") or self.part("subject")

    def by_when(self) -> str:
        """Return when it is due, as a line in a list has it; empty for news."""
        return one_paragraph(self._shared.by_when(self.item)) if self._is_to_do() or self.item.asks else ""

    def stakes(self) -> Iterator[str]:
        """Yield what money waits for the step, a sentence each."""
        for one in self.item.told_stakes:
            yield capitalised(one_paragraph(self._shared.stake_sentence(self.item, one)))

    def _is_to_do(self) -> bool:
        return self.item.kind in _TO_DO


def template_of(item: ItemView, today: date) -> str:
    """Return the template that has the words for an item: by its kind of notice, and what sort of task it is."""
    if item.kind not in _TO_DO:
        return str(item.kind)
    if item.due_on is None or (item.due_on >= today and item.kind is not NoticeKind.ESCALATION):
        return f"reminder/{item.task}" if item.due_on is not None else "date_missing"
    if item.with_funder:
        return "escalation/funder"
    owns = item.mine or item.kind is not NoticeKind.ESCALATION
    return "escalation/own" if owns else "escalation/colleague"


def word_letter(letter: LetterView, link: str) -> WordedLetter:
    """Return the letter in its reader's language; its items must be in order, the most pressing first."""
    say = speaker(letter.language)
    told = [ItemWords(say, item, letter.today) for item in letter.items]
    written = _about_one(say, told[0]) if len(told) == 1 else _about_several(say, told, letter.today)
    sender = next((item.grant.recipient for item in letter.items if item.grant.recipient), "")
    return replace(
        written,
        link=link,
        greeting=greeting(say, letter.to_name),
        small_print=_small_print(say, letter.items),
        sender=sent_by(say, sender),
    )


def greeting(say: Speaker, name: str) -> str:
    """Return how a letter begins: by the reader's first name."""
    return say.gettext("Hello %(name)s,", name=given_name(name))


def sent_by(say: Speaker, recipient: str) -> str:
    """Return a letter's last line."""
    return (
        say.gettext("Sent by Grantline for %(recipient)s.", recipient=recipient) if recipient else "Grantline"
    )


def _about_one(say: Speaker, told: ItemWords) -> WordedLetter:
    title = told.item.grant.title
    preheader = f"{title}. {told.part('preheader')}".strip()
    return WordedLetter(
        language=say.language,
        subject=told.part("subject"),
        preheader=preheader,
        paragraphs=tuple(told.paragraphs()),
        button=told.part("button"),
    )


def _about_several(say: Speaker, told: Sequence[ItemWords], today: date) -> WordedLetter:
    """Return a letter that lists its items, and tells of at most two of them more: as many as there is room for."""
    one_grant = len({one.item.grant.reference for one in told}) == 1
    asks = [one for one in told if one.item.asks]
    written = WordedLetter(
        language=say.language,
        subject=_subject(say, told, asks, today),
        preheader=_preheader(say, told),
        paragraphs=(_heading(say, told, asks, one_grant=one_grant),),
        lines=tuple(_line(say, one, one_grant=one_grant) for one in told[:MOST_LISTED]),
        beyond=_beyond(say, len(told) - MOST_LISTED),
        button=say.gettext("View the tasks") if _are_others(asks) else say.gettext("Open my tasks"),
    )
    for count in range(MOST_DETAILS, 0, -1):
        brief = (ItemWords(say, one.item, today, brief=True) for one in told[:count])
        details = tuple((f"{number}.", one.paragraphs()[0]) for number, one in enumerate(brief, start=1))
        if words_in_letter(whole := replace(written, details=details)) <= MOST_WORDS_OF_SEVERAL:
            return whole
    return written


def words_in_letter(letter: WordedLetter) -> int:
    """Return how many words its reader meets, save the greeting, the button and the small print (some forty)."""
    details = (text for pair in letter.details for text in pair)
    return 40 + sum(
        len(text.split()) for text in (*letter.paragraphs, *letter.lines, *details, letter.beyond)
    )


def _line(say: Speaker, told: ItemWords, *, one_grant: bool) -> str:
    """Return an item as the list has it: what, of which grant where they differ, and by when."""
    what = capitalised(told.action())
    grant = told.item.grant
    named = what if one_grant else f"{what}, {grant.title} ({grant.reference})"
    when = told.by_when()
    return f"{named} – {when}" if when else named


def _beyond(say: Speaker, count: int) -> str:
    return say.gettext("… and %(count)s more", count=say.spelled_out(count)) if count > 0 else ""


def _are_others(asks: Sequence[ItemWords]) -> bool:
    """Return whether all that is asked of the reader is to see to what others are late with."""
    return bool(asks) and all(
        one.item.kind is NoticeKind.ESCALATION and not one.item.mine and not one.item.with_funder
        for one in asks
    )


def _heading(say: Speaker, told: Sequence[ItemWords], asks: Sequence[ItemWords], *, one_grant: bool) -> str:
    grant = f"{told[0].item.grant.title} ({told[0].item.grant.reference})"
    count = say.spelled_out(len(asks) or len(told))
    if _are_others(asks):
        text = say.ngettext(
            "One task in your department is overdue", "%(number)s tasks in your department are overdue", len(asks),
            number=capitalised(count),
        )  # fmt: skip
        return f"{text}:"
    if not asks:
        text = say.gettext("For information")
    else:
        text = say.ngettext("You have one task", "You have %(number)s tasks", len(asks), number=count)
    return say.gettext("%(text)s, %(grant)s:", text=text, grant=grant) if one_grant else f"{text}:"


def _subject(say: Speaker, told: Sequence[ItemWords], asks: Sequence[ItemWords], today: date) -> str:
    if not asks:
        more = say.spelled_out(len(told) - 1)
        return say.gettext("%(first)s, and %(number)s more", first=told[0].part("subject"), number=more)
    count = capitalised(say.spelled_out(len(asks)))
    if _are_others(asks):
        return say.ngettext(
            "One task in your department is overdue", "%(number)s tasks in your department are overdue", len(asks),
            number=count,
        )  # fmt: skip
    first = min((one.item.due_on for one in asks if one.item.due_on), default=None)
    tasks = say.ngettext("One task", "%(number)s tasks", len(asks), number=count)
    if first is None or len(asks) == 1:
        return told[0].part("subject")
    if first < today:
        return say.gettext("%(tasks)s: the first is overdue", tasks=tasks)
    return say.gettext("%(tasks)s: the first by %(date)s", tasks=tasks, date=say.short_date(first, today))


def _preheader(say: Speaker, told: Sequence[ItemWords]) -> str:
    more = len(told) - 1
    return say.gettext(
        "%(first)s, and %(number)s more.", first=capitalised(told[0].action()), number=say.spelled_out(more)
    )


def answer_letter(say: Speaker, kind: str, to_name: str, *given: object) -> WordedLetter:
    """Return a letter that answers its reader: a sign-in, a new link, a confirmation of what they recorded."""
    today = next((one.at.date() for one in given if isinstance(one, RecordedAct)), date.min)
    module: Any = words_template(say.language, f"letters/{kind}.j2").make_module({"today": today})
    subject, preheader, body, button = (
        one_paragraph(getattr(module, name)(*given)) for name in ("subject", "preheader", "body", "button")
    )
    asked = say.gettext("If you did not ask for this, you can ignore it.") if kind != "confirmation" else ""
    return WordedLetter(
        language=say.language,
        subject=subject,
        preheader=preheader,
        paragraphs=(body,),
        button=button,
        greeting=greeting(say, to_name),
        small_print=asked,
        sender="Grantline",
    )


def _small_print(say: Speaker, items: Sequence[ItemView]) -> str:
    """Return what a reader must know of the link: for a task, for money and approvals (one signs in), or for news."""
    if any(not _is_news(item) and not _is_signed_for(item) for item in items):
        return say.gettext("This link is for you only. Reply using the button, not by email.")
    if any(_is_signed_for(item) for item in items):
        return say.gettext("You will be asked to sign in. Reply using the button, not by email.")
    return say.gettext("You do not need to reply. This link is for you only.")


def _is_signed_for(item: ItemView) -> bool:
    return item.kind in _MONEY or (item.task in _SIGNED_IN and item.kind in _TO_DO)


def _is_news(item: ItemView) -> bool:
    if item.kind is NoticeKind.PAID:
        return not item.notices[0].missing_minor or item.notices[0].no_more
    if item.kind is NoticeKind.APPROVED:
        return item.sends_by is None
    return item.kind in _NEWS or (item.kind is NoticeKind.HANDED_OVER and not item.mine)


def word_appointment(say: Speaker, item: ItemView, due_on: date, domain: str) -> Appointment:
    """Return the item's due date for a calendar: one event, whichever letter or private calendar names it."""
    period = f", {say.period(item.name.period)}" if item.name.period else ""
    return Appointment(
        uid=f"step-{item.step_id}@{domain}",
        on=due_on,
        summary=f"{capitalised(item.name.title)}{period} ({item.grant.reference})",
        description=item.todo,
        sequence=item.step_version,
    )
