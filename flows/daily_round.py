"""The working day: the five phases, then the letters of the day, then their delivery."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from prefect import State, Task, flow
from prefect.states import Completed
from sqlalchemy import Engine

from flows.application import application
from flows.decision import decision
from flows.final_report import final_report
from flows.follow_up import follow_up
from flows.letters import deliver_letters
from flows.pages import publish, write_round
from flows.phase_tasks import PhaseFlow
from flows.release import release
from flows.runs import (
    DAY_OFF,
    DONE_ALREADY,
    ROUND_SECONDS,
    add_up,
    do,
    end_of,
    log_line,
    moment,
    name_run,
    on_schedule,
    open_day,
    open_office,
    part_of_run,
    round_task,
    try_to,
)
from models.commands.clock import Clock
from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase
from tasks.commands.files.drafts import file_store_of, sweep_documents
from tasks.follow_through import follow_again
from tasks.outbox.queue import has_due_letters
from tasks.round import phases
from tasks.round.days import Counts, RoundDay, is_completed, is_day_off
from tasks.round.phases import Verb, run_round
from tasks.settings import language_set
from tasks.sources.source import sharing_sources
from tasks.store.database import reading
from tasks.words.runs import word_run


@flow(name="daily-round", flow_run_name=name_run, timeout_seconds=ROUND_SECONDS)
def daily_round(on: date | None = None, grant: str | None = None) -> State:
    """Look at every step whose day has come, tell whom it concerns, escalate what is late, and send the letters.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    day = open_day(on, grant)
    if is_day_off(day.on, day.country):
        holiday = offices_in(day.country).holiday(day.on, language_set())
        return Completed(name=DAY_OFF, message=word_run("day_off", holiday))
    if on_schedule() and is_done(day):
        return Completed(name=DONE_ALREADY, message=word_run("done_already"))
    with part_of_run("round"), sharing_sources() as asked:
        done = run_round(open_office().engine, day, verb=in_a_task, phase=in_a_flow)
    done += deliver_the_days()
    done += make_papers()
    try_to(sweep_files, "sweep files")
    write_round(day.on, done, asked)
    publish()
    return end_of(done)


@round_task("hand over steps")
def hand_over_steps(day: RoundDay) -> Counts:
    """Give the steps of people who are away to their deputies; look after meetings, and unspent money."""
    return do(phases.hand_over_steps, day)


@round_task("drop drafts")
def drop_drafts(day: RoundDay) -> Counts:
    """Drop drafts that nobody went on with."""
    return do(phases.drop_drafts, day)


@round_task("write letters")
def write_letters(day: RoundDay) -> Counts:
    """Let the day's letters leave, one a person."""
    return do(phases.write_letters, day)


TASKS: Mapping[Verb, Task[[RoundDay], Counts]] = {
    phases.hand_over_steps: hand_over_steps,
    phases.drop_drafts: drop_drafts,
    phases.write_letters: write_letters,
}
FLOWS: Mapping[Phase, PhaseFlow] = {
    Phase.APPLICATION: application,
    Phase.DECISION: decision,
    Phase.FOLLOW_UP: follow_up,
    Phase.FINAL_REPORT: final_report,
    Phase.RELEASE: release,
}


def in_a_task(verb: Verb, _: Engine, day: RoundDay) -> Counts:
    """Do a verb of the round as a task run."""
    return add_up([TASKS[verb](day, return_state=True)])


def in_a_flow(phase: Phase, _: Engine, day: RoundDay) -> Counts:
    """Do a phase as a flow run of its own."""
    title = word_run("title", FLOWS[phase].name)
    done = add_up([FLOWS[phase](day.on, day.grant, return_state=True)])
    return replace(done, undone=tuple(f"{title}: {why}" for why in done.undone))


def is_done(day: RoundDay) -> bool:
    """Return whether the day's round is done."""
    with part_of_run("day"), reading(open_office().engine) as connection:
        return is_completed(connection, day.on)


def deliver_the_days() -> Counts:
    """Deliver the due letters, as a run of its own, unless another delivery has done it.

    A delivery that fails is reported with the round.
    """
    with part_of_run("letters"), reading(open_office().engine) as connection:
        if not has_due_letters(connection, moment()):
            return Counts()
    ended = deliver_letters(return_state=True)
    title = word_run("title", deliver_letters.name)
    return Counts() if ended.is_completed() else Counts(undone=(f"{title}: {ended.message}",))


def make_papers() -> Counts:
    """Make the papers that a press could not; the run says how many failed again."""
    with part_of_run("make papers"):
        office = open_office()
        now = moment()
        clock = Clock(office.settings.local_date(now), now)
        acts, failed = follow_again(office.engine, clock, office.settings)
    log_line(f"make papers: {acts} acts without papers, {failed} failed")
    return Counts(failed=failed)


def sweep_files() -> None:
    """Delete files that no row names any more."""
    with part_of_run("sweep files"):
        office = open_office()
        swept = sweep_documents(office.engine, file_store_of(office.settings), moment())
    log_line(f"sweep files: {swept}")
