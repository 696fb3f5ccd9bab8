"""Make the alarm of the watch's findings, or the day's mail that there are none."""

from collections.abc import Sequence
from datetime import date

from models.rules.watch.findings import Finding
from tasks.settings import Settings
from tasks.watch.alarms import MOST_IN_ALARM, Alarm, Alarming, filed_alarms
from tasks.watch.journal_head import kept_head


def alarm_about(settings: Settings, findings: Sequence[Finding], today: date) -> Alarm | None:
    """Return the alarm, the same one all day for the same findings, with the journal's head.

    Without findings, one mail a day takes the head outside the house, if a mail can leave.
    """
    head = kept_head(settings.watch_folder)
    kept = [Alarming.JOURNAL_HEAD(number=head.event_id, hash=head.sha256)] if head else []
    if findings:
        left = len(findings) - MOST_IN_ALARM
        more = [Alarming.AND_MORE(count=left)] if left > 0 else []
        lines = [finding.said for finding in findings[:MOST_IN_ALARM]] + more + kept
        about = Alarming.WATCH_FOUND(count=len(findings))
        return Alarm(about, lines, sorted({finding.identity for finding in findings}))
    was_mailed = any(alarm.mailed and alarm.on == today for alarm in filed_alarms(settings))
    if not kept or was_mailed or settings.captures or not settings.admin_email:
        return None
    return Alarm(Alarming.WATCH_FOUND_NOTHING(), kept, ["head"], closing=Alarming.KEEP_MAIL())
