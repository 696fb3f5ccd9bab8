"""Word what notices of several kinds say: the step, the task, the part of the money, the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from models.facts.letter import ItemView
from models.facts.notice import AwayReason, NoticeView, StandIn
from models.vocabulary import NoticeKind, StepKind
from tasks.wording.fact_rows import word_step
from tasks.words.translator import Speaker, capitalised

Leads = Callable[[Speaker, ItemView, NoticeView, date], Iterator[str]]
Subject = Callable[[Speaker, ItemView, NoticeView, date], str]


def _no_badge(say: Speaker, one: NoticeView) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class KindWords:
    """What a kind of notice is worded by.

    `leads` yields the sentences, what has happened and then what to do; `subject` is what presses, as a letter's
    subject says it; `badge` the few words beside its title in a list, where no due date stands there.
    """

    leads: Leads
    subject: Subject
    badge: Callable[[Speaker, NoticeView], str] = _no_badge


def word_subject_step(say: Speaker, item: ItemView) -> str:
    """Return what the notice is about: the report that an approval approves, else the step itself.

    A decision is about itself, where the programme has no step in which the funder makes it.
    """
    if item.kind is NoticeKind.DECIDED and item.name.kind is not StepKind.FUNDER:
        return say.gettext("Decision")
    return word_step(say, item.approves or item.name)


def word_step_by(say: Speaker, item: ItemView, today: date) -> str:
    """Return a step and by when it is due, as a subject line says it."""
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


def word_todo(say: Speaker, item: ItemView) -> Iterator[str]:
    """Yield what is to be done; a claim that two people have still to release says so."""
    yield item.todo
    if item.unreleased:
        yield say.gettext("The claim may leave when two people have confirmed that the condition is met.")


def word_note(say: Speaker, one: NoticeView) -> Iterator[str]:
    """Yield what a person wrote with it, where they did."""
    if one.note:
        yield say.gettext("“%(note)s”", note=one.note)


def word_stand_in(say: Speaker, gone: StandIn, today: date) -> str:
    """Return for whom the reader stands in, and why."""
    if gone.reason is AwayReason.AWAY and gone.until_on is not None:
        day = say.weekday_date(gone.until_on, today)
        if gone.deputy:
            return say.gettext(
                "You get this as deputy for %(name)s, who is away until %(day)s.", name=gone.name, day=day
            )
        return say.gettext(
            "You get this in place of %(name)s, who is away until %(day)s.", name=gone.name, day=day
        )
    if gone.reason is AwayReason.LEFT:
        return say.gettext("You get this in place of %(name)s, who has left.", name=gone.name)
    if gone.reason is AwayReason.BOUNCED:
        return say.gettext("You get this in place of %(name)s: letters there come back.", name=gone.name)
    return say.gettext("You get this in place of %(name)s.", name=gone.name)


def word_part(say: Speaker, one: NoticeView) -> str:
    """Return which part of the grant the notice is about, with its sum: "del 2 av bidraget, 100 000 kr,"."""
    if one.instalment is None:
        part = say.gettext("a part of the grant")
    else:
        part = say.gettext("part %(number)s of the grant", number=one.instalment)
    if one.amount_minor is None:
        return part
    money = say.money(one.amount_minor, one.currency)
    return say.gettext("%(part)s (%(money)s)", part=part, money=money)


def word_part_and_sum(say: Speaker, one: NoticeView) -> str:
    """Return which part of the grant it is and its sum, as a subject line says it."""
    part = word_part(say, replace(one, amount_minor=None))
    return part if one.amount_minor is None else f"{part}, {say.money(one.amount_minor, one.currency)}"
