"""What a server's answer means, when a letter goes again, and what an expired lease means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.delivery.retry import (
    GIVE_UP_AFTER,
    NOT_A_REPLY,
    LetterDecision,
    LetterFacts,
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
from models.vocabulary import AttemptOutcome, LetterKind, LetterStatus, SmtpStage

NOW = datetime(2011, 1, 13, 6, 0, tzinfo=UTC)
MAIL, RCPT, DATA = SmtpStage
TAKEN, DEFERRED, BOUNCED, OPEN = (
    AttemptOutcome.ACCEPTED,
    AttemptOutcome.DEFERRED,
    AttemptOutcome.BOUNCED,
    AttemptOutcome.UNCONFIRMED,
)


def a_letter(**changes: object) -> LetterFacts:
    """Return the facts of a reminder that was queued now and is at its first attempt."""
    facts: dict[str, object] = {"kind": LetterKind.TASKS, "queued_at": NOW, "attempts": 1}
    return LetterFacts(**(facts | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "code", "text", "reason", "outcome", "pauses"),
    [
        pytest.param(MAIL, 250, "2.1.0 Ok", ReplyReason.TAKEN, TAKEN, False, id="sender taken"),
        pytest.param(RCPT, 251, "will forward", ReplyReason.TAKEN, TAKEN, False, id="forwarded counts"),
        pytest.param(DATA, 250, "2.0.0 queued", ReplyReason.TAKEN, TAKEN, False, id="letter taken"),
        pytest.param(MAIL, 452, "full", ReplyReason.REFUSED_FOR_NOW, DEFERRED, False, id="4xx at MAIL"),
        pytest.param(RCPT, 450, "4.2.1 grey", ReplyReason.REFUSED_FOR_NOW, DEFERRED, False, id="greylisted"),
        pytest.param(DATA, 451, "later", ReplyReason.REFUSED_FOR_NOW, DEFERRED, False, id="4xx at DATA"),
        # The same MAIL goes with every letter: a refusal is about our sender and must bounce nobody's letter.
        pytest.param(MAIL, 550, "5.7.1 no", ReplyReason.ROUTE_REFUSED, None, True, id="5xx at MAIL"),
        pytest.param(
            MAIL, 530, "log in", ReplyReason.ROUTE_REFUSED, None, True, id="login before the first recipient"
        ),
        pytest.param(
            RCPT, 530, "5.7.0 log in", ReplyReason.LOGIN_WANTED, BOUNCED, False, id="at a recipient"
        ),
        pytest.param(DATA, 535, "5.7.8 log in", ReplyReason.LOGIN_WANTED, BOUNCED, False, id="login at DATA"),
        pytest.param(DATA, 554, "5.6.0 no", ReplyReason.REFUSED, BOUNCED, False, id="5xx at DATA"),
        # Whether the address itself is bad decides if the person's steps move on.
        pytest.param(RCPT, 550, "no such user", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="550, bare"),
        pytest.param(RCPT, 551, "moved", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="551, bare"),
        pytest.param(RCPT, 553, "bad name", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="553, bare"),
        pytest.param(RCPT, 552, "over quota", ReplyReason.REFUSED, BOUNCED, False, id="a full mailbox"),
        pytest.param(RCPT, 554, "5.1.1 no", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="5.1.1"),
        pytest.param(RCPT, 556, "5.1.10 none", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="null MX"),
        pytest.param(RCPT, 550, "5.7.1 relaying", ReplyReason.REFUSED, BOUNCED, False, id="550 but policy"),
        pytest.param(RCPT, 550, "5.2.2 full", ReplyReason.REFUSED, BOUNCED, False, id="550 but full"),
        pytest.param(RCPT, 550, "5.1.8 sender", ReplyReason.REFUSED, BOUNCED, False, id="about the sender"),
        pytest.param(DATA, 550, "5.1.1 no", ReplyReason.NO_SUCH_ADDRESS, BOUNCED, False, id="said at DATA"),
        pytest.param(DATA, 550, "no", ReplyReason.REFUSED, BOUNCED, False, id="550 bare at DATA"),
        # 421 closes the channel, whatever it answers.
        pytest.param(MAIL, 421, "down", ReplyReason.SHUTTING_DOWN, None, True, id="421 at MAIL"),
        pytest.param(RCPT, 421, "down", ReplyReason.SHUTTING_DOWN, DEFERRED, False, id="421 at RCPT"),
        pytest.param(DATA, 421, "down", ReplyReason.SHUTTING_DOWN, DEFERRED, False, id="421 at DATA"),
        # Silence before DATA is a letter that the server does not have; from DATA on nobody can tell.
        pytest.param(MAIL, None, "lost", ReplyReason.SILENT, None, True, id="silence at MAIL"),
        pytest.param(RCPT, None, "lost", ReplyReason.SILENT, DEFERRED, False, id="silence at RCPT"),
        pytest.param(DATA, None, "stalled", ReplyReason.LEFT_OPEN, OPEN, False, id="silence at DATA"),
        # What is no reply spends an attempt wherever it comes.
        pytest.param(MAIL, NOT_A_REPLY, "354", ReplyReason.GARBLED, DEFERRED, False, id="354 to MAIL"),
        pytest.param(RCPT, NOT_A_REPLY, "hello", ReplyReason.GARBLED, DEFERRED, False, id="garbage to RCPT"),
        pytest.param(DATA, NOT_A_REPLY, "hello", ReplyReason.GARBLED, OPEN, False, id="garbage to DATA"),
    ],
)
def test_reply_is_read(
    stage: SmtpStage,
    code: int | None,
    text: str,
    reason: ReplyReason,
    outcome: AttemptOutcome | None,
    pauses: bool,
) -> None:
    decision = read_reply(ServerReply(stage, code, text))
    assert (decision.reason, decision.outcome, decision.pauses_route) == (reason, outcome, pauses)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [
        (1, 5),
        (2, 15),
        (3, 30),
        (4, 60),
        pytest.param(5, 120, id="then hours"),
        (6, 240),
        (7, 360),
        (20, 360),
    ],
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
    assert now < NOW + GIVE_UP_AFTER
    assert 20 <= attempts <= 35


@pytest.mark.parametrize(
    ("outcome", "letter", "expected"),
    [
        pytest.param(
            TAKEN,
            a_letter(),
            LetterDecision(LetterReason.ACCEPTED, LetterStatus.ACCEPTED),
            id="accepted",
        ),
        pytest.param(
            AttemptOutcome.CAPTURED,
            a_letter(),
            LetterDecision(LetterReason.CAPTURED, LetterStatus.ACCEPTED),
            id="captured",
        ),
        pytest.param(
            BOUNCED,
            a_letter(),
            LetterDecision(LetterReason.REFUSED, LetterStatus.BOUNCED),
            id="bounced",
        ),
        pytest.param(
            OPEN,
            a_letter(),
            LetterDecision(LetterReason.LEFT_OPEN, LetterStatus.UNCONFIRMED),
            id="a reminder stays: the next rung repeats it",
        ),
        pytest.param(
            OPEN,
            a_letter(kind=LetterKind.MONEY),
            LetterDecision(
                LetterReason.GOES_ONCE_MORE,
                LetterStatus.UNCONFIRMED,
                repeat_at=NOW + timedelta(minutes=30),
            ),
            id="money goes once more",
        ),
        pytest.param(
            OPEN,
            a_letter(kind=LetterKind.DECISION),
            LetterDecision(
                LetterReason.GOES_ONCE_MORE,
                LetterStatus.UNCONFIRMED,
                repeat_at=NOW + timedelta(minutes=30),
            ),
            id="a decision goes once more",
        ),
        pytest.param(
            OPEN,
            a_letter(kind=LetterKind.MONEY, repeating=True, attempts=2),
            LetterDecision(LetterReason.LEFT_OPEN, LetterStatus.UNCONFIRMED),
            id="never three times",
        ),
        pytest.param(
            DEFERRED,
            a_letter(kind=LetterKind.MONEY, repeating=True, attempts=2),
            LetterDecision(
                LetterReason.TRY_AGAIN,
                LetterStatus.UNCONFIRMED,
                repeat_at=NOW + timedelta(minutes=15),
            ),
            id="a refused repeat waits as unconfirmed",
        ),
        pytest.param(
            DEFERRED,
            a_letter(kind=LetterKind.MONEY, repeating=True, queued_at=NOW - timedelta(days=5)),
            LetterDecision(LetterReason.GAVE_UP, LetterStatus.UNCONFIRMED),
            id="a repeat given up may have arrived",
        ),
    ],
)
def test_attempt_decides_the_letter(
    outcome: AttemptOutcome, letter: LetterFacts, expected: LetterDecision
) -> None:
    assert decide_letter(outcome, letter, NOW) == expected


@pytest.mark.parametrize(
    ("status", "letter", "expected"),
    [
        pytest.param(
            LetterStatus.CLAIMED,
            a_letter(attempts=0),
            LetterDecision(LetterReason.NEVER_LEFT, LetterStatus.QUEUED, next_attempt_at=NOW),
            id="before the handover it waits again",
        ),
        pytest.param(
            LetterStatus.CLAIMED,
            a_letter(kind=LetterKind.MONEY, repeating=True),
            LetterDecision(LetterReason.NEVER_LEFT, LetterStatus.UNCONFIRMED, repeat_at=NOW),
            id="a repeat not begun is still to be made",
        ),
        pytest.param(
            LetterStatus.HANDING_OVER,
            a_letter(),
            LetterDecision(LetterReason.LEFT_OPEN, LetterStatus.UNCONFIRMED),
            id="after it nothing here can tell",
        ),
        pytest.param(
            LetterStatus.HANDING_OVER,
            a_letter(kind=LetterKind.DECISION),
            LetterDecision(
                LetterReason.GOES_ONCE_MORE,
                LetterStatus.UNCONFIRMED,
                repeat_at=NOW + timedelta(minutes=30),
            ),
            id="a decision goes once more",
        ),
    ],
)
def test_expired_lease_is_judged_by_how_far_it_came(
    status: LetterStatus, letter: LetterFacts, expected: LetterDecision
) -> None:
    assert decide_expired(status, letter, NOW) == expected


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (
            1,
            LetterDecision(
                LetterReason.NOT_RENDERED, LetterStatus.QUEUED, next_attempt_at=NOW + timedelta(minutes=5)
            ),
        ),
        (
            2,
            LetterDecision(
                LetterReason.NOT_RENDERED, LetterStatus.QUEUED, next_attempt_at=NOW + timedelta(minutes=15)
            ),
        ),
        (3, LetterDecision(LetterReason.NOT_RENDERED, LetterStatus.POISONED)),
    ],
)
def test_letter_that_does_not_render_is_poisoned_the_third_time(
    failures: int, expected: LetterDecision
) -> None:
    assert decide_unrendered(a_letter(attempts=0), failures, NOW) == expected


def test_repeat_that_does_not_render_stays_unconfirmed() -> None:
    repeat = a_letter(kind=LetterKind.MONEY, repeating=True)
    assert decide_unrendered(repeat, 1, NOW).repeat_at == NOW + timedelta(minutes=5)
    assert decide_unrendered(repeat, 3, NOW).status is LetterStatus.UNCONFIRMED


def test_letter_with_nothing_left_to_say_is_cancelled_but_a_repeat_stays_unconfirmed() -> None:
    assert decide_empty(a_letter()).status is LetterStatus.CANCELLED
    assert decide_empty(a_letter(repeating=True)).status is LetterStatus.UNCONFIRMED


@pytest.mark.parametrize(
    ("decision", "event"),
    [
        (decide_letter(TAKEN, a_letter(), NOW), "letter_accepted"),
        (decide_letter(AttemptOutcome.CAPTURED, a_letter(), NOW), "letter_captured"),
        (decide_letter(DEFERRED, a_letter(), NOW), "letter_deferred"),
        (decide_letter(DEFERRED, a_letter(repeating=True), NOW), "letter_deferred"),
        (decide_letter(BOUNCED, a_letter(), NOW), "letter_bounced"),
        (decide_letter(OPEN, a_letter(), NOW), "letter_unconfirmed"),
        (decide_letter(OPEN, a_letter(kind=LetterKind.MONEY), NOW), "letter_unconfirmed"),
        (decide_expired(LetterStatus.CLAIMED, a_letter(), NOW), None),
        (decide_unrendered(a_letter(), 1, NOW), "letter_deferred"),
        (decide_unrendered(a_letter(), 3, NOW), "letter_poisoned"),
        (decide_empty(a_letter()), "letter_cancelled"),
    ],
)
def test_decision_has_a_word_in_the_journal(decision: LetterDecision, event: str | None) -> None:
    assert decision.event == event
