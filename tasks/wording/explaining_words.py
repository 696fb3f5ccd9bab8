"""Word an explanation the way a colleague would give it: the date and why, who has it, who was told, what comes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from models.journal import JournalEvent
from models.people import Person
from models.rules.anchors import CHOICE
from models.rules.committee_words import receipt_notes
from models.rules.ladder import Reason
from models.step import Step
from models.vocabulary import SETTLED, NoticeKind, StepKind, StepStatus
from models.written_references import as_argument
from tasks.grants.at_work.grant_at_work import GrantAtWork, rule_of
from tasks.grants.sums.instalment_sums import cut_from
from tasks.wording.due_words import known_by_its_day, source_words, with_sources_worded
from tasks.wording.words import Speaker, capitalised, plain_spaces

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


def explain_date(say: Speaker, work: GrantAtWork, step: Step, today: date) -> Iterator[str]:
    """Yield when the step is due and why: the rule, the counting, where it is written, what to know."""
    receipt = step.receipt
    spoken: dict[str, Any] = (say.language == "sv" and receipt.get("sv")) or receipt
    title = say.gettext("%(step)s of %(grant)s", step=_called(say, work, step), grant=work.grant.reference)
    if step.due_on is None and step.status in SETTLED:
        yield capitalised(say.gettext("%(title)s never had a due date.", title=title))
        return
    if step.due_on is None:
        why = spoken.get("arithmetic", "")
        yield capitalised(say.gettext("%(title)s has no due date yet: it %(waits)s.", title=title, waits=why))
        yield say.gettext("It will be due %(rule)s.", rule=spoken.get("rule", ""))
        return
    day = say.long_date(step.due_on)
    if step.status in SETTLED:
        yield capitalised(say.gettext("%(title)s was due on %(day)s.", title=title, day=day))
    else:
        far = say.days_from(step.due_on, today)
        if step.due_on < today:
            yield capitalised(
                say.gettext("%(title)s was due on %(day)s, %(far)s.", title=title, day=day, far=far)
            )
        else:
            yield capitalised(
                say.gettext("%(title)s is due on %(day)s, %(far)s.", title=title, day=day, far=far)
            )
    rule, source = str(spoken.get("rule", "")), spoken.get("source") or receipt.get("source") or ""
    by_day = known_by_its_day(source) is not None
    said = source_words(say, source, today) if by_day else source
    yield say.gettext("The rule: %(rule)s.", rule=rule.replace(source, said) if by_day else rule)
    if spoken.get("arithmetic") not in (step.due_on.isoformat(), None):
        counted = with_sources_worded(say, str(spoken["arithmetic"]), today)
        yield say.gettext("Counted: %(arithmetic)s.", arithmetic=counted)
    if by_day:
        yield say.gettext("The date is set by: %(source)s.", source=said)
    elif source:
        if step.kind is StepKind.RECOVERY and not receipt.get("before"):
            yield say.gettext("The reason: %(reason)s.", reason=source.rstrip("."))
            return
        ours = source.removeprefix(f"{CHOICE}: ")
        if ours != source:
            yield say.gettext("We chose that day ourselves: %(choice)s.", choice=ours)
        else:
            yield say.gettext("It is written in: %(source)s.", source=source)
    yield from _confirmed(say, work, step)
    for warning in receipt_notes(receipt, say.language, today) if step.status not in SETTLED else ():
        yield say.gettext("Note: %(warning)s.", warning=warning)
    if receipt.get("readings") and step.status not in SETTLED:
        command = f"grants confirm {as_argument(work.grant.reference)} {step.key} --on DATE --by EMAIL"
        yield say.gettext("Ask the funder which day holds, and record it: %(command)s", command=command)


def _confirmed(say: Speaker, work: GrantAtWork, step: Step) -> Iterator[str]:
    """Yield who found out which of several days holds, and when: the last who did."""
    if step.confirmed_due_on is None or step.confirmed_due_on != step.due_on:
        return
    told = (
        select(JournalEvent, Person)
        .join(Person, col(Person.id) == col(JournalEvent.person_id))
        .where(JournalEvent.step_id == step.id, JournalEvent.event == "reading_confirmed")
        .order_by(col(JournalEvent.id).desc())
    )
    found = work.session.exec(told).first()
    if found is not None:
        event, who = found
        day, name = say.dated(event.on), f"{who.name} <{who.email}>"
        yield say.gettext("%(name)s confirmed on %(day)s that this day holds.", name=name, day=day)


def _called(say: Speaker, work: GrantAtWork, step: Step) -> str:
    """Return the step's title and period with its key, by which commands name it."""
    rule = rule_of(work, step)
    if rule is None:
        return f"{say.gettext('repayment')} ({step.key})" if step.kind is StepKind.RECOVERY else step.key
    title = rule.title.en if say.language == "en" else rule.title.sv
    period = f" {say.period(step.period)}" if step.period and rule.each else ""
    return f"{title}{period} ({step.key})"


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
    waits = [_called(say, work, need) for need in work.needs_of(step) if need.status not in SETTLED]
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
        Reason.NOT_REACHED: say.gettext("it is too early; the first reminder is still to come"),
        Reason.ALREADY_TOLD: say.gettext("everyone due to be told so far has been told"),
        Reason.ONE_A_DAY: say.gettext("an escalation was told today; the next one waits a working day"),
        Reason.NO_DUE_DATE: say.gettext("it has no due date yet"),
        Reason.LADDER_ENDED: say.gettext("everyone on the ladder has been told"),
        Reason.LETTER_GONE: say.gettext(
            "the letter of that day has left; it goes with the next working day's"
        ),
        Reason.NOBODY_REACHABLE: say.gettext("nobody whom it should tell can be reached"),
        Reason.NOT_A_WORKING_DAY: say.gettext("offices are closed on the day"),
    }
    return reasons[reason]
