"""Write what became of claimed letters into the outbox and the journal, many at a time.

`failure_notices.py` tells somebody who can act of those that failed.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from sqlalchemy import Connection, bindparam, insert, update

from models.facts.worded_letter import EmptyLetter, FinishedLetter
from models.rules.delivery.retry import LetterDecision, ReplyReason, ServerReply, decide_letter
from models.tables.columns import table_of
from models.tables.letter import DeliveryAttempt, Letter, Notice
from models.tables.person import Person
from models.vocabulary import AttemptOutcome, LetterStatus
from tasks.outbox.queue import LEASE, ClaimedLetter, held_ids
from tasks.store.foundation import is_sample
from tasks.store.journal import Event, write_journal

log = logging.getLogger(__name__)

_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_PERSON = table_of(Person)
LOG_ATTEMPT = insert(table_of(DeliveryAttempt))

_MARK = (
    update(_LETTER)
    .where(_LETTER.c.id == bindparam("letter_id"))
    .values(
        status=LetterStatus.HANDING_OVER,
        subject=bindparam("new_subject"),
        content=bindparam("new_content"),
        handed_at=bindparam("began"),
        lease_until_at=bindparam("until"),
    )
)
_SETTLE = (
    update(_LETTER)
    .where(_LETTER.c.id == bindparam("letter_id"))
    .values(
        status=bindparam("new_status"),
        attempts=bindparam("new_attempts"),
        render_failures=bindparam("new_failures"),
        next_attempt_at=bindparam("next_at"),
        repeat_at=bindparam("again_at"),
        ended_at=bindparam("ended"),
        claim_key=None,
        lease_until_at=None,
        handed_at=None,
    )
)
_NOT_TOLD = (
    update(_NOTICE)
    .where(_NOTICE.c.letter_id.in_(bindparam("letter_ids", expanding=True)))
    .values(failed_at=bindparam("at"))
)
_DROP = update(_NOTICE).where(_NOTICE.c.id == bindparam("notice_id")).values(dropped_at=bindparam("at"))


@dataclass(frozen=True, slots=True)
class Handover:
    """A claimed letter with its finished bytes, on its way to the server."""

    letter: ClaimedLetter
    finished: FinishedLetter


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one handover came to."""

    handover: Handover
    outcome: AttemptOutcome
    reply: ServerReply
    reason: ReplyReason
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """A letter's new state, as written."""

    letter: ClaimedLetter
    decision: LetterDecision
    attempts: int
    render_failures: int
    detail: dict[str, object] = field(default_factory=dict)


def write_marks(
    connection: Connection,
    marks: Sequence[Handover],
    attempts: Sequence[Attempt],
    *,
    now: datetime,
    zone: tzinfo,
) -> tuple[set[int], list[Settled]]:
    """Mark letters as being handed over, and write what earlier handovers came to.

    Only letters still held under their claim are touched. Returns the ids of the marks that hold, which alone
    may be handed over once this is committed, and the letters settled.
    """
    held = held_ids(connection, [*(one.letter for one in marks), *(one.handover.letter for one in attempts)])
    good = [one for one in marks if held.get(one.letter.id) is LetterStatus.CLAIMED]
    if good:
        connection.execute(_MARK, [_mark_row(one, now, now + LEASE) for one in good])
        # What a repeat goes without may have arrived before.
        drop_notices(connection, (one.finished for one in good if not one.letter.repeating), now)
    kept = [one for one in attempts if one.handover.letter.id in held]
    if len(kept) < len(attempts):
        late = [one.handover.letter.id for one in attempts if one.handover.letter.id not in held]
        log.warning("answers came after their leases ran out", extra={"letter_ids": late})
    settled = [_settled(one) for one in kept]
    if kept:
        connection.execute(LOG_ATTEMPT, [_attempt_row(one) for one in kept])
    bounced = _bounce_people(connection, kept, now)
    settle(connection, settled, now=now, zone=zone)
    write_journal(connection, now.astimezone(zone).date(), now, bounced)
    return {one.letter.id for one in good}, settled


def _settled(one: Attempt) -> Settled:
    letter = one.handover.letter
    count = letter.attempts + 1
    login_wanted = one.reason is ReplyReason.LOGIN_WANTED
    decision = decide_letter(one.outcome, letter.facts(count), one.ended_at, login_wanted=login_wanted)
    detail = {"attempt": count, **_answered(one)}
    return Settled(letter, decision, count, letter.render_failures, detail)


def _answered(one: Attempt) -> dict[str, object]:
    """Return at which stage a server answered, and by which code; nothing of a letter that only the mailbox has."""
    if one.outcome is AttemptOutcome.CAPTURED:
        return {}
    return {"stage": one.reply.stage, "code": one.reply.code}


def _mark_row(one: Handover, now: datetime, until: datetime) -> dict[str, object]:
    finished = one.finished
    return {
        "letter_id": one.letter.id,
        "new_subject": finished.subject,
        "new_content": finished.content,
        "began": now,
        "until": until,
    }


def _attempt_row(one: Attempt) -> dict[str, object]:
    letter = one.handover.letter
    return {
        "letter_id": letter.id,
        "number": letter.attempts + 1,
        "began_at": one.began_at,
        "ended_at": one.ended_at,
        "outcome": one.outcome,
        "stage": None,
        "code": None,
        "reply": one.reply.text,
        **_answered(one),
    }


def drop_notices(
    connection: Connection, finished: Iterable[FinishedLetter | EmptyLetter], now: datetime
) -> None:
    """Note on notices that they were taken out of their letter."""
    rows = [{"notice_id": notice_id, "at": now} for one in finished for notice_id in one.dropped]
    if rows:
        connection.execute(_DROP, rows)


def _bounce_people(connection: Connection, attempts: Iterable[Attempt], now: datetime) -> list[Event]:
    """Note on people that their address is no good, and return the events."""
    letters = {
        one.handover.letter.person_id: one.handover.letter.id
        for one in attempts
        if one.reason is ReplyReason.NO_SUCH_ADDRESS
    }
    if not letters:
        return []
    bounced = (
        update(_PERSON)
        .where(_PERSON.c.id.in_(list(letters)), _PERSON.c.bounced_at.is_(None))
        .values(bounced_at=now)
        .returning(_PERSON.c.id)
    )
    people = sorted(connection.execute(bounced).scalars())
    return [Event("person_bounced", person_id=one, detail={"letter": letters[one]}) for one in people]


def settle(connection: Connection, settled: Sequence[Settled], *, now: datetime, zone: tzinfo) -> None:
    """Write the letters' new states, which sets them free, and the journal."""
    if not settled:
        return
    connection.execute(_SETTLE, [_settle_row(one, now) for one in settled])
    captured = [one.letter.id for one in settled if one.decision.status is LetterStatus.CAPTURED]
    if captured and not is_sample(connection):
        # Nobody reads another person's mailbox: as after a bounce, the next rung says it again.
        connection.execute(_NOT_TOLD, {"letter_ids": captured, "at": now})
    events = [
        Event(
            event,
            person_id=one.letter.person_id,
            detail={"letter": one.letter.id, "reason": one.decision.reason, **one.detail},
        )
        for one in settled
        if (event := one.decision.event)
    ]
    write_journal(connection, now.astimezone(zone).date(), now, events)


def _settle_row(one: Settled, now: datetime) -> dict[str, object]:
    decision = one.decision
    return {
        "letter_id": one.letter.id,
        "new_status": decision.status,
        "new_attempts": one.attempts,
        "new_failures": one.render_failures,
        "next_at": decision.next_attempt_at or now,
        "again_at": decision.repeat_at,
        "ended": None if decision.status is LetterStatus.QUEUED else now,
    }
