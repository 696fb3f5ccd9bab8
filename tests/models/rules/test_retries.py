"""What a server's answer means, when a letter goes again, and what an expired lease means."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.delivery.retry import (
    NOT_A_REPLY,
    DeliveryFacts,
    LetterDecision,
    LetterReason,
    ReplyReason,
    ServerReply,
    decide_empty,
    decide_expired,
    decide_letter,
    decide_retry,
    decide_unrendered,
    read_reply,
)
from models.rules.lifetimes import LETTER_ENDS_WITHIN
from models.vocabulary import AttemptOutcome, LetterKind, LetterStatus, SmtpStage

NOW = datetime(2011, 1, 13, 6, 0, tzinfo=UTC)
MAIL, RCPT, DATA = SmtpStage
TAKEN, DEFERRED, BOUNCED, OPEN = (
    AttemptOutcome.ACCEPTED,
    AttemptOutcome.DEFERRED,
    AttemptOutcome.BOUNCED,
    AttemptOutcome.UNCONFIRMED,
)
CAPTURED = AttemptOutcome.CAPTURED


def a_letter(**changes: object) -> DeliveryFacts:
    """Return the facts of a reminder that was queued now and is at its first attempt."""
    facts: dict[str, object] = {"kind": LetterKind.TASKS, "queued_at": NOW, "attempts": 1}
    return DeliveryFacts(**(facts | changes))  # type: ignore[arg-type]


R = ReplyReason


@pytest.mark.parametrize(
    ("stage", "code", "text", "reason", "outcome"),
    [
        (MAIL, 250, "2.1.0 Ok", R.TAKEN, TAKEN),
        (RCPT, 251, "will forward", R.TAKEN, TAKEN),
        (DATA, 250, "2.0.0 queued", R.TAKEN, TAKEN),
        (MAIL, 452, "full", R.REFUSED_FOR_NOW, DEFERRED),
        (RCPT, 450, "4.2.1 grey", R.REFUSED_FOR_NOW, DEFERRED),
        (DATA, 451, "later", R.REFUSED_FOR_NOW, DEFERRED),
        # The same MAIL goes with every letter: a refusal is about our sender and must bounce nobody's letter.
        (MAIL, 550, "5.7.1 no", R.ROUTE_REFUSED, None),
        (MAIL, 530, "log in", R.ROUTE_REFUSED, None),
        (RCPT, 530, "5.7.0 log in", R.LOGIN_WANTED, DEFERRED),
        (DATA, 535, "5.7.8 log in", R.LOGIN_WANTED, DEFERRED),
        (DATA, 554, "5.6.0 no", R.REFUSED, BOUNCED),
        # Whether the address itself is bad decides if the person's steps move on.
        (RCPT, 550, "no such user", R.NO_SUCH_ADDRESS, BOUNCED),
        (RCPT, 551, "moved", R.NO_SUCH_ADDRESS, BOUNCED),
        (RCPT, 553, "bad name", R.NO_SUCH_ADDRESS, BOUNCED),
        (RCPT, 552, "over quota", R.REFUSED, BOUNCED),
        (RCPT, 554, "5.1.1 no", R.NO_SUCH_ADDRESS, BOUNCED),
        (RCPT, 556, "5.1.10 null MX", R.NO_SUCH_ADDRESS, BOUNCED),
        (RCPT, 550, "5.7.1 relaying", R.REFUSED, BOUNCED),
        (RCPT, 550, "5.2.2 full", R.REFUSED, BOUNCED),
        (RCPT, 550, "5.1.8 sender", R.REFUSED, BOUNCED),
        (DATA, 550, "5.1.1 no", R.NO_SUCH_ADDRESS, BOUNCED),
        (DATA, 550, "no", R.REFUSED, BOUNCED),
        # 421 closes the channel, whatever it answers.
        (MAIL, 421, "down", R.SHUTTING_DOWN, None),
        (RCPT, 421, "down", R.SHUTTING_DOWN, DEFERRED),
        (DATA, 421, "down", R.SHUTTING_DOWN, DEFERRED),
        # Silence before DATA is a letter that the server does not have; from DATA on nobody can tell.
        (MAIL, None, "lost", R.SILENT, None),
        (RCPT, None, "lost", R.SILENT, DEFERRED),
        (DATA, None, "stalled", R.LEFT_OPEN, OPEN),
        # What is no reply spends an attempt wherever it comes.
        (MAIL, NOT_A_REPLY, "354", R.GARBLED, DEFERRED),
        (RCPT, NOT_A_REPLY, "hello", R.GARBLED, DEFERRED),
        (DATA, NOT_A_REPLY, "hello", R.GARBLED, OPEN),
    ],
)
def test_reply_is_read(
    stage: SmtpStage, code: int | None, text: str, reason: ReplyReason, outcome: AttemptOutcome | None
) -> None:
    """What is no letter's outcome stops the route."""
    decision = read_reply(ServerReply(stage, code, text))
    assert (decision.reason, decision.outcome, decision.pauses_route) == (reason, outcome, outcome is None)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 15), (3, 30), (4, 60), (5, 120), (6, 240), (7, 360), (20, 360)],
)
def test_deferred_letter_waits_longer_each_time(attempts: int, minutes: int) -> None:
    decision = decide_letter(DEFERRED, a_letter(attempts=attempts), NOW)
    again = NOW + timedelta(minutes=minutes)
    assert decision == LetterDecision(LetterReason.TRY_AGAIN, LetterStatus.QUEUED, next_attempt_at=again)


def test_waits_of_hours_are_spread_by_a_fifth() -> None:
    first, last = (
        decide_retry(a_letter(attempts=7, spread=spread), NOW).next_attempt_at for spread in (0, 1)
    )
    assert (first, last) == (NOW + timedelta(hours=4.8), NOW + timedelta(hours=7.2))


def test_waits_of_minutes_are_exact() -> None:
    assert decide_retry(a_letter(spread=0), NOW) == decide_retry(a_letter(spread=1), NOW)


def test_letter_is_tried_a_last_time_and_given_up_within_five_days() -> None:
    last = NOW + timedelta(days=4, hours=23)
    tried = decide_retry(a_letter(attempts=20), last - timedelta(hours=3))
    assert tried.next_attempt_at == last
    assert decide_retry(a_letter(attempts=21), last) == LetterDecision(
        LetterReason.GAVE_UP, LetterStatus.BOUNCED
    )


@given(st.floats(0, 1))
def test_letter_that_nobody_takes_ends_within_five_days(spread: float) -> None:
    now, attempts = NOW, 0
    while True:
        attempts += 1
        decision = decide_letter(DEFERRED, a_letter(attempts=attempts, spread=spread), now)
        if decision.next_attempt_at is None:
            break
        assert decision.next_attempt_at > now
        now = decision.next_attempt_at
    assert decision.status is LetterStatus.BOUNCED
    assert now < NOW + LETTER_ENDS_WITHIN
    assert 20 <= attempts <= 35


MONEY, DECISION = a_letter(kind=LetterKind.MONEY), a_letter(kind=LetterKind.DECISION)
REPEAT = a_letter(kind=LetterKind.MONEY, repeating=True, attempts=2)
STALE_REPEAT = a_letter(kind=LetterKind.MONEY, repeating=True, queued_at=NOW - timedelta(days=5))
STAYS_OPEN = LetterDecision(LetterReason.LEFT_OPEN, LetterStatus.UNCONFIRMED)


def once_more(reason: LetterReason, minutes: int) -> LetterDecision:
    """Return that a letter of which nobody knows whether it arrived goes again."""
    return LetterDecision(reason, LetterStatus.UNCONFIRMED, repeat_at=NOW + timedelta(minutes=minutes))


def waits(reason: LetterReason, minutes: int) -> LetterDecision:
    """Return that a letter is tried again."""
    return LetterDecision(reason, LetterStatus.QUEUED, next_attempt_at=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("outcome", "letter", "expected", "event"),
    [
        (TAKEN, a_letter(), LetterDecision(LetterReason.ACCEPTED, LetterStatus.ACCEPTED), "accepted"),
        (CAPTURED, a_letter(), LetterDecision(LetterReason.CAPTURED, LetterStatus.CAPTURED), "captured"),
        (BOUNCED, a_letter(), LetterDecision(LetterReason.REFUSED, LetterStatus.BOUNCED), "bounced"),
        (DEFERRED, a_letter(), waits(LetterReason.TRY_AGAIN, 5), "deferred"),
        # A reminder stays: the next rung repeats it. Money and decisions go once more, and never three times.
        (OPEN, a_letter(), STAYS_OPEN, "unconfirmed"),
        (OPEN, MONEY, once_more(LetterReason.GOES_ONCE_MORE, 30), "unconfirmed"),
        (OPEN, DECISION, once_more(LetterReason.GOES_ONCE_MORE, 30), "unconfirmed"),
        (OPEN, REPEAT, STAYS_OPEN, "unconfirmed"),
        # A refused repeat waits as unconfirmed; one that is given up may have arrived.
        (DEFERRED, REPEAT, once_more(LetterReason.TRY_AGAIN, 15), "deferred"),
        (
            DEFERRED,
            STALE_REPEAT,
            LetterDecision(LetterReason.GAVE_UP, LetterStatus.UNCONFIRMED),
            "unconfirmed",
        ),
    ],
)
def test_attempt_decides_the_letter_and_has_a_word_in_the_journal(
    outcome: AttemptOutcome, letter: DeliveryFacts, expected: LetterDecision, event: str
) -> None:
    found = decide_letter(outcome, letter, NOW)
    assert (found, found.event) == (expected, f"letter_{event}")


@pytest.mark.parametrize(
    ("status", "letter", "expected"),
    [
        # Before the handover it waits again, or a repeat is still to be made; after it nothing here can tell.
        (LetterStatus.CLAIMED, a_letter(attempts=0), waits(LetterReason.NEVER_LEFT, 0)),
        (LetterStatus.CLAIMED, REPEAT, once_more(LetterReason.NEVER_LEFT, 0)),
        (LetterStatus.HANDING_OVER, a_letter(), STAYS_OPEN),
        (LetterStatus.HANDING_OVER, DECISION, once_more(LetterReason.GOES_ONCE_MORE, 30)),
    ],
)
def test_expired_lease_is_judged_by_how_far_it_came(
    status: LetterStatus, letter: DeliveryFacts, expected: LetterDecision
) -> None:
    found = decide_expired(status, letter, NOW)
    assert found == expected
    assert (found.event is None) is (status is LetterStatus.CLAIMED)


@pytest.mark.parametrize(
    ("failures", "expected", "event"),
    [
        (1, waits(LetterReason.NOT_RENDERED, 5), "letter_deferred"),
        (2, waits(LetterReason.NOT_RENDERED, 15), "letter_deferred"),
        (3, LetterDecision(LetterReason.NOT_RENDERED, LetterStatus.POISONED), "letter_poisoned"),
    ],
)
def test_letter_that_does_not_render_is_poisoned_the_third_time(
    failures: int, expected: LetterDecision, event: str
) -> None:
    found = decide_unrendered(a_letter(attempts=0), failures, NOW)
    assert (found, found.event) == (expected, event)


def test_repeat_that_does_not_render_stays_unconfirmed() -> None:
    assert decide_unrendered(REPEAT, 1, NOW).repeat_at == NOW + timedelta(minutes=5)
    assert decide_unrendered(REPEAT, 3, NOW).status is LetterStatus.UNCONFIRMED


def test_letter_with_nothing_left_to_say_is_cancelled_but_a_repeat_stays_unconfirmed() -> None:
    cancelled = decide_empty(a_letter())
    assert (cancelled.status, cancelled.event) == (LetterStatus.CANCELLED, "letter_cancelled")
    assert decide_empty(a_letter(repeating=True)).status is LetterStatus.UNCONFIRMED
