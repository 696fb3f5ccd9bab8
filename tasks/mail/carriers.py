"""Take letters over SMTP connections: offer, mark, hand over, note what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from models.errors import DatabaseUnready, RouteDown
from models.rules.delivery.retry import ReplyReason, ServerReply, is_taken, read_reply
from models.vocabulary import AttemptOutcome, SmtpStage
from tasks.mail.breaker import Breaker
from tasks.mail.group_commit import GroupCommit
from tasks.mail.letter_tray import Parcel, Tray
from tasks.mail.outbox import ClaimedLetter
from tasks.mail.outbox_clerk import Clerk
from tasks.mail.outbox_marks import Attempt, Handover
from tasks.mail.smtp import SmtpRoute, open_line
from tasks.mail.smtp_line import STALLED, Line
from tasks.mail.smtp_wire import without_addresses

log = logging.getLogger(__name__)

INTERRUPTED = "the deliverer was interrupted"
# How long a letter waits behind another one's dot, in seconds, before another connection may take it.
PATIENCE = 5.0


class Desk:
    """What the connections of a run share: the letters, the marks, and when to stop."""

    def __init__(self, route: SmtpRoute, clerk: Clerk, clock: Callable[[], datetime], *, low: int) -> None:
        self.route, self.clock = route, clock
        self.held = clerk.held
        self.commits = GroupCommit(clerk.write, clerk.pen)
        self.tray = Tray(low)
        self.breaker = Breaker()
        self.put_off: list[ClaimedLetter] = []
        self.failure: Exception | None = None
        # Whether the next letter's commands go behind a letter, if the server knows PIPELINING.
        self.sends_ahead = True
        self.lines = 0
        self.ending = False
        self._opening: set[asyncio.Timeout] = set()

    def end(self) -> None:
        """Begin no more letters, and open no more connections; letters being handed over are finished."""
        self.ending = True
        self.tray.end()
        for patience in self._opening:
            patience.reschedule(0)

    async def open_line(self) -> Line | None:
        """Open a connection; None when the run ends meanwhile, however slowly the server greets. Raises RouteDown."""
        if self.ending:
            return None
        try:
            async with asyncio.timeout(None) as patience:
                self._opening.add(patience)
                try:
                    return await open_line(self.route)
                finally:
                    self._opening.remove(patience)
        except TimeoutError:
            return None

    def stop_route(self, why: str) -> None:
        """End the run because the mail server cannot be used."""
        if not self.ending:
            log.warning("the mail route stops: %s", why, extra={"held": len(self.held)})
        self.breaker.stop(why)
        self.end()

    def fail(self, error: Exception) -> None:
        """End the run because the database cannot be used."""
        self.failure = self.failure or error
        self.end()

    def take_now(self) -> Parcel | None:
        """Return the next letter if one waits, leaving aside those to a domain that holds others up."""
        while parcel := self.tray.take_now():
            if not self._put_off(parcel):
                return parcel
        return None

    async def take(self) -> Parcel | None:
        """Return the next letter, waiting for one; None when the run ends."""
        while parcel := await self.tray.take():
            if not self._put_off(parcel):
                return parcel
        return None

    def _put_off(self, parcel: Parcel) -> bool:
        held_up = self.breaker.holds_up(parcel.envelope.domain)
        if held_up:
            letter = parcel.handover.letter
            self.held.pop(letter.id, None)
            self.put_off.append(letter)
        return held_up

    def note(self, handover: Handover, reply: ServerReply, began_at: datetime) -> None:
        """Write down what a handover came to, with the next group of marks; without outcome it is given back."""
        decision = read_reply(reply)
        if decision.outcome is None:
            self.held[handover.letter.id] = handover.letter
            return
        self.held.pop(handover.letter.id, None)
        attempt = Attempt(handover, decision.outcome, reply, decision.reason, began_at, self.clock())
        self.commits.note(attempt)


async def carry_letters(desk: Desk, line: Line | None = None) -> None:
    """Take letters, one after the other, over one connection, until none are left or the run ends.

    The connection is opened for the first letter, and again when it was dropped. When it cannot be, the
    letter goes to another connection; the last one left stops the route.
    """
    desk.lines += 1
    desk.commits.arrive()
    parcel = desk.take_now()
    try:
        while True:
            if parcel is None:
                parcel = await _wait_for_one(desk)
            if parcel is None or desk.ending:
                return
            if line is None or not line.usable:
                parcel.take_off()
                line = await desk.open_line()
            if line is None:
                return
            parcel = await _hand_over(desk, line, parcel) or desk.take_now()
    except RouteDown as error:
        if parcel is not None and desk.lines > 1 and not desk.ending:
            desk.tray.put_back(parcel)
        else:
            desk.stop_route(error.detail)
    except (DatabaseUnready, SQLAlchemyError) as error:
        desk.fail(error)
    except asyncio.CancelledError:
        if line is not None:
            line.drop()
        raise
    finally:
        desk.lines -= 1
        desk.commits.leave()
        if line is not None:
            await line.close()


async def _wait_for_one(desk: Desk) -> Parcel | None:
    desk.commits.leave()
    try:
        return await desk.take()
    finally:
        desk.commits.arrive()


async def _hand_over(desk: Desk, line: Line, parcel: Parcel) -> Parcel | None:
    """Take one letter to the server; return the one that is to be taken next, if that is known already."""
    began_at = desk.clock()
    try:
        reply, following = await _speak(desk, line, parcel)
    except asyncio.CancelledError:
        # Before the dot nothing of the letter has left: it is given back as it was.
        if line.stage is SmtpStage.DOT:
            answer = line.parting or ServerReply(line.stage, None, INTERRUPTED)
            desk.note(parcel.handover, answer, began_at)
        raise
    if reply is None:
        return None
    if _line_is_spent(desk, line, reply):
        return parcel
    _conclude(desk, line, parcel, reply)
    desk.note(parcel.handover, reply, began_at)
    return following


async def _speak(desk: Desk, line: Line, parcel: Parcel) -> tuple[ServerReply | None, Parcel | None]:
    """Go through the stages as far as the server agrees.

    Returns its last answer (None when nothing of the letter has left), and the next letter, when its envelope
    went along with this one.
    """
    reply = await line.offer(parcel.envelope, parcel.content)
    if is_taken(reply):
        reply = await line.open_data()
    if not is_taken(reply):
        return reply, None
    if desk.ending or not await _mark(desk, parcel.handover):
        line.drop()  # the server waits for the letter
        return None, None
    following = desk.take_now() if line.pipelines and desk.sends_ahead and not desk.ending else None
    # From here on the server may have the letter: only its answer says what becomes of it.
    desk.held.pop(parcel.handover.letter.id, None)
    if following is None:
        return await line.send(parcel.content), None
    envelope = following.envelope
    freed = asyncio.get_running_loop().call_later(PATIENCE, _free, desk, following)
    try:
        reply = await line.send(parcel.content, (envelope, following.content))
    finally:
        freed.cancel()
    if following.envelope is not envelope:
        line.drop()  # the server may wait for the letter that went another way
        return reply, None
    return reply, following


def _free(desk: Desk, following: Parcel) -> None:
    """Let another connection take a letter; where a dot takes so long, round trips are not what matters."""
    desk.sends_ahead = False
    desk.tray.put_back(following)


async def _mark(desk: Desk, handover: Handover) -> bool:
    """Mark the letter before its content leaves; return False when its lease ran out and someone else has it."""
    marked = await desk.commits.mark(handover)
    if not marked:
        log.warning("a lease ran out before the handover", extra={"letter_id": handover.letter.id})
        desk.held.pop(handover.letter.id, None)
    return marked


def _line_is_spent(desk: Desk, line: Line, reply: ServerReply) -> bool:
    """Return whether the server has had enough of this connection, though not of us: many count letters."""
    reason = read_reply(reply).reason
    gone = reason in (ReplyReason.SILENT, ReplyReason.SHUTTING_DOWN) and reply.stage is SmtpStage.MAIL
    if gone:
        line.drop()
        if reply.text == STALLED:
            # Something on the way may lose what stands behind a letter.
            desk.sends_ahead = False
    return gone and not line.fresh


def _conclude(desk: Desk, line: Line, parcel: Parcel, reply: ServerReply) -> None:
    """Draw from an answer what it means for the connection, the domain and the route."""
    decision = read_reply(reply)
    if decision.outcome is AttemptOutcome.ACCEPTED:
        desk.breaker.taken(parcel.envelope.domain)
    elif decision.pauses_route:
        said = f"{reply.code} {reply.text}" if reply.code else reply.text
        desk.breaker.stop(f"{reply.stage.upper()}: {without_addresses(said)}")
    elif decision.is_silence:
        line.drop()
        desk.breaker.silent(parcel.envelope.domain)
    if desk.breaker.route_error:
        desk.stop_route(desk.breaker.route_error)
