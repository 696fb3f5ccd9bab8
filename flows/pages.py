"""Write the pages that an administrator reads in Prefect: what is due, what waits, and a round."""

from datetime import date

from prefect import State, flow
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed

from flows.runs import moment, name_run, open_office, part_of_run, try_to
from tasks.overview.admin_decisions import find_waiting, word_waiting
from tasks.overview.pages import PageWriter, PrefectPage
from tasks.overview.portfolio import portfolio_figures
from tasks.round.days import Counts
from tasks.sources.silent_sources import SourcesAsked
from tasks.store.database import reading
from tasks.words.translator import translator

SECONDS = 600


@flow(name="overview", flow_run_name=name_run, timeout_seconds=SECONDS)
def overview() -> State:
    """Write the pages of what is due and of what waits, as they are now; the round and the watch do the same."""
    with part_of_run("pages"):
        _write_pages_of_now()
    return Completed()


def publish() -> None:
    """Write the pages of what is due and of what waits; no run fails for a page."""
    try_to(_write_pages_of_now, "pages")


def write_round(on: date, done: Counts, asked: SourcesAsked) -> None:
    """Write the page of a round, with the reasons why sources gave no figures."""

    def write() -> None:
        writer = page_writer()
        _write(writer.round(on, done, asked.reasons(writer.say)))

    try_to(write, "round report")


def write_page(page: PrefectPage) -> None:
    """Write a page; no run fails for it."""
    try_to(lambda: _write(page), page.key)


def page_writer() -> PageWriter:
    """Return the writer of the present pages."""
    settings = open_office().settings
    at = moment().astimezone(settings.zone)
    return PageWriter(at, settings.portal_url, translator(settings.language))


def _write_pages_of_now() -> None:
    writer = page_writer()
    office = open_office()
    figures = portfolio_figures(office.engine, office.today, writer.say)
    with reading(office.engine) as connection:
        waiting = word_waiting(connection, find_waiting(connection, office.today, moment()), writer.say)
    _write(writer.overview(figures))
    _write(writer.waiting(waiting))


def _write(page: PrefectPage) -> None:
    create_markdown_artifact(key=page.key, markdown=page.markdown, description=page.headline)
