"""Say what has happened to a step and what its reader should do: each kind of notice in its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

from models.letter_view import AwayReason, ItemView, NoticeView, StandIn
from models.vocabulary import DecisionKind, NoticeKind, StepKind
from models.written_references import as_argument
from tasks.wording.fact_rows import word_step
from tasks.wording.standing_words import word_came
from tasks.wording.words import Speaker, capitalised

Lead = Callable[[Speaker, ItemView, NoticeView, date], Iterator[str]]


def word_leads(say: Speaker, item: ItemView, today: date) -> tuple[str, ...]:
    """Return the item's sentences: what has happened, then what to do; each sentence once."""
    said: dict[str, None] = {}
    for one in item.notices:
        for sentence in _LEADS[one.kind](say, item, one, today):
            said.setdefault(sentence)
    return tuple(sentence for sentence in said if sentence)


def word_subject_step(say: Speaker, item: ItemView) -> str:
    """Return what the notice is about: the report that an approval approves, else the step itself.

    A decision is about itself, where the programme has no step in which the funder makes it.
    """
    if item.kind is NoticeKind.DECIDED and item.name.kind is not StepKind.FUNDER:
        return say.gettext("Decision")
    return word_step(say, item.approves or item.name)


def _todo(say: Speaker, item: ItemView) -> Iterator[str]:
    """Yield what is to be done; a claim that two people have still to release says so."""
    yield item.todo
    if item.unreleased:
        yield say.gettext("The claim may leave when two people have confirmed that the condition is met.")


def _reminder(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield _stand_in(say, one.stand_in, today)
    yield from _todo(say, item)


def _escalation(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield _stand_in(say, one.stand_in, today)
    if item.with_funder:
        yield from _unheard(say, item)
        return
    if item.mine:
        yield say.gettext("This is late. Do it as soon as you can, or answer when it will be done.")
        yield from _todo(say, item)
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
        yield from _todo(say, item)
        yield say.gettext("If it has not come, answer “not yet” with the day when it is expected now.")
        return
    if item.owner:
        yield say.gettext("%(name)s watches this. See to it that the funder is asked.", name=item.owner)
    else:
        yield say.gettext("Nobody has the task. Give it to someone.")
    yield say.gettext("The task: %(todo)s", todo=item.todo)


def _handed_over(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    before = one.from_name or (one.stand_in.name if one.stand_in else "")
    if not item.mine:
        yield say.gettext("This task has passed to %(name)s.", name=item.owner)
    elif before:
        yield say.gettext("This task is now yours. %(name)s had it before.", name=before)
    else:
        yield say.gettext("This task is now yours.")
    yield from _todo(say, item)


def _returned(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    by = item.grant.funder if one.by_funder and item.grant.funder else one.by
    if by:
        yield say.gettext("%(name)s has sent this back to be corrected.", name=by)
    else:
        yield say.gettext("This has been sent back to be corrected.")
    yield from _note(say, one)
    if item.mine or not item.owner:
        yield from _todo(say, item)
        return
    if one.times > 1:
        yield say.gettext("It has been sent back %(times)s times, which leaves little time.", times=one.times)
    yield say.gettext(
        "%(name)s has this task. Help get it done, or give it to someone else.", name=item.owner
    )
    yield say.gettext("The task: %(todo)s", todo=item.todo)


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


def _approved(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    step = capitalised(word_subject_step(say, item))
    by = item.grant.funder if item.with_funder else one.by
    if one.approvals > 1:
        yield from _approved_by_one(say, item, one, step)
    elif by:
        yield say.gettext("%(name)s has approved “%(step)s”.", name=by, step=step)
    else:
        yield say.gettext("“%(step)s” has been approved.", step=step)
    yield from _note(say, one)


def _approved_by_one(say: Speaker, item: ItemView, one: NoticeView, step: str) -> Iterator[str]:
    """Yield which of a report's approvals is given, and which it still needs."""
    approval = word_step(say, item.name)
    if one.by:
        yield say.gettext(
            "“%(step)s”: %(approval)s is given (recorded by %(name)s).",
            step=step,
            approval=approval,
            name=one.by,
        )
    else:
        yield say.gettext("“%(step)s”: %(approval)s is given.", step=step, approval=approval)
    if one.left:
        yield say.gettext("It still needs: %(approvals)s.", approvals=say.listed(list(one.left)))
    else:
        yield say.gettext("It needs no other approval.")


def _decided(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    funder = item.grant.funder or say.gettext("The funder")
    if one.annulled:
        yield say.gettext(
            "A decision was recorded here by mistake. It is annulled, and the grant is as before."
        )
        return
    if one.corrected:
        yield say.gettext("What was recorded of the decision was wrong. It is corrected.")
    if item.decision is DecisionKind.REFUSAL:
        yield say.gettext("%(funder)s has refused the application.", funder=funder)
    elif item.decision is DecisionKind.WITHDRAWAL:
        yield say.gettext("%(funder)s has withdrawn the grant.", funder=funder)
    elif one.amount_minor is None:
        yield say.gettext("%(funder)s has made a decision on the grant.", funder=funder)
    elif one.amount_minor < 0:
        money = say.money(-one.amount_minor, one.currency)
        yield say.gettext("%(funder)s has lowered the grant by %(money)s.", funder=funder, money=money)
    else:
        money = say.money(one.amount_minor, one.currency)
        yield say.gettext("%(funder)s has granted %(money)s.", funder=funder, money=money)
    if one.purpose:
        yield say.gettext("The money is for: %(purpose)s", purpose=one.purpose)
    yield from _note(say, one)


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
    yield from _note(say, one)


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
    yield from _note(say, one)
    yield say.gettext("You need not do anything, but you can help, or give the task to someone else.")


def _source_changed(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.stand_in is not None:
        yield _stand_in(say, one.stand_in, today)
    if one.from_on is not None:
        yield say.gettext(
            "A source has changed after this was answered: since %(day)s it says something else.",
            day=say.weekday_date(one.from_on, today),
        )
    else:
        yield say.gettext("A source has changed after this was answered.")
    yield say.gettext(
        "Find out which is right. To correct a report, ask whoever approves it to send it back; where nobody does, tell"
        " the funder."
    )


def _no_meeting(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.unknown:
        yield say.gettext("No meeting is known that takes this up before its decision is needed.")
        yield say.gettext("Enter the meetings, or choose a way out now, while there is time.")
        return
    yield say.gettext("No meeting takes this up before its decision is needed.")
    yield say.gettext("Choose a way out now, while there is time.")


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
        yield say.gettext(
            "Two people are to check it and confirm before the money is claimed; you are the first."
        )


def _released(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    if one.new_account:
        yield say.gettext(
            "The account to which %(part)s is to be paid was changed after two people had confirmed its condition.",
            part=word_part(say, one),
        )
    else:
        yield capitalised(say.gettext("%(part)s may now be claimed.", part=word_part(say, one)))
    if one.conditional and not one.new_account:
        yield say.gettext("Two people have confirmed that its condition is met.")
    if item.asks:
        yield item.todo


def _paid(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    came = word_came(say, one.amount_minor, one.paid_minor, one.currency, no_more=one.no_more)
    if not came:
        yield capitalised(say.gettext("%(part)s has been paid.", part=word_part(say, one)))
        return
    part = word_part(say, replace(one, amount_minor=None))
    yield capitalised(say.gettext("%(part)s: %(what)s.", part=part, what=came))
    if one.no_more:
        yield from _note(say, one)
        return
    yield say.gettext("Ask the funder why, and when the rest comes.")
    yield word_rest(say)


def word_rest(say: Speaker) -> str:
    """Return until when what is missing of a payment is asked for."""
    return say.gettext(
        "The payment is still to be recorded, until all of it has come or it is clear that no more comes."
    )


def _withdrawn(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    step = capitalised(word_subject_step(say, item))
    if item.with_funder and one.by:
        yield say.gettext(
            "The funder's approval of “%(step)s” no longer stands (recorded by %(name)s).",
            name=one.by,
            step=step,
        )
    elif item.with_funder:
        yield say.gettext("The funder's approval of “%(step)s” no longer stands.", step=step)
    elif one.by:
        yield say.gettext("%(name)s has taken back the approval of “%(step)s”.", name=one.by, step=step)
    else:
        yield say.gettext("The approval of “%(step)s” has been taken back.", step=step)
    yield from _note(say, one)
    if one.reopened:
        steps = say.listed([say.gettext("“%(title)s”", title=capitalised(title)) for title in one.reopened])
        yield say.gettext("What came after it is open again: %(steps)s.", steps=steps)
    if one.recovered_by is not None:
        yield say.gettext(
            "Money has been released on it. What to do about that is a task of its own, by %(day)s.",
            day=say.weekday_date(one.recovered_by, today),
        )
    yield from _after_withdrawal(say, item, told=one.recovered_by is not None)


def _after_withdrawal(say: Speaker, item: ItemView, *, told: bool) -> Iterator[str]:
    """Yield what comes next once an approval is gone: the reader's own work, or whose it is; `told` is of some."""
    if item.asks:
        if item.with_funder:
            yield say.gettext("Ask the funder what must be corrected.")
        yield from _todo(say, item)
    elif item.open and item.owner and told:
        yield say.gettext("%(name)s has the task of the new approval.", name=item.owner)
    elif item.open and item.owner:
        yield say.gettext("You need not do anything now: %(name)s has the task.", name=item.owner)
    elif item.open:
        yield say.gettext("Nobody has the task. Give it to someone.")


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


def _note(say: Speaker, one: NoticeView) -> Iterator[str]:
    if one.note:
        yield say.gettext("“%(note)s”", note=one.note)


def _stand_in(say: Speaker, gone: StandIn, today: date) -> str:
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


_LEADS: dict[NoticeKind, Lead] = {
    NoticeKind.REMINDER: _reminder,
    NoticeKind.ESCALATION: _escalation,
    NoticeKind.STAND_IN: _reminder,
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
