"""Word where a step is, the way a colleague would tell it: who has it, who was told of it, what a round does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.notices.ladder import Reason
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import SETTLED, NoticeKind, StepKind, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.sums.sizes import cut_from
from tasks.overview.date_explanation import step_called
from tasks.words.translator import Speaker, plain_spaces

_RUNG = re.compile(r"([0-9]+)-(working-)?days?-(before|after)\Z")


@dataclass(frozen=True, slots=True)
class ToldFact:
    """That a person was told: when, whom, of what or at which rung, and what became of the letter."""

    on: date
    name: str
    email: str
    kind: NoticeKind
    rung: str
    letter: str


@dataclass(frozen=True, slots=True)
class RoundFact:
    """What a round does: why, at which rung, to whom; and when it looks again. No reason: nothing is left to do."""

    reason: Reason | None
    rung: str | None
    tells: tuple[str, ...]
    next_on: date | None = None
    next_rung: str | None = None


def explain_status(say: Speaker, work: GrantAtWork, step: Step, today: date) -> Iterator[str]:
    """Yield where the step stands, with whom, and what it waits for."""
    if step.status in SETTLED:
        by = work.session.get(Person, step.done_by_id) if step.done_by_id else None
        who = say.gettext(" by %(name)s", name=f"{by.name} <{by.email}>") if by else ""
        day = say.gettext(" on %(day)s", day=say.dated(step.done_on)) if step.done_on else ""
        yield _settled(say, step, who, day)
        yield from _cut(say, work, step)
        return
    yield from _cut(say, work, step)
    owner = work.session.get(Person, step.owner_id) if step.owner_id else None
    if owner is None:
        yield say.gettext("Nobody holds it: give the grant a %(role)s.", role=step.owner_role)
    else:
        name = f"{owner.name} <{owner.email}>"
        since = (
            say.gettext(" since %(day)s", day=say.dated(step.owner_since_on)) if step.owner_since_on else ""
        )
        yield say.gettext("%(name)s has it%(since)s.", name=name, since=since)
    if step.expected_on is not None:
        yield say.gettext("It is promised for %(day)s.", day=say.short_date(step.expected_on, today))
    waits = [step_called(say, work, need) for need in work.needs_of(step) if need.status not in SETTLED]
    if waits:
        yield say.gettext("It can be answered once this is done: %(steps)s.", steps=say.listed(waits))


def _cut(say: Speaker, work: GrantAtWork, step: Step) -> Iterator[str]:
    """Yield that less can be claimed than was spent."""
    row = next((one for one in work.instalments if one.number == step.instalment), None)
    wanted = cut_from(work, row) if row is not None and step.kind is StepKind.CLAIM else None
    if row is not None and wanted is not None:
        reached = (row.amount_minor or 0) + (row.kept_minor or 0)
        yield say.gettext(
            "It was to be a claim of %(wanted)s. %(money)s can be claimed: no more may be paid of the grant by then.",
            wanted=plain_spaces(say.money(wanted, work.grant.currency)),
            money=plain_spaces(say.money(reached, work.grant.currency)),
        )


def _settled(say: Speaker, step: Step, who: str, day: str) -> str:
    status = step.status
    if status is StepStatus.DONE:
        return say.gettext("It was done%(who)s%(day)s.", who=who, day=day)
    if status is StepStatus.APPROVED:
        return say.gettext("It was approved%(who)s%(day)s.", who=who, day=day)
    if status is StepStatus.SKIPPED and step.receipt.get("form") == "nothing":
        return say.gettext("It was left out%(who)s%(day)s: there was no sum to see to.", who=who, day=day)
    if status is StepStatus.SKIPPED:
        return say.gettext("It was left out%(who)s%(day)s: it was not needed.", who=who, day=day)
    return say.gettext("It was cancelled%(who)s%(day)s.", who=who, day=day)


def explain_told(say: Speaker, told: Sequence[ToldFact], today: date) -> Iterator[str]:
    """Yield who was told when, and what became of each letter."""
    if not told:
        yield say.gettext("Nobody has been told about it.")
    for one in told:
        yield say.gettext(
            "%(day)s: %(name)s <%(email)s> was told (%(rung)s); the letter %(state)s.",
            day=say.dated(one.on),
            name=one.name,
            email=one.email,
            rung=news_words(say, one.kind, one.rung),
            state=_state(say, one.letter),
        )


def news_words(say: Speaker, kind: NoticeKind, rung: str) -> str:
    """Return of what a person was told, or at which rung."""
    news = {
        NoticeKind.STAND_IN: say.gettext("that they stand in for its owner"),
        NoticeKind.HANDED_OVER: say.gettext("that it is theirs now"),
        NoticeKind.RETURNED: say.gettext("that it was sent back"),
        NoticeKind.BOUNCED: say.gettext("that letters to its owner come back"),
        NoticeKind.APPROVED: say.gettext("that it is approved"),
        NoticeKind.DECIDED: say.gettext("of the decision"),
        NoticeKind.MOVED: say.gettext("of its new date"),
        NoticeKind.NO_MEETING: say.gettext("that no meeting takes it in time"),
        NoticeKind.DATE_MISSING: say.gettext("that no decision gives its date"),
        NoticeKind.PUT_OFF: say.gettext("that it is expected late"),
        NoticeKind.CONFIRM_RELEASE: say.gettext("to confirm that the condition is met"),
        NoticeKind.RELEASED: say.gettext("that the money may be claimed"),
        NoticeKind.NEW_ACCOUNT: say.gettext("that the account is another"),
        NoticeKind.PAID: say.gettext("that the money came"),
        NoticeKind.WITHDRAWN: say.gettext("that an approval no longer stands"),
        NoticeKind.SOURCE_CHANGED: say.gettext("that a source says something else than the answer"),
    }
    if rung.startswith("sum-missing"):
        return say.gettext("that no decision states its sum")
    return news.get(kind) or rung_words(say, rung)


def rung_words(say: Speaker, key: str) -> str:
    """Return a rung as people say it: "7 days before the due date"."""
    if key == "on-the-day":
        return say.gettext("on the due date")
    match = _RUNG.match(key)
    if match is None:
        return key.replace("-", " ")
    count = int(match[1])
    if match[2]:
        span = say.ngettext("%(count)s working day", "%(count)s working days", count)
    else:
        span = say.ngettext("%(count)s day", "%(count)s days", count)
    if match[3] == "before":
        return say.gettext("%(span)s before the due date", span=span)
    return say.gettext("%(span)s after the due date", span=span)


def _state(say: Speaker, letter: str) -> str:
    states = {
        "queued": say.gettext("waits to leave"),
        "claimed": say.gettext("is about to leave"),
        "handing_over": say.gettext("is being handed over"),
        "accepted": say.gettext("was accepted by the mail server"),
        "captured": say.gettext("is kept in the mailbox"),
        "bounced": say.gettext("came back"),
        "unconfirmed": say.gettext("may or may not have arrived"),
        "poisoned": say.gettext("could not be printed"),
        "cancelled": say.gettext("was not needed any more"),
        "imported": say.gettext("left before the grant was entered here"),
    }
    return states.get(letter, letter)


def explain_round(say: Speaker, fact: RoundFact, on: date) -> Iterator[str]:
    """Yield whom a round on the day tells and why, or why it tells nobody and when it looks again."""
    day = say.long_date(on)
    if fact.reason is None:
        yield say.gettext("No letter on %(day)s: there is nothing left to do.", day=day)
        return
    reason = _reason(say, fact.reason, rung_words(say, fact.rung or ""))
    if fact.rung is not None:
        names = say.listed(fact.tells) or say.gettext("nobody who can be reached")
        yield say.gettext(
            "A round on %(day)s tells %(names)s: %(reason)s.", day=day, names=names, reason=reason
        )
        return
    yield say.gettext("A round on %(day)s sends no letter: %(reason)s.", day=day, reason=reason)
    if fact.next_on is not None:
        after = f" ({rung_words(say, fact.next_rung)})" if fact.next_rung else ""
        yield say.gettext("The next look is on %(day)s%(rung)s.", day=say.long_date(fact.next_on), rung=after)


def _reason(say: Speaker, reason: Reason, rung: str) -> str:
    reasons = {
        Reason.RUNG_REACHED: say.gettext("it is %(rung)s", rung=rung),
        Reason.CAUGHT_UP: say.gettext("%(rung)s went by without a round, so it is told now", rung=rung),
        Reason.NO_AWARD: say.gettext("the grant has no award yet, and nobody is told of this step before"),
        Reason.NOT_REACHED: say.gettext("it is too early; the first reminder is still to come"),
        Reason.ALREADY_TOLD: say.gettext("everyone due to be told so far has been told"),
        Reason.ONE_A_DAY: say.gettext("an escalation was told today; the next one waits a working day"),
        Reason.NO_DUE_DATE: say.gettext("it has no due date yet"),
        Reason.LADDER_ENDED: say.gettext("everyone on the ladder has been told"),
        Reason.LETTER_GONE: say.gettext(
            "the letter of that day has left; it goes with the next working day's"
        ),
        Reason.QUIET: say.gettext("nobody has confirmed yet what was late when the grant was imported"),
        Reason.NOBODY_REACHABLE: say.gettext("nobody whom it should tell can be reached"),
        Reason.NOT_A_WORKING_DAY: say.gettext("offices are closed on the day"),
    }
    return reasons[reason]
