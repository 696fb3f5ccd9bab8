"""Decide what a mail server's answer means, and when a letter is sent again, or given up."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.events import OfficeEvent
from models.rules.lifetimes import LETTER_ENDS_WITHIN
from models.rules.notices.quiet_days import ROUND_HOLDS
from models.vocabulary import AttemptOutcome, LetterKind, LetterStatus, SmtpStage

RETRY_AFTER = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240))
LATER_AFTER = timedelta(hours=6)
# Beyond an hour, waits differ by up to a fifth, so that letters refused together do not return together.
JITTER = 0.2
# The last try comes an hour before the end, so that its outcome still fits.
LAST_TRY_AFTER = LETTER_ENDS_WITHIN - timedelta(hours=1)
REPEAT_AFTER = timedelta(minutes=30)
# A letter whose login was refused waits a day, until the next morning's round; about a decision or money, less.
LOGIN_AFTER = timedelta(days=1)
URGENT_LOGIN_AFTER = timedelta(hours=4)
REPEATED_KINDS = (LetterKind.DECISION, LetterKind.MONEY)
RENDER_FAILURES = 3
# No letter whose day has come waits, or is held by a delivery, for longer: a time further ahead was set by a
# wrong clock. One that was queued just before midnight leaves a day later, and a round holds it besides.
FARTHEST_AHEAD = timedelta(days=1) + ROUND_HOLDS
# No office is closed for longer: a letter dated further ahead would wait in vain.
LONGEST_REST = timedelta(days=31)

_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: 5.1.5 says that the address is fine; 5.1.7 and 5.1.8 are about the sender, 5.1.9 about a relay.
_NOT_THE_RECIPIENT = (5, 7, 8, 9)
# RFC 5321, 4.2.2: what a server without enhanced codes answers to RCPT for an address it does not have.
_NO_SUCH_ADDRESS = (550, 551, 553)
# RFC 4954: the server wants a login, or another one.
_LOGIN_CODES = (530, 534, 535, 538)
_SHUTTING_DOWN = 421
# The code of an answer at its stage that is no SMTP reply.
NOT_A_REPLY = -1


class ReplyReason(StrEnum):
    """What a server's answer, or its silence, says."""

    TAKEN = "taken"
    REFUSED_FOR_NOW = "refused_for_now"
    REFUSED = "refused"
    NO_SUCH_ADDRESS = "no_such_address"
    SILENT = "silent"  # before DATA: the server does not have the letter
    LEFT_OPEN = "left_open"  # from DATA on: the server may have the letter
    GARBLED = "garbled"  # what came is not SMTP: the connection cannot be used any more
    SHUTTING_DOWN = "shutting_down"
    LOGIN_WANTED = "login_wanted"  # at a recipient: this letter's trouble, if others get through
    ROUTE_REFUSED = "route_refused"  # our login or sender is refused: no letter is to blame


@dataclass(frozen=True, slots=True)
class ServerReply:
    """A server's answer at a stage; `code` is None if none came, and `text` then says how it was lost.

    The code is NOT_A_REPLY for bytes that cannot be read as an answer to the stage.
    """

    stage: SmtpStage
    code: int | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReplyDecision:
    """The meaning of an answer: the attempt's outcome (None: no attempt counts), and whether the route pauses."""

    reason: ReplyReason
    outcome: AttemptOutcome | None
    pauses_route: bool = False

    @property
    def is_silence(self) -> bool:
        """Whether the server said nothing."""
        return self.reason in (ReplyReason.SILENT, ReplyReason.LEFT_OPEN)


class LetterReason(StrEnum):
    """Why a letter takes its next state."""

    ACCEPTED = "accepted"
    CAPTURED = "captured"
    REFUSED = "refused"
    TRY_AGAIN = "try_again"
    GAVE_UP = "gave_up"  # five days are over
    GOES_ONCE_MORE = "goes_once_more"
    LEFT_OPEN = "left_open"
    NEVER_LEFT = "never_left"  # the lease ran out before the handover
    NOT_RENDERED = "not_rendered"
    OUT_OF_DATE = "out_of_date"  # what it tells was answered, moved or cancelled


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """The facts for a decision about a letter; `attempts` counts its handovers, this one included.

    `repeating` is set when an earlier handover of the letter was left open. `spread` is the
    letter's own number from 0 to 1: it spreads retries over time.
    """

    kind: LetterKind
    queued_at: datetime
    attempts: int
    repeating: bool = False
    spread: float = 0.5


@dataclass(frozen=True, slots=True)
class LetterDecision:
    """A letter's next state.

    `next_attempt_at` is set for a queued letter, `repeat_at` for an unconfirmed one that goes once more.
    """

    reason: LetterReason
    status: LetterStatus
    next_attempt_at: datetime | None = None
    repeat_at: datetime | None = None

    @property
    def event(self) -> OfficeEvent | None:
        """The journal's word for it; None for a letter that goes on waiting."""
        if self.reason is LetterReason.NEVER_LEFT:
            return None
        waits = self.next_attempt_at or self.repeat_at
        if waits and self.reason is not LetterReason.GOES_ONCE_MORE:
            return OfficeEvent.LETTER_DEFERRED
        return OfficeEvent(f"letter_{self.status}")


def read_reply(reply: ServerReply, tried: int = 0) -> ReplyDecision:
    """Decide what an answer to MAIL, RCPT or DATA means for the letter and for the route.

    `tried` is the number of earlier attempts. MAIL is the same for every letter, so a 5xx to it is
    about our sender: the route stops, and no letter bounces. From DATA on, only a clear answer says
    whether the server has the letter.
    """
    code = reply.code
    at_mail = reply.stage is SmtpStage.MAIL
    at_data = reply.stage is SmtpStage.DATA
    # Up to MAIL the server has seen nothing that could be the letter's fault.
    blamed = None if at_mail else AttemptOutcome.DEFERRED
    unclear = AttemptOutcome.UNCONFIRMED if at_data else blamed
    if code is None:
        reason = ReplyReason.LEFT_OPEN if at_data else ReplyReason.SILENT
        return ReplyDecision(reason, unclear, pauses_route=at_mail)
    if 200 <= code <= 299:
        return ReplyDecision(ReplyReason.TAKEN, AttemptOutcome.ACCEPTED)
    if code == _SHUTTING_DOWN:
        return ReplyDecision(ReplyReason.SHUTTING_DOWN, blamed, pauses_route=at_mail)
    if 400 <= code <= 499:
        return ReplyDecision(ReplyReason.REFUSED_FOR_NOW, AttemptOutcome.DEFERRED)
    if 500 <= code <= 599:
        return _read_refusal(reply, code, tried)
    return ReplyDecision(ReplyReason.GARBLED, unclear or AttemptOutcome.DEFERRED)


def _read_refusal(reply: ServerReply, code: int, tried: int) -> ReplyDecision:
    if reply.stage is SmtpStage.MAIL:
        return ReplyDecision(ReplyReason.ROUTE_REFUSED, None, pauses_route=True)
    if code in _LOGIN_CODES:
        # A wrong password must not tell ten people at once that their letter failed.
        outcome = AttemptOutcome.BOUNCED if tried else AttemptOutcome.DEFERRED
        return ReplyDecision(ReplyReason.LOGIN_WANTED, outcome)
    reason = ReplyReason.NO_SUCH_ADDRESS if _is_about_recipient(reply) else ReplyReason.REFUSED
    return ReplyDecision(reason, AttemptOutcome.BOUNCED)


def _is_about_recipient(reply: ServerReply) -> bool:
    enhanced = _ENHANCED.match(reply.text)
    if enhanced:
        return enhanced[1] == "1" and int(enhanced[2]) not in _NOT_THE_RECIPIENT
    return reply.stage is SmtpStage.RCPT and reply.code in _NO_SUCH_ADDRESS


def decide_letter(
    outcome: AttemptOutcome, letter: DeliveryFacts, now: datetime, *, login_wanted: bool = False
) -> LetterDecision:
    """Decide a letter's next state after an attempt."""
    if outcome is AttemptOutcome.ACCEPTED:
        return LetterDecision(LetterReason.ACCEPTED, LetterStatus.ACCEPTED)
    if outcome is AttemptOutcome.CAPTURED:
        return LetterDecision(LetterReason.CAPTURED, LetterStatus.CAPTURED)
    if outcome is AttemptOutcome.BOUNCED:
        return LetterDecision(LetterReason.REFUSED, LetterStatus.BOUNCED)
    if outcome is AttemptOutcome.DEFERRED:
        return decide_retry(letter, now, login_wanted=login_wanted)
    if letter.kind in REPEATED_KINDS and not letter.repeating:
        reason = LetterReason.GOES_ONCE_MORE
        repeat_at = now + REPEAT_AFTER
        return LetterDecision(reason, LetterStatus.UNCONFIRMED, repeat_at=repeat_at)
    return LetterDecision(LetterReason.LEFT_OPEN, LetterStatus.UNCONFIRMED)


def decide_retry(letter: DeliveryFacts, now: datetime, *, login_wanted: bool = False) -> LetterDecision:
    """Decide when a letter that a server does not have goes again, or that it is given up.

    A repeat stays unconfirmed, whether it is put off or given up: an earlier handover may have
    reached the person. Any other letter given up is bounced, so that someone sees it.
    """
    again_at = _again_at(letter, now, login_wanted=login_wanted)
    if again_at is None:
        status = LetterStatus.UNCONFIRMED if letter.repeating else LetterStatus.BOUNCED
        return LetterDecision(LetterReason.GAVE_UP, status)
    if letter.repeating:
        return LetterDecision(LetterReason.TRY_AGAIN, LetterStatus.UNCONFIRMED, repeat_at=again_at)
    return LetterDecision(LetterReason.TRY_AGAIN, LetterStatus.QUEUED, next_attempt_at=again_at)


def _again_at(letter: DeliveryFacts, now: datetime, *, login_wanted: bool) -> datetime | None:
    last_at = letter.queued_at + LAST_TRY_AFTER
    if now >= last_at:
        return None
    if login_wanted:
        return min(now + (URGENT_LOGIN_AFTER if letter.kind in REPEATED_KINDS else LOGIN_AFTER), last_at)
    position = max(letter.attempts, 1) - 1
    wait = RETRY_AFTER[position] if position < len(RETRY_AFTER) else LATER_AFTER
    if wait > timedelta(hours=1):
        wait *= 1 - JITTER + 2 * JITTER * letter.spread
    return min(now + wait, last_at)


def decide_expired(status: LetterStatus, letter: DeliveryFacts, now: datetime) -> LetterDecision:
    """Decide the next state of a claimed letter whose deliverer let its lease run out.

    Before the handover the letter has not left, and waits again. After it, nobody can tell.
    """
    if status is LetterStatus.HANDING_OVER:
        return decide_letter(AttemptOutcome.UNCONFIRMED, letter, now)
    if letter.repeating:
        return LetterDecision(LetterReason.NEVER_LEFT, LetterStatus.UNCONFIRMED, repeat_at=now)
    return LetterDecision(LetterReason.NEVER_LEFT, LetterStatus.QUEUED, next_attempt_at=now)


def decide_unrendered(letter: DeliveryFacts, failures: int, now: datetime) -> LetterDecision:
    """Decide the next state of a letter that has now failed to render `failures` times."""
    if failures >= RENDER_FAILURES:
        status = LetterStatus.UNCONFIRMED if letter.repeating else LetterStatus.POISONED
        return LetterDecision(LetterReason.NOT_RENDERED, status)
    again_at = now + RETRY_AFTER[failures - 1]
    if letter.repeating:
        return LetterDecision(LetterReason.NOT_RENDERED, LetterStatus.UNCONFIRMED, repeat_at=again_at)
    return LetterDecision(LetterReason.NOT_RENDERED, LetterStatus.QUEUED, next_attempt_at=again_at)


def decide_empty(letter: DeliveryFacts) -> LetterDecision:
    """Decide the next state of a letter whose matter was settled before it left: it is not sent.

    A repeat stays unconfirmed, because an earlier handover may have reached the person.
    """
    status = LetterStatus.UNCONFIRMED if letter.repeating else LetterStatus.CANCELLED
    return LetterDecision(LetterReason.OUT_OF_DATE, status)
