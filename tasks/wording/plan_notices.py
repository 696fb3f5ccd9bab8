"""Word the notices of a plan's days: one has moved, is not known, or has no meeting before it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.letter import ItemView
from models.facts.notice import NoticeView
from models.reading.reference import as_argument
from models.vocabulary import NoticeKind
from tasks.wording.notice_phrases import (
    KindWords,
    word_note,
    word_step_by,
    word_subject_step,
)
from tasks.words.translator import Speaker


def _moved(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    new = one.to_on or item.due_on
    if one.new and new is not None:
        yield say.gettext("This is new in the plan: it is due on %(day)s.", day=say.weekday_date(new, today))
    elif one.gone and one.from_on is not None:
        old = say.short_date(one.from_on, today)
        if item.open:
            yield say.gettext("It has no due date now: %(old)s no longer holds.", old=old)
        else:
            yield say.gettext("It is not to be done any more; it was due on %(old)s.", old=old)
    elif one.from_on is not None and one.from_on == new:
        yield say.gettext(
            "The date was moved, and is %(day)s again.", day=say.weekday_date(one.from_on, today)
        )
    elif one.from_on is not None and new is not None:
        old = say.short_date(one.from_on, today)
        day = say.weekday_date(new, today)
        if one.by:
            yield say.gettext(
                "%(name)s has moved the date from %(old)s to %(day)s.", name=one.by, old=old, day=day
            )
        else:
            yield say.gettext("The date has moved from %(old)s to %(day)s.", old=old, day=day)
    elif new is not None:
        yield say.gettext("The new date is %(day)s.", day=say.weekday_date(new, today))
    else:
        yield say.gettext("The date has moved.")
    yield from word_note(say, one)


def _moved_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.gone:
        return say.gettext("No longer due: %(step)s", step=word_subject_step(say, item))
    if one.new:
        return say.gettext("New in the plan: %(step)s", step=word_step_by(say, item, today))
    return say.gettext("New date: %(step)s", step=word_step_by(say, item, today))


def _no_meeting(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.unknown:
        yield say.gettext("No meeting is known that takes this up before its decision is needed.")
        yield say.gettext("Enter the meetings, or choose a way out now, while there is time.")
        return
    yield say.gettext("No meeting takes this up before its decision is needed.")
    yield say.gettext("Choose a way out now, while there is time.")


def _no_meeting_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = word_step_by(say, item, today)
    if one.unknown:
        return say.gettext("No meeting known: %(step)s", step=step)
    return say.gettext("No meeting in time: %(step)s", step=step)


def _date_missing(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.at_most:
        yield say.gettext(
            "No decision that is recorded says how large part %(number)s of the grant is, at most %(share)s of it.",
            number=one.instalment,
            share=one.at_most.replace(" ", "\N{NO-BREAK SPACE}"),
        )
        yield say.gettext(
            "It cannot be claimed before it is known, and nobody is reminded. Look in the funder's letter, or ask, and"
            " record it: %(command)s",
            command=f"grants decide {as_argument(item.grant.reference)} --kind amendment --on DATE"
            f" --instalment {one.instalment}=SUM",
        )
        return
    what = one.date_title or word_subject_step(say, item)
    yield say.gettext("No decision that is recorded says this day: %(date)s.", date=what)
    yield say.gettext(
        "Nobody is reminded before it is known. Look in the funder's letter, or ask, and fill it in."
    )


def _date_missing_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    if one.at_most:
        return say.gettext("No sum yet: %(step)s", step=word_subject_step(say, item))
    return say.gettext("No date yet: %(step)s", step=word_subject_step(say, item))


def _moved_badge(say: Speaker, one: NoticeView) -> str:
    return say.gettext("No longer due") if one.gone else say.gettext("New date")


def _no_meeting_badge(say: Speaker, one: NoticeView) -> str:
    return say.gettext("No meeting known") if one.unknown else say.gettext("No meeting in time")


def _date_missing_badge(say: Speaker, one: NoticeView) -> str:
    return say.gettext("No sum yet") if one.at_most else say.gettext("No date yet")


PLAN_NOTICES = {
    NoticeKind.MOVED: KindWords(_moved, _moved_subject, _moved_badge),
    NoticeKind.NO_MEETING: KindWords(_no_meeting, _no_meeting_subject, _no_meeting_badge),
    NoticeKind.DATE_MISSING: KindWords(_date_missing, _date_missing_subject, _date_missing_badge),
}
