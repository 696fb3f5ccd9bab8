"""Hand the letters that are due to the mail server, or keep them in the portal's mailbox."""

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from flows.runs import PHASE_SECONDS, log_line, moment, name_run, open_office, part_of_run
from models.reading.plain_text import without_addresses
from tasks.outbox.deliver import DeliveryReport, deliver
from tasks.settings import language_set


@flow(name="deliver-letters", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
def deliver_letters() -> State:
    """Hand over every letter that is due, and note what became of each."""
    report = hand_over_letters()
    # Prefect keeps the summary, and a server's reply can name a person.
    summary = without_addresses(report.said_in(language_set()))
    return Failed(message=summary) if needs_somebody(report) else Completed(message=summary)


@task(cache_policy=NO_CACHE, task_run_name="hand over letters")
def hand_over_letters() -> DeliveryReport:
    """Return the report of a delivery."""
    with part_of_run("delivery"):
        office = open_office()
        report = deliver(office.engine, office.settings, moment)
    log_line(report.said_in(language_set()))
    return report


def needs_somebody(report: DeliveryReport) -> bool:
    """Return whether letters were stopped, or a failed letter could be told only to the administrator.

    A bounce alone needs nobody: it is the receiver's answer, and somebody else is told.
    """
    stopped = report.route_error or report.mailbox_error
    return bool(stopped or report.poisoned or report.unrendered or report.failures_untold)
