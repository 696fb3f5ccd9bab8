"""Write to the administrator past the outbox: what the automations run when something failed."""

from __future__ import annotations

from prefect import State, flow
from prefect.states import Completed, Failed

from flows.workroom import in_one_line, moment
from models.errors import GrantError
from tasks.mail.alarm_mail import Alarm, AlarmOutcome, tell_admin
from tasks.settings import load_settings

_SAID = {
    AlarmOutcome.MAILED: "Mailed to the administrator",
    AlarmOutcome.FILED: "No mail could leave: filed under GRANTS_HOME/alarms, 'grants doctor' shows it",
    AlarmOutcome.TOLD_TODAY: "Told today already",
}


@flow(name="tell-the-admin", flow_run_name="tell the administrator: {about}")
async def tell_the_admin(about: str, message: str = "") -> State:
    """Write to the administrator, at most once a day for the same words.

    Args:
        about: Which run or part of Grantline it is about.
        message: What became of it.
    """
    now = moment()
    try:
        settings = load_settings()
    except GrantError as error:
        return Failed(message=in_one_line(error))
    today = now.astimezone(settings.zone).date()
    alarm = Alarm(f"{about} needs a look", [message or "no message"])
    # A database that cannot be reached is among what must be told: this path needs none.
    return Completed(message=_SAID[await tell_admin(settings, alarm, today=today, now=now)])
