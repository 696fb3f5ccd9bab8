"""Word the labelled facts of an item: by when and why, how it stands, whose grant it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.letter import (
    ItemView,
    MetCondition,
    NotYet,
    Progress,
    StepName,
    Waiting,
)
from models.vocabulary import NoticeKind
from tasks.words.conflicts import word_conflicts
from tasks.words.money import word_payee, word_unspent
from tasks.words.receipts import ReceiptWords
from tasks.words.spending import has_budget, word_spending
from tasks.words.translator import Speaker, capitalised


def word_step(say: Speaker, name: StepName) -> str:
    """Return a step's title as in a sentence, with its period: "uppföljning, kvartal 1 2010"."""
    return f"{name.title}, {say.period(name.period)}" if name.period else name.title


def word_due(say: Speaker, item: ItemView, today: date) -> str:
    """Return by when, as people write it: weekday, day, and how far it is; empty when it does not matter."""
    if item.due_on is None or not item.dated:
        return ""
    day = say.long_date(item.due_on)
    late = (today - item.due_on).days
    if late > 0 and item.with_funder:
        return say.gettext(
            "Was expected by %(day)s, %(when)s", day=day, when=say.days_from(item.due_on, today)
        )
    if late > 0:
        return say.ngettext(
            "Was due on %(day)s, %(count)s day late", "Was due on %(day)s, %(count)s days late", late, day=day
        )
    when = say.days_from(item.due_on, today)
    if item.with_funder:
        return say.gettext("Expected by %(day)s, %(when)s", day=day, when=when)
    return say.gettext("By %(day)s, %(when)s", day=day, when=when)


def word_reasons(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield of the facts those that are to be known before the item is answered."""
    yield from _conditions(say, item, today)
    yield from word_payee(say, item.payee, today)
    yield from word_unspent(say, item.unspent, item.adds_minor)
    yield from _day(say, item, today)
    yield from _differing(say, item)
    yield from _standing(say, item, today)


def word_background(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield the other facts: how far it has come, who was told, what has been spent, what comes next."""
    yield from _progress_so_far(say, item, today)
    yield from _trail(say, item, today)
    yield from _surroundings(say, item, today)


def _conditions(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    for condition in item.met:
        yield say.gettext("Condition"), _met(say, condition, today)


def _day(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield why it is due on its day, and what is known of the meeting that takes it up."""
    if not item.dated or item.why is None or item.due_on is None:
        return
    words = ReceiptWords(say.language, item.why.programme, today)
    why, last_open = words.why(item.why), item.why.working_on
    if last_open is not None and last_open >= today and not item.with_funder:
        why = f"{why} {words.closed(item.why)}".strip()
    if why:
        yield say.gettext("Why this date?"), why
    if item.why.receipt.meeting:
        notes = (f"{capitalised(note)}." for note in words.notes(item.why.receipt))
        yield say.gettext("Meeting"), " ".join(notes)


def _differing(say: Speaker, item: ItemView) -> Iterator[tuple[str, str]]:
    told = any(one.kind is NoticeKind.SOURCE_CHANGED for one in item.notices)
    if (item.asks or told) and item.conflicts:
        yield say.gettext("Differs"), " ".join(word_conflicts(say, item.conflicts))


def _surroundings(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    if item.spending:
        title = say.gettext("Spent of the budget") if has_budget(item.spending) else say.gettext("Spent")
        yield title, " ".join(word_spending(say, item.spending))
    if item.next_step is not None and not item.dated and not item.asks:
        yield say.gettext("Next"), _waiting(say, item.next_step, today)


def _progress_so_far(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    if item.asks and item.progress is not None:
        yield say.gettext("So far"), " ".join(_progress(say, item, item.progress, today))


def _standing(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    if not item.asks:
        return
    if item.not_yet is not None:
        yield say.gettext("Latest answer"), _not_yet(say, item.not_yet, today)
    for waiting in item.waits_for:
        yield say.gettext("Waits for"), _waiting(say, waiting, today)


def _progress(say: Speaker, item: ItemView, progress: Progress, today: date) -> Iterator[str]:
    if progress.answered == progress.total:
        yield say.ngettext("The answer is in.", "All %(count)s answers are in.", progress.total)
        return
    if progress.answered:
        yield say.ngettext(
            "%(answered)s of %(count)s answer is in.",
            "%(answered)s of %(count)s answers are in.",
            progress.total,
            answered=progress.answered,
        )
    else:
        yield say.ngettext(
            "The answer is not in yet.", "None of the %(count)s answers is in yet.", progress.total
        )
    if progress.left and item.mine:
        yield say.ngettext(
            "%(count)s answer is for you to give.", "%(count)s answers are for you to give.", progress.left
        )
    elif progress.left:
        yield say.ngettext(
            "%(count)s answer is to be filled in.", "%(count)s answers are to be filled in.", progress.left
        )
    if progress.collected:
        yield say.ngettext(
            "%(count)s answer is collected automatically, and has not come yet.",
            "%(count)s answers are collected automatically, and have not come yet.",
            progress.collected,
        )
        if item.mine and item.due_on is not None and item.due_on < today:
            # Waiting longer helps nobody: the page takes it by hand as well.
            yield say.gettext("Fill in what you know.")


def _not_yet(say: Speaker, answer: NotYet, today: date) -> str:
    said_on = say.short_date(answer.on, today)
    if answer.expected_on is not None:
        text = say.gettext(
            "%(name)s answered on %(said_on)s: not yet, expected on %(day)s.",
            name=answer.by,
            said_on=said_on,
            day=say.short_date(answer.expected_on, today),
        )
    else:
        text = say.gettext("%(name)s answered on %(said_on)s: not yet.", name=answer.by, said_on=said_on)
    return f"{text} {say.gettext('“%(note)s”', note=answer.note)}" if answer.note else text


def _met(say: Speaker, condition: MetCondition, today: date) -> str:
    step = capitalised(word_step(say, condition.step))
    if condition.approved_on is None:
        return f"{step}."
    return say.gettext(
        "%(step)s: approved on %(day)s.", step=step, day=say.short_date(condition.approved_on, today)
    )


def _waiting(say: Speaker, waiting: Waiting, today: date) -> str:
    step = capitalised(word_step(say, waiting.step))
    day = say.weekday_date(waiting.due_on, today) if waiting.due_on else ""
    if waiting.yours:
        if day:
            return say.gettext("%(step)s, which is yours, by %(day)s.", step=step, day=day)
        return say.gettext("%(step)s, which is yours.", step=step)
    if waiting.holder and day:
        return say.gettext("%(step)s, with %(name)s, by %(day)s.", step=step, name=waiting.holder, day=day)
    if waiting.holder:
        return say.gettext("%(step)s, with %(name)s.", step=step, name=waiting.holder)
    return f"{step}."


def _trail(say: Speaker, item: ItemView, today: date) -> Iterator[tuple[str, str]]:
    """Yield who had a task that is escalated, since when, what was sent to whom, and who else hears of it."""
    if all(one.kind is not NoticeKind.ESCALATION for one in item.notices):
        return
    if not item.mine and item.owner:
        text = item.owner
        if item.owner_since_on is not None:
            day = say.short_date(item.owner_since_on, today)
            text = say.gettext("%(name)s, since %(day)s", name=item.owner, day=day)
        yield say.gettext("Responsible"), text
    sent = [
        say.gettext(
            "%(name)s: %(days)s.", name=name, days=say.listed([say.short_date(day, today) for day in days])
        )
        for name, days in item.sent
    ]
    if sent:
        yield say.gettext("Letters so far"), " ".join(sent)
    if item.also_told:
        yield say.gettext("Also told today"), say.listed(item.also_told)
