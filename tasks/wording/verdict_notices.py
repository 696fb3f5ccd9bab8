"""Word the notices of what others decided: an approval, its withdrawal, the funder's decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.facts.letter import ItemView
from models.facts.notice import NoticeView
from models.vocabulary import DecisionKind, NoticeKind
from tasks.wording.fact_rows import word_step
from tasks.wording.notice_phrases import (
    KindWords,
    word_note,
    word_subject_step,
    word_todo,
)
from tasks.words.translator import Speaker, capitalised


def _approved(say: Speaker, item: ItemView, one: NoticeView, today: date) -> Iterator[str]:
    step = capitalised(word_subject_step(say, item))
    by = item.grant.funder if item.with_funder else one.by
    if one.approvals > 1:
        yield from _approved_by_one(say, item, one, step)
    elif by:
        yield say.gettext("%(name)s has approved “%(step)s”.", name=by, step=step)
    else:
        yield say.gettext("“%(step)s” has been approved.", step=step)
    yield from word_note(say, one)


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


def _approved_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    step = word_subject_step(say, item)
    if one.left:
        return say.gettext("Another approval is needed: %(step)s", step=step)
    return say.gettext("Approved: %(step)s", step=step)


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
    yield from word_note(say, one)
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
        yield from word_todo(say, item)
    elif item.open and item.owner and told:
        yield say.gettext("%(name)s has the task of the new approval.", name=item.owner)
    elif item.open and item.owner:
        yield say.gettext("You need not do anything now: %(name)s has the task.", name=item.owner)
    elif item.open:
        yield say.gettext("Nobody has the task. Give it to someone.")


def _withdrawn_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
    return say.gettext("Approval no longer stands: %(step)s", step=word_subject_step(say, item))


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
    yield from word_note(say, one)


def _decided_subject(say: Speaker, item: ItemView, one: NoticeView, today: date) -> str:
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


def _approved_badge(say: Speaker, one: NoticeView) -> str:
    return say.gettext("Another approval is needed") if one.left else say.gettext("Approved")


VERDICT_NOTICES = {
    NoticeKind.APPROVED: KindWords(_approved, _approved_subject, _approved_badge),
    NoticeKind.WITHDRAWN: KindWords(
        _withdrawn, _withdrawn_subject, lambda say, one: say.gettext("Approval no longer stands")
    ),
    NoticeKind.DECIDED: KindWords(_decided, _decided_subject, lambda say, one: say.gettext("Decision")),
}
