"""Write the results of claimed letters into the outbox and the journal, many at a time.

`failure_notices.py` tells somebody who can act of those that failed.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from sqlalchemy import Connection, bindparam, insert, update

from models.events import OfficeEvent
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
    """The result of one handover."""

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
    """Mark letters as being handed over, and write the results of earlier handovers.

    Only letters still held under their claim are touched. Returns the ids of the marks that hold,
    which alone may be handed over once this is committed, and the letters settled.
    """
    held = held_ids(
        connection, [*(mark.letter for mark in marks), *(attempt.handover.letter for attempt in attempts)]
    )
    good = [mark for mark in marks if held.get(mark.letter.id) is LetterStatus.CLAIMED]
    if good:
        connection.execute(_MARK, [_mark_row(mark, now, now + LEASE) for mark in good])
        # The notices that a repeat leaves out may have arrived before.
        drop_notices(connection, (mark.finished for mark in good if not mark.letter.repeating), now)
    kept = [attempt for attempt in attempts if attempt.handover.letter.id in held]
    if len(kept) < len(attempts):
        late = [attempt.handover.letter.id for attempt in attempts if attempt.handover.letter.id not in held]
        log.warning("answers came after their leases ran out", extra={"letter_ids": late})
    settled = [_settled(attempt) for attempt in kept]
    if kept:
        connection.execute(LOG_ATTEMPT, [_attempt_row(attempt) for attempt in kept])
    bounced = _bounce_people(connection, kept, now)
    settle(connection, settled, now=now, zone=zone)
    write_journal(connection, now.astimezone(zone).date(), now, bounced)
    return {mark.letter.id for mark in good}, settled


def _settled(attempt: Attempt) -> Settled:
    letter = attempt.handover.letter
    count = letter.attempts + 1
    login_wanted = attempt.reason is ReplyReason.LOGIN_WANTED
    decision = decide_letter(
        attempt.outcome, letter.facts(count), attempt.ended_at, login_wanted=login_wanted
    )
    detail = {"attempt": count, **_answered(attempt)}
    return Settled(letter, decision, count, letter.render_failures, detail)


def _answered(attempt: Attempt) -> dict[str, object]:
    """Return at which stage and with which code a server answered; empty for a captured letter."""
    if attempt.outcome is AttemptOutcome.CAPTURED:
        return {}
    return {"stage": attempt.reply.stage, "code": attempt.reply.code}


def _mark_row(handover: Handover, now: datetime, until: datetime) -> dict[str, object]:
    finished = handover.finished
    return {
        "letter_id": handover.letter.id,
        "new_subject": finished.subject,
        "new_content": finished.content,
        "began": now,
        "until": until,
    }


def _attempt_row(attempt: Attempt) -> dict[str, object]:
    letter = attempt.handover.letter
    return {
        "letter_id": letter.id,
        "number": letter.attempts + 1,
        "began_at": attempt.began_at,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome,
        "stage": None,
        "code": None,
        "reply": attempt.reply.text,
        **_answered(attempt),
    }


def drop_notices(
    connection: Connection, finished: Iterable[FinishedLetter | EmptyLetter], now: datetime
) -> None:
    """Note on notices that they were taken out of their letter."""
    rows = [{"notice_id": notice_id, "at": now} for letter in finished for notice_id in letter.dropped]
    if rows:
        connection.execute(_DROP, rows)


def _bounce_people(connection: Connection, attempts: Iterable[Attempt], now: datetime) -> list[Event]:
    """Note on people that their address is bad, and return the events."""
    letters = {
        attempt.handover.letter.person_id: attempt.handover.letter.id
        for attempt in attempts
        if attempt.reason is ReplyReason.NO_SUCH_ADDRESS
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
    return [
        Event(OfficeEvent.PERSON_BOUNCED, person_id=person_id, detail={"letter": letters[person_id]})
        for person_id in people
    ]


def settle(connection: Connection, settled: Sequence[Settled], *, now: datetime, zone: tzinfo) -> None:
    """Write the letters' new states, which frees them, and the journal."""
    if not settled:
        return
    connection.execute(_SETTLE, [_settle_row(end, now) for end in settled])
    captured = [end.letter.id for end in settled if end.decision.status is LetterStatus.CAPTURED]
    if captured and not is_sample(connection):
        # Nobody reads another person's mailbox: as after a bounce, the next rung tells it again.
        connection.execute(_NOT_TOLD, {"letter_ids": captured, "at": now})
    events = [
        Event(
            event,
            person_id=end.letter.person_id,
            detail={"letter": end.letter.id, "reason": end.decision.reason, **end.detail},
        )
        for end in settled
        if (event := end.decision.event)
    ]
    write_journal(connection, now.astimezone(zone).date(), now, events)


def _settle_row(end: Settled, now: datetime) -> dict[str, object]:
    decision = end.decision
    return {
        "letter_id": end.letter.id,
        "new_status": decision.status,
        "new_attempts": end.attempts,
        "new_failures": end.render_failures,
        "next_at": decision.next_attempt_at or now,
        "again_at": decision.repeat_at,
        "ended": None if decision.status is LetterStatus.QUEUED else now,
    }
