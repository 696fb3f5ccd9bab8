"""Word the notices of a task: it is to be done, late, handed over, sent back, or not where it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.letter import ItemView
from models.facts.notice import NoticeView
from models.vocabulary import NoticeKind
from tasks.wording.fact_rows import word_step
from tasks.wording.notice_phrases import (
    KindWords,
    word_note,
    word_stand_in,
    word_step_by,
    word_subject_step,
    word_todo,
)
from tasks.words.translator import Speaker, capitalised


def _reminder(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield word_stand_in(say, one.stand_in, today)
    yield from word_todo(say, item)


def _reminder_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.stand_in is None:
        return word_step_by(say, item, today)
    return say.gettext("For %(name)s: %(step)s", name=one.stand_in.name, step=word_step_by(say, item, today))


def _escalation(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield word_stand_in(say, one.stand_in, today)
    if item.with_funder:
        yield from _unheard(say, item)
        return
    if item.mine:
        yield say.gettext("This is late. Do it as soon as you can, or answer when it will be done.")
        yield from word_todo(say, item)
        return
    if item.owner:
        yield say.gettext(
            "%(name)s has this task, and it is late. Help get it done, or give it to someone else.",
            name=item.owner,
        )
    else:
        yield say.gettext("Nobody has this task, and it is late. Give it to someone.")
    yield say.gettext("The task: %(todo)s", todo=item.todo)


def _unheard(say: Speaker, item: ItemView) -> Iterator[str]:
    """Yield that nothing, or a part, is recorded of a step that is the funder's to take: its watcher can only ask."""
    funder = item.grant.funder or say.gettext("the funder")
    if any(stake.whole_minor for stake in item.stakes):
        yield say.gettext(
            "Only a part has come from %(funder)s, and the day when all of it was expected has passed.",
            funder=funder,
        )
    else:
        yield say.gettext(
            "Nothing is recorded from %(funder)s, and the day when it was expected has passed.", funder=funder
        )
    if item.mine:
        yield from word_todo(say, item)
        yield say.gettext("If it has not come, answer “not yet” with the day when it is expected now.")
        return
    if item.owner:
        yield say.gettext("%(name)s watches this. See to it that the funder is asked.", name=item.owner)
    else:
        yield say.gettext("Nobody has the task. Give it to someone.")
    yield say.gettext("The task: %(todo)s", todo=item.todo)


def _escalation_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if item.mine or not item.owner:
        return word_step_by(say, item, today)
    return say.gettext("%(late)s, with %(name)s", late=word_step_by(say, item, today), name=item.owner)


def _handed_over(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    before = one.from_name or (one.stand_in.name if one.stand_in else "")
    if not item.mine:
        yield say.gettext("This task has passed to %(name)s.", name=item.owner)
    elif before:
        yield say.gettext("This task is now yours. %(name)s had it before.", name=before)
    else:
        yield say.gettext("This task is now yours.")
    yield from word_todo(say, item)


def _handed_over_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Now yours: %(step)s", step=word_step_by(say, item, today))


def _returned(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    by = item.grant.funder if one.by_funder and item.grant.funder else one.by
    if by:
        yield say.gettext("%(name)s has sent this back to be corrected.", name=by)
    else:
        yield say.gettext("This has been sent back to be corrected.")
    yield from word_note(say, one)
    if item.mine or not item.owner:
        yield from word_todo(say, item)
        return
    if one.times > 1:
        yield say.gettext("It has been sent back %(times)s times, which leaves little time.", times=one.times)
    yield say.gettext(
        "%(name)s has this task. Help get it done, or give it to someone else.", name=item.owner
    )
    yield say.gettext("The task: %(todo)s", todo=item.todo)


def _returned_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Sent back: %(step)s", step=word_step_by(say, item, today))


def _bounced(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    gone = one.stand_in
    name = gone.name if gone else item.owner
    address = f" ({gone.email})" if gone and gone.email else ""
    yield say.gettext(
        "Letters to %(name)s%(address)s come back, so they do not arrive.", name=name, address=address
    )
    if one.steps and item.mine:
        yield say.ngettext(
            "%(count)s task has therefore passed to you.",
            "%(count)s tasks have therefore passed to you.",
            one.steps,
        )
    elif one.steps and item.owner and item.owner != name:
        yield say.ngettext(
            "%(count)s task has therefore passed to %(owner)s.",
            "%(count)s tasks have therefore passed to %(owner)s.",
            one.steps,
            owner=item.owner,
        )
    yield say.gettext("See to it that the address is corrected, and that the work goes on.")


def _bounced_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    name = one.stand_in.name if one.stand_in else item.owner
    return say.gettext("Letters to %(name)s come back", name=name)


def _put_off(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    name = one.by or item.owner
    if one.to_on is not None and item.due_on is not None:
        yield say.gettext(
            "%(name)s expects to be late: it will be done on %(day)s, and it is due on %(due)s.",
            name=name,
            day=say.weekday_date(one.to_on, today),
            due=say.short_date(item.due_on, today),
        )
    else:
        yield say.gettext("%(name)s expects to be late.", name=name)
    yield from word_note(say, one)
    yield say.gettext("You need not do anything, but you can help, or give the task to someone else.")


def _put_off_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = capitalised(word_step(say, item.name))
    if one.to_on is None:
        return say.gettext("%(step)s is expected late", step=step)
    return say.gettext(
        "%(step)s is expected late, on %(day)s", step=step, day=say.short_date(one.to_on, today)
    )


def _source_changed(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield word_stand_in(say, one.stand_in, today)
    if one.from_on is not None:
        yield say.gettext(
            "A source says something else than was answered. That was seen on %(day)s.",
            day=say.weekday_date(one.from_on, today),
        )
    else:
        yield say.gettext("A source says something else than was answered.")
    yield say.gettext(
        "Find out which is right. To correct a report, ask whoever approves it to send it back; where nobody does, tell"
        " the funder."
    )


def _source_changed_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("A source says something else: %(step)s", step=word_subject_step(say, item))


TASK_NOTICES = {
    NoticeKind.REMINDER: KindWords(_reminder, _reminder_subject),
    NoticeKind.STAND_IN: KindWords(_reminder, _reminder_subject),
    NoticeKind.ESCALATION: KindWords(_escalation, _escalation_subject),
    NoticeKind.HANDED_OVER: KindWords(_handed_over, _handed_over_subject),
    NoticeKind.RETURNED: KindWords(_returned, _returned_subject),
    NoticeKind.BOUNCED: KindWords(_bounced, _bounced_subject),
    NoticeKind.PUT_OFF: KindWords(_put_off, _put_off_subject, lambda say, one: say.gettext("Expected late")),
    NoticeKind.SOURCE_CHANGED: KindWords(
        _source_changed, _source_changed_subject, lambda say, one: say.gettext("A source says something else")
    ),
}
