"""The watch: deliver what is left, audit the rows independently of the round, alarm the administrator."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from prefect.utilities.urls import url_for
from sqlalchemy import Engine

from flows.automations import NO_ROUND
from flows.left_over_runs import end_left_over_runs
from flows.letters import hand_over_letters, needs_somebody
from flows.pages import page_writer, publish, write_page
from flows.runs import (
    PHASE_SECONDS,
    PartFailed,
    in_one_line,
    moment,
    name_run,
    open_office,
    part_of_run,
)
from models.commands.clock import Clock
from models.errors import GrantError, OtherInstallation
from models.message import Remark
from models.reading.plain_text import without_addresses
from models.rules.round_times import NO_ROUND_WITHIN
from models.rules.watch.findings import Finding
from tasks.directory import see_to_directory
from tasks.outbox.route import ClosedRoute, find_closed_route
from tasks.overview.titles import next_titles
from tasks.settings import Settings, language_set, load_settings
from tasks.store.database import reading
from tasks.watch.alarm_of_findings import alarm_about
from tasks.watch.alarms import Alarm, Alarming, AlarmOutcome, filed_alarms, mark_of, tell_admin
from tasks.watch.audit import AuditMoment, audit_onwards
from tasks.watch.last_findings import keep_findings
from tasks.watch.programmes import broken_programmes, tell_of_programmes
from tasks.words.runs import word_run
from tasks.words.translator import capitalised


@flow(name="watch", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
def watch() -> State:
    """Deliver what is left, and look for what the round, the outbox or a person should have done.

    It fails with the number of its findings.
    """
    now = moment()
    with part_of_run("settings"):
        settings = load_settings()
    today = settings.local_date(now)
    end_left_over_runs(now)
    try:
        engine = open_office().engine
        stopped = deliver_what_is_left()
        findings = audit_rows(today, now)
    except OtherInstallation as error:
        tell(settings, Alarm(Alarming.OTHER_INSTALLATION(), [error.remark]), now)
        return Failed(message=in_one_line(error))
    except (GrantError, PartFailed) as error:
        # A database that is gone, locked or foreign is a finding too, and nobody else would report it.
        tell(settings, Alarm(Alarming.WATCH_CANNOT_READ(), [Alarming.DOCTOR_SAYS_WHY()], ["unreadable"]), now)
        return Failed(message=in_one_line(error))
    with part_of_run("findings"):
        return report(engine, settings, now, findings, stopped)


def report(
    engine: Engine, settings: Settings, now: datetime, findings: Sequence[Finding], stopped: str
) -> State[Any]:
    """Look beyond the rows, tell the administrator of all findings, and return the watch's end.

    `stopped` is why letters could not be delivered, or empty.
    """
    today = settings.local_date(now)
    closed = asyncio.run(find_closed_route(engine, settings, now))
    broken = broken_programmes(settings.office_folder)
    asyncio.run(tell_of_programmes(settings, broken, today=today, now=now))
    if alarm := see_to_directory(engine, settings, Clock(today, now)):
        tell(settings, alarm, now)
    if stopped:
        why = Alarming.MESSAGE_IS(message=stopped)
        tell(settings, Alarm(Alarming.LETTERS_NOT_DELIVERED(), [why], ["delivery"]), now)
    findings = [closed.finding, *findings] if closed else findings
    all_findings = [*findings, *broken]
    write_stuck(all_findings, today, closed)
    publish()
    if alarm := alarm_about(settings, findings, today):
        tell(settings, alarm, now)
    summary = word_run("watched", len(all_findings), stopped)
    if all_findings or stopped:
        return Failed(message=f"{summary} {capitalised(stopped)}".strip())
    return Completed(message=summary)


def tell(settings: Settings, alarm: Alarm, now: datetime) -> AlarmOutcome:
    """Tell the administrator, at most once a day for the same words."""
    today = settings.local_date(now)
    return asyncio.run(tell_admin(settings, alarm, today=today, now=now))


def deliver_what_is_left() -> str:
    """Deliver the letters that are due; return in one line why somebody must act, else an empty text."""
    try:
        report = hand_over_letters()
    except PartFailed as error:
        return str(error)
    return without_addresses(report.said_in(language_set())) if needs_somebody(report) else ""


@task(cache_policy=NO_CACHE, task_run_name="audit rows")
def audit_rows(today: date, now: datetime) -> list[Finding]:
    """Return all findings about the rows; raises PartFailed if they cannot be read."""
    with part_of_run("audit"):
        office = open_office()
        at = AuditMoment(today, now, office.settings.zone, office.settings.country)
        return audit_onwards(office.engine, at, office.settings.watch_folder)


def write_stuck(findings: Sequence[Finding], today: date, closed: ClosedRoute | None) -> None:
    """Keep the findings, with the day of each one's first alarm, for the portal; write their page."""
    writer = page_writer()
    office = open_office()
    settings = office.settings
    since: dict[str, date] = {}
    for alarm in filed_alarms(settings):  # the newest first
        since |= dict.fromkeys(alarm.marks, alarm.on)
    first_on = {
        finding.identity: since[mark] for finding in findings if (mark := mark_of(finding.identity)) in since
    }
    with reading(office.engine) as connection:
        titles = next_titles(connection, {finding.grant for finding in findings}, writer.say)
    at = writer.at.isoformat(timespec="minutes")
    down = closed.since if closed else ""
    kept = keep_findings(
        settings.watch_folder,
        findings,
        since=first_on,
        at=at,
        today=today,
        say=writer.say,
        titles=titles,
        mail_down_since=down,
    )
    write_page(writer.stuck(kept))


_SAID = {
    AlarmOutcome.MAILED: "Mailed to the administrator",
    AlarmOutcome.FILED: "No mail could leave: filed, and 'grants doctor' shows it",
    AlarmOutcome.TOLD_TODAY: "Told today already",
}


@flow(name="tell-the-admin", flow_run_name=name_run)
def tell_the_admin(about: str, message: str = "", run: str = "") -> State:
    """Write to the administrator, at most once a day for the same words.

    Args:
        about: Which run or part of Grantline it is about.
        message: How it ended.
        run: The id of a run that ended badly; its page has the message, and the mail leads there
            instead of quoting it.
    """
    with part_of_run("settings"):
        settings = load_settings()
    alarm = Alarm(Alarming.NEEDS_A_LOOK(name=about), [_line(message, run)], [about, message or "no message"])
    # This path needs no database: one that cannot be reached is among the news.
    return Completed(message=_SAID[tell(settings, alarm, moment())])


def _line(message: str, run: str) -> Remark:
    """Return the line about a run or message; a run's own message is Prefect's, in English, and not quoted."""
    if run:
        page = url_for("flow-run", obj_id=run) or "Prefect"
        return Alarming.RUN_ENDED_BADLY(page=page)
    if message == NO_ROUND:
        return Alarming.NO_ROUND_FOR(hours=NO_ROUND_WITHIN // timedelta(hours=1))
    if message:
        return Alarming.MESSAGE_IS(message=message)
    return Alarming.NOTHING_KNOWN()
