"""Give each run its surroundings: database, day, task runner, and words that Prefect may show."""

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from prefect import State, Task, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from sqlalchemy import Engine

from models.errors import DiskFull, GrantError, OtherInstallation, is_full_disk
from models.reading.plain_text import without_addresses
from tasks.installation import Installed, installation_told, require_same
from tasks.round.days import Counts, RoundDay, counted_engine, is_day_off, require_come
from tasks.settings import Settings, dask_scheduler_set, language_set, load_settings
from tasks.store.database import open_engine, reading, require_schema
from tasks.store.foundation import read_database_id
from tasks.store.grant_lookup import find_grant
from tasks.store.journal import last_event
from tasks.words.reasons import word_error
from tasks.words.runs import word_run
from tasks.words.translator import translator

P = ParamSpec("P")
# The ends of a run on a day off, on a day that is done already, and when only sources failed: their
# contacts were told.
DAY_OFF = "DayOff"
DONE_ALREADY = "DoneAlready"
SOURCES_SILENT = "SourcesSilent"
# Longer than any phase and any round have taken. A hanging run ends as TimedOut; the next scheduled
# round does the rest.
PHASE_SECONDS = 3_500
ROUND_SECONDS = 7_000
# The tags by which our runs are known at a Prefect server that others use too (deployments/prefect.yaml).
RUN_TAG = "grants"
OUR_TAGS = frozenset({RUN_TAG, "grants-alarm"})
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Office:
    """The settings and the open database of an office."""

    settings: Settings
    engine: Engine

    @property
    def today(self) -> date:
        """The local day of a run that starts now."""
        return _today(self.settings)


def open_office() -> Office:
    """Return the office; a GrantError says in one line what is wrong with its settings or its database.

    A run that finds another installation than the one whose deployments started it raises
    OtherInstallation. Only this function opens the database of a run.
    """
    settings = load_settings()
    engine = _engine(settings.database)
    # Prefect's mark of a process of a run's own: its files are for its owner alone.
    is_a_runs = "PREFECT__FLOW_RUN_ID" in os.environ
    if is_a_runs:
        os.umask(0o077)
    expected_installation = installation_told()
    if expected_installation or is_a_runs:
        require_same(settings, engine, expected_installation)
    require_schema(engine)
    return Office(settings, engine)


# Cached: the runs of one process share their connections.
@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    return open_engine(url)


def moment() -> datetime:
    """Return the present moment: flows read the clock, so that nothing below them does."""
    return datetime.now(UTC)


def _today(settings: Settings) -> date:
    return day_meant(moment(), runtime.flow_run.scheduled_start_time, settings.zone)


def day_meant(now: datetime, scheduled: datetime | None, zone: ZoneInfo) -> date:
    """Return the local day that a run is for, if it starts now.

    It can start a moment before its scheduled time, and long after it when the machine was down:
    the later of the two days is meant.
    """
    return max(at.astimezone(zone).date() for at in (now, scheduled) if at is not None)


def open_day(on: date | None, grant: str | None) -> RoundDay:
    """Return the day and the grants of a run, by default today and all grants."""
    with part_of_run("day"):
        office = open_office()
        today = office.today
        require_come(on or today, today)
        # A form's empty field may come as an empty text.
        reference = find_grant(office.engine, grant).reference if grant and grant.strip() else None
        with reading(office.engine) as connection:
            database = read_database_id(connection)
            last = last_event(connection)
        return RoundDay(
            on or today,
            moment(),
            reference,
            office.settings.country,
            database_id=database,
            after_event=last,
        )


def name_run() -> str:
    """Return a run's name: its flow, its day and its grant, as "Follow-up 2010-10-08 SN-007"."""
    parameters = runtime.flow_run.parameters
    day = parameters.get("on") or _today_if_known()
    words = (word_run("title", runtime.flow_run.flow_name), day, parameters.get("grant"))
    return " ".join(str(word) for word in words if word)


def _today_if_known() -> date | str:
    try:
        return _today(load_settings())
    except GrantError:
        return ""  # the run itself says what is wrong with the settings


def on_schedule() -> bool:
    """Return whether a schedule or an automation started the run, rather than a person."""
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    return bool(run and (run.auto_scheduled or (run.created_by and run.created_by.type == "AUTOMATION")))


def task_runner() -> TaskRunner[Any]:
    """Return where batches run: in threads here, or on the Dask cluster in GRANTS_DASK_SCHEDULER."""
    if address := dask_scheduler_set():
        from prefect_dask import DaskTaskRunner  # comes with the extra "machines"

        cluster: TaskRunner[Any] = DaskTaskRunner(address=address)
        return cluster
    return ThreadPoolTaskRunner(max_workers=_THREADS)


class PartFailed(Exception):
    """A part of a run failed; the message names nobody, so that Prefect may keep it."""


@contextmanager
def part_of_run(part: str) -> Iterator[None]:
    """Raise PartFailed for any error within; its message names nobody, and the run's log has the place."""
    try:
        yield
    except PartFailed:
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, its words may quote a letter)
        frames = "".join(traceback.format_tb(error.__traceback__))
        get_run_logger().error("%s: %s\n%s", part, type(error).__name__, frames)
        raise PartFailed(f"{part}: {in_one_line(error)}") from None


def in_one_line(error: BaseException) -> str:
    """Return the text of an error that Prefect may keep: a rule's words without addresses, or its kind."""
    if isinstance(error, PartFailed):
        return str(error)
    if isinstance(error, GrantError):
        return without_addresses(word_error(translator(language_set()), error))
    if is_full_disk(error):
        return str(DiskFull())
    return f"{type(error).__name__}; the log has the place"


def try_to(do: Callable[[], object], what: str) -> None:
    """Do something that no run fails for: an error is only in the run's log."""
    with suppress(PartFailed), part_of_run(what):
        do()


def log_line(words: str) -> None:
    """Write a line into the run's log, without addresses: its page shows it."""
    get_run_logger().info(without_addresses(words))


def do(
    verb: Callable[Concatenate[Engine, RoundDay, P], Counts],
    day: RoundDay,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Counts:
    """Do a verb of the round on the office's database, and log its counts.

    On a day off nothing is done. On another database than the day's it raises, as batches may run
    on other machines.
    """
    name = verb.__name__.replace("_", " ")
    if is_day_off(day.on, day.country):
        log_line(f"{name}: {DAY_OFF}")
        return Counts()
    with part_of_run(name):
        office = open_office()
        with reading(office.engine) as connection:
            if read_database_id(connection) != day.database_id:
                raise OtherInstallation(Installed.BATCH_ELSEWHERE())
        done = verb(counted_engine(office.engine, day), day, *args, **kwargs)
    log_line(f"{name}: {word_run('done', done)}")
    return done


def round_task(name: str) -> Callable[[Callable[P, Counts]], Task[P, Counts]]:
    """Return the decorator of a verb as a task; it is retried, since doing it twice changes nothing."""
    return task(retries=2, retry_delay_seconds=[5, 30], cache_policy=NO_CACHE, task_run_name=name)


def add_up(ended: Iterable[State[Any] | PrefectFuture[Any]]) -> Counts:
    """Return the sum of the tasks' counts; a failed task is named, and stops none of the others."""
    done = Counts()
    for end in ended:
        result = end.result(raise_on_failure=False)
        done += result if isinstance(result, Counts) else Counts(failed=1, undone=(str(result),))
    return done


def end_of(done: Counts) -> State[Any]:
    """Return a run's end for its counts: Completed, SourcesSilent, or Failed if something failed.

    It names references, never people. If only sources failed nobody hears of the run, since their
    contacts have been told.
    """
    summary = word_run("done", done)
    if done.undone or done.broken:
        return Failed(message=summary, data=done)
    return Completed(name=SOURCES_SILENT if done.silent else "Completed", message=summary, data=done)
