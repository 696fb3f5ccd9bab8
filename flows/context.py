"""Give a run what it works with: settings, database, its day, and words that are fit for Prefect to keep."""

import logging
import os
import traceback
from asyncio import sleep, to_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import httpx
from prefect import State, runtime
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException
from prefect.states import Cancelled, Failed
from sqlalchemy import Engine

from models.errors import (
    BadInput,
    DatabaseUnready,
    DiskFull,
    GrantError,
    OtherInstallation,
    SettingInvalid,
    is_full_disk,
)
from models.reading.plain_text import without_addresses
from tasks.installation import require_same
from tasks.overview.titles import Offered
from tasks.prefect.forms import word_run
from tasks.settings import Settings, language_set, load_settings
from tasks.store.database import open_engine, require_schema
from tasks.words.reasons import word_error
from tasks.words.translator import translator

log = logging.getLogger(__name__)
# Longer than any phase has taken; one that hangs ends as TimedOut, and the next scheduled round does its work.
PHASE_SECONDS = 3_500
# What the portal works on, as the deployments tell each run: database, mail server, folder and more, by name.
Installation = dict[str, str]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RunContext:
    """The settings and the open database of a run."""

    settings: Settings
    engine: Engine

    def day_of(self, on: date | None) -> date:
        """Return the run's day: the one asked for, else the day that its schedule means.

        Raises BadInput for a day to come: its letters would leave today.
        """
        meant = _today(self.settings)
        if on is not None and on > meant:
            raise BadInput(Offered.IN_FUTURE(day=on))
        return on or meant


@lru_cache(maxsize=8)
def _engine(url: str) -> Engine:
    return open_engine(url)


def open_context() -> RunContext:
    """Return what a run works with; a GrantError says in one line what is wrong with its settings or database."""
    # Prefect's mark of a process that is a run's own: what it makes is its owner's alone.
    if "PREFECT__FLOW_RUN_ID" in os.environ:
        os.umask(0o077)
    settings = load_settings()
    engine = _engine(settings.database)
    require_schema(engine)
    return RunContext(settings, engine)


def require_portals(told: Installation | None) -> None:
    """Raise OtherInstallation where a deployment's run finds other settings or another database than the portal's.

    A part of a run, and a flow that is called by hand, are told nothing: who started them has looked. What else is
    wrong is said where the work begins.
    """
    context = FlowRunContext.get()
    deployed = (
        context is not None and context.flow_run is not None and context.flow_run.deployment_id is not None
    )
    if told is None and not deployed:
        return
    try:
        settings = load_settings()
        require_same(settings, _engine(settings.database), told)
    except OtherInstallation:
        raise
    except GrantError as error:
        log.warning("not held against the portal's installation: %s", in_one_line(error))


def _today(settings: Settings) -> date:
    return day_meant(moment(), runtime.flow_run.scheduled_start_time, settings.zone)


def day_meant(now: datetime, scheduled: datetime | None, zone: ZoneInfo) -> date:
    """Return the local day of a run that starts now.

    It can start a moment before its scheduled time, and long after it when the machine was down: the later of the
    two days is meant.
    """
    return max(at.astimezone(zone).date() for at in (now, scheduled) if at is not None)


def moment() -> datetime:
    """Return the present moment: flows read the clock so that nothing below them does."""
    return datetime.now(UTC)


def on_schedule() -> bool:
    """Return whether the run was started by its schedule rather than by a person."""
    context = FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.auto_scheduled)


def name_run() -> str:
    """Name a run after its flow, the day that it is for, and what it was asked: "Daily round 2010-10-08 SN-007"."""
    given = runtime.flow_run.parameters
    day = given["on"] or _today_if_known() if "on" in given else ""
    asked = [given.get(name) for name in ("grant", "step", "instalment", "number")]
    words = [word_run("title", runtime.flow_run.flow_name), day, *asked]
    return " ".join(str(word) for word in words if word not in (None, ""))


def _today_if_known() -> date | str:
    try:
        return _today(load_settings())
    except GrantError:
        # The run itself says what is wrong with the settings.
        return ""


async def add_to_name(words: str) -> None:
    """Add what the run came to to its name: a state's message shows in no list of runs."""
    run: FlowRunContext | None = FlowRunContext.get()
    if run is None or run.flow_run is None:
        return
    try:
        async with get_client() as client:
            await client.update_flow_run(run.flow_run.id, name=f"{runtime.flow_run.name}: {words}")
    except (PrefectException, httpx.HTTPError) as error:
        # A name is decoration: no run fails for it.
        log.warning("the run keeps its name: %s", type(error).__name__)


def refused(error: GrantError) -> State[None]:
    """Return the end of a run that was not done: Failed where something is out of order, else Refused.

    Who sent a form reads why in the office's language.
    """
    if isinstance(error, (DatabaseUnready, SettingInvalid)):
        return Failed(message=in_one_line(error))
    why = without_addresses(word_error(translator(language_set()), error))
    if isinstance(error, OtherInstallation):
        return Failed(message=why)
    return Cancelled(name="Refused", message=why)


async def patiently(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do blocking work that is done once however often it is begun, and again where the database was not ready."""
    for pause in (5, 30):
        try:
            return await to_thread(do, *args, **kwargs)
        except DatabaseUnready as error:
            log.warning("the database is not ready, trying again in %s s: %s", pause, in_one_line(error))
            await sleep(pause)
    return await to_thread(do, *args, **kwargs)


def in_one_line(error: BaseException) -> str:
    """Return what Prefect may keep of an error: a rule's own words without addresses, else only the kind."""
    if isinstance(error, GrantError):
        return without_addresses(str(error))
    if is_full_disk(error):
        return str(DiskFull())
    return f"{type(error).__name__}; the log has the place"


def log_place(error: BaseException, what: str) -> None:
    """Log where an error came from, without its words: a database's can quote a letter or an address."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, frames)


class PartFailed(GrantError):
    """A part of a run failed."""

    def __init__(self, part: str, why: BaseException | str) -> None:
        """Take which part, and why; what Prefect may keep of it."""
        self.part, self.may_pass = part, isinstance(why, DatabaseUnready)
        super().__init__(why if isinstance(why, str) else in_one_line(why))


@contextmanager
def part_of_run(part: str) -> Iterator[None]:
    """Raise PartFailed, whose words name nobody, for whatever goes wrong; the log has the place."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  (whatever it is, its words may quote a letter)
        if not isinstance(error, DatabaseUnready):
            log_place(error, part)
        raise PartFailed(part, error) from None
