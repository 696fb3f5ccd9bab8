"""Write to the administrator past the outbox: what the automations run when something failed."""

from __future__ import annotations

from prefect import State, flow
from prefect.states import Completed, Failed
from prefect.utilities.urls import url_for

from flows.context import in_one_line, moment, name_run
from models.errors import GrantError
from models.message import Remark
from tasks.prefect.automations import NO_ROUND, ROUND_WITHIN
from tasks.settings import load_settings
from tasks.watch.alarms import Alarm, Alarming, AlarmOutcome, tell_admin

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
