"""Deliver what is left, audit the rows independently of the round, and tell the administrator what is wrong."""

from asyncio import to_thread
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from prefect.utilities.urls import url_for

from flows.context import (
    Installation,
    PartFailed,
    RunContext,
    add_to_name,
    in_one_line,
    moment,
    name_run,
    open_context,
    part_of_run,
    refused,
    require_portals,
)
from flows.deliver_letters import DELIVERY_SECONDS, deliver_due_letters
from flows.overview import keep_forms, pages_of, publish
from models.commands.clock import Clock
from models.errors import GrantError, OtherInstallation
from models.message import Remark
from models.rules.watch.findings import Finding
from tasks.directory import see_to_directory
from tasks.outbox.route import ClosedRoute, find_closed_route
from tasks.overview.titles import next_titles
from tasks.prefect.automations import NO_ROUND, ROUND_WITHIN
from tasks.prefect.forms import word_run
from tasks.settings import Settings, load_settings
from tasks.store.database import reading
from tasks.watch.alarms import Alarm, Alarming, AlarmOutcome, filed_alarms, mark_of, tell_admin
from tasks.watch.audit import AuditMoment, audit_onwards
from tasks.watch.kept import keep_findings, kept_head
from tasks.watch.programmes import broken_programmes, tell_of_programmes
from tasks.words.translator import capitalised, translator

# More lines than this help nobody: the first one has the counts.
MOST_LINES = 40


@flow(name="watch", flow_run_name=name_run, timeout_seconds=DELIVERY_SECONDS)
async def watch(installation: Installation | None = None) -> State:
    """Deliver what is left, and look for what the round, the outbox or a person should have seen to.

    It fails with the count of what it found.

    Args:
        installation: What the portal works on.
    """
    now = moment()
    try:
        settings = load_settings()
    except GrantError as error:
        return Failed(message=in_one_line(error))
    today, stopped = now.astimezone(settings.zone).date(), ""
    tell = partial(tell_admin, settings, today=today, now=now)
    try:
        await to_thread(require_portals, installation)
    except OtherInstallation as error:
        await tell(Alarm(Alarming.OTHER_INSTALLATION(), [error.remark]))
        return refused(error)
    try:
        await deliver_due_letters()
    except PartFailed as error:
        stopped = error.detail
    try:
        findings = await audit_rows(today, now)
    except PartFailed as error:
        # A database that is gone, locked or foreign is a finding too, and nobody else would tell.
        await tell(Alarm(Alarming.WATCH_CANNOT_READ(), [Alarming.DOCTOR_SAYS_WHY()], ["unreadable"]))
        return Failed(message=error.detail)
    context = await to_thread(open_context)
    closed = await find_closed_route(context.engine, settings, now)
    findings = [closed.finding, *findings] if closed else findings
    broken = await to_thread(broken_programmes, settings.office_folder)
    await tell_of_programmes(settings, broken, today=today, now=now)
    if alarm := await to_thread(see_to_directory, context.engine, settings, Clock(today, now)):
        await tell(alarm)
    if stopped:
        why = Alarming.MESSAGE_IS(message=stopped)
        await tell(Alarm(Alarming.LETTERS_NOT_DELIVERED(), [why], ["delivery"]))
    found = [*findings, *broken]
    await _publish(context, found, today, closed)
    if alarm := _alarm_about(settings, findings, today):
        await tell(alarm)
    said = word_run("watched", len(found), stopped)
    await add_to_name(said)
    if found or stopped:
        return Failed(message=f"{said} {capitalised(stopped)}".strip())
    return Completed(message=said)


@task(name="audit", task_run_name=lambda: word_run("title", "watch"), cache_policy=NO_CACHE)
async def audit_rows(today: date, now: datetime) -> list[Finding]:
    """Return everything that is wrong with the rows; raises PartFailed when they cannot be read."""
    with part_of_run("audit"):
        context = await to_thread(open_context)
        at = AuditMoment(today, now, context.settings.zone, context.settings.country)
        return await to_thread(audit_onwards, context.engine, at, context.settings.watch_folder)


def _alarm_about(settings: Settings, findings: Sequence[Finding], today: date) -> Alarm | None:
    """Return the alarm, the same one all day while the same things are wrong, with the journal's head.

    Where nothing is wrong, one mail a day keeps the head outside the house, if a mail can leave.
    """
    head = kept_head(settings.watch_folder)
    kept = [Alarming.JOURNAL_HEAD(number=head.event_id, hash=head.sha256)] if head else []
    if findings:
        left = len(findings) - MOST_LINES
        more = [Alarming.AND_MORE(count=left)] if left > 0 else []
        lines = [one.said for one in findings[:MOST_LINES]] + more + kept
        about = Alarming.WATCH_FOUND(count=len(findings))
        return Alarm(about, lines, sorted({one.identity for one in findings}))
    told = any(one.mailed and one.on == today for one in filed_alarms(settings))
    if not kept or told or settings.captures or not settings.admin_email:
        return None
    return Alarm(Alarming.WATCH_FOUND_NOTHING(), kept, ["head"], closing=Alarming.KEEP_MAIL())


async def _publish(
    context: RunContext, findings: Sequence[Finding], today: date, closed: ClosedRoute | None
) -> None:
    """Write what is stuck, since when it was found, and what else administrators read."""
    settings = context.settings
    since: dict[str, date] = {}
    for alarm in filed_alarms(settings):  # the newest first
        since |= dict.fromkeys(alarm.marks, alarm.on)
    found = {one.identity: since[mark] for one in findings if (mark := mark_of(one.identity)) in since}
    at = moment().astimezone(settings.zone).isoformat(timespec="minutes")
    say = translator(settings.language)
    with reading(context.engine) as connection:
        titles = next_titles(connection, {one.grant for one in findings}, say)
    down = closed.since if closed else ""
    kept = await to_thread(
        keep_findings, settings.watch_folder, findings, found, at, today, say, titles, down
    )
    await keep_forms(context)
    await publish(context)
    await (await pages_of(settings, today)).write_stuck(kept)


_SAID = {
    AlarmOutcome.MAILED: "Mailed to the administrator",
    AlarmOutcome.FILED: "No mail could leave: filed, and 'grants doctor' shows it",
    AlarmOutcome.TOLD_TODAY: "Told today already",
}


@flow(name="tell-the-admin", flow_run_name=name_run)
async def tell_the_admin(
    about: str, message: str = "", run: str = "", installation: Installation | None = None
) -> State:
    """Write to the administrator, at most once a day for the same words.

    Args:
        about: Which run or part of Grantline it is about.
        message: What became of it.
        run: The id of a run that ended badly; its page has the message, and the mail leads there instead of quoting it.
        installation: What the portal works on; the administrator is told wherever this runs.
    """
    now = moment()
    try:
        settings = load_settings()
    except GrantError as error:
        return Failed(message=in_one_line(error))
    today = now.astimezone(settings.zone).date()
    alarm = Alarm(Alarming.NEEDS_A_LOOK(name=about), [_line(message, run)], [about, message or "no message"])
    # A database that cannot be reached is among what must be told: this path needs none.
    return Completed(message=_SAID[await tell_admin(settings, alarm, today=today, now=now)])


def _line(message: str, run: str) -> Remark:
    """Return what became of it; a run's own message is Prefect's, or English, and may be anything."""
    if run:
        page = url_for("flow-run", obj_id=run) or "Prefect"
        return Alarming.RUN_ENDED_BADLY(page=page)
    if message == NO_ROUND:
        hours = round(ROUND_WITHIN.total_seconds() / 3600)
        return Alarming.NO_ROUND_FOR(hours=hours)
    if message:
        return Alarming.MESSAGE_IS(message=message)
    return Alarming.NOTHING_KNOWN()
