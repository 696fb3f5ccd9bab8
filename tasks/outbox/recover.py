"""Settle letters that were left behind: not rendered, too old, or held by a delivery that died."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, exists, or_, select, update

from models.facts.worded_letter import EmptyLetter, FailedLetter
from models.rules.delivery.retry import (
    FARTHEST_AHEAD,
    LAST_TRY_AFTER,
    LONGEST_REST,
    decide_empty,
    decide_expired,
    decide_retry,
    decide_unrendered,
)
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import AttemptOutcome, LetterStatus, SmtpStage
from tasks.outbox.queue import DUE_NOW, IS_LEASED, IS_QUEUED, IS_UNCONFIRMED, ClaimedLetter, held_ids
from tasks.outbox.settle import LOG_ATTEMPT, Settled, drop_notices, settle
from tasks.store.queries import shape_rows

_LETTER = table_of(Letter)
_DIED = "the deliverer ended before it noted an answer"
# A queued letter whose day is here or too far off: one for the next working day rightly waits for it.
_IN_VAIN = IS_QUEUED & (
    (_LETTER.c.letter_on <= bindparam("today")) | (_LETTER.c.next_attempt_at > bindparam("too_far"))
)
# The letters that may wait for a time too far ahead, each with the column of that time.
_TOO_FAR = (
    (_IN_VAIN, _LETTER.c.next_attempt_at),
    (IS_UNCONFIRMED, _LETTER.c.repeat_at),
    (IS_LEASED, _LETTER.c.lease_until_at),
)


def _forward(waits: ColumnElement[bool], until: ColumnElement[object]) -> Update:
    """Return the statement that brings forward letters that wait for too long, unless another holds them."""
    far = select(_LETTER.c.id).where(waits, until > bindparam("farthest"))
    # Locked in everybody's order. The sum keeps SQLite from reading the whole table for it.
    in_order = far.order_by(_LETTER.c.id + 0).with_for_update(skip_locked=True).correlate(None)
    return update(_LETTER).where(_LETTER.c.id.in_(in_order)).values({until.name: bindparam("now")})


_QUEUED_FORWARD, *_OTHERS_FORWARD = (_forward(waits, until) for waits, until in _TOO_FAR)
_RUN_OUT = IS_LEASED & (_LETTER.c.lease_until_at <= bindparam("now"))
_EXPIRED = (
    select(_LETTER)
    .where(_RUN_OUT)
    .order_by(_LETTER.c.lease_until_at, _LETTER.c.id)
    .with_for_update(skip_locked=True)
)
_ANY_LEFT = select(
    or_(
        exists().where(_RUN_OUT),
        *(exists().where(waits, until > bindparam("farthest")) for waits, until in _TOO_FAR),
    )
)


def write_unrendered(
    connection: Connection,
    unrendered: Sequence[tuple[ClaimedLetter, FailedLetter | EmptyLetter]],
    *,
    now: datetime,
    zone: tzinfo,
) -> list[Settled]:
    """Settle claimed letters that could not be rendered, or had nothing to say."""
    held = held_ids(connection, [letter for letter, _ in unrendered])
    settled = []
    for letter, result in unrendered:
        if letter.id not in held:
            continue
        failures = letter.render_failures
        detail = {}
        if isinstance(result, FailedLetter):
            failures += 1
            detail = {"failures": failures, "error": result.error[:200]}
            decision = decide_unrendered(letter.facts(letter.attempts), failures, now)
        else:
            decision = decide_empty(letter.facts(letter.attempts))
            if not letter.repeating:
                drop_notices(connection, [result], now)
        settled.append(Settled(letter, decision, letter.attempts, failures, detail))
    settle(connection, settled, now=now, zone=zone)
    return settled


def give_up_old(connection: Connection, *, now: datetime, zone: tzinfo) -> list[Settled]:
    """End letters for which no mail server could be reached in five days.

    A repeat that cannot be made stays unconfirmed, without another try.
    """
    letters = []
    for due in DUE_NOW:
        old = select(_LETTER).where(due, _LETTER.c.queued_at <= now - LAST_TRY_AFTER)
        rows = connection.execute(old.with_for_update(skip_locked=True), {"now": now})
        letters += shape_rows(ClaimedLetter, rows)
    settled = [
        Settled(letter, decide_retry(letter.facts(1), now), letter.attempts, letter.render_failures)
        for letter in letters
    ]
    settle(connection, settled, now=now, zone=zone)
    return settled


def needs_recovery(connection: Connection, *, now: datetime, zone: tzinfo) -> bool:
    """Return whether `recover_letters` has work, which is rare; the question takes no lock."""
    return bool(connection.execute(_ANY_LEFT, _far_times(now, zone)).scalar_one())


def _far_times(now: datetime, zone: tzinfo) -> dict[str, object]:
    """Return the times that `_TOO_FAR` is compared with."""
    today = now.astimezone(zone).date()
    return {"now": now, "farthest": now + FARTHEST_AHEAD, "today": today, "too_far": now + LONGEST_REST}


def recover_letters(connection: Connection, *, now: datetime, zone: tzinfo) -> list[Settled]:
    """Take up every letter whose lease ran out: it waits again, or is unconfirmed with an attempt logged.

    A letter that a wrong clock put off beyond all measure is due now, and such a lease has run out.
    """
    times = _far_times(now, zone)
    connection.execute(_QUEUED_FORWARD, times)
    for forward in _OTHERS_FORWARD:
        connection.execute(forward, {name: times[name] for name in ("now", "farthest")})
    expired = connection.execute(_EXPIRED, {"now": now}).all()
    begun = [row for row in expired if row.status == LetterStatus.HANDING_OVER]
    if begun:
        connection.execute(LOG_ATTEMPT, [_open_attempt(row, now) for row in begun])
    settled = []
    for row, letter in zip(expired, shape_rows(ClaimedLetter, expired), strict=True):
        count = row.attempts + (row.status == LetterStatus.HANDING_OVER)
        decision = decide_expired(LetterStatus(row.status), letter.facts(count), now)
        settled.append(Settled(letter, decision, count, letter.render_failures))
    settle(connection, settled, now=now, zone=zone)
    return settled


def _open_attempt(row: Row[object], now: datetime) -> dict[str, object]:
    return {
        "letter_id": row.id,
        "number": row.attempts + 1,
        "began_at": row.handed_at,
        "ended_at": now,
        "outcome": AttemptOutcome.UNCONFIRMED,
        "stage": SmtpStage.DATA,
        "code": None,
        "reply": _DIED,
    }
