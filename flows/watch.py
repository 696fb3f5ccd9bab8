"""Deliver what is left, audit the rows independently of the round, and tell the administrator what is wrong."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Sequence
from datetime import date, datetime

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from prefect.utilities.urls import url_for

from flows.context import PartFailed, add_to_name, in_one_line, moment, name_run, open_context, part_of_run
from flows.deliver_letters import DELIVERY_SECONDS, deliver_due_letters
from flows.overview import keep_forms, pages_of, publish
from models.commands.clock import Clock
from models.errors import GrantError
from models.message import Remark
from models.rules.watch.findings import Finding
from tasks.directory import see_to_directory
from tasks.overview.titles import next_titles
from tasks.prefect.automations import NO_ROUND, ROUND_WITHIN
from tasks.prefect.forms import word_run
from tasks.settings import Settings, load_settings
from tasks.store.database import reading
from tasks.watch.alarms import Alarm, Alarming, AlarmOutcome, filed_alarms, mark_of, tell_admin
from tasks.watch.audit import AuditMoment, audit_onwards
from tasks.watch.kept import Head, keep_findings, kept_head
from tasks.words.translator import capitalised, translator

# More lines than this help nobody: the first one has the counts.
MOST_LINES = 40


@flow(name="watch", flow_run_name=name_run, timeout_seconds=DELIVERY_SECONDS)
async def watch() -> State:
    """Deliver what is left, and look for what the round, the outbox or a person should have seen to.

    It fails with the count of what it found.
    """
    now = moment()
    try:
        settings = load_settings()
    except GrantError as error:
        return Failed(message=in_one_line(error))
    today = now.astimezone(settings.zone).date()
    stopped = await _deliver_what_is_left()
    try:
        findings = await audit_rows(today, now)
    except PartFailed as error:
        await tell_admin(settings, UNREADABLE, today=today, now=now)
        return Failed(message=error.detail)
    await _take_directory(settings, Clock(today, now))
    if stopped:
        await tell_admin(settings, alarm_of_letters(stopped), today=today, now=now)
    await _publish(settings, findings, today)
    head = kept_head(settings.watch_folder)
    if findings:
        await tell_admin(settings, alarm_about(findings, head), today=today, now=now)
    elif head is not None and head_is_awaited(settings, today):
        await tell_admin(settings, note_of_head(head), today=today, now=now)
    said = word_run("watched", len(findings), stopped)
    await add_to_name(said)
    return (
        Failed(message=f"{said} {capitalised(stopped)}".strip())
        if findings or stopped
        else Completed(message=said)
    )


# A database that is gone, locked or foreign is a finding too, and nobody else would tell.
UNREADABLE = Alarm(
    Alarming.WATCH_CANNOT_READ(),
    [Alarming.DOCTOR_SAYS_WHY()],
    ["unreadable"],
)


def alarm_of_letters(stopped: str) -> Alarm:
    """Return the alarm about a delivery that was stopped: the same one all day."""
    why = Alarming.MESSAGE_IS(message=stopped)
    return Alarm(Alarming.LETTERS_NOT_DELIVERED(), [why], ["delivery"])


async def _deliver_what_is_left() -> str:
    """Return what stopped the delivery; empty where nothing did."""
    try:
        await deliver_due_letters()
    except PartFailed as error:
        return error.detail
    return ""


@task(name="audit", task_run_name=lambda: word_run("title", "watch"), cache_policy=NO_CACHE)
async def audit_rows(today: date, now: datetime) -> list[Finding]:
    """Return everything that is wrong with the rows; raises PartFailed when they cannot be read."""
    with part_of_run("audit"):
        context = await to_thread(open_context)
        at = AuditMoment(today, now, context.settings.zone, context.settings.country)
        return await to_thread(audit_onwards, context.engine, at, context.settings.watch_folder)


def head_is_awaited(settings: Settings, today: date) -> bool:
    """Return whether a mail can leave, and none of today has taken the journal's head along yet."""
    told = any(one.mailed and one.on == today for one in filed_alarms(settings))
    return bool(settings.admin_email) and not settings.captures and not told


def note_of_head(head: Head) -> Alarm:
    """Return the day's mail where nothing is wrong: it keeps the journal's head outside the house."""
    about, line = Alarming.WATCH_FOUND_NOTHING(), line_of_head(head)
    return Alarm(about, [line], ["head"], closing=Alarming.KEEP_MAIL())


def line_of_head(head: Head) -> Remark:
    """Return the line by which a mail takes the journal's head along."""
    return Alarming.JOURNAL_HEAD(number=head.event_id, hash=head.sha256)


def alarm_about(findings: Sequence[Finding], head: Head | None = None) -> Alarm:
    """Return the alarm: the same one all day while the same things are wrong, whatever the journal's head."""
    lines = [one.said for one in findings[:MOST_LINES]]
    left = len(findings) - len(lines)
    more = [Alarming.AND_MORE(count=left)] if left else []
    about = Alarming.WATCH_FOUND(count=len(findings))
    kept = [line_of_head(head)] if head else []
    return Alarm(about, lines + more + kept, sorted({one.identity for one in findings}))


async def _publish(settings: Settings, findings: Sequence[Finding], today: date) -> None:
    """Write what is stuck, since when it was found, and what else administrators read."""
    context = await to_thread(open_context)
    since: dict[str, date] = {}
    for alarm in filed_alarms(settings):  # the newest first
        since |= dict.fromkeys(alarm.marks, alarm.on)
    found = {one.identity: since[mark] for one in findings if (mark := mark_of(one.identity)) in since}
    at = moment().astimezone(settings.zone).isoformat(timespec="minutes")
    say = translator(settings.language)
    with reading(context.engine) as connection:
        titles = next_titles(connection, {one.grant for one in findings}, say)
    kept = await to_thread(keep_findings, settings.watch_folder, findings, found, at, today, say, titles)
    await keep_forms(context)
    await publish(context)
    await (await pages_of(settings, today)).write_stuck(kept)


async def _take_directory(settings: Settings, clock: Clock) -> None:
    """Take over what the office's directory says of people."""
    context = await to_thread(open_context)
    if alarm := await to_thread(see_to_directory, context.engine, settings, clock):
        await tell_admin(settings, alarm, today=clock.today, now=clock.now)


_SAID = {
    AlarmOutcome.MAILED: "Mailed to the administrator",
    AlarmOutcome.FILED: "No mail could leave: filed, and 'grants doctor' shows it",
    AlarmOutcome.TOLD_TODAY: "Told today already",
}


@flow(name="tell-the-admin", flow_run_name=name_run)
async def tell_the_admin(about: str, message: str = "", run: str = "") -> State:
    """Write to the administrator, at most once a day for the same words.

    Args:
        about: Which run or part of Grantline it is about.
        message: What became of it.
        run: The id of a run that ended badly; its page has the message, and the mail leads there instead of quoting it.
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
