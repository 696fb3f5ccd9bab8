"""Run the working day's round: five phases, then the day's letters, then delivery."""

from __future__ import annotations

import logging
from datetime import date

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.deliver_letters import start_delivery
from flows.overview import publish_overview
from flows.round_run import PartsDone, closed_message, do_parts, open_workroom_for
from flows.working_day import Counts, RoundDay, begin_round, complete_round, round_parts
from flows.workroom import Workroom, in_one_line, in_thread, moment, run_name
from models.errors import GrantError
from tasks.commands.files.documents import sweep_documents, vault_of
from tasks.prefect.artifacts import write_round_report
from tasks.words.translator import Speaker, speaker

log = logging.getLogger(__name__)


@flow(name="daily-round", flow_run_name=run_name("daily round"))
async def daily_round(on: date | None = None, grant: str | None = None) -> State:
    """Look at every step whose day has come, tell whom it concerns, escalate what is late.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    try:
        room, reference = await in_thread(open_workroom_for, grant)
        today = room.day_of(on)
        closed = closed_message(today, room.settings.country)
        if closed:
            return Completed(message=closed)
        done = await _round(room, RoundDay(today, moment(), reference))
    except GrantError as error:
        return Failed(message=in_one_line(error))
    await start_delivery()
    await in_thread(_sweep, room)
    say = speaker(room.settings.language)
    await write_round_report(today, _in_words(done.counts, say), done.silent, done.failed, say)
    await publish_overview(room, today)
    return done.as_state()


def _sweep(room: Workroom) -> None:
    """Free the disk of files that no row names any more; what cannot be deleted is left for another day."""
    try:
        swept = sweep_documents(room.engine, vault_of(room.settings.home), moment())
    except (GrantError, OSError) as error:
        log.warning("files that nothing names were not swept: %s", type(error).__name__)
    else:
        log.info("files that nothing names were swept", extra={"files": swept})


def _in_words(counts: Counts, say: Speaker) -> dict[str, int]:
    return {
        say.gettext("Steps looked at"): counts.due,
        say.gettext("Reminders"): counts.reminded,
        say.gettext("Escalations"): counts.escalated,
        say.gettext("Letters of the day"): counts.letters,
        say.gettext("Figures gathered"): counts.gathered,
        say.gettext("Final reports that are not ready"): counts.unready,
        say.gettext("Steps that lack figures from a source"): counts.unfed,
        say.gettext("Could not be done"): counts.broken,
    }


async def _round(room: Workroom, day: RoundDay) -> PartsDone:
    """Do what `flows.working_day.run_round` does, with each part as a task run."""
    if day.grant is None:
        await in_thread(begin_round, room.engine, day)
    done = await do_parts(round_parts(), day)
    # A round for one grant is not the day's, and one with a part that broke has not run: the watch says so.
    if day.grant is None and not done.failed:
        await in_thread(complete_round, room.engine, day, done.counts)
    return done
